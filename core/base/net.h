/* Networks: an address, and how many of its bits matter. */
#ifndef BASE_NET_H
#define BASE_NET_H

#include "base/addr.h"
#include "base/err.h"

struct net {
    struct addr base;
    unsigned bits; /* of the address, the first ones */
};

/* Reads "10.0.0.0/8", "::1/128", or an address alone, which is a network of its own. ERR_ADDRESS if
 * TEXT is none, or if bits are set that do not matter: that is a mistake, as a rule. */
enum err net_read(struct net *net, struct span text);

/* Is A in NET? An IPv4 address that is written as one of IPv6 (::ffff:10.0.0.1) is in networks of
 * IPv4, and in no other. */
bool net_has(const struct net *net, const struct addr *a);

#endif
