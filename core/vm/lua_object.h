/* Objects through which scripts see what belongs to C: their fields are functions of C. */
#ifndef VM_LUA_OBJECT_H
#define VM_LUA_OBJECT_H

#include <lua.h>

/* What objects of one kind have in common. The first upvalue of all functions is the pointer to
 * what the object shows. */
struct lua_object {
    const char *name;    /* what getmetatable says: scripts cannot have the metatable itself */
    lua_CFunction index; /* object.KEY */
    lua_CFunction set;   /* object.KEY = VALUE */
    lua_CFunction call;  /* object(...); NULL: it cannot be called */
};

/* Pushes a new object of KIND that shows what POINTER points to, and pops the value at the top of
 * the stack, which becomes the second upvalue of `index`. As long as the object is there, so is the
 * value at the stack's index OWNER, in which that may be; 0: it outlives the state. May raise an
 * error for lack of memory. */
void lua_object_push_new(lua_State *L, const struct lua_object *kind, void *pointer, int owner);

#endif
