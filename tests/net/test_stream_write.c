/* A descriptor with a buffer each way: what leaves. */
#include "line.h"
#include "support/test.h"

#include <linux/sockios.h>
#include <stdint.h>
#include <sys/ioctl.h>

TEST(small_pieces_go_together)
{
    struct line line;

    line_begin(&line);
    line_write(&line, "one ");
    line_write(&line, "two ");
    line_write(&line, "three");
    ck_assert(is_silent(line.far));
    ck_assert_uint_eq(line.s.sent, 0);
    stream_flush(&line.s);
    line_check_far(&line, "one two three", 13);
    ck_assert_uint_eq(line.s.sent, 13);
    ck_assert_uint_eq(line.lender.lent, 0);
    line_end(&line);
}

TEST(arming_lets_go_what_was_gathered)
{
    struct line line;

    line_begin(&line);
    line_write(&line, "hello");
    stream_arm(&line.s, true);
    line_check_far(&line, "hello", 5);
    ck_assert_int_eq(line_waits_for(&line), EV_READ);
    line_end(&line);
}

TEST(much_goes_at_once_and_takes_along_what_was_gathered)
{
    static char bytes[5000];
    struct line line;
    struct span pieces[] = { { bytes, 6 }, { bytes + 6, 4990 }, { bytes + 4996, 4 } };

    fill_pattern(bytes, sizeof bytes);
    line_begin(&line);
    line_write(&line, "before ");
    stream_write(&line.s, pieces, 3);
    ck_assert_uint_eq(buf_len(&line.s.out), 0);
    ck_assert_uint_eq(line.s.sent, 5007);
    line_check_far(&line, "before ", 7);
    line_check_far(&line, bytes, sizeof bytes);
    line_end(&line);
}

TEST(a_short_write_keeps_the_rest_wherever_it_was_cut)
{
    enum { PENDING = 10, FIRST = 7, SECOND = 4090, THIRD = 5, ALL = 4112 };
    static char bytes[ALL];
    struct line line;
    struct span pending = { bytes, PENDING };
    struct span pieces[] = { { bytes + PENDING, FIRST },
                             { bytes + PENDING + FIRST, SECOND },
                             { bytes + PENDING + FIRST + SECOND, THIRD } };

    fill_pattern(bytes, sizeof bytes);
    line_begin(&line);
    for (size_t cut = 0; cut <= ALL; cut++) {
        stream_write(&line.s, &pending, 1);
        kernel.takes = cut;
        stream_write(&line.s, pieces, 3);
        ck_assert_uint_eq(buf_len(&line.s.out), ALL - cut);
        ck_assert_int_eq(line.s.blocked, cut < ALL);
        kernel.takes = SIZE_MAX;
        line.s.blocked = false;
        stream_flush(&line.s);
        line_check_far(&line, bytes, ALL);
    }
    ck_assert_uint_eq(line.s.sent, (uint64_t)ALL * (ALL + 1));
    line_end(&line);
}

TEST(a_short_flush_keeps_the_rest_wherever_it_was_cut)
{
    enum { ALL = 300 };
    static char bytes[ALL];
    struct line line;
    struct span piece = { bytes, ALL };

    fill_pattern(bytes, sizeof bytes);
    line_begin(&line);
    for (size_t cut = 0; cut <= ALL; cut++) {
        stream_write(&line.s, &piece, 1);
        kernel.takes = cut;
        stream_flush(&line.s);
        ck_assert_uint_eq(buf_len(&line.s.out), ALL - cut);
        kernel.takes = SIZE_MAX;
        line.s.blocked = false;
        stream_flush(&line.s);
        line_check_far(&line, bytes, ALL);
    }
    line_end(&line);
}

TEST(a_blocked_stream_waits_until_the_kernel_takes_more)
{
    struct line line;

    line_begin(&line);
    kernel.takes = 3;
    line_write(&line, "hello");
    stream_arm(&line.s, false);
    ck_assert(line.s.blocked);
    ck_assert_int_eq(line_waits_for(&line), EV_WRITE);

    kernel.takes = SIZE_MAX;
    line_turn(&line);
    ck_assert(!line.s.blocked);
    stream_arm(&line.s, false);
    ck_assert_int_eq(line_waits_for(&line), 0);
    line_check_far(&line, "hello", 5);
    line_end(&line);
}

TEST(a_blocked_stream_does_not_ask_the_kernel_in_vain)
{
    static char bytes[8000];
    struct line line;
    struct span much = { bytes, sizeof bytes };

    line_begin(&line);
    kernel.takes = 0;
    line_write(&line, "hello");
    stream_flush(&line.s);
    ck_assert(line.s.blocked);

    kernel.takes = SIZE_MAX;
    stream_flush(&line.s);
    stream_write(&line.s, &much, 1);
    ck_assert_uint_eq(line.s.sent, 0);
    ck_assert_uint_eq(buf_len(&line.s.out), 8005);
    line_end(&line);
}

TEST(an_interrupted_write_is_tried_again)
{
    struct line line;

    line_begin(&line);
    kernel.error = EINTR;
    line_write(&line, "hello");
    stream_arm(&line.s, false);
    ck_assert(!line.s.broken);
    line_turn(&line);
    stream_arm(&line.s, false);
    line_check_far(&line, "hello", 5);
    line_end(&line);
}

