/* The life of one request: see the drawing in the header.
 *
 * A step looks at what was recorded, does one thing, and says whether the next can go on at once.
 */
#include "exchange/exchange.h"

#include "exchange/again.h"
#include "exchange/arrival.h"
#include "exchange/consult.h"
#include "exchange/ending.h"
#include "exchange/lease.h"
#include "exchange/patience.h"
#include "exchange/queue.h"
#include "exchange/tunnel.h"
#include "http/hop.h"

/* What side SIDE has to say for having gone. */
static const char *why_gone(const struct side *side)
{
    return side->why != NULL ? side->why : err_text(side->err);
}

static enum step_news take_request(struct exchange *x, const struct part *part)
{
    const struct config *config = x->generation->config;

    x->request = part->head;
    x->line.target = x->request->target;
    x->up.from = x->client;
    x->up.ended = part->last;
    arrival_find_client(x);
    if (x->request->body == BODY_LENGTH && x->request->length > config->limits.body)
        return ending_refuse(x, 413, "body too large");
    tunnel_ask(x);
    counters_add(x->env->counters, COUNTER_REQUESTS);
    x->visit.request = x->request;
    x->visit.attempt = 1;
    x->visit.number = x->env->salt + x->env->counters->n[COUNTER_REQUESTS];
    if (mem_is_short())
        return ending_turn_away(x);
    if (!arrival_goes_on(x))
        return STEP_MORE;
    return course_enter(x, config->request == HOOK_NONE ? PHASE_PICK : PHASE_HOOK);
}

static enum step_news step_head(struct exchange *x)
{
    struct part part;

    switch (side_read(x->client, 0, &part)) {
    case SIDE_WAIT:
        return x->late ? ending_refuse(x, 408, "head too late") : STEP_WAIT;
    case SIDE_PART:
        return take_request(x, &part);
    case SIDE_GONE:
        break;
    }
    return ending_lose_client(x);
}

static enum step_news step_hook(struct exchange *x)
{
    return side_is_gone(x->client) ? ending_abandon(x) : consult_request(x);
}

static enum step_news step_pause(struct exchange *x)
{
    if (side_is_gone(x->client))
        return ending_abandon(x);
    return x->late ? course_enter(x, PHASE_PICK) : STEP_WAIT;
}

/* All who could have X are at their caps. Who holds a response, if no good one, does not wait for
 * another. */
static enum step_news wait_for_room(struct exchange *x)
{
    return x->held ? ending_give_up(x) : queue_join(x);
}

static enum step_news step_pick(struct exchange *x)
{
    struct ask ask = { .visit = &x->visit };
    struct backend *b;

    if (x->pool == NULL && !consult_router(x))
        return STEP_MORE;
    if (x->line.tries > 0 && !again_is_granted(x))
        return ending_deny(x);
    if (usher_is_wanted(&x->pool->line) && !x->called)
        return wait_for_room(x);
    x->visit.attempt = x->line.tries + 1;
    x->visit.now = x->env->clock->now;
    b = pool_pick(x->pool, &ask, x->tried, x->line.tries);
    if (b == NULL)
        return pool_is_full(x->pool, x->tried, x->line.tries) ? wait_for_room(x)
                                                              : ending_give_up(x);
    if (x->line.tries > 0)
        again_begin(x);
    else
        again_prepare(x);
    x->called = false;
    x->tried[x->line.tries++] = b;
    return lease_begin(x, b, false);
}

static enum step_news step_queue(struct exchange *x)
{
    if (side_is_gone(x->client)) {
        queue_leave(x);
        return ending_abandon(x);
    }
    if (x->called)
        return course_enter(x, PHASE_PICK);
    return x->late ? queue_give_up(x) : STEP_WAIT;
}

/* The Host that a backend is told: as the script says for this request or for all of them. A client
 * of HTTP/1.0 need not send one, but the request goes on as HTTP/1.1. */
