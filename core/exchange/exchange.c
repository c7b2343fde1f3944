/* The life of one request: see the drawing in the header.
 *
 * A step looks at what was recorded, does one thing, and says whether the next can go on at once.
 */
#include "exchange/exchange.h"

#include "balance/retry.h"
#include "http/canned.h"
#include "http/hop.h"

enum step_news { STEP_MORE, STEP_WAIT };

static enum step_news enter(struct exchange *x, enum phase phase)
{
    x->phase = phase;
    x->since = x->env->clock->now;
    x->late = false;
    return STEP_MORE;
}

/* The one place where facts are given back. */
static void end_attempt(struct exchange *x, bool keep)
{
    if (!x->leased)
        return;
    x->env->attempts->end(&x->attempt, keep);
    pool_release(x->env->pool, x->attempt.backend);
    x->leased = false;
}

/* Answers in the proxy's own name: the reply takes the backend's place. */
static enum step_news reply(struct exchange *x, unsigned status)
{
    end_attempt(x, false);
    x->line.backend = NULL;
    side_reply_init(&x->reply, &x->arena, status, clock_date(x->env->clock), x->request);
    x->down.from = &x->reply.side;
    x->up.to = NULL;
    return enter(x, PHASE_ANSWER);
}

/* The request is at fault. */
static enum step_news refuse(struct exchange *x, unsigned status, const char *why)
{
    complaint_of_client(x->line.client, status, why);
    counters_add(x->env->counters, COUNTER_REFUSED);
    return reply(x, status);
}

static enum step_news break_off(struct exchange *x)
{
    x->end = END_CUT;
    end_attempt(x, false);
    return enter(x, PHASE_DONE);
}

/* Nobody is there any more who could be answered. */
static enum step_news abandon(struct exchange *x)
{
    x->line.status = 499;
    return break_off(x);
}

/* The backend is at fault, but its response has begun: the client must see that some is missing. */
static enum step_news cut(struct exchange *x, const char *why)
{
    if (x->leased)
        complaint_of_backend(x->env->complaints, x->attempt.backend, why, ", response cut short");
    return break_off(x);
}

/* The client has gone, or what it says is no request. */
static enum step_news lose_client(struct exchange *x)
{
    if (x->client->why == NULL || x->answered)
        return abandon(x);
    return refuse(x, canned_status(x->client->err), x->client->why);
}

/* What side SIDE has to say for having gone. */
static const char *why_gone(const struct side *side)
{
    return side->why != NULL ? side->why : err_text(side->err);
}

static enum step_news start_attempt(struct exchange *x, struct backend *b, bool fresh)
{
    x->attempt.backend = b;
    x->attempt.request = x->request;
    x->line.backend = b->config->id;
    pool_lease(x->env->pool, b);
    x->leased = true;
    x->env->attempts->start(&x->attempt, fresh);
    return enter(x, PHASE_DIAL);
}

/* There is nobody else who could be asked. */
static enum step_news give_up(struct exchange *x)
{
    if (x->line.tries == 0) {
        complaint_of_pool(x->request->target);
        return reply(x, 503);
    }
    complaint_of_backend(x->env->complaints, x->attempt.backend, x->blame, "");
    return reply(x, x->line.status);
}

/* The attempt has failed before the client was answered. Somebody else, or an answer of our own? */
static enum step_news fail(struct exchange *x, enum err err, const char *why)
{
    struct retry_case attempt = {
        .answered = x->attempt.side != NULL && x->attempt.side->begun,
        .sent = x->env->attempts->has_sent(&x->attempt),
        .body_moved = x->up.bytes > 0,
        .idempotent = head_is_idempotent(x->request),
        .reused = x->attempt.reused && err != ERR_LATE,
        .tries_left = x->env->config->tries - x->line.tries,
    };

    end_attempt(x, false);
    if (err == ERR_EXHAUSTED) {
        complaint_of_shortage(x->env->complaints);
        return reply(x, 503);
    }
    x->blame = why;
    x->line.status = err == ERR_LATE ? 504 : 502;
    switch (retry_judge(&attempt)) {
    case RETRY_NO:
        break;
    case RETRY_OTHER:
        return enter(x, PHASE_PICK);
    case RETRY_SAME:
        return start_attempt(x, x->attempt.backend, true);
    }
    return give_up(x);
}

