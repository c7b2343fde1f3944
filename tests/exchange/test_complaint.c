/* What is said of backends that fail and of requests that are refused. */
#include "exchange/complaint.h"

#include "net/heard.h"
#include "support/test.h"

/* Two backends, and what is said of them. */
struct court {
    struct heard heard;
    struct clock clock;
    struct complaints complaints;
    struct config_backend configs[2];
    struct facts facts[2];
    struct backend backends[2];
};

static void begin(struct court *court)
{
    *court = (struct court){ .clock = { .now = 5 }, .configs = { { .id = "b1" }, { .id = "b2" } } };
    for (unsigned i = 0; i < 2; i++)
        court->backends[i] =
            (struct backend){ .config = &court->configs[i], .index = i, .facts = &court->facts[i] };
    complaints_init(&court->complaints, &court->clock);
    heard_begin(&court->heard);
}

static void end(struct court *court)
{
    heard_end(&court->heard);
}

static void complain(struct court *court, unsigned b, const char *why, const char *then)
{
    complaint_of_backend(&court->complaints, &court->backends[b], why, then);
}

TEST(the_first_failure_is_told_at_once)
{
    struct court court;

    begin(&court);
    complain(&court, 0, "connection refused", ", retry");
    ck_assert_uint_eq(heard_times(&court.heard, "warn   backend b1: connection refused, retry\n"),
                      1);
    end(&court);
}

TEST(a_thousand_failures_of_a_second_are_one_line)
{
    struct court court;

    begin(&court);
    for (int i = 0; i < 1000; i++) {
        court.clock.now = 5 + i / 1000.0;
        complain(&court, 0, "connection refused", "");
    }
    ck_assert_uint_eq(heard_times(&court.heard, "backend b1"), 1);
    court.clock.now = 6.5;
    complain(&court, 0, "connection reset", "");
    ck_assert_uint_eq(heard_times(&court.heard, "connection reset; 999 more since the last line\n"),
                      1);
    court.clock.now = 8;
    complain(&court, 0, "connection reset", "");
    ck_assert_uint_eq(heard_times(&court.heard, "connection reset\n"), 1);
    end(&court);
}

TEST(each_backend_has_its_own_second)
{
    struct court court;

    begin(&court);
    complain(&court, 0, "connection refused", "");
    complain(&court, 1, "connection refused", "");
    ck_assert_uint_eq(heard_times(&court.heard, "connection refused\n"), 2);
    end(&court);
}

TEST(a_shortage_is_told_once_a_second_and_blames_nobody)
{
    struct court court;

    begin(&court);
    for (int i = 0; i < 20; i++)
        complaint_of_shortage(&court.complaints, ERR_EXHAUSTED);
    ck_assert_uint_eq(heard_times(&court.heard, "out of file descriptors or memory: no connection"),
                      1);
    ck_assert_uint_eq(heard_times(&court.heard, "backend b"), 0);
    end(&court);
}

TEST(a_refusal_names_the_client_the_status_and_the_reason)
{
    struct addr client = { .v4 = { .sin_family = AF_INET, .sin_port = 0x5000 } };
    struct court court;

    begin(&court);
    complaint_of_client(&client, 400, "bad Host");
    ck_assert_uint_eq(heard_times(&court.heard, "info   refused 0.0.0.0:80: 400, bad Host\n"), 1);
    end(&court);
}

SUITE(complaint, the_first_failure_is_told_at_once, a_thousand_failures_of_a_second_are_one_line,
      each_backend_has_its_own_second, a_shortage_is_told_once_a_second_and_blames_nobody,
      a_refusal_names_the_client_the_status_and_the_reason);
