/* A whole exchange, both ends of it hostile: clients, exchanges, attempts and kept-open connections
 * are the real ones, on a kernel in memory; an input says what the others do, and when.
 *
 * It is a text. A line is something that happens, and the proxy has done what it does about it
 * before the next, unless that begins with a blank. A letter says what, a digit who:
 *
 *   >0 BYTES   client 0 says BYTES; it connects first if it has to     <0 BYTES  so does a backend
 *   *0 N       client 0 says N bytes of a pattern                      /0 N
 *   )0         client 0 says nothing more (FIN)                        (0
 *   }0         client 0 goes away (FIN, and RST to what it is sent)    {0
 *   ]0         client 0 resets its connection                          [0
 *   n0 N       client 0 holds N bytes at most that it has not read     N0 N
 *   r0 N       client 0 reads N bytes                                  R0 N
 *   a0         the connection to backend 0 is accepted                 f0        is refused
 *   =0 N       backend 0 from now on takes connections as door N of enum door
 *   t N        time passes: the longer, the greater N
 *   d, c, e, m the proxy drains; is crowded, or not; has no descriptors, or has; makes place
 *   ! LETTERS  options, a letter and a digit each, before anything else: see house.c
 *
 * Backends are numbered by their connections that are open, the oldest first. In BYTES | stands for
 * CRLF, and \n \r \t \0 \f (0xff) \| \\ for what they say. */
#include "exchange/house.h"
#include "exchange/judge.h"
#include "exchange/kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So many connections of clients are open at most. */
enum { CLIENTS_MAX = 6, PATTERN_MAX = 300000, SIZE_OF_INPUT_MAX = 8192 };

struct play {
    struct house house;
    struct wire *clients[CLIENTS_MAX];
    bool started;
    struct options options;
};

/* One line, taken apart. */
struct event {
    char what;
    unsigned who;
    const char *rest;
    size_t len;
};

static char decode_escape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '0':
        return '\0';
    case 'f':
        return '\xff';
    default:
        return c;
    }
}

/* Has WIRE say what the text AT stands for. */
static void say_text(struct wire *wire, const char *at, size_t len)
{
    static char bytes[2 * SIZE_OF_INPUT_MAX];
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        if (at[i] == '|')
            bytes[count++] = '\r';
        if (at[i] == '\\' && i + 1 < len)
            bytes[count++] = decode_escape(at[++i]);
        else
            bytes[count++] = at[i] == '|' ? '\n' : at[i];
    }
    wire_say(wire, bytes, count);
}

static size_t number_of(const struct event *e, size_t most)
{
    size_t number = 0;

    for (size_t i = 0; i < e->len && e->rest[i] >= '0' && e->rest[i] <= '9'; i++)
        if (number <= most)
            number = 10 * number + (size_t)(e->rest[i] - '0');
    return number < most ? number : most;
}

static void say_pattern(struct wire *wire, size_t len)
{
    static char pattern[PATTERN_MAX];

    if (pattern[0] == '\0')
        for (size_t i = 0; i < sizeof pattern; i++)
            pattern[i] = "0123456789abcdefg"[i % 17];
    wire_say(wire, pattern, len);
}

/* The client that E is about, or NULL. It comes if it is not there and E has it say something. */
static struct wire *client_of(struct play *play, const struct event *e)
{
    struct wire **client = &play->clients[e->who % CLIENTS_MAX];
    int fd;

    if (*client != NULL && !(*client)->closed)
        return *client;
    *client = NULL;
    if (e->what != '>' && e->what != '*')
        return NULL;
    fd = kernel_connect(play->house.came + 1);
    if (fd < 0)
        return NULL;
    *client = &kernel.wires[fd - WIRE_FD];
    house_let_in(&play->house, fd, (*client)->number);
    return *client;
}

/* The connection to a backend that E is about, or NULL. */
static struct wire *backend_of(const struct event *e)
{
    struct wire *open[WIRES_MAX];
    unsigned count = 0;

    for (unsigned i = 0; i < kernel.count; i++)
        if (kernel.wires[i].backend && !kernel.wires[i].closed)
            open[count++] = &kernel.wires[i];
    return count > 0 ? open[e->who % count] : NULL;
}

static void take(struct wire *wire, size_t n)
{
    size_t left = wire->heard.len - wire->taken;

    wire->taken += n < left ? n : left;
}

