/*
 * settings: what the command line asks for.
 */
#include "settings.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recipe.h"
#include "slice.h"

static const struct option options[] = {
    { "host", required_argument, NULL, 'a' },   { "port", required_argument, NULL, 'p' },
    { "number", required_argument, NULL, 'n' }, { "header", required_argument, NULL, 'H' },
    { "delay", required_argument, NULL, 'd' },  { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },         { 0 },
};

static const char help[] =
    "Usage: echo [OPTION]... [PORT [TEXT]]\n"
    "\n"
    "A backend to try a proxy with. It answers every request with a greeting, TEXT or \"Hello\n"
    "world from server 1\", and misbehaves in many ways if the path asks for it.\n"
    "\n"
    "  --host=ADDRESS       address to listen at (127.0.0.1)\n"
    "  --port=PORT          port to listen at; 0 takes a free one (8081)\n"
    "  --number=N           number of the server in its greeting (1)\n"
    "  --header=FIELD       adds \"NAME: VALUE\" to every answer; may come again\n"
    "  --delay=SECONDS      waits before every answer\n"
    "  --quiet              does not print \"listening on ADDRESS:PORT\"\n"
    "  --help               prints this\n"
    "\n"
    "Byte i of a generated body is \"0123456789abcdef\"[i % 16]. A request that is not "
    "well-formed, or\n"
    "could be understood in two ways, is refused with 400 and the reason.\n"
    "\n";

__attribute__((noreturn)) static void fail(const char *mistake, const char *text)
{
    fprintf(stderr, "echo: %s: %s (try --help)\n", mistake, text);
    exit(2);
}

static void set_port(struct settings *s, const char *text)
{
    uint64_t port;

    if (!slice_number(slice_of(text), &port) || port > 65535)
        fail("not a port", text);
    s->port = (int)port;
}

static void set_delay(struct settings *s, const char *text)
{
    if (!slice_seconds(slice_of(text), &s->delay))
        fail("not a delay in seconds", text);
}

static void set_greeting(struct settings *s, const char *start, const char *text)
{
    int n = snprintf(s->greeting, sizeof s->greeting, "%s%s\n", start, text);

    if (n >= (int)sizeof s->greeting)
        fail("greeting too long", text);
}

static void add_field(struct settings *s, const char *text)
{
    size_t room = sizeof s->fields - s->fields_len;
    int n;

    if (strchr(text, ':') == NULL)
        fail("not a field, NAME: VALUE", text);
    n = snprintf(s->fields + s->fields_len, room, "%s\r\n", text);
    if (n >= (int)room)
        fail("too many fields, there is no room for", text);
    s->fields_len += (size_t)n;
}

__attribute__((noreturn)) static void print_help(void)
{
    fputs(help, stdout);
    recipe_print_help(stdout);
    exit(0);
}

static void set_option(struct settings *s, int option)
{
    switch (option) {
    case 'a':
        s->host = optarg;
        break;
    case 'p':
        set_port(s, optarg);
        break;
    case 'n':
        set_greeting(s, "Hello world from server ", optarg);
        break;
    case 'H':
        add_field(s, optarg);
        break;
    case 'd':
        set_delay(s, optarg);
        break;
    case 'q':
        s->quiet = true;
        break;
    case 'h':
        print_help();
    default:
        exit(2); /* getopt_long has said why */
    }
}

void settings_read(struct settings *s, int argc, char **argv)
{
    int option;

    *s = (struct settings){ .host = "127.0.0.1", .port = 8081 };
    set_greeting(s, "Hello world from server ", "1");

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        set_option(s, option);

    if (optind < argc)
        set_port(s, argv[optind++]);
    if (optind < argc)
        set_greeting(s, "", argv[optind++]);
    if (optind < argc)
        fail("one argument too many", argv[optind]);
}
