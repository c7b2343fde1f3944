/* A whole script at work, with requests that are made up, in a time of its own. */
#ifndef TESTS_SCRIPT_STAGE_H
#define TESTS_SCRIPT_STAGE_H

#include "net/fake_time.h"
#include "net/heard.h"
#include "reading.h"

#include "balance/facts.h"
#include "base/list.h"
#include "http/parse.h"
#include "script/lua_script.h"
#include "script/lua_wait.h"

enum { STAGE_POOLS = 4, STAGE_FETCHES = 1024 };

/* Makes no request, and answers when the test says so. */
struct stage_fetcher {
    struct fetcher fetcher;
    struct fetcher_ask asks[STAGE_FETCHES];
    unsigned asked;
    unsigned cancelled;
};

struct stage {
    struct heard heard;
    struct reading r;
    struct fake_time time;
    struct counters counters;
    struct ledger ledger;
    struct pool pools[STAGE_POOLS];
    struct stage_fetcher post;
    struct lua_script script;
};

/* A request on its way, and the call of a hook about it. */
struct guest {
    struct stage *stage;
    struct arena arena;
    struct head request;
    struct head response;
    struct addr client;
    struct visit visit;
    struct hook_call call;
    unsigned woken;
};

static inline struct fetch *stage_fetch(struct fetcher *fetcher, const struct fetcher_ask *ask,
                                        const char **why)
{
    struct stage_fetcher *post = container_of(fetcher, struct stage_fetcher, fetcher);

    if (post->asked == STAGE_FETCHES) {
        *why = "too much is asked";
        return NULL;
    }
    post->asks[post->asked] = *ask;
    return (struct fetch *)&post->asks[post->asked++];
}

static inline void stage_fetch_cancel(struct fetcher *fetcher, struct fetch *fetch)
{
    (void)fetch;
    container_of(fetcher, struct stage_fetcher, fetcher)->cancelled++;
}

/* Answers the request NUMBER, from 0, with BODY. */
static inline void stage_answer(struct stage *s, unsigned number, const char *body)
{
    struct head head = { .status = 200 };
    struct fetcher_answer answer = { .head = &head, .body = span_of(body) };

    s->post.asks[number].answered(s->post.asks[number].owner, &answer);
}

/* Loads the script `return { listen = ..., REST }`, without having anything done with it. */
static inline void stage_load(struct stage *s, const char *rest)
{
    static const struct fetcher_ops ops = { stage_fetch, stage_fetch_cancel };
    char text[4000];

    memset(s, 0, sizeof *s);
    s->post.fetcher.ops = &ops;
    heard_begin(&s->heard);
    fake_time_begin(&s->time);
    snprintf(text, sizeof text, "return { listen = ':0', %s }", rest);
    reading_begin(&s->r, text);
    ck_assert_str_eq(s->r.complaints, "");
    ledger_init(&s->ledger, NULL, NULL);
    ck_assert_uint_le(s->r.config.pool_count, STAGE_POOLS);
    for (unsigned i = 0; i < s->r.config.pool_count; i++)
        pool_init(&s->pools[i], &s->r.config.pools[i], &s->ledger, &s->counters, s->time.clock.now);
}

/* Makes of it what it does. */
static inline enum err stage_init(struct stage *s)
{
    return lua_script_init(&s->script, &s->r.vm, &s->r.config, s->pools, &s->time.deadlines,
                           &s->post.fetcher, 1);
}

static inline void stage_begin(struct stage *s, const char *rest)
{
    stage_load(s, rest);
    ck_assert_int_eq(stage_init(s), OK);
    ck_assert_int_eq(lua_gettop(s->r.vm.L), 2);
}

/* The script of a proxy with the backends "a" and "b" that REST belongs to. */
static inline void stage_begin_plain(struct stage *s, const char *rest)
{
    char text[3900];

    snprintf(text, sizeof text,
             "backends = { { '10.0.0.1:80', id = 'a' }, { '10.0.0.2:80', id = 'b' } }, %s", rest);
    stage_begin(s, text);
}

