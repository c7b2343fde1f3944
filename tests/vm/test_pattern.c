/* Our patterns beside Lua's own: the same results, the same messages. */
#include "scripts.h"
#include "support/test.h"

#include "base/span.h"

#include <stdint.h>
#include <stdlib.h>

/* What both are asked: everything that can be done with a subject, a pattern, a replacement and a
 * number. It gives one text with all answers. */
static const char questions[] =
    "local function show(...)\n"
    "  local list = table.pack(...)\n"
    "  for i = 1, list.n do list[i] = math.type(list[i]) == 'integer' and '#' .. list[i]\n"
    "      or tostring(list[i]) end\n"
    "  return table.concat(list, ',', 1, list.n)\n"
    "end\n"
    "local function all(s, p, i)\n"
    "  local found = {}\n"
    "  for a, b, c in string.gmatch(s, p, i) do\n"
    "    found[#found + 1] = show(a, b, c)\n"
    "    if #found > 40 then break end\n"
    "  end\n"
    "  return table.concat(found, ';')\n"
    "end\n"
    "local function double(...) return select('#', ...) .. show(...) end\n"
    "local function some(x) if x ~= 'a' then return x and x .. '!' end end\n"
    "local words = setmetatable({ a = 1, b = false, ab = 'x' },\n"
    "  { __index = function(_, k) if k == 'c' then return 'C' end end })\n"
    "return function(s, p, r, i)\n"
    "  return table.concat({\n"
    "    show(pcall(string.find, s, p)), show(pcall(string.find, s, p, i)),\n"
    "    show(pcall(string.find, s, p, i, true)), show(pcall(string.match, s, p)),\n"
    "    show(pcall(function() return s:match(p, i) end)), show(pcall(all, s, p)),\n"
    "    show(pcall(all, s, p, i)), show(pcall(string.gsub, s, p, r)),\n"
    "    show(pcall(string.gsub, s, p, r, i)), show(pcall(string.gsub, s, p, words)),\n"
    "    show(pcall(string.gsub, s, p, double)), show(pcall(string.gsub, s, p, some, 3)),\n"
    "    show(pcall(string.gsub, s, p, { a = {} })), show(pcall(function() return s:gsub(p, r) "
    "end)),\n"
    "  }, '\\n')\n"
    "end";

struct pair {
    struct vm vm;    /* with our functions */
    lua_State *pure; /* with Lua's own ones */
};

static void pair_begin(struct pair *pair)
{
    script_begin(&pair->vm);
    pair->vm.patience = 10;
    pair->pure = luaL_newstate();
    luaL_openlibs(pair->pure);
    ck_assert_int_eq(luaL_loadbuffer(pair->vm.L, questions, sizeof questions - 1, "=questions"),
                     LUA_OK);
    ck_assert_int_eq(vm_call(&pair->vm, 0, 1), OK);
    ck_assert_int_eq(luaL_loadbuffer(pair->pure, questions, sizeof questions - 1, "=questions"),
                     LUA_OK);
    ck_assert_int_eq(lua_pcall(pair->pure, 0, 1, 0), LUA_OK);
}

static void pair_end(struct pair *pair)
{
    lua_pop(pair->vm.L, 1);
    script_end(&pair->vm);
    lua_close(pair->pure);
}

static void push_question(lua_State *L, struct span s, struct span p, struct span r, int i)
{
    lua_pushvalue(L, -1);
    lua_pushlstring(L, s.at, s.len);
    lua_pushlstring(L, p.at, p.len);
    lua_pushlstring(L, r.at, r.len);
    lua_pushinteger(L, i);
}

/* Asks both, whose answers must be the same. */
static void ask(struct pair *pair, struct span s, struct span p, struct span r, int i)
{
    lua_State *L = pair->vm.L;
    size_t len;
    size_t pure_len;
    const char *text;
    const char *pure_text;

    push_question(L, s, p, r, i);
    ck_assert_int_eq(vm_call(&pair->vm, 4, 1), OK);
    push_question(pair->pure, s, p, r, i);
    ck_assert_int_eq(lua_pcall(pair->pure, 4, 1, 0), LUA_OK);
    text = lua_tolstring(L, -1, &len);
    pure_text = lua_tolstring(pair->pure, -1, &pure_len);
    ck_assert_msg(len == pure_len && memcmp(text, pure_text, len) == 0,
                  "subject %s\npattern %s\nreplacement %s, %d\nours:\n%s\nLua's:\n%s", s.at, p.at,
                  r.at, i, text, pure_text);
    lua_pop(L, 1);
    lua_pop(pair->pure, 1);
    vm_rest(&pair->vm);
}

static void ask_texts(struct pair *pair, const char *s, const char *p, const char *r, int i)
{
    ask(pair, span_of(s), span_of(p), span_of(r), i);
}

