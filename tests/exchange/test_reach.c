/* Attempts over the network. */
#include "net/fake_time.h"
#include "net/sockets.h"
#include "support/test.h"

#include "exchange/reach.h"

/* Two backends that listen within this process, and an attempt at one of them. */
struct shore {
    struct fake_time time;
    struct buf_lender lender;
    struct idle idle;
    struct reach reach;
    struct arena arena;
    struct config_backend configs[2];
    struct backend backends[2];
    int listeners[2];
    struct head request;
    struct attempt a;
    int near; /* of the connection that was kept last */
    unsigned woken;
};

static void wake(void *owner)
{
    struct shore *shore = owner;

    shore->woken++;
}

static void begin(struct shore *shore)
{
    static const struct parse_limits limits = { 1000, 10 };

    *shore = (struct shore){ .woken = 0 };
    fake_time_begin(&shore->time);
    idle_init(&shore->idle, 2, 60, &shore->time.deadlines);
    reach_init(&shore->reach, shore->time.loop, &shore->lender, &shore->idle, &limits);
    for (unsigned i = 0; i < 2; i++) {
        shore->listeners[i] = listen_somewhere(&shore->configs[i].at);
        shore->backends[i] = (struct backend){ .config = &shore->configs[i], .index = i };
    }
    head_init(&shore->request, &shore->arena, 4);
    shore->request.method = SPAN("GET");
    shore->request.target = SPAN("/");
}

static void end(struct shore *shore)
{
    idle_fini(&shore->idle);
    for (int i = 0; i < 2; i++)
        close(shore->listeners[i]);
    ck_assert_uint_eq(shore->lender.lent, 0);
    buf_lender_fini(&shore->lender);
    arena_fini(&shore->arena);
    fake_time_end(&shore->time);
}

/* Starts an attempt at the backend number I. */
static void start(struct shore *shore, unsigned i, bool fresh)
{
    shore->a = (struct attempt){
        .by = &shore->reach.attempts,
        .backend = &shore->backends[i],
        .request = &shore->request,
        .arena = &shore->arena,
        .wake = wake,
        .owner = shore,
    };
    shore->reach.attempts.start(&shore->a, fresh);
}

static enum attempt_news poll_attempt(struct shore *shore)
{
    return shore->reach.attempts.poll(&shore->a);
}

static void end_attempt(struct shore *shore, bool keep)
{
    shore->reach.attempts.end(&shore->a, keep);
    ck_assert_ptr_null(shore->a.stream);
    ck_assert_ptr_null(shore->a.side);
}

/* Starts an attempt and waits until it is open. Gives the far end of a new connection, or -1. */
static int open_attempt(struct shore *shore, unsigned i)
{
    start(shore, i, false);
    TURN_UNTIL(shore->time.loop, poll_attempt(shore) != ATTEMPT_WAIT);
    ck_assert_int_eq(poll_attempt(shore), ATTEMPT_OPEN);
    ck_assert_ptr_nonnull(shore->a.side);
    return shore->a.reused ? -1 : accept(shore->listeners[i], NULL, NULL);
}

/* Has a connection to the backend number I kept, and gives its far end. */
static int keep_one(struct shore *shore, unsigned i)
{
    int far;
    unsigned count = shore->idle.count;

    start(shore, i, true);
    TURN_UNTIL(shore->time.loop, poll_attempt(shore) == ATTEMPT_OPEN);
    far = accept(shore->listeners[i], NULL, NULL);
    shore->near = shore->a.stream->io.fd;
    end_attempt(shore, true);
    ck_assert_uint_eq(shore->idle.count, count + 1);
    return far;
}

/* Sends the request over the attempt that is open. */
static void ask(struct shore *shore)
{
    struct part head = { PART_HEAD, true, &shore->request, { NULL, 0 } };

    side_write(shore->a.side, &head);
    side_arm(shore->a.side);
}

