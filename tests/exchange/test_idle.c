/* Kept-open backend connections. */
#include "net/fake_time.h"
#include "net/sockets.h"
#include "support/test.h"

#include "base/mem.h"
#include "exchange/idle.h"

enum { LONGEST = 60 };

struct shelf {
    struct fake_time time;
    struct buf_lender lender;
    struct idle idle;
    struct facts a, b; /* two servers */
};

static void begin(struct shelf *shelf)
{
    *shelf = (struct shelf){ .lender = { .lent = 0 } };
    fake_time_begin(&shelf->time);
    idle_init(&shelf->idle, LONGEST, &shelf->time.deadlines);
    list_init(&shelf->a.idle);
    list_init(&shelf->b.idle);
}

static void end(struct shelf *shelf)
{
    idle_fini(&shelf->idle);
    ck_assert_uint_eq(shelf->lender.lent, 0);
    buf_lender_fini(&shelf->lender);
    fake_time_end(&shelf->time);
}

/* A connection, with its far end in *FAR. */
static struct stream *connect_stream(struct shelf *shelf, int *far)
{
    struct stream *stream = mem_new(sizeof *stream);
    int near;

    connect_pair(&near, far);
    stream_open(stream, shelf->time.loop, &shelf->lender, near, false);
    return stream;
}

/* Keeps a new connection to who has FACTS; gives it, to be compared only. */
static struct stream *put(struct shelf *shelf, struct facts *facts, int *far)
{
    struct stream *stream = connect_stream(shelf, far);
    struct stream *same = stream;

    idle_put(&shelf->idle, facts, &stream);
    ck_assert_ptr_null(stream);
    return same;
}

static void drop(struct stream *stream)
{
    stream_close(stream);
    mem_free(stream);
}

static bool is_closed(int far)
{
    char byte;

    return recv(far, &byte, 1, 0) <= 0;
}

TEST(nothing_is_kept_at_first)
{
    struct shelf shelf;

    begin(&shelf);
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    ck_assert(!idle_drop(&shelf.idle));
    end(&shelf);
}

TEST(the_connection_kept_last_is_given_first)
{
    struct shelf shelf;
    int far[3];
    struct stream *streams[3];

    begin(&shelf);
    for (int i = 0; i < 3; i++)
        streams[i] = put(&shelf, &shelf.a, &far[i]);
    for (int i = 2; i >= 0; i--) {
        ck_assert_ptr_eq(idle_get(&shelf.a, false), streams[i]);
        drop(streams[i]);
        close(far[i]);
    }
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    end(&shelf);
}

TEST(each_backend_has_its_own)
{
    struct shelf shelf;
    int far[2];
    struct stream *of_a;
    struct stream *of_b;

    begin(&shelf);
    of_a = put(&shelf, &shelf.a, &far[0]);
    of_b = put(&shelf, &shelf.b, &far[1]);
    ck_assert_ptr_eq(idle_get(&shelf.a, false), of_a);
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    ck_assert_ptr_eq(idle_get(&shelf.b, false), of_b);
    drop(of_a);
    drop(of_b);
    close(far[0]);
    close(far[1]);
    end(&shelf);
}

TEST(a_connection_the_backend_closes_is_dropped)
{
    struct shelf shelf;
    int far;

    begin(&shelf);
    put(&shelf, &shelf.a, &far);
    close(far);
    TURN_UNTIL(shelf.time.loop, shelf.idle.count == 0);
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    end(&shelf);
}

TEST(a_connection_the_backend_resets_is_dropped)
{
    struct shelf shelf;
    int far;

    begin(&shelf);
    put(&shelf, &shelf.a, &far);
    reset(far);
    TURN_UNTIL(shelf.time.loop, shelf.idle.count == 0);
    end(&shelf);
}

TEST(a_connection_on_which_the_backend_says_anything_is_dropped)
{
    struct shelf shelf;
    int far;

    begin(&shelf);
    put(&shelf, &shelf.a, &far);
    tell(far, "HTTP/1.1 408 Request Timeout\r\n\r\n");
    TURN_UNTIL(shelf.time.loop, shelf.idle.count == 0);
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    close(far);
    end(&shelf);
}

