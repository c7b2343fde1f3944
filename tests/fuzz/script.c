/* Scripts: whatever stands in one, it is read within bounds, and either every fault is named, with
 * a line that the script has, or the configuration keeps what its header promises. Of a script
 * without faults everything is called that it brings, once or twice, as the proxy would.
 *
 * An input is the text of a script; behind an @ it is noise, of which script/grammar.c makes one.
 */
#include "script/grammar.h"

#include "balance/facts.h"
#include "base/log.h"
#include "conf/fault.h"
#include "http/parse.h"
#include "net/fake_time.h"
#include "script/lua_config.h"
#include "script/lua_script.h"
#include "script/lua_wait.h"
#include "vm/vm.h"

#include <assert.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TEXT_MAX = 16 * 1024, POOLS_MAX = 64, ROUNDS = 2 };

/* As for requests: VM_MEMORY is more than is needed to find that there is not enough. */
enum { MEMORY = 8 << 20 };

/* Nobody is asked for the address of a name: each is that of the machine, but for some. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    static struct sockaddr_in at = { .sin_family = AF_INET };
    static struct addrinfo info = { .ai_family = AF_INET, .ai_addrlen = sizeof at };

    if (hints->ai_family != AF_INET || strlen(name) % 8 == 7)
        return EAI_NONAME;
    at.sin_port = htons((uint16_t)atoi(service));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    info.ai_addr = (struct sockaddr *)(void *)&at;
    *found = &info;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

/* Makes no request of a script's own. */
static struct fetch *refuse_fetch(struct fetcher *fetcher, const struct fetcher_ask *ask,
                                  const char **why)
{
    (void)fetcher;
    (void)ask;
    *why = "not here";
    return NULL;
}

static const struct fetcher_ops fetcher_ops = { refuse_fetch, NULL };

/* A script and what is made of it. */
struct trial {
    struct vm vm;
    struct config config;
    struct faults faults;
    struct fake_time *time;
    struct fetcher fetcher;
    struct ledger ledger;
    struct counters counters;
    struct pool pools[POOLS_MAX];
    struct lua_script script;
};

static unsigned count_lines(const char *text, size_t len)
{
    unsigned lines = 1;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* Each fault says something, in one line of text, about a line that is there. */
static void check_faults(const struct trial *t, const char *text, size_t len)
{
    static FILE *nowhere;

    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "we");
    for (unsigned i = 0; i < t->faults.count; i++) {
        const struct fault *fault = &t->faults.list[i];

        assert(fault->text[0] != '\0');
        assert(fault->line <= count_lines(text, len));
    }
    assert(t->faults.count <= FAULTS_MOST);
    fault_print(&((struct trial *)t)->faults, nowhere, "script.lua");
}

static void check_time(double seconds)
{
    assert(seconds >= 0.01 && seconds <= 86400);
}

static void check_pool(const struct config_pool *pool)
{
    assert(pool->name != NULL && pool->backend_count > 0);
    assert(pool->retry.tries >= 1 && pool->retry.tries <= CONFIG_TRIES_MAX);
    assert(pool->retry.budget >= 0 && pool->retry.budget <= 1);
    assert(pool->retry.body <= CONFIG_RETRY_BODY_MAX && pool->inflight >= 1);
    assert(pool->health.type != CHECK_HTTP || pool->health.path[0] == '/');
    check_time(pool->timeouts.connect);
    check_time(pool->timeouts.response);
    check_time(pool->timeouts.stall);
    check_time(pool->timeouts.queue);
    check_time(pool->timeouts.tunnel);
    for (unsigned i = 0; i < pool->backend_count; i++) {
        const struct config_backend *b = &pool->backends[i];

        assert(b->id[0] != '\0' && b->authority != NULL && b->host != NULL);
        assert(b->weight >= 1 && b->tier >= 1 && addr_port(&b->at) > 0);
        for (unsigned j = 0; j < i; j++)
            assert(strcmp(b->id, pool->backends[j].id) != 0);
    }
}

/* What the rest of the proxy relies on. */
static void check_config(const struct config *config)
{
    const struct config_limits *limits = &config->limits;

    assert(config->listen_count > 0 && config->pool_count > 0);
    assert(limits->head <= CONFIG_HEAD_MAX && limits->fields <= CONFIG_FIELDS_MAX);
    assert(limits->fields > 0 && limits->connections > 0);
    assert(limits->call >= 0.001 && limits->call <= 10);
    check_time(config->timeouts.idle);
    check_time(config->timeouts.head);
    check_time(config->timeouts.hook);
    for (unsigned i = 0; i < config->pool_count; i++)
        check_pool(&config->pools[i]);
}

/* A request as it comes, its lease and its end. */
struct guest {
    struct arena arena;
    struct head request, response;
    struct visit visit;
    struct hook_call call;
};

static void on_wake(void *owner)
{
    (void)owner;
}

