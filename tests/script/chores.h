/* Tasks of a script, in a time that passes when a test says so, with answers that a test gives. */
#ifndef TESTS_SCRIPT_CHORES_H
#define TESTS_SCRIPT_CHORES_H

#include "net/fake_time.h"
#include "net/heard.h"
#include "vm/scripts.h"

#include "base/mem.h"
#include "script/lua_task.h"
#include "script/lua_wait.h"

/* A request that was asked for. */
struct fetch {
    char text[600]; /* "METHOD URL name=value ... | body" */
    double timeout;
    size_t most;
    bool open; /* it has been neither answered nor cancelled */
    void (*answered)(void *owner, const struct fetcher_answer *answer);
    void *owner;
};

enum { FETCHES_MAX = 16 };

struct chores {
    struct heard heard;
    struct fake_time time;
    struct vm vm;
    struct lua_tasks tasks;
    struct fetcher fetcher;
    struct fetch fetches[FETCHES_MAX];
    unsigned asked;
    const char *refuse; /* why no request can be made; NULL if one can */
    /* Of the task that was started last: */
    struct lua_task *task; /* if it waits */
    enum lua_task_news news;
    unsigned ended;    /* how many have ended since they were started */
    char result[2000]; /* of the one that has ended last */
};

static inline struct fetch *chores_on_start(struct fetcher *fetcher, const struct fetcher_ask *ask,
                                            const char **why)
{
    struct chores *c = container_of(fetcher, struct chores, fetcher);
    struct fetch *fetch = &c->fetches[c->asked];
    size_t size = sizeof fetch->text;
    int len;

    if (c->refuse != NULL) {
        *why = c->refuse;
        return NULL;
    }
    ck_assert_uint_lt(c->asked++, FETCHES_MAX);
    *fetch = (struct fetch){ .timeout = ask->timeout,
                             .most = ask->most,
                             .open = true,
                             .answered = ask->answered,
                             .owner = ask->owner };
    len = snprintf(fetch->text, size, "%.*s %.*s", SPAN_ARG(ask->method), SPAN_ARG(ask->url));
    for (unsigned i = 0; i < ask->field_count; i++)
        len += snprintf(fetch->text + len, size - (size_t)len, " %.*s=%.*s",
                        SPAN_ARG(ask->fields[i].name), SPAN_ARG(ask->fields[i].value));
    if (ask->body.at != NULL)
        snprintf(fetch->text + len, size - (size_t)len, " | %.*s", SPAN_ARG(ask->body));
    return fetch;
}

static inline void chores_on_cancel(struct fetcher *fetcher, struct fetch *fetch)
{
    (void)fetcher;
    ck_assert(fetch->open);
    fetch->open = false;
}

/* Leaves VM with BYTES in all: a call may have an eighth more than it should. */
static inline void leave_memory(struct vm *vm, size_t bytes)
{
    vm->most = bytes / 9 * 8;
}

static inline void chores_begin(struct chores *c)
{
    static const struct fetcher_ops ops = { chores_on_start, chores_on_cancel };

    *c = (struct chores){ .fetcher = { &ops } };
    heard_begin(&c->heard);
    fake_time_begin(&c->time);
    script_begin(&c->vm);
    ck_assert_int_eq(lua_wait_open(&c->vm), OK);
    ck_assert_str_eq(script_text(&c->vm, "luaproxy = require 'luaproxy.core'"
                                         " sleep, http = luaproxy.sleep, luaproxy.http return 1"),
                     "1");
    ck_assert_int_eq(lua_tasks_init(&c->tasks, &c->vm, &c->time.deadlines, &c->fetcher), OK);
}

/* No request must be left open. */
static inline void chores_end(struct chores *c)
{
    lua_tasks_fini(&c->tasks);
    for (unsigned i = 0; i < c->asked; i++)
        ck_assert(!c->fetches[i].open);
    script_end(&c->vm);
    fake_time_end(&c->time);
    heard_end(&c->heard);
}

static inline void chores_on_ended(void *owner, enum lua_task_news news)
{
    struct chores *c = owner;

    c->ended++;
    c->news = news;
    c->task = NULL;
    snprintf(c->result, sizeof c->result, "%s", luaL_tolstring(c->vm.L, -1, NULL));
    lua_pop(c->vm.L, 1);
}

/* Starts, as a task, the function that the script TEXT returns, with the argument ctx = {}. Gives
 * what it came to: its result or message; "..." if it waits. */
static inline const char *chores_start(struct chores *c, const char *text)
{
    lua_State *L = c->vm.L;
    enum lua_task_news news;

    ck_assert_int_eq(script_run(&c->vm, text), OK);
    lua_newtable(L);
    news = lua_task_start(&c->tasks, 1, &c->task, chores_on_ended, c);
    if (news == LUA_TASK_WAITS) {
        c->news = news;
        strcpy(c->result, "...");
    } else {
        chores_on_ended(c, news);
        c->ended--;
        lua_pop(L, 1);
    }
    ck_assert_int_eq(lua_gettop(L), 1);
    ck_assert_ptr_null(c->tasks.running);
    return c->result;
}

/* The same for a function whose body is TEXT. */
static inline const char *chores_run(struct chores *c, const char *text)
{
    char function[2000];

    snprintf(function, sizeof function, "return function(ctx) %s end", text);
    return chores_start(c, function);
}

/* Answers the request number I. */
static inline void chores_answer(struct chores *c, unsigned i, const struct fetcher_answer *answer)
{
    ck_assert(c->fetches[i].open);
    c->fetches[i].open = false;
    c->fetches[i].answered(c->fetches[i].owner, answer);
    ck_assert_int_eq(lua_gettop(c->vm.L), 1);
    ck_assert_ptr_null(c->tasks.running);
}

/* Answers it with STATUS and BODY and two fields of one name. */
static inline void chores_answer_with(struct chores *c, unsigned i, unsigned status,
                                      const char *body)
{
    struct field fields[] = { { .name = SPAN("X-One"), .value = SPAN("1") },
                              { .name = SPAN("Set-Cookie"), .value = SPAN("a=b") },
                              { .name = SPAN("set-cookie"), .value = SPAN("c=d") } };
    struct head head = { .status = status, .fields = fields, .count = 3 };
    struct fetcher_answer answer = { .head = &head, .body = span_of(body) };

    chores_answer(c, i, &answer);
}

#endif
