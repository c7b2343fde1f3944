/* Random numbers for scripts. */
#include "scripts.h"
#include "support/test.h"

#include "vm/lua_random.h"

/* What the script TEXT gives, in which `random` begins with SEED. */
static const char *draw(uint64_t seed, const char *text)
{
    uint64_t state = seed;
    const char *result;
    struct vm vm;

    script_begin(&vm);
    lua_random_push(vm.L, &state);
    lua_setglobal(vm.L, "random");
    result = script_text(&vm, text);
    script_end(&vm);
    return result;
}

TEST(numbers_are_whole_and_from_1_to_n)
{
    ck_assert_str_eq(draw(1, "local seen = {} for i = 1, 1000 do seen[random(6)] = true end"
                             " local n = 0 for k in pairs(seen) do n = n + 1"
                             " assert(math.type(k) == 'integer' and k >= 1 and k <= 6) end"
                             " return n"),
                     "6");
    ck_assert_str_eq(draw(1, "return random(1)"), "1");
    ck_assert_str_eq(draw(1, "return random(math.maxinteger) > 0"), "true");
}

TEST(without_n_they_are_below_1)
{
    ck_assert_str_eq(draw(1, "local low, high = 1, 0 for i = 1, 1000 do local x = random()"
                             " low, high = math.min(low, x), math.max(high, x) end"
                             " return low >= 0 and low < 0.01 and high < 1 and high > 0.99"),
                     "true");
}

TEST(they_depend_on_the_seed_alone)
{
    static const char text[] = "return random(1000000) .. ' ' .. random(1000000)";
    char first[1000];

    strcpy(first, draw(5, text));
    ck_assert_str_eq(draw(5, text), first);
    ck_assert_str_ne(draw(6, text), first);
}

TEST(n_is_a_whole_number_above_0)
{
    ck_assert_ptr_nonnull(strstr(draw(1, "random(0)"), "must be at least 1"));
    ck_assert_ptr_nonnull(strstr(draw(1, "random(1.5)"), "no integer representation"));
    ck_assert_ptr_nonnull(strstr(draw(1, "random('x')"), "number expected"));
}

SUITE(lua_random, numbers_are_whole_and_from_1_to_n, without_n_they_are_below_1,
      they_depend_on_the_seed_alone, n_is_a_whole_number_above_0);
