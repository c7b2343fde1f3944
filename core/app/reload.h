/* Which script serves: the current generation, one that is about to take over, and old ones that
 * still have requests.
 *
 *   load --> furnish --> listeners opened, backends checked once --> current --> old --> freed
 *     |          \------------------> not adopted: another one was loaded meanwhile
 *     \--> it does not load or check: nothing changes
 */
#ifndef APP_RELOAD_H
#define APP_RELOAD_H

#include "app/entrance.h"
#include "app/load.h"
#include "base/tallies.h"
#include "feed/probe.h"

struct edition;

struct reload {
    const struct source *source;
    struct edition *current;
    struct edition *pending; /* loaded, and not adopted yet; NULL: there is none */
    struct list old;         /* editions that may still be held */
    struct exchange_env *env;
    struct ledger *ledger;
    struct probes *probes;
    struct entrance *entrance;
    struct fetcher *fetcher;
    struct tallies tallies; /* what scripts count */
    uint64_t count;         /* adopted so far */
};

/* Nothing is loaded yet; the script comes from SOURCE. ENV is told which generation is the current
 * one. All that is given must outlive the reload. */
void reload_init(struct reload *reload, const struct source *source, struct exchange_env *env,
                 struct ledger *ledger, struct probes *probes, struct entrance *entrance,
                 struct fetcher *fetcher);

/* Makes what was loaded the generation that is to serve: the first one at once, another when all
 * its backends have been checked once, which reload_on_ready is to be told. LOADED is the reload's
 * from now on. Something else if that cannot be, which was logged; then nothing changes. */
enum err reload_prepare(struct reload *reload, struct loaded *loaded);

/* Loads the script anew, and prepares it. What is wrong is logged, and then nothing changes. */
void reload_start(struct reload *reload);

/* All backends have been checked: the next request is for the generation that was pending, if one
 * was, and what it does every so often begins. */
void reload_on_ready(struct reload *reload);

/* Lets the collectors of all states do a little, and frees generations that nobody holds. */
void reload_rest(struct reload *reload);

/* Has the collectors of all states do all there is to do at once, however long that takes. */
void reload_collect(struct reload *reload);

/* The config that holds. */
const struct config *reload_config(const struct reload *reload);

/* Frees all generations. Nobody may hold one. */
void reload_fini(struct reload *reload);

#endif
