/* Attempts over the network. */
#include "shore.h"
#include "support/test.h"

#include <sys/syscall.h>

TEST(a_new_connection_is_made_and_awaited)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    shore_start(&shore, 0, false);
    ck_assert_int_eq(shore_poll(&shore), ATTEMPT_WAIT);
    ck_assert(!shore.a.reused);
    TURN_UNTIL(shore.time.loop, shore.woken > 0);
    ck_assert_int_eq(shore_poll(&shore), ATTEMPT_OPEN);
    far = accept(shore.listeners[0], NULL, NULL);
    shore_ask(&shore);
    await(far);
    shore_end_attempt(&shore, false);
    close(far);
    shore_end(&shore);
}

TEST(a_refused_connection_has_failed)
{
    struct shore shore;

    shore_begin(&shore);
    shore.backends[0].facts->at = nowhere();
    shore_start(&shore, 0, false);
    TURN_UNTIL(shore.time.loop, shore_poll(&shore) != ATTEMPT_WAIT);
    ck_assert_int_eq(shore_poll(&shore), ATTEMPT_FAILED);
    ck_assert_int_eq(shore.a.err, ERR_REFUSED);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    shore_end_attempt(&shore, true);
    ck_assert_uint_eq(shore.idle.count, 0);
    shore_end(&shore);
}

TEST(a_backend_that_cannot_be_reached_has_failed_at_once)
{
    struct shore shore;

    shore_begin(&shore);
    shore.backends[0].facts->at.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    shore_start(&shore, 0, false);
    ck_assert_int_eq(shore_poll(&shore), ATTEMPT_FAILED);
    ck_assert_int_eq(shore.a.err, ERR_UNREACHABLE);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    shore_end_attempt(&shore, true);
    shore_end(&shore);
}

TEST(what_has_left_is_known)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    far = shore_open(&shore, 0);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    shore_ask(&shore);
    ck_assert(shore.reach.attempts.has_sent(&shore.a));
    shore_end_attempt(&shore, false);
    close(far);
    shore_end(&shore);
}

TEST(a_kept_connection_is_used_again_and_has_sent_nothing_yet)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    far = shore_open(&shore, 0);
    shore_ask(&shore);
    tell(far, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    shore_hear(&shore);
    shore_end_attempt(&shore, true);
    ck_assert_uint_eq(shore.idle.count, 1);

    ck_assert_int_eq(shore_open(&shore, 0), -1);
    ck_assert(shore.a.reused);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    shore_ask(&shore);
    ck_assert(shore.reach.attempts.has_sent(&shore.a));
    tell(far, "HTTP/1.1 204 No\r\n\r\n");
    shore_hear(&shore);
    shore_end_attempt(&shore, true);
    ck_assert_uint_eq(shore.idle.count, 1);
    close(far);
    shore_end(&shore);
}

TEST(a_kept_connection_serves_no_other_backend)
{
    struct shore shore;
    int far[2];

    shore_begin(&shore);
    far[0] = shore_keep(&shore, 0);
    far[1] = shore_open(&shore, 1);
    ck_assert_int_ge(far[1], 0);
    shore_end_attempt(&shore, false);
    ck_assert_uint_eq(shore.idle.count, 1);
    close(far[0]);
    close(far[1]);
    shore_end(&shore);
}

TEST(who_wants_a_fresh_connection_gets_one)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    far = shore_keep(&shore, 0);
    shore_start(&shore, 0, true);
    ck_assert(!shore.a.reused);
    ck_assert_uint_eq(shore.idle.count, 1);
    shore_end_attempt(&shore, false);
    close(far);
    shore_end(&shore);
}

/* Of three kept connections the two that are used first are dead, which nobody has told. Does a
 * request get the third? */
