/* Bodies, taken apart in every way. */
#include "bodies.h"

#include "support/test.h"

/* Takes from PIECE, which ends where its memory ends, as much as there is. */
static void take_piece(struct framing *framing, struct taken_body *result, struct span piece,
                       size_t max)
{
    char *copy = mem_resize(NULL, piece.len + (piece.len == 0));
    struct span rest = { copy, piece.len };
    struct span data = { NULL, 0 };

    memcpy(copy, piece.at, piece.len);
    while ((result->news = framing_read(framing, &rest, max, &data)) == FRAMING_DATA) {
        ck_assert(data.len > 0 && data.len <= max);
        ck_assert_uint_le(result->length + data.len, sizeof result->data);
        memcpy(result->data + result->length, data.at, data.len);
        result->length += data.len;
    }
    if (result->news == FRAMING_WAIT)
        ck_assert_uint_eq(rest.len, 0);
    result->used += piece.len - rest.len;
    mem_free(copy);
}

struct framing bodies_framing(enum body body, uint64_t length)
{
    struct head head = { .body = body, .length = length };
    struct framing framing;

    framing_begin(&framing, &head);
    return framing;
}

/* Takes INPUT in pieces: two if CUT says where, else of SIZE bytes each. */
static struct taken_body take(struct framing framing, struct span input, size_t cut, size_t size,
                              size_t max)
{
    struct taken_body result = { .news = FRAMING_WAIT };

    while (result.news == FRAMING_WAIT) {
        struct span piece = span_skip(input, result.used);
        size_t most = cut > 0 && result.used < cut ? cut - result.used : size;

        if (piece.len > most)
            piece.len = most;
        take_piece(&framing, &result, piece, max);
        if (result.used == input.len && result.news == FRAMING_WAIT)
            break;
    }
    return result;
}

static void expect_same(const struct taken_body *a, const struct taken_body *b)
{
    ck_assert_int_eq(a->news, b->news);
    ck_assert_uint_eq(a->used, b->used);
    ck_assert_uint_eq(a->length, b->length);
    ck_assert_int_eq(memcmp(a->data, b->data, a->length), 0);
}

struct taken_body bodies_take(struct framing framing, struct span input)
{
    struct taken_body whole = take(framing, input, 0, SIZE_MAX, SIZE_MAX);
    struct taken_body other;

    for (size_t cut = 1; cut < input.len; cut++) {
        other = take(framing, input, cut, SIZE_MAX, SIZE_MAX);
        expect_same(&whole, &other);
    }
    for (size_t size = 1; size < 4; size++) {
        other = take(framing, input, 0, size, SIZE_MAX);
        expect_same(&whole, &other);
        other = take(framing, input, 0, SIZE_MAX, size);
        expect_same(&whole, &other);
    }
    return whole;
}
