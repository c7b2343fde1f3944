/*
 * backend: answers fast and always the same, so that it is not what is measured.
 *
 *   usage: backend [COUNT]
 *
 * Plays COUNT backends (1), and says "listening on port 40001": the first has the address
 * 127.1.0.1, the next 127.1.0.2, and after 127.1.0.255 comes 127.1.1.0. One socket listens for all
 * of them, so backends by the thousand cost nothing until somebody connects.
 *
 *   /128  /16k  /1m     a body of so many bytes: the alphabet, again and again
 *   /count              a line for each backend: how many connections and requests it has had
 *   anything else       404
 *
 * It speaks as much HTTP/1.1 as proxies need of a backend: connections are kept open, a body with
 * Content-Length is read and thrown away, the next request is sent after the response has come. Who
 * says "Connection: close" is told so too, but nothing is closed: only the bare relay passes that
 * on, and it wants its connection kept.
 */
#include "sockets.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static const uint32_t first_address = 0x7f010001; /* 127.1.0.1 */

enum { INPUT = 262144, HEAD_MAX = 16384, BODY_MAX = 1 << 20, COUNT_MAX = 10000, EVENTS = 512 };

struct text {
    char *at;
    size_t len;
};

/* What one of the backends has had. */
struct count {
    unsigned long connections;
    unsigned long requests;
};

/* A connection goes around from HEAD to ANSWER; a listening socket always accepts. */
enum state { STATE_ACCEPT, STATE_HEAD, STATE_BODY, STATE_ANSWER };

struct conn {
    int fd;
    enum state state;
    struct count *count;
    struct text part;   /* of a head that has not come whole, from malloc */
    size_t body;        /* how much of the request's body is still to come */
    struct text answer; /* what has not been written yet */
    char *made;         /* from malloc: the answer, if it was made for this request */
};

static const char *const paths[] = { "/128", "/16k", "/1m", "/" };
static const size_t sizes[] = { 128, 16384, BODY_MAX, 0 };

enum { ANSWERS = sizeof paths / sizeof paths[0], NOT_FOUND = ANSWERS - 1 };

static struct {
    int epoll;
    struct count *counts;
    unsigned count;
    struct text answers[2][ANSWERS]; /* for connections kept, and closed */
    char input[INPUT];
} backend;

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        sockets_fail("calloc");
    return memory;
}

/* What a static file's head looks like. */
static int print_head(char *to, size_t size, const char *status, size_t length, bool closed)
{
    return snprintf(to, size,
                    "HTTP/1.1 %s\r\n"
                    "Server: bench\r\n"
                    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                    "Content-Type: text/plain\r\n"
                    "Content-Length: %zu\r\n"
                    "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                    "Connection: %s\r\n"
                    "ETag: \"6955b900-80\"\r\n"
                    "\r\n",
                    status, length, closed ? "close" : "keep-alive");
}

static void prepare_answers(void)
{
    enum { HEAD_SPACE = 512 };

    for (int i = 0; i < 2 * ANSWERS; i++) {
        struct text *answer = &backend.answers[i / ANSWERS][i % ANSWERS];
        const char *status = i % ANSWERS == NOT_FOUND ? "404 Not Found" : "200 OK";
        size_t size = sizes[i % ANSWERS];

        answer->at = allocate(HEAD_SPACE + size);
        answer->len = (size_t)print_head(answer->at, HEAD_SPACE, status, size, i / ANSWERS == 1);
        for (size_t k = 0; k < size; k++)
            answer->at[answer->len++] = (char)('a' + k % 26);
    }
}

/* Makes the answer to /count. */
static void answer_count(struct conn *c)
{
    enum { LINE = 64 };
    char *lines = allocate(LINE * backend.count);
    size_t len = 0;
    size_t head;

    for (struct count *n = backend.counts; n < backend.counts + backend.count; n++)
        len += (size_t)sprintf(lines + len, "%lu %lu\n", n->connections, n->requests);
    c->made = allocate(512 + len);
    head = (size_t)print_head(c->made, 512, "200 OK", len, false);
    memcpy(c->made + head, lines, len);
    c->answer = (struct text){ c->made, head + len };
    free(lines);
}

static void end(struct conn *c)
{
    close(c->fd);
    free(c->part.at);
    free(c->made);
    free(c);
}