/* Waits until all of a response has come, which ends with a part that is the last one. */
static void hear(struct shore *shore)
{
    struct part part = { .last = false };

    while (!part.last) {
        enum side_news news = side_read(shore->a.side, SIZE_MAX, &part);

        ck_assert_int_ne(news, SIDE_GONE);
        if (news == SIDE_WAIT) {
            side_arm(shore->a.side);
            ev_run(shore->time.loop, EVRUN_ONCE);
        }
    }
}

TEST(a_new_connection_is_made_and_awaited)
{
    struct shore shore;
    int far;

    begin(&shore);
    start(&shore, 0, false);
    ck_assert_int_eq(poll_attempt(&shore), ATTEMPT_WAIT);
    ck_assert(!shore.a.reused);
    TURN_UNTIL(shore.time.loop, shore.woken > 0);
    ck_assert_int_eq(poll_attempt(&shore), ATTEMPT_OPEN);
    far = accept(shore.listeners[0], NULL, NULL);
    ask(&shore);
    await(far);
    end_attempt(&shore, false);
    close(far);
    end(&shore);
}

TEST(a_refused_connection_has_failed)
{
    struct shore shore;

    begin(&shore);
    shore.configs[0].at = nowhere();
    start(&shore, 0, false);
    TURN_UNTIL(shore.time.loop, poll_attempt(&shore) != ATTEMPT_WAIT);
    ck_assert_int_eq(poll_attempt(&shore), ATTEMPT_FAILED);
    ck_assert_int_eq(shore.a.err, ERR_REFUSED);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    end_attempt(&shore, true);
    ck_assert_uint_eq(shore.idle.count, 0);
    end(&shore);
}

TEST(a_backend_that_cannot_be_reached_has_failed_at_once)
{
    struct shore shore;

    begin(&shore);
    shore.configs[0].at.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    start(&shore, 0, false);
    ck_assert_int_eq(poll_attempt(&shore), ATTEMPT_FAILED);
    ck_assert_int_eq(shore.a.err, ERR_UNREACHABLE);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    end_attempt(&shore, true);
    end(&shore);
}

TEST(what_has_left_is_known)
{
    struct shore shore;
    int far;

    begin(&shore);
    far = open_attempt(&shore, 0);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    ask(&shore);
    ck_assert(shore.reach.attempts.has_sent(&shore.a));
    end_attempt(&shore, false);
    close(far);
    end(&shore);
}