static enum step_news take_request(struct exchange *x, const struct part *part)
{
    x->request = part->head;
    x->up.from = x->client;
    x->up.ended = part->last;
    if (x->request->body == BODY_LENGTH && x->request->length > x->env->config->limits.body)
        return refuse(x, 413, "body too large");
    counters_add(x->env->counters, COUNTER_REQUESTS);
    return hop_goes_on(x->request) ? enter(x, PHASE_PICK) : reply(x, 200);
}

static enum step_news step_head(struct exchange *x)
{
    struct part part;

    switch (side_read(x->client, 0, &part)) {
    case SIDE_WAIT:
        return x->late ? refuse(x, 408, "head too late") : STEP_WAIT;
    case SIDE_PART:
        return take_request(x, &part);
    case SIDE_GONE:
        break;
    }
    return lose_client(x);
}

static enum step_news step_pick(struct exchange *x)
{
    struct ask ask = {
        .request = x->request,
        .client = x->line.client,
        .attempt = x->line.tries + 1,
        .now = x->env->clock->now,
    };
    struct backend *b = pool_pick(x->env->pool, &ask, x->tried, x->line.tries);

    if (b == NULL)
        return give_up(x);
    if (x->line.tries > 0) {
        complaint_of_backend(x->env->complaints, x->attempt.backend, x->blame, ", retry");
        counters_add(x->env->counters, COUNTER_RETRIES);
    }
    x->tried[x->line.tries++] = b;
    return start_attempt(x, b, false);
}

/* Writes what the backend that is being tried is to see of the request's head. */
static void write_request(struct exchange *x)
{
    /* A client of HTTP/1.0 need not send a Host, but the request goes on as HTTP/1.1. */
    bool renamed = x->env->config->host == HOST_BACKEND || x->request->host.len == 0;
    struct span host = renamed ? span_of(x->attempt.backend->config->host) : x->request->host;
    struct head *head = hop_request(x->request, x->line.client, host);
    struct part part = { .kind = PART_HEAD, .last = x->up.ended, .head = head };

    side_write(x->attempt.side, &part);
}

static enum step_news step_dial(struct exchange *x)
{
    if (side_is_gone(x->client))
        return abandon(x);
    switch (x->env->attempts->poll(&x->attempt)) {
    case ATTEMPT_WAIT:
        return x->late ? fail(x, ERR_LATE, "connect timed out") : STEP_WAIT;
    case ATTEMPT_FAILED:
        return fail(x, x->attempt.err, err_text(x->attempt.err));
    case ATTEMPT_OPEN:
        break;
    }
    x->up.to = x->attempt.side;
    x->down.from = x->attempt.side;
    write_request(x);
    return enter(x, PHASE_ANSWER);
}

/* Moves the body of the request. False when that has led to another phase. */
static bool move_up(struct exchange *x)
{
    if (x->up.to == NULL)
        return true;
    if (relay_run(&x->up) == RELAY_GONE)
        lose_client(x);
    else if (x->up.bytes > x->env->config->limits.body)
        x->answered ? break_off(x) : refuse(x, 413, "body too large");
    else
        return true;
    return false;
}

/* Passes the head of the response on, or one of those that come before it. */
static enum step_news take_response(struct exchange *x, const struct part *part)
{
    struct head *response = part->head;

    if (x->leased)
        hop_response(response, clock_date(x->env->clock));
    if (!head_is_interim(response)) {
        x->line.status = response->status;
        x->line.first = x->env->clock->now - x->began;
        x->backend_keeps = response->persistent;
        x->client->keep = x->request != NULL && x->request->persistent && x->up.ended &&
                          !x->env->crowded && !x->env->draining;
        x->down.to = x->client;
        x->down.ended = part->last;
        enter(x, PHASE_FORWARD);
    }
    side_write(x->client, part);
    x->answered = !head_is_interim(response);
    return STEP_MORE;
}