static struct span host_for(const struct exchange *x)
{
    if (x->request->told.len > 0)
        return x->request->told;
    if (head_is_connect(x->request))
        return x->request->target;
    if (x->generation->config->host == HOST_BACKEND || x->request->host.len == 0)
        return span_of(x->attempt.backend->config->host);
    return x->request->host;
}

/* Writes what the backend that is being tried is to see of the request's head. */
static void write_request(struct exchange *x)
{
    struct head *head = hop_request(x->request, &x->hop, host_for(x));
    struct part part = { .kind = PART_HEAD, .last = x->up.ended, .head = head };

    side_write(x->attempt.side, &part);
}

static enum step_news step_dial(struct exchange *x)
{
    if (side_is_gone(x->client))
        return ending_abandon(x);
    switch (x->env->attempts->poll(&x->attempt)) {
    case ATTEMPT_WAIT:
        return x->late ? ending_fail(x, ERR_LATE, "connect timed out") : STEP_WAIT;
    case ATTEMPT_FAILED:
        return ending_fail(x, x->attempt.err, err_text(x->attempt.err));
    case ATTEMPT_OPEN:
        break;
    }
    x->up.to = x->attempt.side;
    x->down.from = x->attempt.side;
    write_request(x);
    return course_enter(x, PHASE_ANSWER);
}

/* Moves the body of the request. False when that has led to another phase. */
static bool move_up(struct exchange *x)
{
    if (x->up.to == NULL || x->up.ended)
        return true;
    if (relay_run(&x->up) == RELAY_GONE)
        ending_lose_client(x);
    else if (x->up.bytes > x->generation->config->limits.body)
        ending_refuse_or_cut(x, 413, "body too large");
    else
        return true;
    return false;
}

/* Writes RESPONSE to the client; what follows it is its body. */
static enum step_news answer(struct exchange *x, struct head *response)
{
    struct part part = { .kind = PART_HEAD, .last = x->down.ended, .head = response };

    x->line.status = response->status;
    x->line.first = x->env->clock->now - x->began;
    if (x->repeat != NULL)
        repeat_forget(x->repeat);
    x->client->keep = x->request != NULL && x->request->persistent && x->up.ended && !x->is_last &&
                      !x->env->crowded && !x->env->draining;
    x->down.to = x->client;
    side_write(x->client, &part);
    x->answered = true;
    return response->body == BODY_TUNNEL ? tunnel_begin(x) : course_enter(x, PHASE_FORWARD);
}

/* A head has come from the backend, the final one or one of those before it; or it is a reply. */
static enum step_news take_response(struct exchange *x, const struct part *part)
{
    struct head *response = part->head;

    if (x->leased)
        hop_response(response, clock_date(x->env->clock));
    if (head_is_interim(response)) {
        side_write(x->client, part);
        x->hinted = true;
        return STEP_MORE;
    }
    x->backend_keeps = response->persistent;
    x->down.ended = part->last;
    if (!x->leased)
        return answer(x, response);
    lease_hear(x, response->status);
    if (response->status >= CONFIG_RETRY_FIRST && again_instead_of(x, response))
        return again_with_other(x);
    if (x->generation->config->response == HOOK_NONE)
        return answer(x, response);
    x->response = response;
    return course_enter(x, PHASE_HOOK_BACK);
}

static enum step_news step_hook_back(struct exchange *x)
{
    if (side_is_gone(x->client))
        return ending_abandon(x);
    if (x->generation->config->response != HOOK_NONE && !consult_response(x))
        return STEP_WAIT;
    return answer(x, x->response);
}

static enum step_news step_answer(struct exchange *x)
{
    struct part part;

    if (side_is_gone(x->client))
        return ending_abandon(x);
    if (!move_up(x))
        return STEP_MORE;
    if (side_room(x->client) == 0)
        return patience_wait(x);
    switch (side_read(x->down.from, 0, &part)) {
    case SIDE_WAIT:
        return patience_wait(x);
    case SIDE_GONE:
        return ending_fail(x, x->down.from->err, why_gone(x->down.from));
    case SIDE_PART:
        break;
    }
    return take_response(x, &part);
}