/* What one end of a connection does. */
static void act(struct wire *wire, const struct event *e)
{
    switch (e->what) {
    case '>':
    case '<':
        say_text(wire, e->rest, e->len);
        break;
    case '*':
    case '/':
        say_pattern(wire, number_of(e, PATTERN_MAX));
        break;
    case '}':
    case '{':
        wire->gone = true;
        wire->fin = true;
        break;
    case ')':
    case '(':
        wire->fin = true;
        break;
    case ']':
    case '[':
        wire->reset = true;
        break;
    case 'n':
    case 'N':
        wire->holds = 1 + number_of(e, 100000);
        break;
    case 'r':
    case 'R':
        take(wire, number_of(e, PATTERN_MAX));
        break;
    }
}

static void settle_connecting(struct wire *wire, int error)
{
    if (wire->connecting)
        wire->error = error;
    wire->connecting = false;
}

static void pass_time(struct play *play, const struct event *e)
{
    static const double lengths[] = { 0.02, 0.3, 1.1, 2.1, 5.1, 10.1, 31, 61, 400, 4000 };

    house_wait(&play->house, lengths[number_of(e, 9)]);
}

/* What concerns the proxy alone. */
static void change(struct play *play, const struct event *e)
{
    struct house *h = &play->house;

    switch (e->what) {
    case 't':
        pass_time(play, e);
        break;
    case 'd':
        h->env.draining = true;
        clients_drain(&h->clients);
        break;
    case 'c':
        h->env.crowded = !h->env.crowded;
        break;
    case 'e':
        kernel.exhausted = !kernel.exhausted;
        break;
    case 'm':
        clients_make_place(&h->clients);
        break;
    case '=':
        kernel.doors[e->who % BACKENDS_MAX] = (enum door)number_of(e, DOOR_NO_PORTS);
        break;
    }
}

static void happen(struct play *play, const struct event *e)
{
    struct wire *wire = NULL;

    if (strchr(">*)}]nr", e->what) != NULL)
        wire = client_of(play, e);
    else if (strchr("</({[NRaf", e->what) != NULL)
        wire = backend_of(e);
    else
        change(play, e);
    if (wire == NULL)
        return;
    if (e->what == 'a' || e->what == 'f')
        settle_connecting(wire, e->what == 'f' ? ECONNREFUSED : 0);
    else if (!wire->connecting)
        act(wire, e);
}

/* Takes options from a line of them; they are too late when something has happened. */
static void take_options(struct play *play, const struct event *e)
{
    for (size_t i = 0; i + 1 < e->len; i++)
        if (e->rest[i] >= 'a' && e->rest[i] <= 'z' && e->rest[i + 1] >= '0' &&
            e->rest[i + 1] <= '9')
            play->options.of[(unsigned char)e->rest[i]] = (unsigned)(e->rest[i + 1] - '0');
}

static void perform(struct play *play, const char *line, size_t len)
{
    bool at_once = len > 0 && *line == ' ';
    struct event e;

    line += at_once;
    len -= at_once;
    if (len == 0 || *line == '\0')
        return;
    e = (struct event){ .what = *line, .rest = line + 1, .len = len - 1 };
    if (e.len > 0 && *e.rest >= '0' && *e.rest <= '9') {
        e.who = (unsigned)(*e.rest++ - '0');
        e.len--;
    }
    if (e.len > 0 && *e.rest == ' ') {
        e.rest++;
        e.len--;
    }
    if (e.what == '!' && !play->started) {
        take_options(play, &e);
        return;
    }
    if (!play->started)
        house_begin(&play->house, &play->options);
    play->started = true;
    if (!at_once)
        house_settle(&play->house);
    happen(play, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct play play;
    const char *at = (const char *)data;
    const char *end = at + size;

    if (size > SIZE_OF_INPUT_MAX)
        return 0;
    play.started = false;
    memset(&play.options, 0, sizeof play.options);
    memset(play.clients, 0, sizeof play.clients);
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop == NULL ? end : stop) - at);

        perform(&play, at, len);
        at += len + 1;
    }
    if (!play.started)
        return 0;
    house_settle(&play.house);
    house_wait_for_all(&play.house);
    house_end(&play.house);
    if (kernel.pipes > 0)
        abort();
    judge_all();
    if (kernel_end() > 0)
        abort();
    return 0;
}
