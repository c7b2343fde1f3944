/* Attempts over the network whose connections begin with a PROXY header. */
#include "shore.h"
#include "support/test.h"

#include <arpa/inet.h>

static const char header[] = "PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n";

/* Starts an attempt at the backend number I, on behalf of 192.0.2.1. */
static void start_for_somebody(struct shore *shore, unsigned i)
{
    static struct addr from = { .v4 = { .sin_family = AF_INET } };
    static struct addr at = { .v4 = { .sin_family = AF_INET } };

    from.v4.sin_port = htons(1);
    at.v4.sin_port = htons(2);
    inet_pton(AF_INET, "192.0.2.1", &from.v4.sin_addr);
    inet_pton(AF_INET, "198.51.100.7", &at.v4.sin_addr);
    shore_prepare(shore, i);
    shore->a.send_proxy = PROXY_V1;
    shore->a.client = &from;
    shore->a.at = &at;
    shore->reach.attempts.start(&shore->a, false);
}

/* Reads as many bytes as the header has from FD. Is it the header? */
static bool is_told(int fd)
{
    char got[sizeof header] = "";

    return recv(fd, got, sizeof header - 1, MSG_WAITALL) == sizeof header - 1 &&
           strcmp(got, header) == 0;
}

TEST(a_header_goes_before_the_request_and_is_no_part_of_it)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    start_for_somebody(&shore, 0);
    TURN_UNTIL(shore.time.loop, shore_poll(&shore) == ATTEMPT_OPEN);
    far = accept(shore.listeners[0], NULL, NULL);
    ck_assert(is_told(far));
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    shore_ask(&shore);
    await(far);
    ck_assert(shore.reach.attempts.has_sent(&shore.a));
    shore_end_attempt(&shore, false);
    close(far);
    shore_end(&shore);
}

TEST(a_connection_that_speaks_for_somebody_is_not_kept)
{
    struct shore shore;

    shore_begin(&shore);
    start_for_somebody(&shore, 0);
    TURN_UNTIL(shore.time.loop, shore_poll(&shore) == ATTEMPT_OPEN);
    shore_end_attempt(&shore, true);
    ck_assert_uint_eq(shore.idle.count, 0);
    shore_end(&shore);
}

TEST(a_connection_that_was_kept_speaks_for_nobody_else)
{
    struct shore shore;
    int far;

    shore_begin(&shore);
    far = shore_keep(&shore, 0);
    start_for_somebody(&shore, 0);
    ck_assert(!shore.a.reused);
    ck_assert_uint_eq(shore.idle.count, 1);
    shore_end_attempt(&shore, false);
    close(far);
    shore_end(&shore);
}

TEST(a_refused_connection_has_sent_nothing)
{
    struct shore shore;

    shore_begin(&shore);
    shore.backends[0].facts->at = nowhere();
    start_for_somebody(&shore, 0);
    TURN_UNTIL(shore.time.loop, shore_poll(&shore) != ATTEMPT_WAIT);
    ck_assert_int_eq(shore_poll(&shore), ATTEMPT_FAILED);
    ck_assert(!shore.reach.attempts.has_sent(&shore.a));
    shore_end_attempt(&shore, true);
    shore_end(&shore);
}

SUITE(reach_preface, a_header_goes_before_the_request_and_is_no_part_of_it,
      a_connection_that_speaks_for_somebody_is_not_kept,
      a_connection_that_was_kept_speaks_for_nobody_else, a_refused_connection_has_sent_nothing);
