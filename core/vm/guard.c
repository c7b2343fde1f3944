/* The watch over what runs in Lua. */
#include "vm/guard.h"

#include "base/log.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Between two ticks, in CPU time. The kernel looks at its own ticks only, every 4 ms or so. */
enum { TICK = 4000000 };

/* How many coroutines may be closed within each other. */
enum { CLOSES_MAX = 10 };

static struct {
    lua_State *volatile running; /* NULL: there is no call */
    volatile sig_atomic_t stop;  /* an enum guard_reason */
    volatile unsigned call;      /* its number */
    unsigned seen;               /* the number of the call of the last tick */
    double since;                /* when that call was seen first */
    double patience;             /* how long it may take */
    unsigned closes;
    unsigned ticks; /* since the call is to end */
    bool told;      /* the message is made, and in the registry */
    bool traced;    /* so is its traceback */
    pid_t pid;      /* whose timer it is */
    lua_CFunction handler;
} guard;

/* Throws out the script that runs in L: called at each instruction and each call. */
static void throw_out(lua_State *L, lua_Debug *at)
{
    if (guard.stop == GUARD_NONE) {
        lua_sethook(L, NULL, 0, 0); /* it was armed when the thread had ceased to run */
        return;
    }
    if (at->event == LUA_HOOKCALL || at->event == LUA_HOOKTAILCALL) {
        lua_getinfo(L, "f", at);
        if (lua_tocfunction(L, -1) == guard.handler)
            return;
    }
    guard_check(L);
}

static void arm(lua_State *L)
{
    lua_sethook(L, throw_out, LUA_MASKCALL | LUA_MASKCOUNT, 1);
}

static double cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The call is to end, and has not: perhaps it was told just when hooks were being replaced. It is
 * told again, but ever more rarely: to tell as many functions as may be within each other takes as
 * long as from tick to tick. */
static void insist(lua_State *L)
{
    unsigned n = ++guard.ticks;

    if ((n & (n - 1)) == 0)
        arm(L);
}

/* A call is known from its first tick on, so none is stopped early. */
static void on_tick(int number)
{
    lua_State *L = guard.running;
    int saved = errno;
    double now;

    (void)number;
    if (L == NULL)
        return;
    now = cpu_time();
    if (guard.seen != guard.call) {
        guard.seen = guard.call;
        guard.since = now;
    }
    if (guard.stop == GUARD_NONE && now - guard.since >= guard.patience)
        guard.stop = GUARD_LATE;
    if (guard.stop != GUARD_NONE)
        insist(L);
    errno = saved;
}

static int make_timer(int number)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = number };
    struct itimerspec every = { { 0, TICK }, { 0, TICK } };
    timer_t timer;

    event._sigev_un._tid = gettid();
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) < 0)
        return -1;
    return timer_settime(timer, 0, &every, NULL);
}

void guard_start(lua_CFunction handler)
{
    struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
    int number = SIGRTMIN + 1;

    guard.handler = handler;
    if (guard.pid == getpid())
        return;
    guard.pid = getpid();
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, NULL) < 0 || make_timer(number) < 0)
        log_error("scripts have no limit of time: %s", strerror(errno));
}

lua_State *guard_begin(lua_State *L, double patience)
{
    lua_State *before = guard.running;

    if (before == NULL) {
        guard.patience = patience;
        guard.call++;
        guard.closes = 0;
        guard.ticks = 0;
        guard.told = false;
        guard.traced = false;
    }
    guard.running = L;
    return before;
}

enum guard_reason guard_end(lua_State *before)
{
    lua_State *L = guard.running;
    enum guard_reason reason;

    guard.running = before;
    if (guard.stop == GUARD_NONE)
        return GUARD_NONE;
    reason = (enum guard_reason)guard.stop;
    if (before != NULL) {
        arm(before);
        return reason;
    }
    guard.stop = GUARD_NONE;
    if (!guard_has_ended(L))
        lua_sethook(L, NULL, 0, 0);
    return reason;
}

void guard_switch(lua_State *L)
{
    guard.running = L;
    if (guard.stop != GUARD_NONE)
        arm(L);
}

bool guard_is_busy(void)
{
    return guard.running != NULL;
}

void guard_full(void)
{
    if (guard.stop != GUARD_NONE)
        return;
    guard.stop = GUARD_FULL;
    arm(guard.running);
}

/* Pushes where in the script L is: not in a function in C. */
static void push_place(lua_State *L)
{
    lua_Debug ar;
    int level = 0;

    while (lua_getstack(L, level, &ar) != 0 && level < 3) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0) {
            lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
            return;
        }
        level++;
    }
    lua_pushliteral(L, "");
}

/* Pushes why the call is to end. */
static void push_reason(lua_State *L)
{
    char text[64];

    push_place(L);
    if (guard.stop == GUARD_LATE)
        snprintf(text, sizeof text, "took longer than %g ms", guard.patience * 1000);
    else
        snprintf(text, sizeof text, "not enough memory");
    lua_pushstring(L, text);
    lua_concat(L, 2);
}

void guard_check(lua_State *L)
{
    if (guard.stop == GUARD_NONE)
        return;
    luaL_checkstack(L, 5, NULL);
    if (guard.told) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &guard);
    } else {
        push_reason(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &guard);
        guard.told = true;
    }
    lua_error(L);
}

void guard_keep(lua_State *L)
{
    if (!guard.told || guard.stop == GUARD_NONE)
        return;
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &guard);
    guard.traced = true;
}

bool guard_is_traced(void)
{
    return guard.traced;
}

const volatile sig_atomic_t *guard_flag(void)
{
    return &guard.stop;
}

bool guard_has_ended(lua_State *co)
{
    int status = lua_status(co);

    return status != LUA_OK && status != LUA_YIELD && lua_gethook(co) == throw_out;
}

bool guard_may_close(void)
{
    if (guard.closes >= CLOSES_MAX)
        return false;
    guard.closes++;
    return true;
}

void guard_has_closed(void)
{
    guard.closes--;
}
