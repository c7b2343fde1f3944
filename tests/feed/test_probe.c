/* Active checks, of backends that listen within this process. */
#include "net/fake_time.h"
#include "net/heard.h"
#include "net/sockets.h"
#include "support/test.h"

#include "base/mem.h"
#include "feed/probe.h"

enum { BACKENDS_MAX = 3 };

struct ward {
    struct fake_time time;
    struct heard heard;
    struct buf_lender lender;
    struct config config;
    struct config_health rule;
    struct pool pool;
    struct probes probes;
    int listeners[BACKENDS_MAX];
    unsigned ready;
};

static void on_ready(void *owner)
{
    struct ward *ward = owner;

    ward->ready++;
}

/* Backends "a", "b" and so on, as many as COUNT. No check has begun yet. */
static void begin(struct ward *ward, unsigned count, enum config_check type)
{
    *ward = (struct ward){ .rule = { .type = type } };
    heard_begin(&ward->heard);
    fake_time_begin(&ward->time);
    config_init(&ward->config);
    ward->rule = ward->config.health;
    ward->rule.type = type;
    ward->rule.path = "/health";
    for (unsigned i = 0; i < count; i++) {
        struct config_backend *b = config_add_backend(&ward->config);
        char id[] = { (char)('a' + i), '\0' };

        b->id = mem_copy(span_of(id));
        b->authority = mem_copy(SPAN("a.example:80"));
        ward->listeners[i] = listen_somewhere(&b->at);
    }
    pool_init(&ward->pool, &ward->config);
}

static void start(struct ward *ward)
{
    probes_start(&ward->probes, &ward->pool, &ward->rule, ward->time.loop, &ward->lender,
                 &ward->time.deadlines, on_ready, ward);
}

static void end(struct ward *ward)
{
    probes_stop(&ward->probes);
    ck_assert_uint_eq(ward->lender.lent, 0);
    buf_lender_fini(&ward->lender);
    for (unsigned i = 0; i < ward->pool.count; i++)
        if (ward->listeners[i] >= 0)
            close(ward->listeners[i]);
    pool_fini(&ward->pool);
    config_fini(&ward->config);
    fake_time_end(&ward->time);
    heard_end(&ward->heard);
}

static const struct health *health(const struct ward *ward, unsigned i)
{
    return &ward->pool.backends[i].health;
}

static void look(struct ward *ward)
{
    ev_run(ward->time.loop, EVRUN_NOWAIT);
}

/* From now on the backend number I refuses. */
static void go_away(struct ward *ward, unsigned i)
{
    close(ward->listeners[i]);
    ward->listeners[i] = -1;
}

/* From now on it listens again, where it did before. */
static void come_back(struct ward *ward, unsigned i)
{
    const struct addr *at = &ward->config.backends[i].at;
    int yes = 1;

    ward->listeners[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(ward->listeners[i], SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ck_assert_int_eq(bind(ward->listeners[i], &at->any, addr_len(at)), 0);
    ck_assert_int_eq(listen(ward->listeners[i], 64), 0);
}

/* The backend takes the check that comes next, and reads its request. */
static int take_request(struct ward *ward, char *request, size_t size)
{
    size_t len = 0;
    int fd;

    await(ward->listeners[0]);
    fd = accept(ward->listeners[0], NULL, NULL);
    do {
        ssize_t n = recv(fd, request + len, size - len - 1, MSG_DONTWAIT);

        len += n > 0 ? (size_t)n : 0;
        request[len] = '\0';
        look(ward);
    } while (strstr(request, "\r\n\r\n") == NULL);
    return fd;
}

/* Has the first check of a backend answered with RESPONSE and a close. Gives whether it is up then. */
static bool is_up_after(const char *response, unsigned expected)
{
    struct ward ward;
    char request[1000];
    bool up;
    int fd;

    begin(&ward, 1, CHECK_HTTP);
    ward.rule.status = expected;
    start(&ward);
    fd = take_request(&ward, request, sizeof request);
    tell(fd, response);
    shutdown(fd, SHUT_WR);
    TURN_UNTIL(ward.time.loop, health(&ward, 0)->known);
    up = !health(&ward, 0)->down;
    close(fd);
    end(&ward);
    return up;
}

TEST(who_accepts_is_up)
{
    struct ward ward;

    begin(&ward, 1, CHECK_TCP);
    start(&ward);
    ck_assert(!health(&ward, 0)->known);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert(health(&ward, 0)->known && !health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "info   backend a is UP\n"), 1);
    end(&ward);
}

TEST(who_refuses_is_down)
{
    struct ward ward;

    begin(&ward, 1, CHECK_TCP);
    go_away(&ward, 0);
    start(&ward);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert(health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "warn   backend a is DOWN: connection refused\n"),
                      1);
    end(&ward);
}

