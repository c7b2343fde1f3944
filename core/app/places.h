/* Where the files are that come with luaproxy: beside the binary, else in ../share/luaproxy. */
#ifndef APP_PLACES_H
#define APP_PLACES_H

/* The path of NAME ("scripts/roundrobin.lua", "lua"), to be freed with mem_free; NULL if it is
 * nowhere. */
char *places_find(const char *name);

#endif