TEST(room_is_what_out_can_hold_and_is_made_if_the_kernel_lets_it)
{
    static char bytes[BUF_SIZE];
    struct line line;
    struct span much = { bytes, 60000 };
    struct span rest = { bytes, BUF_SIZE - 60000 };

    line_begin(&line);
    ck_assert_uint_eq(stream_room(&line.s), BUF_SIZE);
    kernel.takes = 0;
    stream_write(&line.s, &much, 1);
    ck_assert_uint_eq(stream_room(&line.s), BUF_SIZE - 60000);
    stream_write(&line.s, &rest, 1);
    ck_assert_uint_eq(stream_room(&line.s), 0);
    stream_arm(&line.s, false);
    ck_assert_int_eq(line_waits_for(&line), EV_WRITE);

    kernel.takes = SIZE_MAX;
    line_turn(&line);
    ck_assert_uint_eq(stream_room(&line.s), BUF_SIZE);
    line_end(&line);
}

TEST(room_lets_little_things_lie)
{
    struct line line;

    line_begin(&line);
    line_write(&line, "hello");
    ck_assert_uint_eq(stream_room(&line.s), BUF_SIZE - 5);
    ck_assert(is_silent(line.far));
    line_end(&line);
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245 + 12345;
    return *state >> 16 & 0x7fff;
}

/* Writes up to three pieces of BYTES, as much as there is room for. Gives how much that was. */
static size_t write_some(struct line *line, const char *bytes, size_t size, unsigned *seed)
{
    struct span pieces[STREAM_PIECES];
    size_t room = stream_room(&line->s);
    size_t total = 0;

    for (int i = 0; i < STREAM_PIECES; i++) {
        size_t n = next_random(seed) % (i == 1 ? 30000 : 30);

        n = n < size - total ? n : size - total;
        n = n < room - total ? n : room - total;
        pieces[i] = (struct span){ bytes + total, n };
        total += n;
    }
    stream_write(&line->s, pieces, STREAM_PIECES);
    return total;
}

TEST(a_slow_reader_gets_every_byte_in_order)
{
    static char bytes[3000000];
    static char got[20000];
    struct line line;
    int ends[2];
    int small = 4608;
    unsigned seed = 7;
    unsigned blocked = 0;

    fill_pattern(bytes, sizeof bytes);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    line_begin_with(&line, ends[0], ends[1], false);
    setsockopt(line.s.io.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    for (size_t written = 0, read = 0; read < sizeof bytes;) {
        ssize_t n;

        written += write_some(&line, bytes + written, sizeof bytes - written, &seed);
        stream_arm(&line.s, false);
        blocked += line.s.blocked;
        n = recv(line.far, got, 1 + next_random(&seed) % sizeof got, 0);
        if (n > 0)
            ck_assert_mem_eq(got, bytes + read, (size_t)n);
        read += n > 0 ? (size_t)n : 0;
        line_look(&line);
    }
    ck_assert_uint_gt(blocked, 10);
    ck_assert_uint_eq(line.s.sent, sizeof bytes);
    line_end(&line);
}

/* ---- Being heard ---- */

/* Has a stream write until the kernel takes no more. */
static void fill_up(struct line *line)
{
    static char bytes[60000];
    struct span piece = { bytes, sizeof bytes };

    while (stream_room(&line->s) >= sizeof bytes)
        stream_write(&line->s, &piece, 1);
    ck_assert(line->s.blocked);
}

/* The far end takes a little: too little for the kernel to make room. Waits until that is known
 * here. */
static bool is_heard_after_a_sip(struct line *line)
{
    static char bytes[200000];
    int left;
    int before;

    ioctl(line->s.io.fd, SIOCOUTQ, &before);
    ck_assert_int_gt(recv(line->far, bytes, sizeof bytes, 0), 0);
    do
        ioctl(line->s.io.fd, SIOCOUTQ, &left);
    while (left == before);
    return stream_heard(&line->s) > 0;
}

TEST(who_takes_slowly_is_heard_to_take)
{
    struct line line;

    line_begin(&line);
    fill_up(&line);
    stream_heard(&line.s);
    ck_assert(stream_heard(&line.s) == 0);
    ck_assert(is_heard_after_a_sip(&line));
    ck_assert(stream_heard(&line.s) == 0);
    line_end(&line);
}

TEST(what_was_taken_long_ago_is_not_heard)
{
    struct line line;
    int left = 1;

    line_begin(&line);
    line_write(&line, "hello");
    stream_flush(&line.s);
    while (left > 0)
        ioctl(line.s.io.fd, SIOCOUTQ, &left);
    ck_assert(stream_heard(&line.s) == 0);
    line_end(&line);
}

SUITE(stream_write, small_pieces_go_together, arming_lets_go_what_was_gathered,
      much_goes_at_once_and_takes_along_what_was_gathered,
      a_short_write_keeps_the_rest_wherever_it_was_cut,
      a_short_flush_keeps_the_rest_wherever_it_was_cut,
      a_blocked_stream_waits_until_the_kernel_takes_more,
      a_blocked_stream_does_not_ask_the_kernel_in_vain, an_interrupted_write_is_tried_again,
      room_is_what_out_can_hold_and_is_made_if_the_kernel_lets_it, room_lets_little_things_lie,
      a_slow_reader_gets_every_byte_in_order, who_takes_slowly_is_heard_to_take,
      what_was_taken_long_ago_is_not_heard);
