/* luaproxy: an HTTP reverse proxy and load balancer that is programmed in Lua. */
#include "app/load.h"
#include "app/options.h"
#include "app/places.h"
#include "app/worker.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char default_script[] = "scripts/roundrobin.lua";

/* Takes the numbers of standard input, output and error if they are free: whatever is opened later
 * would get them otherwise, and with them all that is logged. */
static void take_standard_numbers(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static int run(const struct options *options, const char *script)
{
    struct loaded loaded;
    enum err err;
    int code = 0;

    log_set_level(options->level);
    err = load_script(&loaded, script, options->args, options->arg_count, options->unsafe);
    log_flush(); /* what the script has printed */
    if (err != OK)
        return 1;
    if (options->check)
        load_print(&loaded);
    else
        code = worker_run(&loaded);
    load_undo(&loaded);
    log_flush();
    return code;
}

int main(int argc, char **argv)
{
    struct options options;
    char *found = NULL;
    int code;

    take_standard_numbers();
    switch (options_read(&options, argc, argv)) {
    case OPTIONS_RUN:
        break;
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_BAD:
        return 2;
    }
    if (options.script == NULL) {
        found = places_find(default_script);
        if (found == NULL) {
            fprintf(stderr, "luaproxy: %s is neither beside the binary nor installed\n",
                    default_script);
            return 1;
        }
        options.script = found;
    }
    code = run(&options, options.script);
    mem_free(found);
    return code;
}