static void try_pool(struct trial *t, struct pool *pool, struct visit *visit)
{
    struct ask ask = { .visit = visit };
    struct outcome outcome = { .err = OK, .status = 200, .took = 0.1, .first = 0.05 };
    struct backend *b = pool_pick(pool, &ask, NULL, 0);

    if (b == NULL)
        return;
    assert(b >= pool->backends && b < pool->backends + pool->count);
    facts_lease(b);
    t->time->clock.now += 0.1;
    visit->now = t->time->clock.now;
    facts_release(b);
    facts_hear(b, visit, &outcome);
}

/* Has the script do with a request all that it does with one. */
static void try_request(struct trial *t)
{
    static const struct addr from = { .v4 = { .sin_family = AF_INET } };
    static const struct span asked =
        SPAN("GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-User: b\r\nCookie: id=1\r\n\r\n");
    static const struct span answered =
        SPAN("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\n");
    struct hooks *hooks = lua_script_hooks(&t->script);
    struct router *router = lua_script_router(&t->script);
    struct guest g = { .call = { .wake = on_wake } };
    struct pool *pool = t->pools;

    assert(parse_request(&g.request, &g.arena, asked, &t->config.allow) == OK);
    g.visit = (struct visit){ &g.request, &from, 1, 1, t->time->clock.now, 0 };
    if (hooks != NULL && t->config.request != HOOK_NONE)
        hooks_request(hooks, &g.visit, &g.call);
    if (router != NULL && router_route(router, &g.visit, &pool) == ROUTER_CHOSE)
        assert(pool >= t->pools && pool < t->pools + t->config.pool_count);
    for (unsigned i = 0; i < t->config.pool_count; i++)
        try_pool(t, &t->pools[i], &g.visit);
    assert(parse_response(&g.response, &g.arena, answered, &g.request) == OK);
    if (hooks != NULL && t->config.response != HOOK_NONE && g.call.task == NULL)
        hooks_response(hooks, &g.visit, &g.response, &t->pools[0].backends[0], &g.call);
    if (hooks != NULL) {
        hooks_cancel(hooks, &g.call);
        hooks_forget(hooks, &g.visit);
    }
    arena_fini(&g.arena);
}

static void try_script(struct trial *t)
{
    unsigned count = t->config.pool_count;

    if (count > POOLS_MAX)
        return;
    t->vm.patience = 0.001;
    t->vm.most = t->config.limits.memory < MEMORY ? t->config.limits.memory : MEMORY;
    ledger_init(&t->ledger, NULL, NULL);
    for (unsigned i = 0; i < count; i++)
        pool_init(&t->pools[i], &t->config.pools[i], &t->ledger, &t->counters, t->time->clock.now);
    if (lua_script_init(&t->script, &t->vm, &t->config, t->pools, &t->time->deadlines, &t->fetcher,
                        1) == OK) {
        lua_script_start(&t->script);
        for (int i = 0; i < ROUNDS; i++) {
            try_request(t);
            fake_time_jump(t->time, 1.5);
            fake_time_jump(t->time, 0.1);
            vm_rest(&t->vm);
        }
        lua_script_stop(&t->script);
        lua_script_fini(&t->script);
    }
    for (unsigned i = 0; i < count; i++)
        pool_fini(&t->pools[i]);
    assert(t->ledger.count == 0);
}

/* Runs the script TEXT. It is at the same path each time. */
static enum err run(struct vm *vm, const char *text, size_t len)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("script.lua", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    assert(ftruncate(fd, 0) == 0 && pwrite(fd, text, len, 0) == (ssize_t)len);
    if (lua_wait_open(vm) != OK || vm_set_path(vm, path, "lua") != OK)
        return ERR_SCRIPT;
    return vm_run_file(vm, path, NULL, 0);
}

static void try_text(struct fake_time *time, const char *text, size_t len)
{
    static struct trial t;
    int top;

    memset(&t, 0, sizeof t);
    t.time = time;
    t.fetcher.ops = &fetcher_ops;
    assert(vm_open(&t.vm, MEMORY, false) == OK);
    if (run(&t.vm, text, len) == OK) {
        config_init(&t.config);
        top = lua_gettop(t.vm.L);
        lua_config_read(&t.vm, (struct span){ text, len }, &t.config, &t.faults);
        assert(lua_gettop(t.vm.L) == top);
        check_faults(&t, text, len);
        if (t.faults.count == 0) {
            check_config(&t.config);
            try_script(&t);
        }
        fault_clear(&t.faults);
        config_fini(&t.config);
    } else {
        assert(lua_type(t.vm.L, -1) == LUA_TSTRING);
    }
    vm_close(&t.vm);
    assert(t.vm.used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX];
    static struct fake_time time;

    if (time.loop == NULL) {
        log_set_fd(-1);
        fake_time_begin(&time);
    }
    if (size > 0 && data[0] == '@') {
        size = grammar_write(text, sizeof text, data + 1, size - 1);
    } else {
        if (size > sizeof text)
            return 0;
        if (size > 0)
            memcpy(text, data, size);
    }
    try_text(&time, text, size);
    return 0;
}
