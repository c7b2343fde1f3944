/* luaproxy: an HTTP reverse proxy and load balancer that is programmed in Lua. */
#include "app/load.h"
#include "app/options.h"
#include "app/places.h"
#include "app/trial.h"
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

/* Says what was understood of the script, and tries it. */
static int check(struct loaded *loaded)
{
    enum err err;

    load_print(loaded);
    err = trial_run(loaded);
    load_undo(loaded);
    mem_free(loaded);
    return err == OK ? 0 : 1;
}

/* From the time that others wait for us on, we wait for nobody who reads the log; but at the end,
 * for a while. */
static int serve(struct loaded *loaded, bool watched)
{
    int code;

    log_never_wait();
    code = worker_run(loaded, watched);
    log_end(1);
    return code;
}

static int run(const struct options *options, const struct source *source)
{
    struct loaded *loaded = mem_new(sizeof *loaded);
    enum err err;
    int code;

    log_set_level(options->level);
    err = load_script(loaded, source, stderr);
    log_flush(); /* what the script has printed */
    if (err != OK) {
        mem_free(loaded);
        return 1;
    }
    if (options->check)
        code = check(loaded);
    else
        code = serve(loaded, options->watch);
    log_flush();
    return code;
}

int main(int argc, char **argv)
{
    struct options options;
    struct source source;
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
    source = (struct source){ options.script, options.args, options.arg_count, options.unsafe };
    code = run(&options, &source);
    mem_free(found);
    return code;
}
