/* Active checks.
 *
 *   WAITING --every--> CHECKING --verdict or timeout--> WAITING
 */
#include "feed/probe.h"

#include "balance/facts.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/parse.h"
#include "http/preface.h"
#include "net/dial.h"

#include <stdio.h>

struct probe {
    struct list link;
    struct probes *all;
    struct facts *facts;
    const struct config_backend *config; /* how it wants to be called, */
    const struct config_health *rule;    /* and how it is checked, as was said last, */
    enum config_proxy send_proxy;        /* and with which header its connections begin */
    unsigned round;                      /* of probes_watch, in which that was */
    unsigned place;                      /* among those that were there when it came */
    struct deadline deadline;            /* of the check, or until the next one */
    double started;
    bool checking;
    bool reached;         /* somebody has accepted the connection of the check */
    bool spread;          /* it has its own place between the others */
    struct stream stream; /* while checking */
    struct parse parse;
};

static const struct parse_limits limits = { .head = 16384, .fields = 100 };

static void log_news(const struct probe *probe, enum health_news news, const char *why)
{
    switch (news) {
    case HEALTH_SAME:
        break;
    case HEALTH_WENT_UP:
        log_info("backend %s is UP", probe->facts->id);
        break;
    case HEALTH_WENT_DOWN:
        log_warn("backend %s is DOWN: %s", probe->facts->id, why);
        break;
    }
}

/* All checks begin together, and are spread over the time from one to the next then, so as not to
 * come in crowds. */
static void wait_for_next(struct probe *probe)
{
    struct probes *all = probe->all;
    double share =
        (probe->place + 1.0) / (probe->place < all->count ? all->count : probe->place + 1);

    deadline_set(all->deadlines, &probe->deadline,
                 probe->started + probe->rule->every * (probe->spread ? 1 : share));
    probe->spread = true;
}

/* Is nobody left whom the first check would tell something about? */
static void tell_if_ready(struct probes *all)
{
    void (*ready)(void *owner) = all->ready;

    if (all->unknown > 0 || ready == NULL)
        return;
    all->ready = NULL;
    ready(all->owner);
}

/* What it means that a check has ended, well if WHY is NULL. */
static enum verdict verdict_of(const struct probe *probe, const char *why)
{
    if (!probe->reached)
        return VERDICT_GONE;
    return why == NULL ? VERDICT_GOOD : VERDICT_BAD;
}

/* The check has ended, well if WHY is NULL. */
static void end_check(struct probe *probe, const char *why)
{
    struct probes *all = probe->all;
    enum verdict verdict = verdict_of(probe, why);
    bool first = !probe->facts->health.known;

    if (probe->checking)
        stream_close(&probe->stream);
    probe->checking = false;
    wait_for_next(probe);
    log_news(probe, facts_judge(probe->facts, verdict, probe->rule, all->deadlines->clock->now),
             why);
    if (first)
        all->unknown--;
    tell_if_ready(all);
}

/* The connection speaks for itself. */
static void write_preface(struct probe *probe)
{
    char text[PREFACE_ROOM];
    struct span header = { text, preface_print(text, probe->send_proxy, NULL, NULL) };

    stream_write(&probe->stream, &header, 1);
}

static void send_request(struct probe *probe)
{
    char text[1024];
    int len = snprintf(text, sizeof text,
                       "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: luaproxy-check\r\n"
                       "Connection: close\r\n\r\n",
                       probe->rule->path, probe->config->host);
    struct span request = { text, (size_t)len };

    if (probe->send_proxy != PROXY_NONE)
        write_preface(probe);
    stream_write(&probe->stream, &request, 1);
    parse_begin(&probe->parse);
}

static bool is_expected(const struct config_health *rule, unsigned status)
{
    if (rule->status == 0)
        return status >= 200 && status < 400;
    return status == rule->status;
}

/* A whole head has come. False if it is one of those that come before the response. */
static bool judge_head(struct probe *probe)
{
    struct arena arena = { .blocks = NULL };
    struct head request = { .method = SPAN("GET") };
    struct span bytes = { buf_span(&probe->stream.in).at, probe->parse.seen };
    struct head head;
    bool valid = parse_response(&head, &arena, bytes, &request) == OK;
    char why[64] = "malformed response";

    arena_fini(&arena);
    if (valid && head_is_interim(&head)) {
        buf_take(&probe->stream.in, probe->parse.seen);
        parse_begin(&probe->parse);
        return false;
    }
    if (valid)
        snprintf(why, sizeof why, "status %u", head.status);
    end_check(probe, valid && is_expected(probe->rule, head.status) ? NULL : why);
    return true;
}

static void read_response(struct probe *probe)
{
    struct stream *s = &probe->stream;
    enum err verdict;

    for (;;) {
        switch (parse_scan(&probe->parse, buf_span(&s->in), &limits, &verdict)) {
        case PARSE_WAIT:
            if (s->eof)
                end_check(probe, "connection closed without a response");
            else
                stream_arm(s, true);
            return;
        case PARSE_BAD:
            end_check(probe, "malformed response");
            return;
        case PARSE_HEAD:
            if (judge_head(probe))
                return;
            break;
        }
    }
}