TEST(who_cannot_be_reached_is_down_at_once)
{
    struct ward ward;

    begin(&ward, 1, CHECK_TCP);
    ward.config.backends[0].at.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    start(&ward);
    ck_assert(health(&ward, 0)->down);
    ck_assert_uint_eq(ward.ready, 1);
    end(&ward);
}

TEST(all_are_ready_once_each_has_been_checked_once)
{
    struct ward ward;

    begin(&ward, 3, CHECK_TCP);
    go_away(&ward, 1);
    start(&ward);
    ck_assert_uint_eq(ward.ready, 0);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    for (unsigned i = 0; i < 3; i++)
        ck_assert(health(&ward, i)->known);
    ck_assert(health(&ward, 1)->down);
    ck_assert_uint_eq(ward.pool.up_count, 2);
    end(&ward);
}

TEST(one_that_is_checked_twice_is_not_taken_for_two)
{
    struct ward ward;
    int slow;

    begin(&ward, 2, CHECK_HTTP);
    ward.rule.every = 1;
    ward.rule.timeout = 60;
    go_away(&ward, 0);
    start(&ward);
    slow = accept(ward.listeners[1], NULL, NULL);
    for (int i = 0; i < 5; i++) {
        look(&ward);
        fake_time_pass(&ward.time, 1.1);
    }
    ck_assert(health(&ward, 0)->known);
    ck_assert_uint_eq(ward.ready, 0);
    tell(slow, "HTTP/1.1 200 OK\r\n\r\n");
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    close(slow);
    end(&ward);
}

TEST(nobody_is_told_that_all_are_ready_again)
{
    struct ward ward;
    unsigned checks = 0;

    begin(&ward, 1, CHECK_TCP);
    start(&ward);
    while (checks < 5) {
        await(ward.listeners[0]);
        close(accept(ward.listeners[0], NULL, NULL));
        look(&ward);
        fake_time_pass(&ward.time, 2.1);
        checks++;
    }
    ck_assert_uint_eq(ward.ready, 1);
    end(&ward);
}

TEST(without_checks_all_are_ready_at_once)
{
    struct ward ward;

    begin(&ward, 2, CHECK_NONE);
    start(&ward);
    ck_assert_uint_eq(ward.ready, 1);
    fake_time_pass(&ward.time, 10);
    look(&ward);
    ck_assert(!health(&ward, 0)->known);
    ck_assert_uint_eq(ward.pool.up_count, 2);
    end(&ward);
}

TEST(the_request_of_a_check_is_what_it_must_be)
{
    struct ward ward;
    char request[1000];
    int fd;

    begin(&ward, 1, CHECK_HTTP);
    start(&ward);
    fd = take_request(&ward, request, sizeof request);
    ck_assert_str_eq(request, "GET /health HTTP/1.1\r\nHost: a.example:80\r\n"
                              "User-Agent: luaproxy-check\r\nConnection: close\r\n\r\n");
    close(fd);
    end(&ward);
}

TEST(a_response_is_judged_by_its_status)
{
    ck_assert(is_up_after("HTTP/1.1 200 OK\r\n\r\n", 0));
    ck_assert(is_up_after("HTTP/1.1 204 No\r\n\r\n", 0));
    ck_assert(is_up_after("HTTP/1.0 399 What\r\nContent-Length: 9\r\n\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 400 Bad\r\n\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 503 Sorry\r\n\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 199 Early\r\n\r\n", 0));
}