static void end_answer(struct conn *c)
{
    free(c->made);
    c->made = NULL;
    if (c->state == STATE_ANSWER)
        sockets_watch(backend.epoll, EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
    c->state = STATE_HEAD;
}

/* Writes what the socket takes of the answer, and the rest when it takes more. */
static void write_answer(struct conn *c)
{
    ssize_t n = write(c->fd, c->answer.at, c->answer.len);

    if (n < 0 && errno != EAGAIN) {
        end(c);
        return;
    }
    c->answer.at += n > 0 ? n : 0;
    c->answer.len -= n > 0 ? (size_t)n : 0;
    if (c->answer.len == 0) {
        end_answer(c);
    } else if (c->state != STATE_ANSWER) {
        sockets_watch(backend.epoll, EPOLL_CTL_MOD, c->fd, EPOLLOUT, c);
        c->state = STATE_ANSWER;
    }
}

/* Decides what is answered to a request with this head, which ends with NUL. */
static void take_head(struct conn *c, const char *head)
{
    const char *path = strchr(head, ' ');
    const char *length = strcasestr(head, "\nContent-Length:");
    bool closed = strcasestr(head, "\nConnection: close") != NULL;
    size_t path_len = path != NULL ? strcspn(++path, " \r\n") : 0;
    int i = 0;

    c->body = length != NULL ? strtoul(length + strlen("\nContent-Length:"), NULL, 10) : 0;
    if (path_len == strlen("/count") && strncmp(path, "/count", path_len) == 0) {
        answer_count(c);
        return;
    }
    while (i < NOT_FOUND &&
           (strlen(paths[i]) != path_len || strncmp(path, paths[i], path_len) != 0))
        i++;
    c->answer = backend.answers[closed][i];
    c->count->requests++;
}

/* Puts the part that came before in front of what is read next. */
static size_t recall(struct conn *c)
{
    size_t len = c->part.len;

    if (len > 0)
        memcpy(backend.input, c->part.at, len);
    free(c->part.at);
    c->part = (struct text){ NULL, 0 };
    return len;
}

static void remember(struct conn *c, size_t len)
{
    c->part = (struct text){ allocate(len), len };
    memcpy(c->part.at, backend.input, len);
}

/* LEN bytes of a request have come, maybe with some of its body. False if that is not to be
 * understood. */
static bool take_request(struct conn *c, size_t len)
{
    char *blank;
    size_t body;

    backend.input[len] = '\0';
    blank = strstr(backend.input, "\r\n\r\n");
    if (blank == NULL) {
        remember(c, len);
        return len < HEAD_MAX;
    }
    body = len - (size_t)(blank + 4 - backend.input);
    blank[2] = '\0';
    take_head(c, backend.input);
    if (body > c->body)
        return false;
    c->body -= body;
    c->state = STATE_BODY;
    return true;
}

static void read_request(struct conn *c)
{
    size_t len = recall(c);
    ssize_t n = read(c->fd, backend.input + len, INPUT - 1 - len);
    bool fine = n > 0 || (n < 0 && errno == EAGAIN);

    len += n > 0 ? (size_t)n : 0;
    if (fine && c->state == STATE_HEAD)
        fine = take_request(c, len);
    else if (fine && len > c->body)
        fine = false;
    else if (fine)
        c->body -= len;
    if (!fine)
        end(c);
    else if (c->state == STATE_BODY && c->body == 0)
        write_answer(c);
}

/* Which of the backends a connection has come to; the first one for an address that is none of
 * theirs. */
static struct count *count_of(int fd)
{
    struct sockaddr_in here = sockets_here(fd);
    uint32_t index = ntohl(here.sin_addr.s_addr) - first_address;

    return &backend.counts[index < backend.count ? index : 0];
}

static void accept_conns(struct conn *listener)
{
    int fd = sockets_accept(listener->fd);

    while (fd >= 0) {
        struct conn *c = allocate(sizeof *c);

        *c = (struct conn){ .fd = fd, .state = STATE_HEAD, .count = count_of(fd) };
        c->count->connections++;
        sockets_watch(backend.epoll, EPOLL_CTL_ADD, fd, EPOLLIN, c);
        fd = sockets_accept(listener->fd);
    }
}

static void on_event(struct conn *c)
{
    switch (c->state) {
    case STATE_ACCEPT:
        accept_conns(c);
        break;
    case STATE_HEAD:
    case STATE_BODY:
        read_request(c);
        break;
    case STATE_ANSWER:
        write_answer(c);
        break;
    }
}

static void open_backends(unsigned count)
{
    struct conn *listener = allocate(sizeof *listener);
    int fd = sockets_listen_everywhere();

    backend.counts = allocate(count * sizeof *backend.counts);
    backend.count = count;
    *listener = (struct conn){ .fd = fd, .state = STATE_ACCEPT };
    sockets_watch(backend.epoll, EPOLL_CTL_ADD, fd, EPOLLIN, listener);
    printf("listening on port %u\n", ntohs(sockets_here(fd).sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];

    signal(SIGPIPE, SIG_IGN);
    sockets_raise_limit();
    backend.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (backend.epoll < 0)
        sockets_fail("epoll_create1");
    prepare_answers();
    open_backends(argc > 1 ? sockets_number(argv[1], COUNT_MAX) : 1);
    for (;;) {
        int count = epoll_wait(backend.epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++)
            on_event(events[i].data.ptr);
    }
}
