/*
 * pace: puts a load on a proxy, and says how long the responses took.
 *
 *   usage: pace PORT CONNECTIONS RESPONSE-BYTES WARM RATE SECONDS <REQUEST
 *
 * Opens the connections, has WARM requests answered, prints "ready", and waits for SIGUSR1. From
 * then on RATE requests a second are due for SECONDS, at equal distances, whatever becomes of those
 * before:
 *
 *   due at, 1/RATE s    0    1    2    3    4    5   ...
 *   connection          a    b    c    a    b    c
 *
 * A time is that from the moment when a request was due to the end of its response. If its
 * connection is busy when it is due, it waits there, and its time runs. Who waits for a response
 * before he asks again asks a proxy that stalls for less, and sees one slow response where there
 * should have been a thousand.
 *
 * With RATE 0 that is what it does: each connection asks again when it has its response, as it does
 * while warming up. So it is seen how much a proxy can do, and what that costs.
 *
 * The last line: "bench requests=… errors=… bad=… bytes=… duration=… p50=… p99=… p999=… max=…
 * late50=… late999=… latemax=…", on one line. All but the first four are microseconds; late is
 * how much later than due a request was sent though its connection was free: that is not the
 * proxy's doing.
 */
#include "sockets.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 131072, INPUT = 262144, EVENTS = 512, CONNECTIONS_MAX = 100000 };

/* Nanoseconds. */
static const uint64_t second = 1000000000;
static const uint64_t tick = 50000;          /* looking more often costs more than all the rest */
static const uint64_t grace = 5000000000;    /* who has not answered by then never will */
static const uint64_t warming = 60000000000; /* at most */

static const char status[] = "HTTP/1.1 200 ";

struct conn {
    int fd;           /* -1 once it is lost */
    uint64_t number;  /* of the request under way, or of the last one */
    uint64_t asked;   /* the moment that one was due */
    size_t missing;   /* bytes of its response that are still to come; 0: nothing is under way */
    unsigned waiting; /* requests that are due, but must wait for this response */
};

struct times {
    uint32_t *list; /* nanoseconds, at most four seconds */
    size_t count;
    size_t room;
};

static struct {
    int epoll;
    char request[REQUEST_MAX];
    size_t request_len;
    size_t response;
    struct conn *conns;
    unsigned conn_count;
    unsigned under_way;
    uint64_t rate;   /* 0: whoever has a response asks again */
    uint64_t left;   /* if so: how many may still be asked for, */
    uint64_t end;    /* and until when */
    uint64_t start;  /* when request 0 was due */
    uint64_t next;   /* the number of the request that is due next, */
    uint64_t total;  /* if there are so many */
    uint64_t latest; /* when the last response came */
    uint64_t answered, errors, bad, bytes;
    struct times taken, late;
    char input[INPUT];
} pace;

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

