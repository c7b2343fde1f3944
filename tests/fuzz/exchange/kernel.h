/* A kernel in memory: connections whose other ends are played, without one system call.
 *
 * The calls that luaproxy and libev make of descriptors (`read`, `send`, `epoll_wait`, `splice` and
 * so on) stand here before those of the C library. Descriptors from WIRE_FD on are ours, all others
 * go to the real kernel. What a connection does is what TCP on Linux does: data before the end, an
 * error once, RST for what is closed unread.
 */
#ifndef FUZZ_EXCHANGE_KERNEL_H
#define FUZZ_EXCHANGE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRES_MAX = 64, WIRE_FD = 512, BACKENDS_MAX = 3 };

/* Backend number I is at this port. */
enum { BACKEND_PORT = 9001 };

/* Bytes that only become more. */
struct bytes {
    char *at;
    size_t len, room;
};

/* That something was written: where it begins, what had been read by then, and when it was. */
struct mark {
    size_t heard;
    size_t read;
    uint64_t when;
};

/* One connection. The proxy has one end, the other is played. */
struct wire {
    bool backend; /* who plays: the backend number `number`, or else the client with it */
    unsigned number;

    struct bytes said; /* by the other end, and how much of it the proxy has read */
    size_t read;
    bool fin;   /* the other end has said all, */
    bool gone;  /* or has gone altogether: who writes to it is reset */
    bool reset; /* it has reset the connection */
    bool told;  /* the proxy has heard of the error */

    struct bytes heard; /* what the proxy has written, how much of it was taken, */
    size_t taken;
    size_t holds; /* and how much may not have been */
    struct mark *marks;
    size_t mark_count;

    bool connecting;            /* nobody has accepted yet */
    int error;                  /* of connecting; 0: none */
    bool shut, closed, aborted; /* what the proxy has done with its end */
    bool rash;                  /* it is going to close without waiting */
    uint32_t events;            /* what epoll is asked for */
    uint64_t data;
    bool watched;
};

/* How a backend takes connections. */
enum door { DOOR_OPEN, DOOR_INSTANT, DOOR_SLOW, DOOR_REFUSES, DOOR_UNREACHABLE, DOOR_NO_PORTS };

struct kernel {
    struct wire wires[WIRES_MAX];
    unsigned count;
    enum door doors[BACKENDS_MAX];
    bool exhausted; /* there are no descriptors */
    bool backwards; /* events are told from the last descriptor to the first */
    uint64_t moves; /* counts whatever the proxy has brought about */
    int ready;      /* events told last */
    unsigned pipes; /* ends of pipes that are open */
};

extern struct kernel kernel;

/* No connection, all doors open. */
void kernel_begin(void);

/* Frees all. Says how many descriptors the proxy has left open. */
unsigned kernel_end(void);

/* A connection of a client, whose end of the proxy is to be given to it; -1 if there is no room. */
int kernel_connect(unsigned number);

static inline int wire_fd(const struct wire *wire)
{
    return WIRE_FD + (int)(wire - kernel.wires);
}

/* The other end says LEN bytes AT. */
void wire_say(struct wire *wire, const char *at, size_t len);

/* Writes down all connections, for somebody who wants to know what was wrong. */
void kernel_show(void);

/* What was known when the byte number OFFSET was written. */
struct mark wire_mark(const struct wire *wire, size_t offset);

#endif
