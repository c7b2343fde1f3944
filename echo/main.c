/*
 * echo: a backend to try a proxy with. This file only puts the parts together:
 *
 *     server      accepts                     request  body           reading
 *     connection  wakes a talk                answer  recipe          deciding
 *     talk        request, answer, in turn    reply  content          answering
 */
#include <ev.h>
#include <signal.h>
#include <sys/resource.h>

#include "server.h"
#include "settings.h"

static void on_signal(struct ev_loop *loop, struct ev_signal *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* As many connections as the system allows. */
static void raise_file_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
    static struct settings settings;
    static struct server server;
    struct ev_loop *loop;
    struct ev_signal interrupted;
    struct ev_signal terminated;

    settings_read(&settings, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();

    loop = ev_default_loop(0);
    if (loop == NULL)
        return 1;
    ev_signal_init(&interrupted, on_signal, SIGINT);
    ev_signal_init(&terminated, on_signal, SIGTERM);
    ev_signal_start(loop, &interrupted);
    ev_signal_start(loop, &terminated);
    if (!server_start(&server, loop, &settings))
        return 1;

    ev_run(loop, 0);
    return 0;
}
