/* Replies in the proxy's own name. */
#include "http/canned.h"

#include "heads.h"
#include "support/test.h"

#include <stdio.h>

static const struct span date = SPAN("Sat, 31 Jan 2026 12:00:00 GMT");

/* All statuses the proxy answers with by itself. */
static const unsigned statuses[] = { 400, 408, 413, 414, 417, 431, 501, 502, 503, 504, 505 };

TEST(every_refusal_has_a_status)
{
    static const struct {
        enum err err;
        unsigned status;
    } cases[] = {
        { ERR_MALFORMED, 400 },   { ERR_TARGET_LONG, 414 }, { ERR_HEAD_LARGE, 431 },
        { ERR_VERSION, 505 },     { ERR_CODING, 501 },      { ERR_METHOD, 501 },
        { ERR_EXPECT, 417 },      { ERR_LATE, 504 },        { ERR_REFUSED, 502 },
        { ERR_UNREACHABLE, 502 }, { ERR_RESET, 502 },       { ERR_CLOSED, 502 },
        { ERR_SYSTEM, 502 },      { ERR_EXHAUSTED, 502 },   { ERR_PORTS, 502 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_uint_eq(canned_status(cases[i].err), cases[i].status);
}

TEST(every_status_has_a_reply)
{
    for (int err = 0; err < ERR_COUNT; err++) {
        struct arena arena = { .blocks = NULL };
        struct head head;
        struct span body;

        canned_reply(&head, &body, &arena, canned_status((enum err)err), date);
        ck_assert_uint_eq(head.status, canned_status((enum err)err));
        arena_fini(&arena);
    }
}

TEST(a_reply_names_its_status_and_its_length)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct arena arena = { .blocks = NULL };
        struct head head;
        struct span body;
        char number[8];

        canned_reply(&head, &body, &arena, statuses[i], date);
        snprintf(number, sizeof number, "%u ", statuses[i]);
        ck_assert_uint_eq(head.status, statuses[i]);
        ck_assert_int_eq(head.body, BODY_LENGTH);
        ck_assert_uint_eq(head.length, body.len);
        ck_assert_int_eq(memcmp(body.at, number, 4), 0);
        ck_assert_int_eq(body.at[body.len - 1], '\n');
        ck_assert_uint_gt(head.reason.len, 0);
        ck_assert_int_eq(memcmp(body.at + 4, head.reason.at, head.reason.len), 0);
        arena_fini(&arena);
    }
}

TEST(a_reply_is_a_plain_text_with_a_date)
{
    struct arena arena = { .blocks = NULL };
    char today[] = "Sat, 31 Jan 2026 12:00:00 GMT";
    struct head head;
    struct span body;

    canned_reply(&head, &body, &arena, 503, span_of(today));
    today[0] = '!';
    ck_assert(span_eq(head_find(&head, FIELD_DATE)->value, date));
    ck_assert(span_eq(head.fields[1].name, SPAN("Content-Type")));
    ck_assert(span_eq(head.fields[1].value, SPAN("text/plain")));
    arena_fini(&arena);
}

TEST(a_reply_is_read_as_what_it_is)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct arena arena = { .blocks = NULL };
        struct reading reading;
        struct head head;
        struct span body;

        canned_reply(&head, &body, &arena, statuses[i], date);
        heads_read_response(&reading, span_of(heads_answered(&head, date.at, 1, false)), "GET");
        ck_assert_int_eq(reading.err, OK);
        ck_assert_uint_eq(reading.head.status, statuses[i]);
        ck_assert_uint_eq(reading.head.length, body.len);
        ck_assert(!reading.head.persistent);
        heads_free(&reading);
        arena_fini(&arena);
    }
}

SUITE(canned, every_refusal_has_a_status, every_status_has_a_reply,
      a_reply_names_its_status_and_its_length, a_reply_is_a_plain_text_with_a_date,
      a_reply_is_read_as_what_it_is);
