/* Active checks.
 *
 *   WAITING --every--> CHECKING --verdict or timeout--> WAITING
 */
#include "feed/probe.h"

#include "base/log.h"
#include "base/mem.h"
#include "http/parse.h"
#include "net/dial.h"

#include <stdio.h>

struct probe {
    struct probes *all;
    struct backend *backend;
    struct deadline deadline; /* of the check, or until the next one */
    double started;
    bool checking;
    bool spread;          /* it has its own place between the others */
    struct stream stream; /* while checking */
    struct parse parse;
};

static const struct parse_limits limits = { 16384, 100 };

static void log_news(const struct probe *probe, enum health_news news, const char *why)
{
    switch (news) {
    case HEALTH_SAME:
        break;
    case HEALTH_WENT_UP:
        log_info("backend %s is UP", probe->backend->config->id);
        break;
    case HEALTH_WENT_DOWN:
        log_warn("backend %s is DOWN: %s", probe->backend->config->id, why);
        break;
    }
}

/* All checks begin together, and are spread over the time from one to the next then, so as not to
 * come in crowds. */
static void wait_for_next(struct probe *probe)
{
    struct probes *all = probe->all;
    double share = (probe->backend->index + 1.0) / all->pool->count;

    deadline_set(all->deadlines, &probe->deadline,
                 probe->started + all->rule->every * (probe->spread ? 1 : share));
    probe->spread = true;
}

/* The check has ended, well if WHY is NULL. */
static void end_check(struct probe *probe, const char *why)
{
    struct probes *all = probe->all;
    bool first = !probe->backend->health.known;

    if (probe->checking)
        stream_close(&probe->stream);
    probe->checking = false;
    wait_for_next(probe);
    log_news(probe, pool_judge(all->pool, probe->backend, why == NULL, all->rule), why);
    if (first && --all->unknown == 0)
        all->ready(all->owner);
}

static void send_request(struct probe *probe)
{
    char text[1024];
    int len = snprintf(text, sizeof text,
                       "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: luaproxy-check\r\n"
                       "Connection: close\r\n\r\n",
                       probe->all->rule->path, probe->backend->config->host);
    struct span request = { text, (size_t)len };

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
    end_check(probe, valid && is_expected(probe->all->rule, head.status) ? NULL : why);
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
    if (probe->all->rule->type == CHECK_TCP) {
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
        err = dial(&probe->backend->config->at, &fd, &connecting);
    while (err == ERR_EXHAUSTED && all->free_descriptor(all->owner));
    probe->started = all->deadlines->clock->now;
    if (err == ERR_EXHAUSTED) {
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
    deadline_set(all->deadlines, &probe->deadline, probe->started + all->rule->timeout);
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

void probes_start(struct probes *probes, struct pool *pool, const struct config_health *rule,
                  struct ev_loop *loop, struct buf_lender *lender, struct deadlines *deadlines,
                  void (*ready)(void *owner), bool (*free_descriptor)(void *owner), void *owner)
{
    *probes = (struct probes){
        .pool = pool,
        .rule = rule,
        .loop = loop,
        .lender = lender,
        .deadlines = deadlines,
        .ready = ready,
        .free_descriptor = free_descriptor,
        .owner = owner,
    };
    if (rule->type == CHECK_NONE) {
        ready(owner);
        return;
    }
    probes->unknown = pool->count;
    probes->list = mem_new(pool->count * sizeof *probes->list);
    for (unsigned i = 0; i < pool->count; i++) {
        struct probe *probe = &probes->list[i];

        probe->all = probes;
        probe->backend = &pool->backends[i];
        deadline_init(&probe->deadline, on_late);
        start_check(probe);
    }
}

void probes_stop(struct probes *probes)
{
    if (probes->list == NULL)
        return;
    for (unsigned i = 0; i < probes->pool->count; i++) {
        if (probes->list[i].checking)
            stream_close(&probes->list[i].stream);
        deadline_fini(&probes->list[i].deadline);
    }
    mem_free(probes->list);
    probes->list = NULL;
}