static void check_gets_no_dead_connection(const char *method, enum body body)
{
    struct shore shore;
    int far[3];
    int near[3];

    shore_begin(&shore);
    for (int i = 0; i < 3; i++) {
        far[i] = shore_keep(&shore, 0);
        near[i] = shore.near;
    }
    close(far[1]);
    await(near[1]);
    reset(far[2]);
    await(near[2]);
    shore.request.method = span_of(method);
    shore.request.body = body;
    ck_assert_int_eq(shore_open(&shore, 0), -1);
    shore_ask(&shore);
    await(far[0]);
    shore_end_attempt(&shore, false);
    ck_assert_uint_eq(shore.idle.count, 0);
    close(far[0]);
    shore_end(&shore);
}

TEST(a_request_that_must_not_be_repeated_gets_no_dead_connection)
{
    check_gets_no_dead_connection("POST", BODY_NONE);
}

TEST(a_request_that_cannot_be_repeated_once_its_body_flows_gets_no_dead_connection)
{
    check_gets_no_dead_connection("PUT", BODY_LENGTH);
    check_gets_no_dead_connection("DELETE", BODY_CHUNKED);
}

TEST(a_request_that_must_not_be_repeated_gets_a_new_connection_if_all_are_dead)
{
    struct shore shore;
    int dead;
    int far;

    shore_begin(&shore);
    dead = shore_keep(&shore, 0);
    tell(dead, "unasked");
    await(shore.near);
    shore.request.method = SPAN("POST");
    far = shore_open(&shore, 0);
    ck_assert_int_ge(far, 0);
    ck_assert(!shore.a.reused);
    shore_end_attempt(&shore, false);
    close(dead);
    close(far);
    shore_end(&shore);
}

TEST(nobody_gets_a_connection_whose_news_are_on_their_way)
{
    struct shore shore;
    struct stream *kept;
    int dead;
    int far;

    shore_begin(&shore);
    dead = shore_keep(&shore, 0);
    kept = idle_get(shore.backends[0].facts, false);
    ev_feed_event(shore.time.loop, &kept->io, EV_READ);
    idle_put(&shore.idle, shore.backends[0].facts, &kept);
    far = shore_open(&shore, 0);
    ck_assert_int_ge(far, 0);
    ck_assert(!shore.a.reused);
    shore_end_attempt(&shore, false);
    close(dead);
    close(far);
    shore_end(&shore);
}

/* ---- What is never kept ---- */

/* Has an exchange with a response that is complete, and leaves its connection as DIRTY says. */
static void check_not_kept(void (*dirty)(struct shore *shore, int far), bool keep)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    far = shore_open(&shore, 0);
    shore_ask(&shore);
    tell(far, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    shore_hear(&shore);
    dirty(&shore, far);
    shore_end_attempt(&shore, keep);
    ck_assert_uint_eq(shore.idle.count, 0);
    close(far);
    shore_end(&shore);
}

static void stay_clean(struct shore *shore, int far)
{
    (void)shore;
    (void)far;
}

static void say_more(struct shore *shore, int far)
{
    tell(far, "more");
    side_arm(shore->a.side);
    TURN_UNTIL(shore->time.loop, buf_len(&shore->a.stream->in) > 0);
}

static void say_more_unread(struct shore *shore, int far)
{
    (void)far;
    shore->a.stream->more = true;
    tell(far, "more");
    await(shore->a.stream->io.fd);
}

static void close_behind(struct shore *shore, int far)
{
    shutdown(far, SHUT_WR);
    side_arm(shore->a.side);
    TURN_UNTIL(shore->time.loop, shore->a.stream->eof);
}

static void leave_something_unsent(struct shore *shore, int far)
{
    struct span piece = SPAN("unsent");

    (void)far;
    stream_write(shore->a.stream, &piece, 1);
}

static void break_off(struct shore *shore, int far)
{
    (void)far;
    shore->a.stream->broken = true;
}

static void lose(struct shore *shore, int far)
{
    (void)far;
    shore->a.stream->err = ERR_RESET;
}

