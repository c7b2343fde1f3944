/* string.find, match, gmatch and gsub, such that they can be stopped. */
#include "vm/lua_match.h"

#include "vm/guard.h"
#include "vm/pattern.h"

#include <ctype.h>
#include <lauxlib.h>
#include <lualib.h>

enum { SHORT = 32 };

/* The string that is argument INDEX. */
static struct span check_text(lua_State *L, int index)
{
    struct span text;

    text.at = luaL_checklstring(L, index, &text.len);
    return text;
}

/* Takes what a pattern is to be matched with from the two texts. */
static void prepare(struct pattern *p, struct span subject, struct span text)
{
    p->begin = subject.at;
    p->end = subject.at + subject.len;
    p->text_end = text.at + text.len;
    p->late = guard_flag();
}

/* Raises what matching ended with, unless that was an answer. */
static bool is_match(lua_State *L, const struct pattern *p, enum pattern_news news)
{
    switch (news) {
    case PATTERN_YES:
        return true;
    case PATTERN_NO:
        return false;
    case PATTERN_LATE:
        guard_check(L);
        return false;
    case PATTERN_BAD:
        luaL_error(L, p->fault, p->number);
        return false;
    }
    return false;
}

/* ---- Captures ---- */

/* Where capture I lies; 0 is the whole match, from AT to END, if there is none. False if it is a
 * position. */
static bool find_capture(lua_State *L, const struct pattern *p, int i, const char *at,
                         const char *end, struct span *found)
{
    const struct pattern_capture *capture = &p->captures[i];

    if (i >= (int)p->count) {
        if (i > 0)
            luaL_error(L, "invalid capture index %%%d", i + 1);
        *found = (struct span){ at, (size_t)(end - at) };
        return true;
    }
    if (capture->len == PATTERN_OPEN)
        luaL_error(L, "unfinished capture");
    *found = (struct span){ capture->at, capture->len < 0 ? 0 : (size_t)capture->len };
    return capture->len >= 0;
}

static void push_capture(lua_State *L, const struct pattern *p, int i, const char *at,
                         const char *end)
{
    struct span found;

    if (find_capture(L, p, i, at, end, &found))
        lua_pushlstring(L, found.at, found.len);
    else
        lua_pushinteger(L, found.at - p->begin + 1);
}

/* Pushes all captures, and gives their number. */
static int push_captures(lua_State *L, const struct pattern *p)
{
    luaL_checkstack(L, (int)p->count, "too many captures");
    for (int i = 0; i < (int)p->count; i++)
        push_capture(L, p, i, NULL, NULL);
    return (int)p->count;
}

/* The same, or the whole match if there is none. */
static int push_found(lua_State *L, const struct pattern *p, const char *at, const char *end)
{
    if (p->count > 0)
        return push_captures(L, p);
    push_capture(L, p, 0, at, end);
    return 1;
}

/* ---- find, match ---- */

/* Where argument INDEX, which may count from the end, says that a search in SUBJECT begins: from 0;
 * or behind its end. */
static size_t check_start(lua_State *L, int index, struct span subject)
{
    lua_Integer start = luaL_optinteger(L, index, 1);

    if (start > 0)
        return (lua_Unsigned)start - 1;
    if (start == 0 || start < -(lua_Integer)subject.len)
        return 0;
    return subject.len - (size_t)-start;
}

/* Where TEXT is in SUBJECT first, or NULL. To look for a long text by its first byte may take the
 * square of the time. */
static const char *find_text(struct span subject, struct span text)
{
    if (text.len == 0)
        return subject.at;
    if (text.len > SHORT)
        return memmem(subject.at, subject.len, text.at, text.len);
    while (subject.len >= text.len) {
        const char *found = memchr(subject.at, *text.at, subject.len - text.len + 1);

        if (found == NULL || memcmp(found, text.at, text.len) == 0)
            return found;
        subject = span_skip(subject, (size_t)(found - subject.at) + 1);
    }
    return NULL;
}

/* Looks for TEXT itself, from START on. */
static int find_plain(lua_State *L, struct span subject, size_t start, struct span text)
{
    const char *found = find_text(span_skip(subject, start), text);

    if (found == NULL) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, found - subject.at + 1);
    lua_pushinteger(L, found - subject.at + (lua_Integer)text.len);
    return 2;
}

/* The first match of TEXT at START or behind it: its place, its captures. */
static bool find_match(lua_State *L, struct pattern *p, const char **at, struct span text,
                       const char **end)
{
    bool anchored = text.len > 0 && *text.at == '^';

    if (anchored)
        return is_match(L, p, pattern_match(p, *at, text.at + 1, end));
    return is_match(L, p, pattern_search(p, at, text.at, end));
}

/* string.find(s, pattern [, init [, plain]]) */
static int find(lua_State *L)
{
    struct span subject = check_text(L, 1);
    struct span text = check_text(L, 2);
    size_t start = check_start(L, 3, subject);
    const char *at = subject.at + start;
    const char *end;
    struct pattern p;

    if (start > subject.len) {
        luaL_pushfail(L);
        return 1;
    }
    if (lua_toboolean(L, 4) || pattern_is_plain(text))
        return find_plain(L, subject, start, text);
    prepare(&p, subject, text);
    if (!find_match(L, &p, &at, text, &end)) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, at - subject.at + 1);
    lua_pushinteger(L, end - subject.at);
    return 2 + push_captures(L, &p);
}

