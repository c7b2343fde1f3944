/* Names to addresses, without waiting: who asks is told later, or at once if it is known.
 *
 * What was found is remembered for as long as whoever said it allows; what was not, for a second.
 * Those who ask for the same name at the same time share one lookup. IPv4 addresses are preferred,
 * as everywhere in the proxy.
 */
#ifndef FEED_DNS_H
#define FEED_DNS_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/list.h"

#include <ev.h>

struct ares_channeldata;

struct dns {
    struct ev_loop *loop;
    const struct clock *clock;
    const char *servers;
    struct ares_channeldata *channel; /* NULL until somebody asks */
    struct ev_timer timer;            /* for those that do not answer */
    struct list watches;              /* of its descriptors */
    struct list names;                /* that were asked for, the latest first */
    unsigned count;                   /* of them */
    bool ending;
};

/* Somebody who waits for an address. Embed it. */
struct dns_query {
    struct list link;
    void (*found)(struct dns_query *query, const struct addr *at, const char *why);
};

enum dns_news {
    DNS_KNOWN,  /* *AT is the address, its port 0 */
    DNS_WAITS,  /* query->found will be called */
    DNS_FAILED, /* there is none: *WHY, a constant, says why */
};

/* Asks nobody yet. SERVERS, "host:port,host:port", are those to be asked; NULL for those that the
 * system is set up for. All that is given must outlive *DNS. */
void dns_init(struct dns *dns, struct ev_loop *loop, const struct clock *clock,
              const char *servers);

/* Ends all lookups. Nobody who waits is called any more. */
void dns_fini(struct dns *dns);

/* Asks for the address of HOST, a name or a number. With DNS_WAITS, query->found is called later
 * from the loop, once, with the address or, if that is NULL, why there is none. */
enum dns_news dns_find(struct dns *dns, struct dns_query *query, struct span host, struct addr *at,
                       const char **why);

/* QUERY, which is waiting, is not to be called any more. */
void dns_cancel(struct dns_query *query);

#endif
