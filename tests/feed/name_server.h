/* A name server within this process. */
#ifndef TESTS_FEED_NAME_SERVER_H
#define TESTS_FEED_NAME_SERVER_H

#include "net/fake_time.h"
#include "net/sockets.h"

#include <stdio.h>

/* What it says of a name, by the first part of it, whatever the system's own domain is. */
struct saying {
    const char *name;
    const char *v4; /* octets "\x7f\0\0\1"; NULL: it has no such address */
    const char *v6;
    unsigned ttl;
    unsigned code; /* 3: there is no such name; 2: the server has failed */
};

struct name_server {
    struct ev_io io;
    struct ev_loop *loop;
    const struct saying *sayings; /* the last one has no name */
    char text[32];                /* where it is */
    unsigned asked;
    bool silent;
};

static inline const struct saying *name_server_find(const struct name_server *server,
                                                    const unsigned char *question)
{
    const struct saying *saying = server->sayings;

    while (saying->name != NULL && (strlen(saying->name) != question[0] ||
                                    memcmp(saying->name, question + 1, question[0]) != 0))
        saying++;
    return saying;
}

/* Puts one address behind the question that was asked. */
static inline size_t name_server_add(unsigned char *to, unsigned type, unsigned ttl,
                                     const char *octets, size_t len)
{
    const unsigned char record[] = { 0xc0,
                                     12,
                                     0,
                                     (unsigned char)type,
                                     0,
                                     1,
                                     0,
                                     0,
                                     (unsigned char)(ttl >> 8),
                                     (unsigned char)ttl,
                                     0,
                                     (unsigned char)len };

    memcpy(to, record, sizeof record);
    memcpy(to + sizeof record, octets, len);
    return sizeof record + len;
}

static inline void name_server_on_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
    enum { HEADER = 12, TAIL = 5, A = 1, AAAA = 28 };
    struct name_server *server = container_of(w, struct name_server, io);
    const struct saying *saying;
    unsigned char message[512];
    struct addr from;
    socklen_t from_len = sizeof from;
    size_t len;
    unsigned type;

    (void)loop;
    (void)revents;
    ck_assert_int_gt(recvfrom(w->fd, message, sizeof message, 0, &from.any, &from_len), HEADER);
    server->asked++;
    if (server->silent)
        return;
    len = HEADER + strlen((char *)message + HEADER) + TAIL; /* without what may follow */
    type = message[len - 3];
    saying = name_server_find(server, message + HEADER);
    message[2] = 0x81; /* a response */
    message[3] = (unsigned char)(0x80 | (saying->name == NULL ? 3 : saying->code));
    memset(message + 6, 0, 6); /* no records */
    if (type == A && saying->v4 != NULL)
        len += name_server_add(message + len, type, saying->ttl, saying->v4, 4);
    if (type == AAAA && saying->v6 != NULL)
        len += name_server_add(message + len, type, saying->ttl, saying->v6, 16);
    message[7] = (type == A && saying->v4 != NULL) || (type == AAAA && saying->v6 != NULL);
    ck_assert_int_eq(sendto(w->fd, message, len, 0, &from.any, from_len), (ssize_t)len);
}

static inline void name_server_begin(struct name_server *server, struct ev_loop *loop,
                                     const struct saying *sayings)
{
    struct addr at = loopback();
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(bind(fd, &at.any, addr_len(&at)), 0);
    ck_assert_int_eq(getsockname(fd, &at.any, &size), 0);
    *server = (struct name_server){ .loop = loop, .sayings = sayings };
    addr_print(&at, server->text);
    ev_io_init(&server->io, name_server_on_io, fd, EV_READ);
    ev_io_start(loop, &server->io);
}

static inline void name_server_end(struct name_server *server)
{
    ev_io_stop(server->loop, &server->io);
    close(server->io.fd);
}

#endif
