/* Addresses as data: reading, printing and comparing them. No socket is opened here. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include "base/err.h"
#include "base/span.h"

#include <netinet/in.h>

/* Room for "[ffff:...]:65535" and its NUL. */
enum { ADDR_TEXT = 64 };

struct addr {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
};

/* How long the address of A is, for the system calls. */
socklen_t addr_len(const struct addr *a);

/* Is TEXT an IPv6 address, without brackets and without a zone? */
bool addr_is_ipv6(struct span text);

/* Cuts "host:port", "[v6]:port", ":port" or "http://host:port/" into host (without brackets, empty
 * if left out) and port. A URL without a port means 80; everything else needs one.
 * *WHY says what is wrong when the result is ERR_ADDRESS. */
enum err addr_cut(struct span text, struct span *host, uint16_t *port, const char **why);

/* The address of HOST, a number or a name, and PORT. Names are asked of the system's resolver,
 * which may take its time: only at the start. An empty host means every interface, "localhost"
 * 127.0.0.1. ERR_UNKNOWN_HOST when the resolver knows none. */
enum err addr_resolve(struct addr *a, struct span host, uint16_t port);

/* Prints A as "host:port" into TEXT, which has room for ADDR_TEXT bytes. Gives its length. */
unsigned addr_print(const struct addr *a, char *text);

/* Prints the host alone, without brackets. Gives its length. */
unsigned addr_print_host(const struct addr *a, char *text);

/* The port of A. */
uint16_t addr_port(const struct addr *a);

/* Do A and B name the same host and port? */
bool addr_eq(const struct addr *a, const struct addr *b);

#endif
