/* What the relay, the backend and the load generator share: TCP on the loopback interface. Whatever
 * goes wrong is said, and the end. */
#ifndef BENCH_SOCKETS_H
#define BENCH_SOCKETS_H

#include <netinet/in.h>
#include <stdint.h>

/* Opens a socket that listens on PORT of 127.0.0.1. It does not block. */
int sockets_listen(uint16_t port);

/* The same on a port of the system's choice, at all addresses: 127.0.0.0/8 has millions of them. */
int sockets_listen_everywhere(void);

/* The address that TEXT, like "127.0.0.1:8080", means. Ends the program if it means none. */
struct sockaddr_in sockets_address(const char *text);

/* Connects and waits until that is done. From then on it does not block. */
int sockets_connect(const struct sockaddr_in *to);

/* The connection that has waited longest at the listening socket FD, or -1. It does not block. */
int sockets_accept(int fd);

/* The address that the socket FD has on this side. */
struct sockaddr_in sockets_here(int fd);

/* Has EPOLL report EVENTS of FD with OWNER: for the first time (EPOLL_CTL_ADD) or instead
 * (EPOLL_CTL_MOD). */
void sockets_watch(int epoll, int operation, int fd, uint32_t events, void *owner);

/* Reads a number from 0 to MOST, a port for instance. Ends the program if TEXT is no such thing. */
unsigned sockets_number(const char *text, unsigned most);

/* As many descriptors as the system lets us have. */
void sockets_raise_limit(void);

/* Says what could not be done, with errno, and ends the program. */
_Noreturn void sockets_fail(const char *what);

#endif
