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
        complaint_of_shortage(&court.complaints);
    ck_assert_uint_eq(heard_times(&court.heard, "out of file descriptors or memory: no connection"),
                      1);
    ck_assert_uint_eq(heard_times(&court.heard, "backend b"), 0);
    end(&court);
}

TEST(a_queue_is_told_of_once_a_second_for_each_pool)
{
    static const struct config_pool configs[] = { { .name = "api" }, { .name = "www" } };
    struct pool pools[] = { { .config = &configs[0] }, { .config = &configs[1] } };
    struct court court;

    begin(&court);
    for (int i = 0; i < 20; i++)
        complaint_of_queue(&court.complaints, &pools[0], "queue is full");
    complaint_of_queue(&court.complaints, &pools[1], "queue is full");
    ck_assert_uint_eq(heard_times(&court.heard, "warn   pool api: queue is full\n"), 1);
    ck_assert_uint_eq(heard_times(&court.heard, "warn   pool www: queue is full\n"), 1);
    court.clock.now = 6.5;
    complaint_of_queue(&court.complaints, &pools[0], "queue is full");
    ck_assert_uint_eq(heard_times(&court.heard, "queue is full; 19 more since the last line\n"), 1);
    end(&court);
}

TEST(a_spent_budget_is_told_once_a_second_for_each_pool)
{
    struct config_pool configs[] = { { .name = "web" }, { .name = "api" } };
    struct pool web = { .config = &configs[0] };
    struct pool api = { .config = &configs[1] };
    struct court court;

    begin(&court);
    for (int i = 0; i < 20; i++) {
        complaint_of_budget(&court.complaints, &web);
        complaint_of_budget(&court.complaints, &api);
    }
    ck_assert_uint_eq(heard_times(&court.heard, "warn   pool web: retry budget is spent\n"), 1);
    ck_assert_uint_eq(heard_times(&court.heard, "warn   pool api: retry budget is spent\n"), 1);
    end(&court);
}

TEST(a_refusal_names_the_client_the_status_and_the_reason)
{
    struct addr client = { .v4 = { .sin_family = AF_INET, .sin_port = 0x5000 } };
    struct court court;

    begin(&court);
    complaint_of_client(&court.complaints, &client, 400, "bad Host");
    ck_assert_uint_eq(heard_times(&court.heard, "info   refused 0.0.0.0:80: 400, bad Host\n"), 1);
    end(&court);
}

TEST(a_flood_of_refusals_is_a_line_a_second_and_hides_no_other_reason)
{
    struct addr client = { .v4 = { .sin_family = AF_INET, .sin_port = 0x5000 } };
    struct court court;

    begin(&court);
    for (int i = 0; i < 1000; i++) {
        court.clock.now = 5 + i / 1000.0;
        complaint_of_client(&court.complaints, &client, 400, "bad Host");
        if (i == 500)
            complaint_of_client(&court.complaints, &client, 408, "head too late");
        if (i == 700)
            complaint_of_cut(&court.complaints, &client, "head too late");
    }
    ck_assert_uint_eq(heard_times(&court.heard, "refused 0.0.0.0:80: 400, bad Host\n"), 1);
    ck_assert_uint_eq(heard_times(&court.heard, "refused 0.0.0.0:80: 408, head too late\n"), 1);
    ck_assert_uint_eq(heard_times(&court.heard, "info   cut 0.0.0.0:80: head too late\n"), 1);
    court.clock.now = 6.5;
    complaint_of_client(&court.complaints, &client, 400, "bad Host");
    ck_assert_uint_eq(heard_times(&court.heard, "bad Host; 999 more since the last line\n"), 1);
    end(&court);
}

TEST(reasons_without_number_share_one_line_in_the_end)
{
    static const char reasons[3 * COMPLAINT_REASONS];
    struct addr client = { .v4 = { .sin_family = AF_INET } };
    struct court court;

    begin(&court);
    for (size_t i = 0; i < sizeof reasons; i++)
        complaint_of_client(&court.complaints, &client, 400, &reasons[i]);
    ck_assert_uint_eq(heard_times(&court.heard, "refused"), COMPLAINT_REASONS);
    end(&court);
}

TEST(who_has_asked_often_enough_is_named_once_a_second)
{
    struct addr client = { .v4 = { .sin_family = AF_INET, .sin_port = 0x5000 } };
    struct court court;

    begin(&court);
    for (int i = 0; i < 3; i++)
        complaint_of_requests(&court.complaints, &client);
    ck_assert_uint_eq(heard_times(&court.heard, "info   limits.requests reached: "
                                                "the connection of 0.0.0.0:80 is closed\n"),
                      1);
    ck_assert_uint_eq(heard_times(&court.heard, "limits.requests"), 1);
    end(&court);
}

SUITE(complaint, the_first_failure_is_told_at_once, a_thousand_failures_of_a_second_are_one_line,
      a_flood_of_refusals_is_a_line_a_second_and_hides_no_other_reason,
      reasons_without_number_share_one_line_in_the_end,
      who_has_asked_often_enough_is_named_once_a_second, each_backend_has_its_own_second,
      a_shortage_is_told_once_a_second_and_blames_nobody,
      a_queue_is_told_of_once_a_second_for_each_pool,
      a_spent_budget_is_told_once_a_second_for_each_pool,
      a_refusal_names_the_client_the_status_and_the_reason);