TEST(a_kept_connection_is_used_again_and_has_sent_nothing_yet)
{
    struct shore shore;
    int far;

    begin(&shore);
    far = open_attempt(&shore, 0);
    ask(&shore);
    tell(far, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    hear(&shore);
    end_attempt(&shore, true);
    ck_assert_uint_eq(shore.idle.count, 1);

    ck_assert_int_eq(open_attempt(&shore, 0), -1);
    ck_assert(shore.a.reused);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    ask(&shore);
    ck_assert(shore.reach.attempts.has_sent(&shore.a));
    tell(far, "HTTP/1.1 204 No\r\n\r\n");
    hear(&shore);
    end_attempt(&shore, true);
    ck_assert_uint_eq(shore.idle.count, 1);
    close(far);
    end(&shore);
}

TEST(a_kept_connection_serves_no_other_backend)
{
    struct shore shore;
    int far[2];

    begin(&shore);
    far[0] = keep_one(&shore, 0);
    far[1] = open_attempt(&shore, 1);
    ck_assert_int_ge(far[1], 0);
    end_attempt(&shore, false);
    ck_assert_uint_eq(shore.idle.count, 1);
    close(far[0]);
    close(far[1]);
    end(&shore);
}

TEST(who_wants_a_fresh_connection_gets_one)
{
    struct shore shore;
    int far;

    begin(&shore);
    far = keep_one(&shore, 0);
    start(&shore, 0, true);
    ck_assert(!shore.a.reused);
    ck_assert_uint_eq(shore.idle.count, 1);
    end_attempt(&shore, false);
    close(far);
    end(&shore);
}

TEST(a_request_that_must_not_be_repeated_gets_no_dead_connection)
{
    struct shore shore;
    int far[3];
    int near[3];

    begin(&shore);
    for (int i = 0; i < 3; i++) {
        far[i] = keep_one(&shore, 0);
        near[i] = shore.near;
    }
    close(far[1]);
    await(near[1]);
    reset(far[2]);
    await(near[2]);
    shore.request.method = SPAN("POST");
    ck_assert_int_eq(open_attempt(&shore, 0), -1);
    ask(&shore);
    await(far[0]);
    end_attempt(&shore, false);
    ck_assert_uint_eq(shore.idle.count, 0);
    close(far[0]);
    end(&shore);
}

TEST(a_request_that_must_not_be_repeated_gets_a_new_connection_if_all_are_dead)
{
    struct shore shore;
    int dead;
    int far;

    begin(&shore);
    dead = keep_one(&shore, 0);
    tell(dead, "unasked");
    await(shore.near);
    shore.request.method = SPAN("POST");
    far = open_attempt(&shore, 0);
    ck_assert_int_ge(far, 0);
    ck_assert(!shore.a.reused);
    end_attempt(&shore, false);
    close(dead);
    close(far);
    end(&shore);
}

TEST(nobody_gets_a_connection_whose_news_are_on_their_way)
{
    struct shore shore;
    struct stream *kept;
    int dead;
    int far;

    begin(&shore);
    dead = keep_one(&shore, 0);
    kept = idle_get(&shore.idle, &shore.backends[0]);
    ev_feed_event(shore.time.loop, &kept->io, EV_READ);
    idle_put(&shore.idle, &shore.backends[0], &kept);
    far = open_attempt(&shore, 0);
    ck_assert_int_ge(far, 0);
    ck_assert(!shore.a.reused);
    end_attempt(&shore, false);
    close(dead);
    close(far);
    end(&shore);
}

/* ---- What is never kept ---- */

/* Has an exchange with a response that is complete, and leaves its connection as DIRTY says. */
static void check_not_kept(void (*dirty)(struct shore *shore, int far), bool keep)
{
    struct shore shore;
    int far;

    begin(&shore);
    far = open_attempt(&shore, 0);
    ask(&shore);
    tell(far, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    hear(&shore);
    dirty(&shore, far);
    end_attempt(&shore, keep);
    ck_assert_uint_eq(shore.idle.count, 0);
    close(far);
    end(&shore);
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
    check_not_kept(close_behind, true);
    check_not_kept(leave_something_unsent, true);
    check_not_kept(break_off, true);
    check_not_kept(lose, true);
}

/* ---- Descriptors ---- */

TEST(without_a_descriptor_an_attempt_has_failed)
{
    struct shore shore;

    begin(&shore);
    allow_descriptors(0);
    start(&shore, 0, false);
    ck_assert_int_eq(poll_attempt(&shore), ATTEMPT_FAILED);
    ck_assert_int_eq(shore.a.err, ERR_NO_DESCRIPTORS);
    end_attempt(&shore, true);
    end(&shore);
}

TEST(kept_connections_give_way_when_descriptors_run_out)
{
    struct shore shore;
    int far[2];

    begin(&shore);
    far[0] = keep_one(&shore, 1);
    far[1] = keep_one(&shore, 1);
    allow_descriptors(0);
    start(&shore, 0, false);
    ck_assert_int_ne(poll_attempt(&shore), ATTEMPT_FAILED);
    ck_assert_uint_eq(shore.idle.count, 1);
    end_attempt(&shore, false);
    close(far[0]);
    close(far[1]);
    end(&shore);
}

SUITE(reach, a_new_connection_is_made_and_awaited, a_refused_connection_has_failed,
      a_backend_that_cannot_be_reached_has_failed_at_once, what_has_left_is_known,
      a_kept_connection_is_used_again_and_has_sent_nothing_yet,
      a_kept_connection_serves_no_other_backend, who_wants_a_fresh_connection_gets_one,
      a_request_that_must_not_be_repeated_gets_no_dead_connection,
      a_request_that_must_not_be_repeated_gets_a_new_connection_if_all_are_dead,
      nobody_gets_a_connection_whose_news_are_on_their_way, a_dirty_connection_is_never_kept,
      without_a_descriptor_an_attempt_has_failed,
      kept_connections_give_way_when_descriptors_run_out);