TEST(a_status_that_is_expected_is_the_only_good_one)
{
    ck_assert(is_up_after("HTTP/1.1 503 Sorry\r\n\r\n", 503));
    ck_assert(!is_up_after("HTTP/1.1 200 OK\r\n\r\n", 503));
}

TEST(what_is_no_response_is_bad)
{
    ck_assert(!is_up_after("", 0));
    ck_assert(!is_up_after("HTTP/1.1 200 OK\r\nA:", 0));
    ck_assert(!is_up_after("220 mail.example ESMTP\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 200 OK\nServer: old\n\n", 0));
    ck_assert(!is_up_after("ICY 200 OK\r\n\r\n", 0));
}

TEST(a_head_without_an_end_is_bad)
{
    struct ward ward;
    char request[1000];
    int fd;

    begin(&ward, 1, CHECK_HTTP);
    start(&ward);
    fd = take_request(&ward, request, sizeof request);
    tell(fd, "HTTP/1.1 200 OK\r\n");
    while (!health(&ward, 0)->known) {
        tell(fd, "A: b\r\n");
        look(&ward);
    }
    ck_assert(health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "DOWN: malformed response"), 1);
    close(fd);
    end(&ward);
}

TEST(a_response_may_come_byte_by_byte)
{
    static const char response[] = "HTTP/1.1 200 OK\r\nServer: slow\r\n\r\n";
    struct ward ward;
    char request[1000];
    int fd;

    begin(&ward, 1, CHECK_HTTP);
    start(&ward);
    fd = take_request(&ward, request, sizeof request);
    for (size_t i = 0; i < sizeof response - 1; i++) {
        ck_assert(!health(&ward, 0)->known);
        ck_assert_int_eq(send(fd, &response[i], 1, 0), 1);
        look(&ward);
    }
    TURN_UNTIL(ward.time.loop, health(&ward, 0)->known);
    ck_assert(!health(&ward, 0)->down);
    close(fd);
    end(&ward);
}

TEST(a_connection_that_is_reset_is_bad)
{
    struct ward ward;
    char request[1000];

    begin(&ward, 1, CHECK_HTTP);
    start(&ward);
    reset(take_request(&ward, request, sizeof request));
    TURN_UNTIL(ward.time.loop, health(&ward, 0)->known);
    ck_assert_uint_eq(heard_times(&ward.heard, "DOWN: connection reset"), 1);
    end(&ward);
}

TEST(who_does_not_answer_in_time_is_down)
{
    struct ward ward;
    char request[1000];
    char byte;
    int fd;

    begin(&ward, 1, CHECK_HTTP);
    start(&ward);
    fd = take_request(&ward, request, sizeof request);
    fake_time_pass(&ward.time, 0.9);
    ck_assert(!health(&ward, 0)->known);
    fake_time_pass(&ward.time, 0.2);
    ck_assert(health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "DOWN: check timed out"), 1);
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
    end(&ward);
}

TEST(the_connection_of_a_check_is_closed_behind_it)
{
    struct ward ward;
    char byte;
    int fd;

    begin(&ward, 1, CHECK_TCP);
    start(&ward);
    fd = accept(ward.listeners[0], NULL, NULL);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
    end(&ward);
}

/* ---- Again and again ---- */

TEST(a_check_begins_every_so_often)
{
    struct ward ward;

    begin(&ward, 1, CHECK_TCP);
    ward.rule.every = 7;
    start(&ward);
    for (int i = 0; i < 5; i++) {
        close(accept(ward.listeners[0], NULL, NULL));
        look(&ward);
        fake_time_pass(&ward.time, 6.9);
        set_nonblocking(ward.listeners[0]);
        ck_assert_int_lt(accept(ward.listeners[0], NULL, NULL), 0);
        fake_time_pass(&ward.time, 0.2);
        await(ward.listeners[0]);
    }
    end(&ward);
}