static void note(struct times *times, uint64_t time)
{
    if (times->count == times->room) {
        times->room = times->room * 2 + 65536;
        times->list = realloc(times->list, times->room * sizeof *times->list);
        if (times->list == NULL)
            sockets_fail("realloc");
    }
    times->list[times->count++] = time < UINT32_MAX ? (uint32_t)time : UINT32_MAX;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* C cannot be used any more. What it was to answer stays unanswered. */
static void lose(struct conn *c)
{
    close(c->fd);
    c->fd = -1;
    pace.errors += 1 + c->waiting;
    pace.under_way -= c->missing > 0;
    c->missing = 0;
    c->waiting = 0;
}

/* Sends a request that was due at the moment DUE. It is short, and nothing else is in the way. */
static void ask(struct conn *c, uint64_t due)
{
    c->asked = due;
    c->missing = pace.response;
    pace.under_way++;
    if (write(c->fd, pace.request, pace.request_len) != (ssize_t)pace.request_len)
        lose(c);
}

static uint64_t due_of(uint64_t number)
{
    return pace.start + number * second / pace.rate;
}

/* Asks for what is due, or has it wait. */
static void ask_due(void)
{
    while (pace.next < pace.total && due_of(pace.next) <= now()) {
        struct conn *c = &pace.conns[pace.next % pace.conn_count];

        if (c->fd < 0) {
            pace.errors++;
        } else if (c->missing > 0) {
            c->waiting++;
        } else {
            note(&pace.late, now() - due_of(pace.next));
            c->number = pace.next;
            ask(c, due_of(pace.next));
        }
        pace.next++;
    }
}

/* C is free. */
static void ask_next(struct conn *c)
{
    uint64_t moment = now();

    if (c->waiting > 0) {
        c->waiting--;
        c->number += pace.conn_count;
        ask(c, due_of(c->number));
    } else if (pace.rate == 0 && pace.left > 0 && moment < pace.end) {
        pace.left--;
        ask(c, moment);
    }
}

/* ---- Hearing --------------------------------------------------------------------------------- */

/* N bytes have come. Are they what they should be? */
static bool is_right(const struct conn *c, size_t n)
{
    size_t had = pace.response - c->missing;
    size_t known = strlen(status);

    if (n > c->missing)
        return false;
    if (had >= known)
        return true;
    return memcmp(pace.input, status + had, n < known - had ? n : known - had) == 0;
}

static void on_event(struct conn *c)
{
    ssize_t n = read(c->fd, pace.input, INPUT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || !is_right(c, (size_t)n)) {
        pace.bad += n > 0;
        lose(c);
        return;
    }
    pace.bytes += (size_t)n;
    c->missing -= (size_t)n;
    if (c->missing > 0)
        return;
    pace.latest = now();
    note(&pace.taken, pace.latest - c->asked);
    pace.answered++;
    pace.under_way--;
    ask_next(c);
}

/* Waits for responses, but not after the moment WAKE. */
static void wait_until(uint64_t wake)
{
    struct epoll_event events[EVENTS];
    uint64_t moment = now();
    uint64_t rest = wake > moment ? wake - moment : 0;
    struct timespec timeout = { (time_t)(rest / second), (long)(rest % second) };
    int count = epoll_pwait2(pace.epoll, events, EVENTS, &timeout, NULL);

    if (count < 0)
        sockets_fail("epoll_pwait2");
    for (int i = 0; i < count; i++) {
        struct conn *c = events[i].data.ptr;

        if (c->fd >= 0)
            on_event(c);
        if (pace.rate > 0)
            ask_due();
    }
}

/* ---- The course of things -------------------------------------------------------------------- */

/* Goes on until all is answered, or GRACE after the last moment to ask. */
static void finish(void)
{
    uint64_t last = now() + grace;

    while (pace.under_way > 0 && now() < last)
        wait_until(last);
    for (unsigned i = 0; i < pace.conn_count; i++)
        if (pace.conns[i].missing > 0)
            lose(&pace.conns[i]);
}

/* Has each connection ask again and again: COUNT requests at most, and none after the moment
 * END. */
static void run_flat_out(uint64_t count, uint64_t end)
{
    pace.start = now();
    pace.left = count;
    pace.end = end;
    for (unsigned i = 0; i < pace.conn_count; i++)
        if (pace.conns[i].fd >= 0)
            ask_next(&pace.conns[i]);
    while (pace.under_way > 0 && pace.left > 0 && now() < end)
        wait_until(end);
    finish();
}

static void sleep_until(uint64_t moment)
{
    struct timespec t = { (time_t)(moment / second), (long)(moment % second) };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Has requests asked when they are due: at each tick those of the last one. */
static void run_paced(uint64_t rate, uint64_t seconds)
{
    uint64_t moment = now();

    pace.start = moment;
    pace.rate = rate;
    pace.total = rate * seconds;
    while (pace.next < pace.total) {
        moment = moment + tick > now() ? moment + tick : now();
        sleep_until(moment);
        ask_due();
        wait_until(0);
    }
    finish();
}

static void forget(void)
{
    pace.taken.count = 0;
    pace.answered = 0;
    pace.bytes = 0;
}

static void open_conns(uint16_t port, unsigned count)
{
    struct sockaddr_in to = sockets_address("127.0.0.1:0");

    to.sin_port = htons(port);
    pace.epoll = epoll_create1(EPOLL_CLOEXEC);
    pace.conns = calloc(count, sizeof *pace.conns);
    if (pace.epoll < 0 || pace.conns == NULL)
        sockets_fail("epoll_create1");
    pace.conn_count = count;
    for (unsigned i = 0; i < count; i++) {
        pace.conns[i].fd = sockets_connect(&to);
        sockets_watch(pace.epoll, EPOLL_CTL_ADD, pace.conns[i].fd, EPOLLIN, &pace.conns[i]);
    }
}

static void read_request(void)
{
    pace.request_len = fread(pace.request, 1, REQUEST_MAX, stdin);
    if (pace.request_len == 0 || pace.request_len == REQUEST_MAX) {
        errno = EINVAL;
        sockets_fail("the request");
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The time in microseconds that SHARE of all, which are sorted, do not exceed. */
static unsigned long quantile(const struct times *times, double share)
{
    size_t at = (size_t)((double)times->count * share);

    if (times->count == 0)
        return 0;
    return times->list[at < times->count ? at : times->count - 1] / 1000;
}

static void report(void)
{
    struct times *taken = &pace.taken, *late = &pace.late;

    qsort(taken->list, taken->count, sizeof *taken->list, compare);
    qsort(late->list, late->count, sizeof *late->list, compare);
    printf("bench requests=%lu errors=%lu bad=%lu bytes=%lu duration=%lu", pace.answered,
           pace.errors, pace.bad, pace.bytes,
           pace.answered > 0 ? (pace.latest - pace.start) / 1000 : 0);
    printf(" p50=%lu p99=%lu p999=%lu max=%lu", quantile(taken, 0.5), quantile(taken, 0.99),
           quantile(taken, 0.999), quantile(taken, 1));
    printf(" late50=%lu late999=%lu latemax=%lu\n", quantile(late, 0.5), quantile(late, 0.999),
           quantile(late, 1));
}

/* Tells that it is ready, and waits for the signal to begin. */
static void wait_for_signal(const sigset_t *signals)
{
    int number;

    puts("ready");
    fflush(stdout);
    sigwait(signals, &number);
}

static void prepare(sigset_t *signals)
{
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(signals);
    sigaddset(signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, signals, NULL);
    prctl(PR_SET_TIMERSLACK, 1);
    sockets_raise_limit();
    read_request();
}

int main(int argc, char **argv)
{
    unsigned rate, seconds;
    sigset_t signals;

    if (argc != 7) {
        fputs("usage: pace PORT CONNECTIONS RESPONSE-BYTES WARM RATE SECONDS <REQUEST\n", stderr);
        return 2;
    }
    pace.response = sockets_number(argv[3], INT32_MAX);
    rate = sockets_number(argv[5], 10000000);
    seconds = sockets_number(argv[6], 3600);
    prepare(&signals);
    open_conns((uint16_t)sockets_number(argv[1], UINT16_MAX),
               sockets_number(argv[2], CONNECTIONS_MAX));
    run_flat_out(sockets_number(argv[4], UINT32_MAX), now() + warming);
    forget();
    wait_for_signal(&signals);
    if (rate > 0)
        run_paced(rate, seconds);
    else
        run_flat_out(UINT64_MAX, now() + seconds * second);
    report();
    return 0;
}
