/* A script that chooses, as luaproxy loads it, without any network. */
#ifndef TESTS_BENCH_CHOOSER_H
#define TESTS_BENCH_CHOOSER_H

#include "balance/facts.h"
#include "conf/config.h"
#include "http/head.h"
#include "script/lua_script.h"

#include <arpa/inet.h>

/* How many clients there are. */
enum { CHOOSER_CLIENTS = 5000 };

struct chooser {
    struct vm vm;
    struct config config;
    struct ledger ledger;
    struct counters counters;
    struct pool pool;
    struct clock clock;
    struct deadlines deadlines;
    struct lua_script script;
    struct arena arena;
    struct head request;
    struct addr client;
    struct visit visit; /* the last one */
};

/* Ends the program: WHAT has failed, and WHY. */
_Noreturn void chooser_fail(const char *what, const char *why);

/* Loads the script whose path and arguments are the COUNT words in WORDS. */
void chooser_load(struct chooser *c, char **words, int count);

/* The choice for request NUMBER, which comes from one of many clients, ten microseconds after the
 * one before it. */
struct backend *chooser_pick(struct chooser *c, uint64_t number);

#endif