static void on_connected(struct probe *probe)
{
    probe->reached = true;
    if (probe->rule->type == CHECK_TCP) {
        end_check(probe, NULL);
        return;
    }
    send_request(probe);
    stream_arm(&probe->stream, true);
}

static void on_wake(void *owner)
{
    struct probe *probe = owner;

    if (probe->stream.err != OK)
        end_check(probe, err_text(probe->stream.err));
    else if (probe->stream.sent == 0 && buf_len(&probe->stream.out) == 0)
        on_connected(probe);
    else
        read_response(probe);
}

static void start_check(struct probe *probe)
{
    struct probes *all = probe->all;
    bool connecting;
    int fd;
    enum err err;

    do
        err = dial(&probe->facts->at, &fd, &connecting);
    while (err == ERR_EXHAUSTED && all->free_descriptor(all->owner));
    probe->started = all->deadlines->clock->now;
    probe->reached = false;
    if (err_is_shortage(err)) {
        wait_for_next(probe);
        return;
    }
    if (err != OK) {
        end_check(probe, err_text(err));
        return;
    }
    probe->checking = true;
    stream_open(&probe->stream, all->loop, all->lender, fd, connecting);
    stream_set_owner(&probe->stream, on_wake, probe);
    deadline_set(all->deadlines, &probe->deadline, probe->started + probe->rule->timeout);
    if (connecting)
        stream_arm(&probe->stream, false);
    else
        on_connected(probe);
}

static void on_late(struct deadline *deadline)
{
    struct probe *probe = container_of(deadline, struct probe, deadline);

    if (probe->checking)
        end_check(probe, "check timed out");
    else
        start_check(probe);
}

void probes_init(struct probes *probes, struct ev_loop *loop, struct buf_lender *lender,
                 struct deadlines *deadlines, void (*ready)(void *owner),
                 bool (*free_descriptor)(void *owner), void *owner)
{
    *probes = (struct probes){
        .loop = loop,
        .lender = lender,
        .deadlines = deadlines,
        .free_descriptor = free_descriptor,
        .on_ready = ready,
        .owner = owner,
    };
    list_init(&probes->all);
}

/* Somebody is checked who was not. */
static void add(struct probes *probes, struct facts *facts)
{
    struct probe *probe = mem_new(sizeof *probe);

    probe->all = probes;
    probe->facts = facts;
    probe->place = probes->count++;
    facts->probe = probe;
    list_append(&probes->all, &probe->link);
    deadline_init(&probe->deadline, on_late);
    if (!facts->health.known)
        probes->unknown++;
}

/* B is checked as its pool says. */
static void watch(struct probes *probes, const struct backend *b)
{
    if (b->facts->probe == NULL)
        add(probes, b->facts);
    b->facts->probe->config = b->config;
    b->facts->probe->rule = &b->pool->config->health;
    b->facts->probe->send_proxy = b->pool->config->send_proxy;
    b->facts->probe->round = probes->round;
}

void probes_watch(struct probes *probes, struct pool *pools, unsigned count)
{
    probes->round++;
    probes->ready = probes->on_ready;
    for (unsigned p = 0; p < count; p++)
        for (unsigned i = 0; pools[p].config->health.type != CHECK_NONE && i < pools[p].count; i++)
            watch(probes, &pools[p].backends[i]);
    /* A check may end at once, but not be the last one while others have not begun. */
    for (struct list *link = probes->all.next; link != &probes->all; link = link->next) {
        struct probe *probe = container_of(link, struct probe, link);

        if (!probe->checking && probe->started == 0)
            start_check(probe);
    }
    tell_if_ready(probes);
}

void probe_hurry(struct facts *facts)
{
    struct probe *probe = facts->probe;

    if (probe == NULL || probe->checking || !facts->health.known)
        return;
    if (probe->all->deadlines->clock->now >= probe->started + PROBE_HURRY)
        start_check(probe);
}

static void drop(struct probe *probe)
{
    struct probes *all = probe->all;

    if (probe->checking)
        stream_close(&probe->stream);
    if (!probe->facts->health.known)
        all->unknown--;
    all->count--;
    deadline_fini(&probe->deadline);
    list_remove(&probe->link);
    probe->facts->probe = NULL;
    mem_free(probe);
}

void probes_prune(struct probes *probes)
{
    struct list *next;

    for (struct list *link = probes->all.next; link != &probes->all; link = next) {
        struct probe *probe = container_of(link, struct probe, link);
        struct facts *facts = probe->facts;

        next = link->next;
        if (probe->round == probes->round)
            continue;
        drop(probe);
        facts_forget_health(facts, probes->deadlines->clock->now);
    }
    tell_if_ready(probes); /* perhaps only those were awaited */
}

void probes_stop(struct probes *probes)
{
    while (!list_is_empty(&probes->all))
        drop(container_of(probes->all.next, struct probe, link));
}
