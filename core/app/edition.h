/* A generation as the app makes it: a loaded script, furnished with all that exchanges need. */
#ifndef APP_EDITION_H
#define APP_EDITION_H

#include "app/load.h"
#include "exchange/course.h"

struct lua_pool;

struct edition {
    struct list link;
    struct loaded *loaded;
    struct generation generation;
    struct ledger *ledger;
};

/* Makes pools, policies, router and hooks of LOADED, which is the edition's from now on. NULL if
 * that cannot be, which was logged; LOADED is freed then too. */
struct edition *edition_new(struct loaded *loaded, const struct exchange_env *env,
                            struct ledger *ledger);

/* What the policies of OLD have saved, and the `data` of its backends, go to NEW, as far as it has
 * pools and backends of the same names. */
void edition_hand_over(struct edition *old, struct edition *new, double now);

/* Frees all of it. Nobody may hold the generation. */
void edition_free(struct edition *edition);

#endif
