/* Tables with known keys. */
#include "vm/scripts.h"
#include "support/test.h"

#include "script/lua_keys.h"

/* What the keys of these tests are read into. */
struct values {
    double number;
    unsigned count;
    uint64_t size;
    bool flag;
    unsigned taken; /* by a taker of our own */
};

struct table {
    struct vm vm;
    struct faults faults;
    struct lua_keys keys;
    struct values values;
};

/* The table that the script TEXT returns is to be read. */
static void begin(struct table *t, const char *text)
{
    *t = (struct table){ .faults = { .count = 0 } };
    script_begin(&t->vm);
    ck_assert_int_eq(script_run(&t->vm, text), OK);
    t->keys = (struct lua_keys){
        .L = t->vm.L,
        .source = span_of(text),
        .faults = &t->faults,
        .where = "",
    };
}

static void end(struct table *t)
{
    fault_clear(&t->faults);
    lua_pop(t->vm.L, 1);
    script_end(&t->vm);
}

static void count_it(struct lua_keys *keys, const struct key *key)
{
    (void)keys;
    ++*(unsigned *)key->into;
}

static void read_inner(struct lua_keys *keys, const struct key *key)
{
    const struct key list[] = { { "count", lua_keys_count, key->into, 1, 9 } };

    lua_keys_read_inner(keys, key, list, COUNT_OF(list));
}

static void read_all(struct table *t, lua_Integer elements)
{
    const struct key list[] = {
        { "number", lua_keys_number, &t->values.number, -1, 1 },
        { "count", lua_keys_count, &t->values.count, 1, 9 },
        { "size", lua_keys_size, &t->values.size, 0, 0x1p40 },
        { "flag", lua_keys_bool, &t->values.flag, 0, 0 },
        { "own", count_it, &t->values.taken, 0, 0 },
        { "inner", read_inner, &t->values.count, 0, 0 },
    };

    lua_keys_read(&t->keys, list, COUNT_OF(list), elements);
    ck_assert_int_eq(lua_gettop(t->vm.L), 2);
}

TEST(each_value_goes_where_it_belongs)
{
    struct table t;

    begin(&t, "return { number = 0.5, count = 7.0, size = 1 << 33, flag = true, own = print }");
    read_all(&t, 0);
    ck_assert_uint_eq(t.faults.count, 0);
    ck_assert_double_eq(t.values.number, 0.5);
    ck_assert_uint_eq(t.values.count, 7);
    ck_assert_uint_eq(t.values.size, 1ull << 33);
    ck_assert(t.values.flag);
    ck_assert_uint_eq(t.values.taken, 1);
    end(&t);
}

TEST(what_is_not_there_stays_as_it_was)
{
    struct table t;

    begin(&t, "return {}");
    t.values = (struct values){ 0.25, 5, 6, true, 0 };
    read_all(&t, 0);
    ck_assert_uint_eq(t.faults.count, 0);
    ck_assert_double_eq(t.values.number, 0.25);
    ck_assert_uint_eq(t.values.count, 5);
    ck_assert_uint_eq(t.values.size, 6);
    ck_assert(t.values.flag);
    end(&t);
}

TEST(bounds_may_be_reached_but_not_passed)
{
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        { "return { number = -1 }", true },
        { "return { number = 1 }", true },
        { "return { number = 1.001 }", false },
        { "return { number = -1/0 }", false },
        { "return { number = 0/0 }", false },
        { "return { number = '1' }", false },
        { "return { count = 1 }", true },
        { "return { count = 9 }", true },
        { "return { count = 0 }", false },
        { "return { count = 10 }", false },
        { "return { count = 1.5 }", false },
        { "return { count = '1' }", false },
        { "return { size = 0 }", true },
        { "return { size = 1 << 40 }", true },
        { "return { size = -1 }", false },
        { "return { size = 1e300 }", false },
        { "return { size = math.mininteger }", false },
        { "return { flag = false }", true },
        { "return { flag = 0 }", false },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct table t;

        begin(&t, cases[i].text);
        read_all(&t, 0);
        ck_assert_msg(t.faults.count == !cases[i].ok, "%s", cases[i].text);
        end(&t);
    }
}

TEST(elements_are_left_to_the_caller_as_many_as_he_wants)
{
    struct table t;

    begin(&t, "return { 'one', 'two', 'three', count = 3 }");
    read_all(&t, 3);
    ck_assert_uint_eq(t.faults.count, 0);
    read_all(&t, 2);
    ck_assert_uint_eq(t.faults.count, 1);
    ck_assert_str_eq(t.faults.list[0].text, "a key must be a name, not a number");
    end(&t);
}

TEST(a_table_in_a_table_is_named_and_has_its_lines)
{
    struct table t;

    begin(&t, "return {\n"
              "  count = 5,\n"
              "  inner = {\n"
              "    count = 99,\n"
              "  }\n"
              "}");
    read_all(&t, 0);
    ck_assert_uint_eq(t.faults.count, 1);
    ck_assert_uint_eq(t.faults.list[0].line, 4);
    ck_assert_str_eq(t.faults.list[0].text, "inner: count must be a whole number from 1 to 9");
    end(&t);
}

TEST(a_line_is_that_of_the_table_if_the_key_is_nowhere)
{
    struct table t;

    begin(&t, "local name = 'count'\n"
              "return {\n"
              "  inner = { [name] = 99 }\n"
              "}");
    read_all(&t, 0);
    ck_assert_uint_eq(t.faults.list[0].line, 3);
    ck_assert_uint_eq(lua_keys_line(&t.keys, "nowhere"), 0);
    ck_assert_uint_eq(lua_keys_line(&t.keys, "inner"), 3);
    ck_assert_uint_eq(lua_keys_line_of_text(&t.keys, "count"), 1);
    ck_assert_uint_eq(lua_keys_line_of_text(&t.keys, "nowhere"), 0);
    t.keys.line = 2;
    ck_assert_uint_eq(lua_keys_line_of_text(&t.keys, "count"), 2);
    end(&t);
}

TEST(a_second_text_has_a_line_of_its_own)
{
    struct table t;

    begin(&t, "return {\n 'once',\n 'twice',\n 'twice', 'near', 'near' }");
    ck_assert_uint_eq(lua_keys_line_of_second(&t.keys, "once"), 2);
    ck_assert_uint_eq(lua_keys_line_of_second(&t.keys, "twice"), 4);
    ck_assert_uint_eq(lua_keys_line_of_second(&t.keys, "near"), 4);
    ck_assert_uint_eq(lua_keys_line_of_second(&t.keys, "nowhere"), 0);
    end(&t);
}

TEST(a_long_complaint_is_cut_short)
{
    struct table t;
    char text[2000];

    snprintf(text, sizeof text, "return { ['%01500d'] = 1 }", 0);
    begin(&t, text);
    read_all(&t, 0);
    ck_assert_uint_eq(t.faults.count, 1);
    ck_assert_uint_lt(strlen(t.faults.list[0].text), 500);
    end(&t);
}

SUITE(lua_keys, each_value_goes_where_it_belongs, what_is_not_there_stays_as_it_was,
      bounds_may_be_reached_but_not_passed, elements_are_left_to_the_caller_as_many_as_he_wants,
      a_table_in_a_table_is_named_and_has_its_lines,
      a_line_is_that_of_the_table_if_the_key_is_nowhere, a_second_text_has_a_line_of_its_own,
      a_long_complaint_is_cut_short);