/* string.match(s, pattern [, init]) */
static int match(lua_State *L)
{
    struct span subject = check_text(L, 1);
    struct span text = check_text(L, 2);
    size_t start = check_start(L, 3, subject);
    const char *at = subject.at + start;
    const char *end;
    struct pattern p;

    prepare(&p, subject, text);
    if (start > subject.len || !find_match(L, &p, &at, text, &end)) {
        luaL_pushfail(L);
        return 1;
    }
    return push_found(L, &p, at, end);
}

/* ---- gmatch ---- */

/* Where a walk over all matches is. An empty match just behind another one does not count. */
struct walk {
    struct pattern pattern;
    const char *at;   /* from where on the next one is looked for */
    const char *last; /* the end of the one before */
    const char *text;
};

/* Begins a walk at START, or behind the end if it is greater. */
static void begin_walk(struct walk *walk, struct span subject, struct span text, size_t start)
{
    prepare(&walk->pattern, subject, text);
    walk->at = subject.at + (start > subject.len ? subject.len + 1 : start);
    walk->last = NULL;
    walk->text = text.at;
}

/* What gmatch gives: the next match. The upvalues are the walk, the subject and the pattern. */
static int next_match(lua_State *L)
{
    struct walk *walk = lua_touserdata(L, lua_upvalueindex(1));
    const char *end;

    while (walk->at <= walk->pattern.end) {
        const char *at = walk->at;

        if (!is_match(L, &walk->pattern, pattern_search(&walk->pattern, &at, walk->text, &end)))
            break;
        if (end != walk->last) {
            walk->at = end;
            walk->last = end;
            return push_found(L, &walk->pattern, at, end);
        }
        walk->at = at + 1;
    }
    return 0;
}

/* string.gmatch(s, pattern [, init]) */
static int gmatch(lua_State *L)
{
    struct span subject = check_text(L, 1);
    struct span text = check_text(L, 2);
    size_t start = check_start(L, 3, subject);

    lua_settop(L, 2);
    begin_walk(lua_newuserdatauv(L, sizeof(struct walk), 0), subject, text, start);
    lua_insert(L, 1);
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

/* ---- gsub ---- */

/* Adds the replacement TEXT for what was found: %0 to %9 in it are captures. */
static void add_text(lua_State *L, luaL_Buffer *to, const struct walk *walk, const char *end,
                     struct span text)
{
    while (text.len > 0) {
        const char *percent = memchr(text.at, '%', text.len);
        size_t plain = percent == NULL ? text.len : (size_t)(percent - text.at);
        struct span found;

        luaL_addlstring(to, text.at, plain);
        if (percent == NULL)
            return;
        text = span_skip(text, plain + 1);
        if (text.len > 0 && *text.at == '%')
            luaL_addchar(to, '%');
        else if (text.len > 0 && *text.at == '0')
            luaL_addlstring(to, walk->at, (size_t)(end - walk->at));
        else if (text.len == 0 || !isdigit((unsigned char)*text.at))
            luaL_error(L, "invalid use of '%%' in replacement string");
        else if (find_capture(L, &walk->pattern, *text.at - '1', walk->at, end, &found))
            luaL_addlstring(to, found.at, found.len);
        else {
            lua_pushinteger(L, found.at - walk->pattern.begin + 1);
            luaL_addvalue(to);
        }
        text = span_skip(text, 1);
    }
}

/* Adds what the value at 3 says is to replace what was found, from walk->at to END. False if that
 * stays as it was. */
static bool add_replacement(lua_State *L, luaL_Buffer *to, const struct walk *walk, const char *end)
{
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, push_found(L, &walk->pattern, walk->at, end), 1);
        break;
    case LUA_TTABLE:
        push_capture(L, &walk->pattern, 0, walk->at, end);
        lua_gettable(L, 3);
        break;
    default: {
        struct span text;

        text.at = lua_tolstring(L, 3, &text.len);
        add_text(L, to, walk, end, text);
        return true;
    }
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(to, walk->at, (size_t)(end - walk->at));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(to);
    return true;
}

/* Moves the walk to the next match. What lies between is added. */
static bool go_to_next(lua_State *L, luaL_Buffer *to, struct walk *walk, bool anchored,
                       const char **end)
{
    struct pattern *p = &walk->pattern;
    const char *at = walk->at;
    bool found;

    if (anchored)
        return is_match(L, p, pattern_match(p, at, walk->text, end));
    do {
        found = is_match(L, p, pattern_search(p, &at, walk->text, end));
    } while (found && *end == walk->last && at++ < p->end);
    if (!found || at > p->end)
        return false;
    luaL_addlstring(to, walk->at, (size_t)(at - walk->at));
    walk->at = at;
    return true;
}

/* string.gsub(s, pattern, replacement [, most]) */
static int gsub(lua_State *L)
{
    struct span subject = check_text(L, 1);
    struct span text = check_text(L, 2);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)subject.len + 1);
    bool anchored = text.len > 0 && *text.at == '^';
    lua_Integer count = 0;
    bool changed = false;
    const char *end;
    struct walk walk;
    luaL_Buffer to;

    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE ||
                         type == LUA_TFUNCTION,
                     3, "string/function/table");
    begin_walk(&walk, subject, text, 0);
    walk.text += anchored ? 1 : 0;
    luaL_buffinit(L, &to);
    while (count < most && go_to_next(L, &to, &walk, anchored, &end)) {
        count++;
        changed |= add_replacement(L, &to, &walk, end);
        walk.at = end;
        walk.last = end;
        if (anchored)
            break;
    }
    if (changed) {
        luaL_addlstring(&to, walk.at, (size_t)(walk.pattern.end - walk.at));
        luaL_pushresult(&to);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

void lua_match_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "find", find }, { "match", match }, { "gmatch", gmatch },
        { "gsub", gsub }, { NULL, NULL },
    };

    lua_getglobal(L, LUA_STRLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
