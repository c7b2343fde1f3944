/* The answer of a hook. */
#include "script/lua_reply.h"

#include "http/reason.h"
#include "script/lua_headers.h"

static unsigned read_status(lua_State *L, int table)
{
    lua_Integer status;
    int is_whole;

    lua_getfield(L, table, "status");
    status = lua_tointegerx(L, -1, &is_whole);
    if (!is_whole || status < 200 || status > 599)
        luaL_error(L, "an answer needs a status from 200 to 599");
    lua_pop(L, 1);
    return (unsigned)status;
}

static void read_headers(lua_State *L, int table, struct head *head)
{
    if (lua_getfield(L, table, "headers") == LUA_TTABLE) {
        for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING)
                luaL_error(L, "the name of a header must be a string, not a %s",
                           luaL_typename(L, -2));
            lua_headers_set(L, head, lua_gettop(L) - 1, lua_gettop(L));
        }
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "the headers of an answer must be a table, not a %s", luaL_typename(L, -1));
    }
    lua_pop(L, 1);
}

static struct span read_body(lua_State *L, int table, struct arena *arena)
{
    struct span body = { "", 0 };

    lua_getfield(L, table, "body");
    if (lua_isstring(L, -1))
        body.at = lua_tolstring(L, -1, &body.len);
    else if (!lua_isnil(L, -1))
        luaL_error(L, "the body of an answer must be a string, not a %s", luaL_typename(L, -1));
    if (body.len > LUA_REPLY_BODY_MAX)
        luaL_error(L, "the body of an answer has more than %d bytes", LUA_REPLY_BODY_MAX);
    body = arena_copy(arena, body);
    lua_pop(L, 1);
    return body;
}

static bool has_type(const struct head *head)
{
    for (unsigned i = 0; i < head->count; i++)
        if (!head->fields[i].gone && span_eq_case(head->fields[i].name, SPAN("Content-Type")))
            return true;
    return false;
}

/* Says how BODY ends. An answer that has none by its status gets none. */
static void frame(struct head *head, struct span *body)
{
    if (head_is_bodiless(head) || head->status == 205)
        *body = (struct span){ "", 0 };
    head->body = head_is_bodiless(head) ? BODY_NONE : BODY_LENGTH;
    head->length = body->len;
    if (body->len > 0 && !has_type(head))
        head_add(head, FIELD_OTHER, SPAN("Content-Type"), SPAN("text/plain"));
}

void lua_reply_read(lua_State *L, int table, struct arena *arena, struct head **head,
                    struct span *body)
{
    struct head *h = arena_take(arena, sizeof *h);

    head_init(h, arena, 8);
    h->status = read_status(L, table);
    h->reason = reason_of(h->status);
    h->minor = 1;
    read_headers(L, table, h);
    *body = read_body(L, table, arena);
    frame(h, body);
    *head = h;
}