TEST(a_check_that_takes_longer_than_that_is_followed_at_once)
{
    struct ward ward;
    char request[1000];
    int fds[2];

    begin(&ward, 1, CHECK_HTTP);
    ward.rule.every = 1;
    ward.rule.timeout = 5;
    start(&ward);
    fds[0] = take_request(&ward, request, sizeof request);
    fake_time_pass(&ward.time, 4);
    tell(fds[0], "HTTP/1.1 200 OK\r\n\r\n");
    TURN_UNTIL(ward.time.loop, health(&ward, 0)->known);
    fake_time_pass(&ward.time, 0.1);
    fds[1] = take_request(&ward, request, sizeof request);
    close(fds[0]);
    close(fds[1]);
    end(&ward);
}

/* Has the next check of the only backend end, which it did not have to wait for. */
static void check_once(struct ward *ward)
{
    uint64_t run = health(ward, 0)->run;
    bool down = health(ward, 0)->down;

    fake_time_pass(&ward->time, ward->rule.every + 0.1);
    while (health(ward, 0)->run == run && health(ward, 0)->down == down)
        look(ward);
}

TEST(it_takes_some_failures_to_go_down_and_some_successes_to_come_back)
{
    struct ward ward;

    begin(&ward, 1, CHECK_TCP);
    start(&ward);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    go_away(&ward, 0);
    check_once(&ward);
    check_once(&ward);
    ck_assert_uint_eq(ward.pool.up_count, 1);
    check_once(&ward);
    ck_assert_uint_eq(ward.pool.up_count, 0);

    come_back(&ward, 0);
    check_once(&ward);
    ck_assert_uint_eq(ward.pool.up_count, 0);
    check_once(&ward);
    ck_assert_uint_eq(ward.pool.up_count, 1);
    ck_assert_uint_eq(heard_times(&ward.heard, "is DOWN"), 1);
    ck_assert_uint_eq(heard_times(&ward.heard, "is UP"), 2);
    end(&ward);
}

TEST(lack_of_descriptors_is_no_verdict)
{
    struct ward ward;

    begin(&ward, 1, CHECK_TCP);
    allow_descriptors(0);
    start(&ward);
    look(&ward);
    ck_assert(!health(&ward, 0)->known);
    ck_assert_uint_eq(ward.ready, 0);

    allow_descriptors(1);
    fake_time_pass(&ward.time, 2.1);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert(!health(&ward, 0)->down);
    end(&ward);
}

TEST(no_verdict_comes_from_a_check_that_was_stopped)
{
    struct ward ward;
    char request[1000];
    char byte;
    int fd;

    begin(&ward, 1, CHECK_HTTP);
    start(&ward);
    fd = take_request(&ward, request, sizeof request);
    tell(fd, "HTTP/1.1 200 OK\r\n\r\n");
    probes_stop(&ward.probes);
    fake_time_pass(&ward.time, 10);
    look(&ward);
    ck_assert(!health(&ward, 0)->known);
    ck_assert_uint_eq(ward.ready, 0);
    ck_assert_int_le(recv(fd, &byte, 1, 0), 0);
    close(fd);
    end(&ward);
}

SUITE(probe, who_accepts_is_up, who_refuses_is_down, who_cannot_be_reached_is_down_at_once,
      all_are_ready_once_each_has_been_checked_once, one_that_is_checked_twice_is_not_taken_for_two,
      nobody_is_told_that_all_are_ready_again, without_checks_all_are_ready_at_once,
      the_request_of_a_check_is_what_it_must_be, a_response_is_judged_by_its_status,
      a_status_that_is_expected_is_the_only_good_one, what_is_no_response_is_bad,
      a_head_without_an_end_is_bad, a_response_may_come_byte_by_byte,
      a_connection_that_is_reset_is_bad, who_does_not_answer_in_time_is_down,
      the_connection_of_a_check_is_closed_behind_it, a_check_begins_every_so_often,
      a_check_that_takes_longer_than_that_is_followed_at_once,
      it_takes_some_failures_to_go_down_and_some_successes_to_come_back,
      lack_of_descriptors_is_no_verdict, no_verdict_comes_from_a_check_that_was_stopped);
