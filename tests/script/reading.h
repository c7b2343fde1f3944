/* A configuration read from a script, and what is wrong with it. */
#ifndef TESTS_SCRIPT_READING_H
#define TESTS_SCRIPT_READING_H

#include "vm/scripts.h"

#include "conf/fault.h"
#include "script/lua_config.h"

struct reading {
    struct vm vm;
    struct config config;
    struct faults faults;
    char complaints[2048]; /* "3: listen: ...", a line each; the line is 0 if it is not known */
};

/* Reads what the script TEXT returns. */
static inline void reading_begin(struct reading *r, const char *text)
{
    size_t len = 0;

    *r = (struct reading){ .faults = { .count = 0 } };
    script_begin(&r->vm);
    ck_assert_int_eq(script_run(&r->vm, text), OK);
    config_init(&r->config);
    lua_config_read(&r->vm, span_of(text), &r->config, &r->faults);
    for (unsigned i = 0; i < r->faults.count; i++)
        len += (size_t)snprintf(r->complaints + len, sizeof r->complaints - len, "%u: %s\n",
                                r->faults.list[i].line, r->faults.list[i].text);
}

static inline void reading_end(struct reading *r)
{
    config_fini(&r->config);
    fault_clear(&r->faults);
    lua_pop(r->vm.L, 1);
    script_end(&r->vm);
}

/* Does reading TEXT give exactly these COMPLAINTS? */
static inline void reading_check(const char *text, const char *complaints)
{
    struct reading r;

    reading_begin(&r, text);
    ck_assert_msg(strcmp(r.complaints, complaints) == 0, "%s\ngives\n%sinstead of\n%s", text,
                  r.complaints, complaints);
    reading_end(&r);
}

#endif