TEST(a_connection_on_which_the_backend_says_more_in_the_same_turn_is_dropped)
{
    struct shelf shelf;
    struct stream *stream;
    int far;

    begin(&shelf);
    stream = put(&shelf, &shelf.a, &far);
    tell(far, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    await(stream->io.fd);
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    ck_assert_uint_eq(shelf.idle.count, 0);
    close(far);
    end(&shelf);
}

TEST(one_that_was_given_away_is_no_longer_looked_after)
{
    struct shelf shelf;
    struct stream *stream;
    int far;

    begin(&shelf);
    put(&shelf, &shelf.a, &far);
    stream = idle_get(&shelf.a, false);
    ck_assert_uint_eq(shelf.idle.count, 0);
    fake_time_pass(&shelf.time, 2 * LONGEST);
    tell(far, "x");
    await(stream->io.fd);
    drop(stream);
    close(far);
    end(&shelf);
}

TEST(nothing_is_kept_for_longer_than_it_may_be)
{
    struct shelf shelf;
    int old;
    int young;
    struct stream *left;

    begin(&shelf);
    put(&shelf, &shelf.a, &old);
    fake_time_pass(&shelf.time, 40);
    left = put(&shelf, &shelf.b, &young);
    fake_time_pass(&shelf.time, LONGEST - 40 - 1);
    ck_assert_uint_eq(shelf.idle.count, 2);
    fake_time_pass(&shelf.time, 2);
    ck_assert_uint_eq(shelf.idle.count, 1);
    ck_assert(is_closed(old));
    fake_time_pass(&shelf.time, 37);
    ck_assert_ptr_eq(idle_get(&shelf.b, false), left);

    drop(left);
    close(old);
    close(young);
    end(&shelf);
}

TEST(each_is_kept_for_as_long_as_the_others)
{
    enum { COUNT = 5 };
    struct shelf shelf;
    int far[COUNT];

    begin(&shelf);
    for (int i = 0; i < COUNT; i++) {
        put(&shelf, i % 2 == 0 ? &shelf.a : &shelf.b, &far[i]);
        fake_time_pass(&shelf.time, 10);
    }
    fake_time_pass(&shelf.time, LONGEST - 10 * COUNT - 1);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(shelf.idle.count, COUNT - i);
        fake_time_pass(&shelf.time, 10);
        close(far[i]);
    }
    ck_assert_uint_eq(shelf.idle.count, 0);
    end(&shelf);
}

TEST(one_that_is_used_again_and_again_does_not_age)
{
    struct shelf shelf;
    struct stream *stream;
    int far;

    begin(&shelf);
    put(&shelf, &shelf.a, &far);
    for (int i = 0; i < 10; i++) {
        fake_time_pass(&shelf.time, LONGEST - 1);
        stream = idle_get(&shelf.a, false);
        ck_assert_ptr_nonnull(stream);
        idle_put(&shelf.idle, &shelf.a, &stream);
    }
    fake_time_pass(&shelf.time, LONGEST + 1);
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    close(far);
    end(&shelf);
}

TEST(the_oldest_is_dropped_first_whosever_it_is)
{
    struct shelf shelf;
    int far[2];
    struct stream *young;

    begin(&shelf);
    put(&shelf, &shelf.a, &far[0]);
    young = put(&shelf, &shelf.b, &far[1]);
    ck_assert(idle_drop(&shelf.idle));
    ck_assert(is_closed(far[0]));
    ck_assert_ptr_eq(idle_get(&shelf.b, false), young);
    drop(young);
    close(far[0]);
    close(far[1]);
    end(&shelf);
}

