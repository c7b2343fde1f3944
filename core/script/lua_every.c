/* What a script has done every so often. */
#include "script/lua_every.h"

#include "script/lua_failure.h"
#include "vm/lua_random.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_ROOM = 32 };

/* One entry of `every`. */
struct lua_errand {
    struct lua_every *every;
    struct deadline deadline; /* of its beginning, unless it is at work */
    double period;            /* seconds */
    double began;
    struct lua_failure failure;
    int function;          /* in the registry */
    struct lua_task *task; /* while it waits */
};

static double now_of(const struct lua_every *every)
{
    return every->tasks->deadlines->clock->now;
}

/* Writes the name of ERRAND to TEXT, which has room for it. */
static void print_name(const struct lua_errand *errand, char text[static NAME_ROOM])
{
    snprintf(text, NAME_ROOM, "every[%g]", errand->period);
}

/* ERRAND has ended, with its result or the message at the top of the stack. */
static void see(struct lua_errand *errand, enum lua_task_news news)
{
    struct lua_every *every = errand->every;
    double next = errand->began + errand->period;
    double now = now_of(every);
    char what[NAME_ROOM];

    errand->task = NULL;
    if (news == LUA_TASK_FAILED) {
        print_name(errand, what);
        lua_failure_tell(&errand->failure, now, every->tasks->vm->runaway, what,
                         "it begins again later", lua_tostring(every->tasks->vm->L, -1));
    } else {
        trip_ok(&errand->failure.trip);
    }
    if (!errand->failure.trip.tripped)
        deadline_set(every->tasks->deadlines, &errand->deadline, next > now ? next : now);
}

static void on_ended(void *owner, enum lua_task_news news)
{
    see(owner, news);
}

/* What the function is going to look at is brought up to date. Lack of memory is what it will hear
 * of itself. */
static void freshen(struct lua_every *every)
{
    struct vm *vm = every->tasks->vm;

    lua_pushcfunction(vm->L, every->renew);
    lua_pushlightuserdata(vm->L, every->owner);
    if (vm_call(vm, 1, 0) != OK)
        lua_pop(vm->L, 1);
}

static void begin(struct lua_errand *errand)
{
    struct lua_every *every = errand->every;
    lua_State *L = every->tasks->vm->L;
    enum lua_task_news news;

    errand->began = now_of(every);
    freshen(every);
    lua_rawgeti(L, LUA_REGISTRYINDEX, errand->function);
    lua_rawgeti(L, LUA_REGISTRYINDEX, every->ctx);
    news = lua_task_start(every->tasks, 1, &errand->task, on_ended, errand);
    if (news == LUA_TASK_WAITS)
        return;
    see(errand, news);
    lua_pop(L, 1);
}

static void on_due(struct deadline *deadline)
{
    struct lua_errand *errand = container_of(deadline, struct lua_errand, deadline);
    struct lua_every *every = errand->every;

    if (lua_tasks_are_busy(every->tasks))
        deadline_set(every->tasks->deadlines, deadline, now_of(every));
    else
        begin(errand);
}

static int compare(const void *a, const void *b)
{
    double x = ((const struct lua_errand *)a)->period;
    double y = ((const struct lua_errand *)b)->period;

    return (x > y) - (x < y);
}

/* Reads the table `every` at the top of the stack into the array, which has room for all. */
static void read_errands(lua_State *L, struct lua_every *every)
{
    for (lua_pushnil(L); lua_next(L, -2) != 0;) {
        struct lua_errand *errand = &every->errands[every->count++];

        *errand = (struct lua_errand){ .every = every, .period = lua_tonumber(L, -2) };
        errand->function = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    qsort(every->errands, every->count, sizeof *every->errands, compare);
    for (unsigned i = 0; i < every->count; i++)
        deadline_init(&every->errands[i].deadline, on_due);
}

static int count_entries(lua_State *L)
{
    int count = 0;

    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1))
        count++;
    return count;
}

void lua_every_init(struct lua_every *every, struct lua_tasks *tasks, int table,
                    lua_CFunction renew, void *owner, uint64_t seed)
{
    lua_State *L = tasks->vm->L;

    *every = (struct lua_every){
        .tasks = tasks, .anchor = LUA_NOREF, .renew = renew, .owner = owner, .random = seed
    };
    table = lua_absindex(L, table);
    lua_random_push(L, &every->random);
    lua_setfield(L, -2, "random");
    every->ctx = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushliteral(L, "every");
    if (lua_rawget(L, table) == LUA_TTABLE) {
        size_t count = (size_t)count_entries(L);

        every->errands = lua_newuserdatauv(L, count * sizeof *every->errands, 0);
        every->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
        read_errands(L, every);
    }
    lua_pop(L, 1);
}

void lua_every_start(struct lua_every *every)
{
    for (unsigned i = 0; i < every->count; i++)
        deadline_set(every->tasks->deadlines, &every->errands[i].deadline, now_of(every));
}

void lua_every_each_tripped(const struct lua_every *every,
                            void (*visit)(void *owner, const char *what, const char *pool),
                            void *owner)
{
    char what[NAME_ROOM];

    for (unsigned i = 0; i < every->count; i++) {
        if (!every->errands[i].failure.trip.tripped)
            continue;
        print_name(&every->errands[i], what);
        visit(owner, what, NULL);
    }
}

void lua_every_fini(struct lua_every *every)
{
    for (unsigned i = 0; i < every->count; i++) {
        struct lua_errand *errand = &every->errands[i];

        if (errand->task != NULL)
            lua_task_cancel(errand->task);
        deadline_fini(&errand->deadline);
    }
    every->count = 0;
}
