/* The command line. */
#include "app/options.h"

#include "conf/nearest.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: luaproxy [options] [SCRIPT [ARG...]]\n"
    "\n"
    "Balances HTTP requests over backends as SCRIPT says; without one, as\n"
    "scripts/roundrobin.lua does. The words behind SCRIPT reach it as `...`;\n"
    "the scripts that come with luaproxy take [LISTEN [BACKEND...]].\n"
    "\n"
    "  --check            load and check the script, say what was understood, exit\n"
    "  --watch            load the script anew when its files change, as SIGHUP does\n"
    "  --log-level LEVEL  error, warn, info or access (the default)\n"
    "  --unsafe           let the script reach files, processes, debug, C libraries\n"
    "  --help             this text\n"
    "  --version          the version\n"
    "\n"
    "  luaproxy scripts/roundrobin.lua :8080 localhost:9001 localhost:9002\n";

static const char *const names[] = { "--check",  "--watch", "--log-level",
                                     "--unsafe", "--help",  "--version" };

static enum options_news bad_option(const char *option)
{
    const char *meant = nearest_word(option, names, sizeof names / sizeof names[0]);

    fprintf(stderr, "luaproxy: unknown option %s%s%s; see luaproxy --help\n", option,
            meant != NULL ? ", did you mean " : "", meant != NULL ? meant : "");
    return OPTIONS_BAD;
}

static enum options_news bad_level(const char *level)
{
    fprintf(stderr, "luaproxy: --log-level must be error, warn, info or access, not \"%s\"\n",
            level != NULL ? level : "");
    return OPTIONS_BAD;
}

/* The value of the option at *I if its name is NAME: behind `=`, or the next word. False if it is
 * another one. */
static bool has_value(char **argv, int *i, const char *name, const char **value)
{
    size_t len = strlen(name);

    if (strncmp(argv[*i], name, len) != 0)
        return false;
    if (argv[*i][len] == '=') {
        *value = argv[*i] + len + 1;
        return true;
    }
    if (argv[*i][len] != '\0')
        return false;
    *value = argv[*i + 1];
    if (*value != NULL)
        ++*i;
    return true;
}

/* Sets what OPTION asks for; false if it is none of those that only say yes. */
static bool set_flag(struct options *options, const char *option)
{
    if (strcmp(option, "--check") == 0)
        options->check = true;
    else if (strcmp(option, "--watch") == 0)
        options->watch = true;
    else if (strcmp(option, "--unsafe") == 0)
        options->unsafe = true;
    else
        return false;
    return true;
}

static enum options_news read_option(struct options *options, char **argv, int *i)
{
    const char *value;

    if (strcmp(argv[*i], "--help") == 0 || strcmp(argv[*i], "-h") == 0) {
        fputs(help, stdout);
        return OPTIONS_DONE;
    }
    if (strcmp(argv[*i], "--version") == 0) {
        puts("luaproxy " LUAPROXY_VERSION);
        return OPTIONS_DONE;
    }
    if (set_flag(options, argv[*i]))
        return OPTIONS_RUN;
    if (!has_value(argv, i, "--log-level", &value))
        return bad_option(argv[*i]);
    if (value == NULL || !log_level_of(span_of(value), &options->level))
        return bad_level(value);
    return OPTIONS_RUN;
}

enum options_news options_read(struct options *options, int argc, char **argv)
{
    int i;

    *options = (struct options){ .level = LOG_ACCESS };
    for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        enum options_news news;

        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        news = read_option(options, argv, &i);
        if (news != OPTIONS_RUN)
            return news;
    }
    if (i < argc)
        options->script = argv[i++];
    options->args = argv + i;
    options->arg_count = argc - i;
    return OPTIONS_RUN;
}
