/* The head of a message. */
#include "http/head.h"

#include "support/test.h"

#include <stdio.h>

/* An empty head with an arena of its own. */
struct bench {
    struct arena arena;
    struct head head;
};

static void open_bench(struct bench *bench, unsigned room)
{
    *bench = (struct bench){ .arena = { .blocks = NULL } };
    head_init(&bench->head, &bench->arena, room);
}

static void close_bench(struct bench *bench)
{
    arena_fini(&bench->arena);
}

TEST(a_new_head_is_kept_until_somebody_says_otherwise)
{
    struct bench bench;

    open_bench(&bench, 4);
    ck_assert(bench.head.persistent);
    ck_assert_uint_eq(bench.head.count, 0);
    ck_assert_int_eq(bench.head.body, BODY_NONE);
    ck_assert_ptr_null(bench.head.why);
    close_bench(&bench);
}

TEST(the_first_field_of_a_kind_is_found)
{
    struct bench bench;
    struct field *via;

    open_bench(&bench, 4);
    head_add(&bench.head, FIELD_HOST, SPAN("Host"), SPAN("a"));
    via = head_add(&bench.head, FIELD_VIA, SPAN("Via"), SPAN("1.1 b"));
    head_add(&bench.head, FIELD_VIA, SPAN("Via"), SPAN("1.1 c"));
    ck_assert_ptr_eq(head_find(&bench.head, FIELD_VIA), via);
    ck_assert_ptr_null(head_find(&bench.head, FIELD_DATE));
    close_bench(&bench);
}

TEST(a_dropped_field_is_not_found)
{
    struct bench bench;
    struct field *second;

    open_bench(&bench, 4);
    head_add(&bench.head, FIELD_VIA, SPAN("Via"), SPAN("1.1 a"))->gone = true;
    second = head_add(&bench.head, FIELD_VIA, SPAN("Via"), SPAN("1.1 b"));
    ck_assert_ptr_eq(head_find(&bench.head, FIELD_VIA), second);
    close_bench(&bench);
}

TEST(fields_are_dropped_by_their_names_in_any_case)
{
    struct bench bench;

    open_bench(&bench, 4);
    head_add(&bench.head, FIELD_VIA, SPAN("Via"), SPAN("a"));
    head_add(&bench.head, FIELD_OTHER, SPAN("Vial"), SPAN("b"));
    head_add(&bench.head, FIELD_VIA, SPAN("VIA"), SPAN("c"));
    head_drop(&bench.head, SPAN("via"));
    ck_assert_ptr_null(head_find(&bench.head, FIELD_VIA));
    ck_assert(!bench.head.fields[1].gone);
    close_bench(&bench);
}

TEST(a_script_has_room_for_so_many_bytes_and_no_more)
{
    struct bench bench;

    open_bench(&bench, 4);
    ck_assert(!head_make_room(&bench.head, HEAD_ADDED_MAX + 1));
    ck_assert(!head_make_room(&bench.head, SIZE_MAX));
    ck_assert(head_make_room(&bench.head, HEAD_ADDED_MAX - 1));
    ck_assert(!head_make_room(&bench.head, 2));
    ck_assert(head_make_room(&bench.head, 1));
    ck_assert(head_make_room(&bench.head, 0));
    ck_assert(!head_make_room(&bench.head, 1));
    close_bench(&bench);
}

TEST(some_responses_have_no_body_by_their_status)
{
    static const unsigned bodiless[] = { 100, 101, 199, 204, 304 };
    static const unsigned others[] = { 200, 203, 205, 206, 303, 305, 404, 599 };

    for (size_t i = 0; i < sizeof bodiless / sizeof bodiless[0]; i++)
        ck_assert(head_is_bodiless(&(struct head){ .status = bodiless[i] }));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert(!head_is_bodiless(&(struct head){ .status = others[i] }));
}

TEST(a_head_grows_beyond_the_room_it_was_given)
{
    for (unsigned room = 0; room < 20; room++) {
        struct bench bench;
        char names[100][8];

        open_bench(&bench, room);
        for (unsigned i = 0; i < 100; i++) {
            int length = snprintf(names[i], sizeof names[i], "x-%u", i);
            struct span name = { names[i], (size_t)length };

            head_add(&bench.head, FIELD_OTHER, name, name);
        }
        ck_assert_uint_eq(bench.head.count, 100);
        ck_assert_uint_ge(bench.head.room, 100);
        for (unsigned i = 0; i < 100; i++)
            ck_assert_str_eq(bench.head.fields[i].value.at, names[i]);
        close_bench(&bench);
    }
}

TEST(methods_that_can_be_sent_twice_are_known)
{
    static const char *const twice[] = { "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" };
    static const char *const once[] = { "POST", "PATCH", "CONNECT", "get", "QUERY", "GETS", "" };

    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++)
        ck_assert(head_is_idempotent(&(struct head){ .method = span_of(twice[i]) }));
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        ck_assert(!head_is_idempotent(&(struct head){ .method = span_of(once[i]) }));
}

TEST(only_head_is_head)
{
    ck_assert(head_is_head(&(struct head){ .method = SPAN("HEAD") }));
    ck_assert(!head_is_head(&(struct head){ .method = SPAN("GET") }));
    ck_assert(!head_is_head(&(struct head){ .method = SPAN("head") }));
}

TEST(all_1xx_but_101_are_interim)
{
    ck_assert(head_is_interim(&(struct head){ .status = 100 }));
    ck_assert(!head_is_interim(&(struct head){ .status = 101 }));
    ck_assert(head_is_interim(&(struct head){ .status = 103 }));
    ck_assert(head_is_interim(&(struct head){ .status = 199 }));
    ck_assert(!head_is_interim(&(struct head){ .status = 200 }));
}

SUITE(head, a_new_head_is_kept_until_somebody_says_otherwise, the_first_field_of_a_kind_is_found,
      a_dropped_field_is_not_found, fields_are_dropped_by_their_names_in_any_case,
      a_script_has_room_for_so_many_bytes_and_no_more, some_responses_have_no_body_by_their_status,
      a_head_grows_beyond_the_room_it_was_given, methods_that_can_be_sent_twice_are_known,
      only_head_is_head, all_1xx_but_101_are_interim);
