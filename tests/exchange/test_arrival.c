/* A request whose head has just come. */
#include "exchange/arrival.h"

#include "house.h"
#include "net/heard.h"
#include "support/test.h"

#include <stdio.h>

#define GET    "GET / HTTP/1.1\r\nHost: a\r\n"
#define LOOP   "Via: 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy\r\n"
#define NOBODY "HTTP/1.1 204 No\r\n\r\n"

/* A client connects who is trusted, or who is not. */
static int begin(struct house *h, bool trusted)
{
    struct net net;

    house_begin(h);
    ck_assert_int_eq(net_read(&net, trusted ? SPAN("127.0.0.0/8") : SPAN("10.0.0.0/8")), OK);
    config_add_trusted(&h->config, &net);
    return house_connect(h);
}

static void end(struct house *h, int fd)
{
    close(fd);
    house_end(h);
}

/* Does the access line of a request with FIELDS begin with CLIENT? */
static bool is_logged_as(const char *fields, bool trusted, const char *client)
{
    struct heard heard;
    struct house h;
    char line[100];
    bool found;
    int fd;

    fd = begin(&h, trusted);
    heard_begin(&heard);
    tell(fd, GET);
    tell(fd, fields);
    tell(fd, "\r\n");
    house_answer(&h, NOBODY);
    house_expect(&h, fd, "204 No\r\n");
    snprintf(line, sizeof line, "access %s", client);
    found = heard_times(&heard, line) == 1;
    heard_end(&heard);
    end(&h, fd);
    return found;
}

TEST(who_is_trusted_speaks_for_another)
{
    ck_assert(is_logged_as("X-Forwarded-For: 1.1.1.1\r\n", true, "1.1.1.1:0 \"GET"));
    ck_assert(is_logged_as("X-Forwarded-For: 1.1.1.1, 127.0.0.2\r\n", true, "1.1.1.1:0 \"GET"));
    ck_assert(is_logged_as("", true, "127.0.0.1:"));
    ck_assert(is_logged_as("X-Forwarded-For: 1.1.1.1\r\n", false, "127.0.0.1:"));
}

TEST(a_loop_ends_here_and_the_connection_is_kept)
{
    struct heard heard;
    struct house h;
    int fd = begin(&h, false);

    heard_begin(&heard);
    tell(fd, GET LOOP "\r\n");
    house_expect(&h, fd, "HTTP/1.1 508 Loop Detected\r\n");
    house_expect(&h, fd, "508 Loop Detected\n");
    ck_assert_uint_eq(heard_times(&heard, ": 508, "), 1);
    ck_assert_uint_eq(h.counters.n[COUNTER_REFUSED], 1);
    tell(fd, GET "\r\n");
    house_answer(&h, NOBODY);
    house_expect(&h, fd, "204 No\r\n");
    heard_end(&heard);
    end(&h, fd);
}

TEST(a_trace_that_may_go_no_further_is_answered_with_itself)
{
    struct house h;
    int fd = begin(&h, false);

    h.config.allow.trace = true;
    tell(fd, "TRACE /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nCookie: b=c\r\n\r\n");
    house_expect(&h, fd, "HTTP/1.1 200 OK\r\nContent-Type: message/http\r\n");
    house_expect(&h, fd, "\r\n\r\nTRACE /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
    ck_assert_int_lt(accept(h.listener, NULL, NULL), 0);
    end(&h, fd);
}

TEST(a_trace_that_may_go_further_does)
{
    struct house h;
    int fd = begin(&h, false);

    h.config.allow.trace = true;
    tell(fd, "TRACE /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\n\r\n");
    house_accept(&h);
    house_expect(&h, h.backend, "TRACE /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n");
    house_answer(&h, NOBODY);
    house_expect(&h, fd, "204 No\r\n");
    end(&h, fd);
}

SUITE(arrival, who_is_trusted_speaks_for_another, a_loop_ends_here_and_the_connection_is_kept,
      a_trace_that_may_go_no_further_is_answered_with_itself, a_trace_that_may_go_further_does);