TEST(one_of_a_server_can_be_broken_off)
{
    struct shelf shelf;
    int far[2];
    char byte;

    begin(&shelf);
    put(&shelf, &shelf.a, &far[0]);
    put(&shelf, &shelf.b, &far[1]);
    ck_assert(idle_drop_of(&shelf.a));
    ck_assert(!idle_drop_of(&shelf.a));
    ck_assert_int_lt(recv(far[0], &byte, 1, 0), 0);
    ck_assert_int_eq(errno, ECONNRESET); /* so the port is not kept for a while */
    ck_assert(is_silent(far[1]));
    close(far[0]);
    close(far[1]);
    end(&shelf);
}

TEST(there_is_a_limit_beyond_which_the_oldest_goes)
{
    enum { LIMIT = 4096 };
    struct shelf shelf;
    int far;
    int common = open("/dev/null", O_RDONLY);

    begin(&shelf);
    allow_descriptors(LIMIT + 10);
    put(&shelf, &shelf.b, &far);
    /* Nobody turns the loop: any descriptor will do. */
    for (int i = 0; i < LIMIT; i++) {
        struct stream *stream = mem_new(sizeof *stream);

        stream_open(stream, shelf.time.loop, &shelf.lender, dup(common), false);
        idle_put(&shelf.idle, &shelf.a, &stream);
    }
    ck_assert_uint_eq(shelf.idle.count, LIMIT);
    ck_assert(is_closed(far));
    ck_assert_ptr_null(idle_get(&shelf.b, false));
    close(far);
    close(common);
    end(&shelf);
}

TEST(what_is_kept_for_one_backend_can_be_forgotten)
{
    struct shelf shelf;
    int far[3];
    struct stream *left;

    begin(&shelf);
    put(&shelf, &shelf.a, &far[0]);
    left = put(&shelf, &shelf.b, &far[1]);
    put(&shelf, &shelf.a, &far[2]);
    idle_forget(&shelf.a);
    ck_assert_uint_eq(shelf.idle.count, 1);
    ck_assert(is_closed(far[0]));
    ck_assert(is_closed(far[2]));
    ck_assert_ptr_null(idle_get(&shelf.a, false));
    ck_assert_ptr_eq(idle_get(&shelf.b, false), left);
    idle_forget(&shelf.b);
    drop(left);
    for (int i = 0; i < 3; i++)
        close(far[i]);
    end(&shelf);
}

TEST(fewer_are_kept_if_that_is_said)
{
    struct shelf shelf;
    int far[3];

    begin(&shelf);
    shelf.idle.most = 2;
    put(&shelf, &shelf.a, &far[0]);
    put(&shelf, &shelf.b, &far[1]);
    put(&shelf, &shelf.a, &far[2]);
    ck_assert_uint_eq(shelf.idle.count, 2);
    ck_assert(is_closed(far[0]));
    for (int i = 0; i < 3; i++)
        close(far[i]);
    end(&shelf);
}

TEST(the_end_closes_all)
{
    struct shelf shelf;
    int far[2];

    begin(&shelf);
    put(&shelf, &shelf.a, &far[0]);
    put(&shelf, &shelf.b, &far[1]);
    end(&shelf);
    ck_assert(is_closed(far[0]));
    ck_assert(is_closed(far[1]));
    close(far[0]);
    close(far[1]);
}

SUITE(idle, nothing_is_kept_at_first, the_connection_kept_last_is_given_first,
      each_backend_has_its_own, a_connection_the_backend_closes_is_dropped,
      a_connection_the_backend_resets_is_dropped,
      a_connection_on_which_the_backend_says_anything_is_dropped,
      a_connection_on_which_the_backend_says_more_in_the_same_turn_is_dropped,
      one_that_was_given_away_is_no_longer_looked_after, nothing_is_kept_for_longer_than_it_may_be,
      each_is_kept_for_as_long_as_the_others, one_that_is_used_again_and_again_does_not_age,
      the_oldest_is_dropped_first_whosever_it_is, there_is_a_limit_beyond_which_the_oldest_goes,
      what_is_kept_for_one_backend_can_be_forgotten, one_of_a_server_can_be_broken_off,
      fewer_are_kept_if_that_is_said, the_end_closes_all);