/* ---- By chance ---- */

static unsigned draw(uint64_t *state, unsigned n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % n;
}

/* A text of up to MOST of the COUNT pieces; "0" stands for a NUL. Ends with NUL itself. */
static struct span compose(uint64_t *state, char *to, const char *const *pieces, unsigned count,
                           unsigned most)
{
    size_t len = 0;

    for (unsigned n = draw(state, most + 1); n > 0; n--) {
        const char *piece = pieces[draw(state, count)];

        if (strcmp(piece, "0") == 0) {
            to[len++] = '\0';
            continue;
        }
        memcpy(to + len, piece, strlen(piece));
        len += strlen(piece);
    }
    to[len] = '\0';
    return (struct span){ to, len };
}

static const char *const of_patterns[] = {
    "a",        "b",    "a",     "b",           ".",      "%a",     "%d",   "%s",   "%w",   "%u",
    "%l",       "%p",   "%x",    "%c",          "%g",     "%A",     "%S",   "%W",   "%z",   "%Z",
    "[abc]",    "[^a]", "[a-b]", "[%w_]",       "[]]",    "[^]]",   "[a-]", "[-a]", "[%]]", "[^%s]",
    "[a-%d]",   "%b()", "%bab",  "%baa",        "%f[%w]", "%f[^a]", "%1",   "%2",   "%0",   "%9",
    "(",        ")",    "(",     ")",           "()",     "(a",     "b)",   "*",    "+",    "-",
    "?",        "*",    "+",     "-",           "?",      "^",      "$",    "%",    "[",    "]",
    "%%",       "%.",   "0",     "%f",          "%b",     "%bx",    "1",    " ",    "[^",   "[%",
    "%f[\xff]", "\xe9", "%-",    "[\x80-\xff]",
};
static const char *const of_subjects[] = { "a", "b", "a", "b", "ab", "c",  "1", " ",    "(",   ")",
                                           "_", "%", "]", "-", "0",  "\n", "Z", "\xe9", "\xff" };
static const char *const of_replacements[] = { "a", "x", "%0", "%1", "%2", "%%", "%", "%x", "0" };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* The rounds are run as tests of their own, to be told apart. */
static void ask_by_chance(uint64_t seed, int rounds)
{
    char s[64];
    char p[128];
    char r[64];
    struct pair pair;

    pair_begin(&pair);
    for (int i = 0; i < rounds; i++) {
        struct span subject = compose(&seed, s, of_subjects, COUNT_OF(of_subjects), 12);
        struct span pattern = compose(&seed, p, of_patterns, COUNT_OF(of_patterns), 7);
        struct span replacement = compose(&seed, r, of_replacements, COUNT_OF(of_replacements), 3);

        ask(&pair, subject, pattern, replacement, (int)draw(&seed, 30) - 15);
    }
    pair_end(&pair);
}

TEST(any_pattern_does_what_it_does_in_lua)
{
    ask_by_chance(1, 5000);
}

TEST(any_other_pattern_does_too)
{
    ask_by_chance(2026, 5000);
}

/* ---- Chosen ones ---- */

