/* Cookies: a script finds exactly those that a second reader finds, who shares no code with the
 * first, however many fields they are spread over, whatever their names. The first line of an input
 * is the name that is asked for, each other one the value of a field; those with too many lines are
 * passed over. */
#include "base/buf.h"
#include "http/parse.h"
#include "script/lua_request.h"
#include "vm/vm.h"

#include "cuts.h"
#include "reader.h"

#include <assert.h>

enum { FIELDS_MAX = 50, SIZE_OF_INPUT_MAX = 8192 };

/* What the script does: the cookie that is asked for, and all of the fields. */
static const char script[] = "local req, name = ...\n"
                             "return req.cookies[name], req.headers.cookie\n";

/* A state in which a function to be called is at 2, and the request at 3. */
struct scene {
    struct vm vm;
    struct lua_request request;
};

static void begin(struct scene *s)
{
    assert(vm_open(&s->vm, VM_MEMORY, false) == OK);
    assert(luaL_loadstring(s->vm.L, script) == LUA_OK);
    lua_request_init(s->vm.L, &s->request, false, 0);
    lua_request_push(s->vm.L, &s->request);
}

/* The value of the first pair called NAME in FIELD. What has no equals sign is no pair. */
static bool find_in(struct reader_text field, struct reader_text name, struct reader_text *value)
{
    struct reader_text rest = field;
    bool more = true;

    while (more) {
        struct reader_text pair;
        struct reader_text key;

        more = reader_cut(&rest, ";", &pair);
        if (!more)
            pair = rest;
        pair = reader_trim(pair);
        if (reader_cut(&pair, "=", &key) && reader_same(key, name)) {
            *value = pair;
            return true;
        }
    }
    return false;
}

/* What should be found among the COUNT fields at FIELDS, and what they are together. */
static bool find(const struct reader_text *fields, size_t count, struct reader_text name,
                 struct reader_text *value)
{
    for (size_t i = 0; i < count; i++)
        if (find_in(reader_trim(fields[i]), name, value))
            return true;
    return false;
}

/* The string at the stack's INDEX, without bytes if it is nil. */
static struct reader_text text_at(lua_State *L, int index)
{
    struct reader_text text = { NULL, 0 };

    if (!lua_isnil(L, index))
        text.at = lua_tolstring(L, index, &text.len);
    return text;
}

/* Asks the script for NAME in a request whose head is BYTES, and compares. */
static void ask(struct scene *s, struct head *head, struct reader_text name,
                const struct reader_text *fields, size_t count)
{
    static const struct addr client = { .v4 = { .sin_family = AF_INET } };
    struct visit visit = { .request = head, .client = &client };
    lua_State *L = s->vm.L;
    struct reader_text expected;
    struct reader_text found;
    struct reader_text all;
    bool there = find(fields, count, name, &expected);
    int top = lua_gettop(L);
    size_t length = 0;

    lua_request_enter(&s->request, &visit);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_pushlstring(L, name.at, name.len);
    assert(vm_call(&s->vm, 2, 2) == OK);
    lua_request_leave(&s->request);
    found = text_at(L, -2);
    all = text_at(L, -1);
    assert((found.at != NULL) == there);
    assert(!there || reader_same(found, expected));
    for (size_t i = 0; i < count; i++)
        length += reader_trim(fields[i]).len + (i > 0 ? 2 : 0);
    assert((all.at != NULL) == (count > 0) && all.len == length);
    lua_pop(L, 2);
    assert(lua_gettop(L) == top);
    vm_rest(&s->vm);
}

/* Writes the head of a request with FIELDS, in any spelling of their name, and other ones. */
static size_t write_head(char *to, const struct reader_text *fields, size_t count)
{
    static const char *const names[] = { "Cookie: ", "cookie:", "X-Cookie: a=b\r\nCOOKIE: \t" };
    char *start = to;

    to = stpcpy(to, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (size_t i = 0; i < count; i++) {
        to = stpcpy(to, names[i % 3]);
        memcpy(to, fields[i].at, fields[i].len);
        to = stpcpy(to + fields[i].len, "\r\n");
    }
    return (size_t)(stpcpy(to, "\r\n") - start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct parse_limits limits = { .head = BUF_SIZE - 1, .fields = 2 * FIELDS_MAX };
    static const struct config_allow nothing = { .trace = false };
    static char bytes[SIZE_OF_INPUT_MAX + FIELDS_MAX * 40];
    static struct scene scene;
    struct reader_text rest = { (const char *)data, size };
    struct reader_text fields[FIELDS_MAX];
    struct reader_text name;
    struct arena arena = { .blocks = NULL };
    struct parse parse;
    struct head head;
    enum err err;
    size_t count = 0;

    if (scene.vm.L == NULL)
        begin(&scene);
    if (size == 0 || size > SIZE_OF_INPUT_MAX || !reader_cut(&rest, "\n", &name))
        return 0;
    while (count + 1 < FIELDS_MAX && reader_cut(&rest, "\n", &fields[count]))
        count++;
    fields[count++] = rest;
    if (memchr(rest.at, '\n', rest.len) != NULL)
        return 0;
    size = write_head(bytes, fields, count);
    parse_begin(&parse);
    if (parse_scan(&parse, (struct span){ bytes, size }, &limits, &err) == PARSE_HEAD &&
        parse.seen == size &&
        parse_request(&head, &arena, (struct span){ bytes, size }, &nothing) == OK)
        ask(&scene, &head, name, fields, count);
    arena_fini(&arena);
    return 0;
}