TEST(a_dirty_connection_is_never_kept)
{
    check_not_kept(stay_clean, false);
    check_not_kept(say_more, true);
    check_not_kept(say_more_unread, true);
    check_not_kept(close_behind, true);
    check_not_kept(leave_something_unsent, true);
    check_not_kept(break_off, true);
    check_not_kept(lose, true);
}

/* ---- Descriptors ---- */

TEST(without_a_descriptor_an_attempt_has_failed)
{
    struct shore shore;

    shore_begin(&shore);
    allow_descriptors(0);
    shore_start(&shore, 0, false);
    ck_assert_int_eq(shore_poll(&shore), ATTEMPT_FAILED);
    ck_assert_int_eq(shore.a.err, ERR_EXHAUSTED);
    shore_end_attempt(&shore, true);
    shore_end(&shore);
}

TEST(kept_connections_give_way_when_descriptors_run_out)
{
    struct shore shore;
    int far[2];

    shore_begin(&shore);
    far[0] = shore_keep(&shore, 1);
    far[1] = shore_keep(&shore, 1);
    allow_descriptors(0);
    shore_start(&shore, 0, false);
    ck_assert_int_ne(shore_poll(&shore), ATTEMPT_FAILED);
    ck_assert_uint_eq(shore.idle.count, 1);
    shore_end_attempt(&shore, false);
    close(far[0]);
    close(far[1]);
    shore_end(&shore);
}

/* ---- Ports ---- */

static unsigned portless; /* so many connections get no port */

/* Stands before that of the C library. */
int connect(int fd, const struct sockaddr *at, socklen_t size)
{
    int type = 0;
    socklen_t type_size = sizeof type;

    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size);
    if (portless == 0 || type != SOCK_STREAM)
        return (int)syscall(SYS_connect, fd, at, size);
    portless--;
    errno = EADDRNOTAVAIL;
    return -1;
}

TEST(without_a_port_an_attempt_has_failed_and_what_is_kept_for_others_stays)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    far = shore_keep(&shore, 1);
    portless = 1;
    shore_start(&shore, 0, false);
    ck_assert_int_eq(shore_poll(&shore), ATTEMPT_FAILED);
    ck_assert_int_eq(shore.a.err, ERR_PORTS);
    ck_assert_uint_eq(shore.idle.count, 1);
    shore_end_attempt(&shore, true);
    close(far);
    shore_end(&shore);
}

TEST(who_wants_a_fresh_connection_gets_the_port_of_one_that_is_kept)
{
    struct shore shore;
    int far[2];

    shore_begin(&shore);
    far[0] = shore_keep(&shore, 0);
    far[1] = shore_keep(&shore, 0);
    portless = 1;
    shore_start(&shore, 0, true);
    ck_assert_int_ne(shore_poll(&shore), ATTEMPT_FAILED);
    ck_assert_uint_eq(shore.idle.count, 1);
    shore_end_attempt(&shore, false);
    close(far[0]);
    close(far[1]);
    shore_end(&shore);
}

SUITE(reach, a_new_connection_is_made_and_awaited, a_refused_connection_has_failed,
      a_backend_that_cannot_be_reached_has_failed_at_once, what_has_left_is_known,
      a_kept_connection_is_used_again_and_has_sent_nothing_yet,
      a_kept_connection_serves_no_other_backend, who_wants_a_fresh_connection_gets_one,
      a_request_that_must_not_be_repeated_gets_no_dead_connection,
      a_request_that_cannot_be_repeated_once_its_body_flows_gets_no_dead_connection,
      a_request_that_must_not_be_repeated_gets_a_new_connection_if_all_are_dead,
      nobody_gets_a_connection_whose_news_are_on_their_way, a_dirty_connection_is_never_kept,
      without_a_descriptor_an_attempt_has_failed,
      kept_connections_give_way_when_descriptors_run_out,
      without_a_port_an_attempt_has_failed_and_what_is_kept_for_others_stays,
      who_wants_a_fresh_connection_gets_the_port_of_one_that_is_kept);