TEST(what_is_rarely_met_is_as_in_lua)
{
    static const char *const cases[][3] = {
        { "hello world", "(%w+) (%w+)", "%2 %1" },
        { "hello world", "^(h)(.-)(l+)", "%3%2%1%0" },
        { "  trim me  ", "^%s*(.-)%s*$", "[%1]" },
        { "key = value", "^(%w+)%s*=%s*(%w+)$", "%2" },
        { "f(a(b)c)d", "%b()", "<%0>" },
        { "THE (quick) fox", "%f[%a]%a+%f[%A]", "<%0>" },
        { "THE (quick) fox", "%f[%a](%a+)", "%1%1" },
        { "\"x\" 'y'", "([\"'])(.-)%1", "%2" },
        { "abc", "", "-" },
        { "", "", "-" },
        { "", "^", "-" },
        { "abc", "$", "-" },
        { "abc", "^$", "-" },
        { "a$b", "a$b", "-" },
        { "a^b", "a^b", "-" },
        { "^a", "^^a", "-" },
        { "aaa", "^a", "b" },
        { "abc", "()", "%1" },
        { "abc", "(()b())", "%1%2%3" },
        { "abc", "()()()()", "%4" },
        { "aXb", "%u", "%%" },
        { "abab", "(a)(b)%2", "-" },
        { "abab", "(a(b))%1", "-" },
        { "abab", "(a(b)%1)", "-" },
        { "abcabc", "(...)%1", "-" },
        { "x", "%", "-" },
        { "x", "x%", "-" },
        { "x", "[", "-" },
        { "x", "[^", "-" },
        { "x", "[]", "-" },
        { "x", "[^]", "-" },
        { "x", "[a", "-" },
        { "x", "[a-", "-" },
        { "x", "[a-]", "-" },
        { "x", "[%", "-" },
        { "x", "x[%", "-" },
        { "x", "[%]", "-" },
        { "x", "(", "-" },
        { "x", "x(", "-" },
        { "x", ")", "-" },
        { "x", "x)", "-" },
        { "x)", "x)", "-" },
        { "x", "(()", "-" },
        { "x", "%1", "-" },
        { "x", "(x%1)", "-" },
        { "x", "()%1", "-" },
        { "x", "%b", "-" },
        { "x", "%bx", "-" },
        { "x", "%bxy", "-" },
        { "xx", "%bxx", "-" },
        { "x", "%f", "-" },
        { "x", "%fx", "-" },
        { "x", "%f[", "-" },
        { "x", "x*", "%" },
        { "x", "x", "%2" },
        { "x", "(x)", "%2" },
        { "x", "x", "%1" },
        { "x", "x", "a%" },
        { "x", "x", "%a" },
        { "a-b", "a-b", "-" },
        { "a-b", "a%-b", "-" },
        { "*", "*", "-" },
        { "a*", "a**", "-" },
        { "+a", "+a", "-" },
        { "a]b", "[]]", "-" },
        { "a-z", "[a%-z]", "." },
        { "a-z", "[%a-z]", "." },
        { "a-z", "[z-a]", "." },
        { "0x1F", "^0[xX](%x+)$", "%1" },
        { "one;two;;four", "([^;]*)", "<%1>" },
        { "one;two;;four", "([^;]*);", "<%1>" },
    };
    struct pair pair;

    pair_begin(&pair);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (int start = -3; start <= 13; start += 2)
            ask_texts(&pair, cases[i][0], cases[i][1], cases[i][2], start);
    pair_end(&pair);
}

/* N times TEXT, and REST behind it. */
static char *repeat(const char *text, size_t n, const char *rest)
{
    char *all = calloc(1, strlen(text) * n + strlen(rest) + 1);

    for (size_t i = 0; i < n; i++)
        strcat(all, text);
    return strcat(all, rest);
}

TEST(a_pattern_is_too_complex_where_it_is_in_lua)
{
    static const char *const items[] = { "a?", "a*", "a-", "(a)", "()", "a", "%1", "a?()" };
    struct pair pair;

    pair_begin(&pair);
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        for (size_t n = 1; n < 230; n += n < 28 ? 9 : n < 195 ? 40 : 1) {
            char *pattern = repeat(items[i], n, "");
            char *subject = repeat("a", n, "");

            ask_texts(&pair, subject, pattern, "%1", 1);
            ask_texts(&pair, "b", pattern, "%1", 1);
            free(pattern);
            free(subject);
        }
    }
    pair_end(&pair);
}

TEST(a_number_is_a_text_and_other_values_are_refused_as_in_lua)
{
    static const char script[] =
        "local out = {}\n"
        "local function try(...) out[#out + 1] = tostring(select(2, pcall(...))) end\n"
        "for _, f in ipairs { string.find, string.match, string.gmatch, string.gsub } do\n"
        "  try(f) try(f, 'x') try(f, 'x', {}) try(f, {}, 'x') try(f, 12, 2) try(f, 'x', 'x', {})\n"
        "  try(f, 'x', 'x', 'y', {}) try(f, 'x', 'x', 1.5) try(f, 'x', 'x', '1')\n"
        "  try(f, 'x', 'x', type) try(f, 'x', 'x', true) try(f, 'x', 'x', 2, 1.5)\n"
        "end\n"
        "try(string.gsub, 'xyx', 'x', 5) try(string.gsub, 'xyx', 'x', 5.5)\n"
        "try(string.gsub, 'xyx', 'x', function() return 7 end)\n"
        "try(string.gsub, 'xyx', 'x', function() return true end)\n"
        "try(string.gsub, 'xyx', 'x', function() error('mine', 0) end)\n"
        "for i, text in ipairs(out) do out[i] = text:gsub('0x%x+', '') end\n"
        "return table.concat(out, '\\n')";
    struct vm vm;
    lua_State *pure = luaL_newstate();

    script_begin(&vm);
    luaL_openlibs(pure);
    ck_assert_int_eq(luaL_dostring(pure, script), LUA_OK);
    ck_assert_str_eq(script_text(&vm, script), lua_tostring(pure, -1));
    script_end(&vm);
    lua_close(pure);
}

SUITE(pattern, any_pattern_does_what_it_does_in_lua, any_other_pattern_does_too,
      what_is_rarely_met_is_as_in_lua, a_pattern_is_too_complex_where_it_is_in_lua,
      a_number_is_a_text_and_other_values_are_refused_as_in_lua);
