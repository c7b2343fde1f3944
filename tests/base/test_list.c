/* Intrusive lists. */
#include "base/list.h"

#include "support/test.h"

#include <string.h>

struct item {
    char name;
    struct list link;
};

/* The names on LIST from front to back, and again from back to front: both ways must agree. */
static const char *names(const struct list *list)
{
    static char text[16];
    size_t count = 0;

    for (const struct list *at = list->next; at != list; at = at->next)
        text[count++] = container_of(at, struct item, link)->name;
    text[count] = '\0';
    for (const struct list *at = list->prev; at != list; at = at->prev)
        ck_assert_int_eq(container_of(at, struct item, link)->name, text[--count]);
    ck_assert_uint_eq(count, 0);
    return text;
}

TEST(a_new_list_is_empty)
{
    struct list list;

    list_init(&list);
    ck_assert(list_is_empty(&list));
    ck_assert_str_eq(names(&list), "");
}

TEST(what_was_pushed_last_comes_first)
{
    struct item a = { .name = 'a' };
    struct item b = { .name = 'b' };
    struct list list;

    list_init(&list);
    list_push(&list, &a.link);
    list_push(&list, &b.link);
    ck_assert(!list_is_empty(&list));
    ck_assert_str_eq(names(&list), "ba");
}

TEST(what_was_appended_last_comes_last)
{
    struct item a = { .name = 'a' };
    struct item b = { .name = 'b' };
    struct list list;

    list_init(&list);
    list_append(&list, &a.link);
    list_append(&list, &b.link);
    ck_assert_str_eq(names(&list), "ab");
}

TEST(an_entry_can_be_taken_off_at_any_place)
{
    for (int gone = 0; gone < 3; gone++) {
        static const char *const left[] = { "bc", "ac", "ab" };
        struct item items[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } };
        struct list list;

        list_init(&list);
        for (int i = 0; i < 3; i++)
            list_append(&list, &items[i].link);
        list_remove(&items[gone].link);
        ck_assert_str_eq(names(&list), left[gone]);
        ck_assert(list_is_empty(&items[gone].link));
    }
}

TEST(an_entry_that_is_on_no_list_may_be_taken_off)
{
    struct item a = { .name = 'a' };

    list_init(&a.link);
    list_remove(&a.link);
    list_remove(&a.link);
    ck_assert(list_is_empty(&a.link));
}

TEST(an_entry_may_come_back)
{
    struct item a = { .name = 'a' };
    struct item b = { .name = 'b' };
    struct list list;

    list_init(&list);
    list_append(&list, &a.link);
    list_append(&list, &b.link);
    list_remove(&a.link);
    list_append(&list, &a.link);
    ck_assert_str_eq(names(&list), "ba");
}

TEST(moving_keeps_the_order_and_empties_the_other_list)
{
    struct item items[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' } };
    struct list to;
    struct list from;

    list_init(&to);
    list_init(&from);
    for (int i = 0; i < 4; i++)
        list_append(i < 2 ? &to : &from, &items[i].link);
    list_move(&to, &from);
    ck_assert_str_eq(names(&to), "abcd");
    ck_assert(list_is_empty(&from));
}

TEST(moving_into_an_empty_list_is_moving)
{
    struct item a = { .name = 'a' };
    struct list to;
    struct list from;

    list_init(&to);
    list_init(&from);
    list_append(&from, &a.link);
    list_move(&to, &from);
    ck_assert_str_eq(names(&to), "a");
    ck_assert(list_is_empty(&from));
}

TEST(moving_nothing_changes_nothing)
{
    struct item a = { .name = 'a' };
    struct list to;
    struct list from;

    list_init(&to);
    list_init(&from);
    list_append(&to, &a.link);
    list_move(&to, &from);
    ck_assert_str_eq(names(&to), "a");
    ck_assert(list_is_empty(&from));
}

SUITE(list, a_new_list_is_empty, what_was_pushed_last_comes_first,
      what_was_appended_last_comes_last, an_entry_can_be_taken_off_at_any_place,
      an_entry_that_is_on_no_list_may_be_taken_off, an_entry_may_come_back,
      moving_keeps_the_order_and_empties_the_other_list, moving_into_an_empty_list_is_moving,
      moving_nothing_changes_nothing);
