/* A pool of the backends "a", "b" and "c", from which a script chooses. */
#ifndef TESTS_SCRIPT_GAME_H
#define TESTS_SCRIPT_GAME_H

#include "net/heard.h"
#include "reading.h"

#include "balance/facts.h"
#include "http/head.h"
#include "script/lua_script.h"

struct game {
    struct heard heard;
    struct reading r;
    struct counters counters;
    struct ledger ledger;
    struct pool pool;
    struct lua_script script;
    struct lua_policy *lp;
    struct arena arena;
    struct head request;
    struct addr client;
    struct visit visit; /* the last one that was chosen for */
    double now;
};

/* The rest of the script is REST: `pick = function ...`. */
static inline void game_begin_with(struct game *g, const char *rest, uint64_t seed)
{
    char text[2000];

    *g = (struct game){ .now = 100 };
    heard_begin(&g->heard);
    snprintf(text, sizeof text,
             "return { listen = ':0', backends = { { '10.0.0.1:80', id = 'a', tags = { odd = 1 } },"
             "{ '10.0.0.2:80', id = 'b' }, { '10.0.0.3:80', id = 'c' } }, %s }",
             rest);
    reading_begin(&g->r, text);
    ck_assert_str_eq(g->r.complaints, "");
    ledger_init(&g->ledger, NULL, NULL);
    pool_init(&g->pool, g->r.config.pools, &g->ledger, &g->counters, 1);
    /* The first policy gets the seed next to the one of the script. */
    ck_assert_int_eq(
        lua_script_init(&g->script, &g->r.vm, &g->r.config, &g->pool, NULL, NULL, seed - 2), OK);
    ck_assert_int_eq(lua_gettop(g->r.vm.L), 2);
    g->lp = g->script.policies[0];
    head_init(&g->request, &g->arena, 4);
    g->request.method = SPAN("GET");
    g->request.target = SPAN("/path");
    g->client.v4.sin_family = AF_INET;
}

static inline void game_begin(struct game *g, const char *rest)
{
    game_begin_with(g, rest, 1);
}

/* Ends everything but the log, the state last. */
static inline void game_close(struct game *g)
{
    lua_script_fini(&g->script);
    pool_fini(&g->pool);
    arena_fini(&g->arena);
    reading_end(&g->r);
}

static inline void game_end(struct game *g)
{
    game_close(g);
    heard_end(&g->heard);
}

static inline struct backend *game_backend(struct game *g, char id)
{
    return &g->pool.backends[id - 'a'];
}

/* Has checks find the backend ID up or down, until it counts as that. */
static inline void game_judge(struct game *g, char id, bool ok)
{
    for (int i = 0; i < 5; i++)
        facts_judge(game_backend(g, id)->facts, ok ? VERDICT_GOOD : VERDICT_GONE,
                    &g->r.config.health, g->now);
}

/* The id of who is chosen when those in TRIED were tried; '-' for nobody. */
static inline char game_retry(struct game *g, const char *tried)
{
    struct backend *list[3];
    unsigned count = (unsigned)strlen(tried);
    struct ask ask = { .visit = &g->visit };
    struct backend *chosen;

    g->visit.request = &g->request;
    g->visit.client = &g->client;
    g->visit.attempt = count + 1;
    g->visit.now = g->now;
    for (unsigned i = 0; i < count; i++)
        list[i] = game_backend(g, tried[i]);
    chosen = pool_pick(&g->pool, &ask, list, count);
    ck_assert_int_eq(lua_gettop(g->r.vm.L), 2);
    ck_assert_ptr_null(g->lp->request.visit);
    ck_assert_ptr_null(g->lp->ctx.visit);
    return chosen == NULL ? '-' : chosen->config->id[0];
}

static inline char game_pick(struct game *g)
{
    return game_retry(g, "");
}

/* An attempt at the backend ID, for the last choice, ends after half a second with ERR. */
static inline void game_done(struct game *g, char id, enum err err)
{
    struct outcome outcome = { .err = err, .took = 0.5, .first = -1 };

    if (err == OK) {
        outcome.status = 200;
        outcome.first = 0.25;
        outcome.bytes = 1234;
    }
    g->visit.now = g->now;
    facts_hear(game_backend(g, id), &g->visit, &outcome);
    ck_assert_int_eq(lua_gettop(g->r.vm.L), 2);
    ck_assert_ptr_null(g->lp->ctx.visit);
}

/* How many choices the script has failed to make. */
static inline unsigned game_failed(const struct game *g)
{
    return (unsigned)g->counters.n[COUNTER_POLICY_ERRORS];
}

/* What the global NAME holds, as a text. */
static inline const char *game_global(struct game *g, const char *name)
{
    char text[100];

    snprintf(text, sizeof text, "return %s", name);
    return script_text(&g->r.vm, text);
}

#endif