/* Has nothing moved for too long? Somebody may still take, slowly, what the kernel has for him. */
static bool is_late(struct exchange *x)
{
    if (!x->late)
        return false;
    x->since = x->env->clock->now;
    return !side_is_heard(x->client) && (x->up.to == NULL || !side_is_heard(x->up.to));
}

/* Whose fault is it? */
static enum step_news be_late(struct exchange *x)
{
    bool body_is_late = x->up.to != NULL && !x->up.ended && side_room(x->up.to) > 0;

    if (side_room(x->client) == 0 || (body_is_late && x->answered))
        return abandon(x);
    if (body_is_late)
        return refuse(x, 408, "body too late");
    return x->answered ? cut(x, err_text(ERR_LATE)) : fail(x, ERR_LATE, "response timed out");
}

static enum step_news step_answer(struct exchange *x)
{
    struct part part;

    if (side_is_gone(x->client))
        return abandon(x);
    if (!move_up(x))
        return STEP_MORE;
    if (side_room(x->client) == 0)
        return is_late(x) ? be_late(x) : STEP_WAIT;
    switch (side_read(x->down.from, 0, &part)) {
    case SIDE_WAIT:
        return is_late(x) ? be_late(x) : STEP_WAIT;
    case SIDE_GONE:
        return fail(x, x->down.from->err, why_gone(x->down.from));
    case SIDE_PART:
        break;
    }
    return take_response(x, &part);
}

static enum step_news step_forward(struct exchange *x)
{
    if (side_is_gone(x->client))
        return abandon(x);
    if (!move_up(x))
        return STEP_MORE;
    switch (relay_run(&x->down)) {
    case RELAY_WAIT:
        return is_late(x) ? be_late(x) : STEP_WAIT;
    case RELAY_GONE:
        return cut(x, why_gone(x->down.from));
    case RELAY_ENDED:
        break;
    }
    end_attempt(x, x->up.ended && x->backend_keeps);
    x->end = x->client->keep ? END_KEEP : x->up.ended ? END_CLOSE : END_LINGER;
    return enter(x, PHASE_DONE);
}

/* How long X may stay as it is. */
static double patience(const struct exchange *x)
{
    const struct config_timeouts *timeouts = &x->env->config->timeouts;
    bool asked = x->up.ended || x->up.to == NULL;
    const double of_phase[] = {
        [PHASE_HEAD] = timeouts->head,
        [PHASE_DIAL] = timeouts->connect,
        [PHASE_ANSWER] = asked ? timeouts->response : timeouts->stall,
        [PHASE_FORWARD] = timeouts->stall,
    };

    return of_phase[x->phase];
}

static void arm(struct exchange *x)
{
    uint64_t moved = x->up.bytes + x->down.bytes + x->up.ended; /* the end is a move too */

    if (x->moved != moved) {
        x->moved = moved;
        x->since = x->env->clock->now;
    }
    side_arm(x->client);
    if (x->leased && x->attempt.side != NULL)
        side_arm(x->attempt.side);
    deadline_set(x->env->deadlines, &x->deadline, x->since + patience(x));
}

/* Writes the access line, unless nobody ever asked for anything. */
static void tell(struct exchange *x)
{
    if (!x->env->config->log_access || (x->request == NULL && !x->answered))
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
                   const struct addr *from, void (*wake)(void *owner), void *owner)
{
    memset(x, 0, offsetof(struct exchange, arena));
    x->env = env;
    x->client = client;
    x->line.client = from;
    x->began = env->clock->now;
    x->since = env->clock->now;
    x->attempt.by = env->attempts;
    x->attempt.arena = &x->arena;
    x->attempt.wake = wake;
    x->attempt.owner = owner;
    deadline_init(&x->deadline, on_late);
}

enum exchange_news exchange_run(struct exchange *x)
{
    static enum step_news (*const steps[])(struct exchange *) = {
        [PHASE_HEAD] = step_head,     [PHASE_PICK] = step_pick,       [PHASE_DIAL] = step_dial,
        [PHASE_ANSWER] = step_answer, [PHASE_FORWARD] = step_forward,
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
    end_attempt(x, false);
    deadline_fini(&x->deadline);
    arena_reset(&x->arena);
}
