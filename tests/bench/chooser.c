/* A script that chooses, without any network. */
#include "chooser.h"

#include "conf/fault.h"
#include "script/lua_config.h"
#include "vm/lua_core.h"
#include "script/lua_wait.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>

void chooser_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void read_script(struct chooser *c, char **words, int count)
{
    struct faults faults = { .count = 0 };

    if (vm_open(&c->vm, VM_MEMORY, false) != OK || lua_wait_open(&c->vm) != OK)
        chooser_fail(words[0], "no memory for a state");
    if (vm_set_path(&c->vm, words[0], "lua") != OK ||
        vm_run_file(&c->vm, words[0], words + 1, count - 1) != OK)
        chooser_fail(words[0], lua_tostring(c->vm.L, -1));
    config_init(&c->config);
    lua_config_read(&c->vm, SPAN(""), &c->config, &faults);
    if (faults.count > 0)
        chooser_fail(words[0], faults.list[0].text);
    if (!c->config.pools[0].picks)
        chooser_fail(words[0], "there is no pick");
}

void chooser_load(struct chooser *c, char **words, int count)
{
    *c = (struct chooser){ .clock = { .now = 1 } };
    read_script(c, words, count);
    ledger_init(&c->ledger, NULL, NULL);
    pool_init(&c->pool, c->config.pools, &c->ledger, &c->counters, c->clock.now);
    deadlines_init(&c->deadlines, ev_loop_new(EVFLAG_AUTO), &c->clock);
    if (lua_script_init(&c->script, &c->vm, &c->config, &c->pool, &c->deadlines, NULL, 1) != OK)
        chooser_fail(words[0], lua_tostring(c->vm.L, -1));
    lua_core_set_clock(c->vm.L, &c->clock);
    head_init(&c->request, &c->arena, 1);
    c->request.method = SPAN("GET");
    c->request.target = SPAN("/some/path");
    c->client.v4.sin_family = AF_INET;
}

struct backend *chooser_pick(struct chooser *c, uint64_t number)
{
    struct ask ask = { .visit = &c->visit };
    struct backend *chosen;

    c->client.v4.sin_addr.s_addr = htonl(0x0a000000 + (uint32_t)(number % CHOOSER_CLIENTS));
    c->clock.now = 1 + (double)number * 1e-5;
    c->visit = (struct visit){ .request = &c->request,
                               .client = &c->client,
                               .number = number,
                               .attempt = 1,
                               .now = c->clock.now };
    chosen = pool_pick(&c->pool, &ask, NULL, 0);
    if (chosen == NULL)
        chooser_fail("pick", "nobody was chosen");
    return chosen;
}