static enum step_news step_forward(struct exchange *x)
{
    if (side_is_gone(x->client))
        return ending_abandon(x);
    if (!move_up(x))
        return STEP_MORE;
    switch (relay_run(&x->down)) {
    case RELAY_WAIT:
        return patience_wait(x);
    case RELAY_GONE:
        return ending_cut(x, x->down.from->err, why_gone(x->down.from));
    case RELAY_ENDED:
        break;
    }
    lease_end(x, OK, x->up.ended && x->backend_keeps);
    x->end = x->client->keep ? END_KEEP : x->up.ended ? END_CLOSE : END_LINGER;
    return course_enter(x, PHASE_DONE);
}

static enum step_news step_tunnel(struct exchange *x)
{
    enum step_news news = tunnel_move(x);

    return news == STEP_WAIT && patience_is_over(x) ? tunnel_be_late(x) : news;
}

static void arm(struct exchange *x)
{
    uint64_t moved = course_moved(x);

    if (x->moved != moved) {
        x->moved = moved;
        x->since = x->env->clock->now;
    }
    side_arm(x->client);
    if (x->leased && x->attempt.side != NULL)
        side_arm(x->attempt.side);
    patience_begin(x);
}

/* Writes the access line, unless nobody ever asked for anything. */
static void tell(struct exchange *x)
{
    if (!x->generation->config->log_access || (x->request == NULL && !x->answered))
        return;
    x->line.bytes = x->down.bytes;
    x->line.total = x->env->clock->now - x->began;
    x->line.cut = x->end == END_CUT;
    access_log(&x->line, x->request);
}

static void on_late(struct deadline *deadline)
{
    struct exchange *x = container_of(deadline, struct exchange, deadline);

    x->late = true;
    x->attempt.wake(x->attempt.owner); /* may free x: nothing after this line */
}

void exchange_init(struct exchange *x, const struct exchange_env *env, struct side *client,
                   const struct addr *from, const struct addr *at, void (*wake)(void *owner),
                   void *owner)
{
    memset(x, 0, offsetof(struct exchange, arena));
    x->env = env;
    x->generation = env->generation;
    x->generation->held++;
    x->client = client;
    x->hop.from = from;
    x->line.client = from;
    x->visit.client = from;
    x->call.wake = wake;
    x->call.owner = owner;
    x->began = env->clock->now;
    x->since = env->clock->now;
    x->attempt.by = env->attempts;
    x->attempt.client = from;
    x->attempt.at = at;
    x->attempt.limits = &x->generation->limits;
    x->attempt.arena = &x->arena;
    x->attempt.wake = wake;
    x->attempt.owner = owner;
    deadline_init(&x->deadline, on_late);
}

enum exchange_news exchange_run(struct exchange *x)
{
    static enum step_news (*const steps[])(struct exchange *) = {
        [PHASE_HEAD] = step_head,       [PHASE_HOOK] = step_hook,
        [PHASE_PAUSE] = step_pause,     [PHASE_PICK] = step_pick,
        [PHASE_QUEUE] = step_queue,     [PHASE_DIAL] = step_dial,
        [PHASE_ANSWER] = step_answer,   [PHASE_HOOK_BACK] = step_hook_back,
        [PHASE_FORWARD] = step_forward, [PHASE_TUNNEL] = step_tunnel,
    };

    while (x->phase != PHASE_DONE && steps[x->phase](x) == STEP_MORE)
        continue;
    x->late = false;
    if (x->phase == PHASE_DONE) {
        tell(x);
        return EXCHANGE_DONE;
    }
    arm(x);
    return EXCHANGE_WAIT;
}

void exchange_fini(struct exchange *x)
{
    if (x->phase == PHASE_QUEUE)
        queue_leave(x);
    lease_end(x, ERR_ABANDONED, false);
    consult_end(x);
    if (x->repeat != NULL)
        repeat_fini(x->repeat);
    deadline_fini(&x->deadline);
    arena_reset(&x->arena);
    x->generation->held--;
}
