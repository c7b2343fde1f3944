/* A second opinion on where a body ends. */
#include "http/judge.h"

#include "support/test.h"

/* Does the judge see chunks if VALUE is the Transfer-Encoding? */
static bool sees(struct span value)
{
    struct arena arena = { .blocks = NULL };
    struct head head;
    bool seen;

    head_init(&head, &arena, 2);
    head_add(&head, FIELD_OTHER, SPAN("Accept"), SPAN("chunked"));
    head_add(&head, FIELD_TRANSFER_ENCODING, SPAN("Transfer-Encoding"), value);
    seen = judge_sees_chunks(&head);
    arena_fini(&arena);
    return seen;
}

TEST(chunked_is_seen_in_any_case)
{
    ck_assert(sees(SPAN("chunked")));
    ck_assert(sees(SPAN("CHUNKED")));
    ck_assert(sees(SPAN("Chunked")));
}

TEST(whatever_else_is_not_chunked)
{
    ck_assert(!sees(SPAN("")));
    ck_assert(!sees(SPAN("chunke")));
    ck_assert(!sees(SPAN("chunkedx")));
    ck_assert(!sees(SPAN("xchunked")));
    ck_assert(!sees(SPAN("identity")));
    ck_assert(!sees(SPAN("\x01")));
}

TEST(a_length_beside_it_is_not_overlooked)
{
    struct arena arena = { .blocks = NULL };
    struct head head;

    head_init(&head, &arena, 2);
    head_add(&head, FIELD_TRANSFER_ENCODING, SPAN("Transfer-Encoding"), SPAN("chunked"));
    head_add(&head, FIELD_CONTENT_LENGTH, SPAN("Content-Length"), SPAN("5"));
    ck_assert(!judge_sees_chunks(&head));
    arena_fini(&arena);
}

SUITE(judge, chunked_is_seen_in_any_case, whatever_else_is_not_chunked,
      a_length_beside_it_is_not_overlooked);
