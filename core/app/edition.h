/* A generation as the app makes it: a loaded script, furnished with all that exchanges need. */
#ifndef APP_EDITION_H
#define APP_EDITION_H

#include "app/load.h"
#include "exchange/course.h"
#include "script/lua_script.h"

struct edition {
    struct list link;
    struct loaded *loaded;
    struct generation generation;
    struct lua_script script;
};

/* Makes pools, policies, router and hooks of LOADED, which is the edition's from now on. NULL if
 * that cannot be, which was logged; LOADED is freed then too. FETCHER makes its requests. */
struct edition *edition_new(struct loaded *loaded, const struct exchange_env *env,
                            struct ledger *ledger, struct fetcher *fetcher);

/* NEW serves from now on, and OLD only those who began with it: its caps, and who drains, are NEW's
 * where both have the same pool. */
void edition_follow(struct edition *old, const struct edition *new);

/* Frees all of it. Nobody may hold the generation. */
void edition_free(struct edition *edition);

#endif
