/* A reply in the proxy's own name, as a side. */
#include "support/test.h"

#include "exchange/side_reply.h"

/* Reads all of REPLY, at most MAX bytes at a time, and gives its body. */
static const char *read_all(struct side_reply *reply, size_t max, struct part *head)
{
    static char body[200];
    size_t len = 0;
    struct part part;

    ck_assert_int_eq(side_read(&reply->side, 0, head), SIDE_PART);
    ck_assert_int_eq(head->kind, PART_HEAD);
    for (part = *head; !part.last; len += part.body.len) {
        ck_assert_int_eq(side_read(&reply->side, max, &part), SIDE_PART);
        ck_assert_int_eq(part.kind, PART_BODY);
        ck_assert_uint_le(part.body.len, max);
        memcpy(body + len, part.body.at, part.body.len);
    }
    body[len] = '\0';
    return body;
}

TEST(a_reply_is_a_head_and_a_body_as_long_as_announced)
{
    struct arena arena = { NULL, 0 };

    for (size_t max = 1; max < 100; max++) {
        struct side_reply reply;
        struct part head;
        const char *body;

        side_reply_init(&reply, &arena, 503, SPAN("Sat, 31 Jan 2026 12:00:00 GMT"), NULL);
        body = read_all(&reply, max, &head);
        ck_assert_uint_eq(head.head->status, 503);
        ck_assert_int_eq(head.head->body, BODY_LENGTH);
        ck_assert_uint_eq(head.head->length, strlen(body));
        ck_assert_ptr_nonnull(strstr(body, "503"));
    }
    arena_fini(&arena);
}

TEST(a_reply_may_be_no_more_than_a_head)
{
    struct arena arena = { NULL, 0 };
    struct side_reply reply;
    struct part head;

    side_reply_init(&reply, &arena, 200, SPAN("Sat, 31 Jan 2026 12:00:00 GMT"), NULL);
    ck_assert_str_eq(read_all(&reply, 100, &head), "");
    ck_assert(head.last);
    ck_assert_uint_eq(head.head->length, 0);
    arena_fini(&arena);
}

TEST(the_reply_to_head_has_no_body_but_tells_its_length)
{
    static const struct head request = { .method = { "HEAD", 4 } };
    struct arena arena = { NULL, 0 };
    struct side_reply reply;
    struct part head;

    side_reply_init(&reply, &arena, 502, SPAN("Sat, 31 Jan 2026 12:00:00 GMT"), &request);
    ck_assert_str_eq(read_all(&reply, 100, &head), "");
    ck_assert(head.last);
    ck_assert(head.head->tells_length);
    ck_assert_uint_gt(head.head->length, 0);
    arena_fini(&arena);
}

TEST(the_reply_to_head_tells_no_length_where_its_status_has_no_body)
{
    static const struct head request = { .method = { "HEAD", 4 } };
    struct arena arena = { NULL, 0 };
    unsigned statuses[] = { 204, 304 };

    for (unsigned i = 0; i < 2; i++) {
        struct side_reply reply;
        struct part part;
        struct head head;

        head_init(&head, &arena, 1);
        head.status = statuses[i];
        head.body = BODY_NONE;
        side_reply_init_with(&reply, &head, SPAN(""), SPAN("today"), &request);
        ck_assert_str_eq(read_all(&reply, 100, &part), "");
        ck_assert(part.last);
        ck_assert(!part.head->tells_length);
    }
    arena_fini(&arena);
}

TEST(a_reply_takes_whatever_is_written_to_it_and_is_never_gone)
{
    struct arena arena = { NULL, 0 };
    struct part part = { .kind = PART_BODY, .body = SPAN("x") };
    struct side_reply reply;

    side_reply_init(&reply, &arena, 400, SPAN("Sat, 31 Jan 2026 12:00:00 GMT"), NULL);
    ck_assert_uint_gt(side_room(&reply.side), 0);
    side_write(&reply.side, &part);
    side_arm(&reply.side);
    ck_assert(!side_is_gone(&reply.side));
    arena_fini(&arena);
}

SUITE(side_reply, a_reply_is_a_head_and_a_body_as_long_as_announced,
      a_reply_may_be_no_more_than_a_head, the_reply_to_head_has_no_body_but_tells_its_length,
      the_reply_to_head_tells_no_length_where_its_status_has_no_body,
      a_reply_takes_whatever_is_written_to_it_and_is_never_gone);