/* Ends all but the script, which has been ended. */
static inline void stage_unload(struct stage *s)
{
    for (unsigned i = 0; i < s->r.config.pool_count; i++)
        pool_fini(&s->pools[i]);
    reading_end(&s->r);
    fake_time_end(&s->time);
    heard_end(&s->heard);
}

static inline void stage_end(struct stage *s)
{
    ck_assert_int_eq(lua_gettop(s->r.vm.L), 2);
    lua_script_fini(&s->script);
    stage_unload(s);
}

/* What the expression says, as a text; valid until the next call. */
static inline const char *stage_ask(struct stage *s, const char *expression)
{
    char text[300];

    snprintf(text, sizeof text, "return %s", expression);
    return script_text(&s->r.vm, text);
}

static inline void guest_woken(void *owner)
{
    ((struct guest *)owner)->woken++;
}

/* A request with these BYTES comes. */
static inline void guest_begin(struct guest *g, struct stage *s, const char *bytes)
{
    static uint64_t number;

    *g = (struct guest){
        .stage = s,
        .client = { .v4 = { .sin_family = AF_INET, .sin_port = htons(4711) } },
        .call = { .wake = guest_woken },
    };
    g->client.v4.sin_addr.s_addr = htonl(0x7f000001);
    g->call.owner = g;
    ck_assert_int_eq(parse_request(&g->request, &g->arena, span_of(bytes), NULL), OK);
    g->visit = (struct visit){ .request = &g->request, .client = &g->client, .number = ++number };
}

static inline void guest_begin_get(struct guest *g, struct stage *s)
{
    guest_begin(g, s, "GET /path?q=1 HTTP/1.1\r\nHost: example.org\r\nX-User: me\r\n\r\n");
}

/* Has the hook of requests look at it. */
static inline enum hook_news guest_request(struct guest *g)
{
    enum hook_news news;

    g->visit.now = g->stage->time.clock.now;
    news = hooks_request(lua_script_hooks(&g->stage->script), &g->visit, &g->call);
    ck_assert_int_eq(lua_gettop(g->stage->r.vm.L), 2);
    ck_assert(news != HOOK_WAITING || g->call.task != NULL);
    ck_assert(news == HOOK_WAITING || g->call.task == NULL);
    return news;
}

/* Has the hook of responses look at the one with these BYTES, or again at the same if it waits;
 * from the backend INDEX of the first pool. */
static inline enum hook_news guest_response(struct guest *g, const char *bytes, unsigned index)
{
    enum hook_news news;

    if (g->call.task == NULL)
        ck_assert_int_eq(parse_response(&g->response, &g->arena, span_of(bytes), &g->request), OK);
    g->visit.now = g->stage->time.clock.now;
    news = hooks_response(lua_script_hooks(&g->stage->script), &g->visit, &g->response,
                          &g->stage->pools[0].backends[index], &g->call);
    ck_assert_int_eq(lua_gettop(g->stage->r.vm.L), 2);
    return news;
}

/* It is over, whether it waits or not. */
static inline void guest_end(struct guest *g)
{
    struct hooks *hooks = lua_script_hooks(&g->stage->script);

    hooks_cancel(hooks, &g->call);
    hooks_forget(hooks, &g->visit);
    ck_assert_int_eq(g->visit.kept, 0);
    ck_assert_int_eq(lua_gettop(g->stage->r.vm.L), 2);
    arena_fini(&g->arena);
}

/* The value of the fields NAME of HEAD that are there, joined by "|"; valid until the next call. */
static inline const char *stage_field(const struct head *head, const char *name)
{
    static char text[40000];
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < head->count; i++) {
        const struct field *field = &head->fields[i];

        if (!field->gone && span_eq_case(field->name, span_of(name)))
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", len > 0 ? "|" : "",
                                    SPAN_ARG(field->value));
    }
    return text;
}

#endif
