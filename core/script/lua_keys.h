/* Tables with known keys: reads one, and complains of whatever is not as it must be.
 *
 * Each table of a configuration has its list of keys. A key says what its value must be, and who
 * takes it.
 */
#ifndef SCRIPT_LUA_KEYS_H
#define SCRIPT_LUA_KEYS_H

#include "base/span.h"
#include "conf/config.h"
#include "conf/fault.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

/* A table being read. */
struct lua_keys {
    lua_State *L;
    struct span source; /* of the script, for the numbers of lines */
    struct faults *faults;
    const char *where;        /* the name of the table, for complaints; "" for the outermost */
    unsigned line;            /* where it begins; 0 if that is not known */
    struct config *config;    /* what is being filled, */
    struct config_pool *pool; /* and which pool of it */
};

struct key {
    const char *name;
    /* Takes the value, which is at the top of the stack, and leaves it there. */
    void (*take)(struct lua_keys *keys, const struct key *key);
    void *into;
    double low; /* of a number */
    double high;
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Adds a complaint about the line LINE, which names the table. */
void lua_keys_complain(struct lua_keys *keys, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The line on which the table assigns to KEY, or on which it begins. */
unsigned lua_keys_line(const struct lua_keys *keys, const char *key);

/* The line with the string TEXT in the table, or on which it begins. */
unsigned lua_keys_line_of_text(const struct lua_keys *keys, const char *text);

/* The line where the string TEXT stands for the second time in the table, or else where it
 * stands. */
unsigned lua_keys_line_of_second(const struct lua_keys *keys, const char *text);

/* The string at the top of the stack; "" if it is none, or one with a NUL in it. */
const char *lua_keys_text(const struct lua_keys *keys);

/* Takers: a number into a double, a whole number into an unsigned or a uint64_t, true or false into
 * a bool. */
void lua_keys_number(struct lua_keys *keys, const struct key *key);
void lua_keys_count(struct lua_keys *keys, const struct key *key);
void lua_keys_size(struct lua_keys *keys, const struct key *key);
void lua_keys_bool(struct lua_keys *keys, const struct key *key);

/* Is the value at the top of the stack a function? Complains if not. */
bool lua_keys_function(struct lua_keys *keys, const struct key *key);

/* Takers: a function, which stays where it is; anything, which is looked at elsewhere. */
void lua_keys_take_function(struct lua_keys *keys, const struct key *key);
void lua_keys_leave(struct lua_keys *keys, const struct key *key);

/* Has the table at the stack's index TABLE the field NAME? */
bool lua_keys_has(lua_State *L, int table, const char *name);

/* Pushes the value of KEY in the table at the top of the stack; false if it is nil. */
bool lua_keys_push(struct lua_keys *keys, const struct key *key);

/* Reads the table at the top of the stack, whose names must be among the COUNT ones in LIST. The
 * whole numbers from 1 to ELEMENTS are allowed too, and left to the caller. */
void lua_keys_read(struct lua_keys *keys, const struct key *list, size_t count,
                   lua_Integer elements);

/* The same for a table that is the value of KEY: complains if it is none. */
void lua_keys_read_inner(struct lua_keys *keys, const struct key *key, const struct key *list,
                         size_t count);

/* The same, but it may have any other names besides. */
void lua_keys_read_known(struct lua_keys *keys, const struct key *key, const struct key *list,
                         size_t count);

#endif
