/* What is wrong with a script. */
#include "conf/fault.h"

#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* Prints FAULTS and forgets them; the caller frees the text. */
static char *printed(struct faults *faults)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    fault_print(faults, file, "a.lua");
    fclose(file);
    fault_clear(faults);
    return text;
}

TEST(no_fault_prints_nothing)
{
    struct faults faults = { .count = 0 };
    char *text = printed(&faults);

    ck_assert_str_eq(text, "");
    free(text);
}

TEST(a_fault_is_printed_with_its_place)
{
    struct faults faults = { .count = 0 };
    char *text;

    fault_add(&faults, 7, "unknown key \"%s\"", "pcik");
    text = printed(&faults);
    ck_assert_str_eq(text, "a.lua:7: unknown key \"pcik\"\n");
    free(text);
}

TEST(a_fault_without_a_line_has_only_a_path)
{
    struct faults faults = { .count = 0 };
    char *text;

    fault_add(&faults, 0, "no backends");
    text = printed(&faults);
    ck_assert_str_eq(text, "a.lua: no backends\n");
    free(text);
}

TEST(faults_are_sorted_by_line)
{
    struct faults faults = { .count = 0 };
    char *text;

    fault_add(&faults, 9, "c");
    fault_add(&faults, 2, "b");
    fault_add(&faults, 10, "d");
    fault_add(&faults, 0, "a");
    ck_assert_uint_eq(faults.count, 4);
    text = printed(&faults);
    ck_assert_str_eq(text, "a.lua: a\na.lua:2: b\na.lua:9: c\na.lua:10: d\n");
    free(text);
}

TEST(faults_of_one_line_come_in_the_order_of_their_texts)
{
    struct faults faults = { .count = 0 };
    char *text;

    fault_add(&faults, 3, "one");
    fault_add(&faults, 1, "first");
    fault_add(&faults, 3, "two");
    fault_add(&faults, 3, "three");
    text = printed(&faults);
    ck_assert_str_eq(text, "a.lua:1: first\na.lua:3: one\na.lua:3: three\na.lua:3: two\n");
    free(text);
}

TEST(every_order_of_finding_gives_the_same_order_of_lines)
{
    static const unsigned orders[][3] = {
        { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 },
    };

    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct faults faults = { .count = 0 };
        char *text;

        for (int j = 0; j < 3; j++)
            fault_add(&faults, orders[i][j], "%u", orders[i][j]);
        text = printed(&faults);
        ck_assert_str_eq(text, "a.lua:1: 1\na.lua:2: 2\na.lua:3: 3\n");
        free(text);
    }
}

TEST(a_long_text_is_cut)
{
    struct faults faults = { .count = 0 };
    char text[2000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fault_add(&faults, 1, "%s", text);
    ck_assert_uint_eq(strlen(faults.list[0].text), 511);
    fault_clear(&faults);
}

TEST(cleared_faults_are_forgotten)
{
    struct faults faults = { .count = 0 };

    fault_clear(&faults);
    fault_add(&faults, 1, "x");
    fault_clear(&faults);
    ck_assert_uint_eq(faults.count, 0);
    ck_assert_ptr_null(faults.list);
    fault_add(&faults, 2, "y");
    ck_assert_uint_eq(faults.count, 1);
    fault_clear(&faults);
}

TEST(of_a_great_many_faults_only_the_number_is_told)
{
    struct faults faults = { .count = 0 };
    char *text;

    for (unsigned i = 0; i < 100000; i++)
        fault_add(&faults, 1, "%u", i);
    ck_assert_uint_eq(faults.count, FAULTS_MOST);
    text = printed(&faults);
    ck_assert_ptr_nonnull(strstr(text, "a.lua:1: 99\na.lua: and 99900 more\n"));
    free(text);
}

SUITE(fault, no_fault_prints_nothing, a_fault_is_printed_with_its_place,
      a_fault_without_a_line_has_only_a_path, faults_are_sorted_by_line,
      faults_of_one_line_come_in_the_order_of_their_texts,
      every_order_of_finding_gives_the_same_order_of_lines, a_long_text_is_cut,
      cleared_faults_are_forgotten, of_a_great_many_faults_only_the_number_is_told);
