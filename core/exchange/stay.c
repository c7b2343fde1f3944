/* A client's connection, from its beginning to its end. */
#include "exchange/stay.h"

void stay_enter(struct client *c, enum client_state state)
{
    struct clients *clients = c->clients;

    c->state = state;
    list_remove(&c->link);
    list_push(state == CLIENT_IDLE ? &clients->idle : &clients->busy, &c->link);
}

void stay_at_most(struct client *c, double seconds)
{
    struct exchange_env *env = c->clients->env;

    deadline_set(env->deadlines, &c->deadline, env->clock->now + seconds);
}

/* How long C may take for the first bytes of what is left, and for further ones. */
static double patience(const struct client *c)
{
    const struct config *config = c->clients->env->generation->config;
    double stall = config->timeouts.stall;

    return c->shut ? STAY_LINGER : config->limits.read_rate > 0 ? pace_most(stall) : stall;
}

void stay_keep(struct client *c)
{
    const struct exchange_env *env = c->clients->env;

    stream_flush(&c->stream);
    if (stream_unsent(&c->stream) > 0) {
        stay_enter(c, CLIENT_LEAVING);
        stay_at_most(c, patience(c));
    } else {
        stay_enter(c, CLIENT_IDLE);
        c->since = env->clock->now;
        stay_at_most(c, env->generation->config->timeouts.idle);
    }
}

void stay_close(struct client *c, enum client_state state)
{
    stay_enter(c, state);
    stay_at_most(c, patience(c));
}

bool stay_is_over(const struct client *c)
{
    return stream_is_over(&c->stream) ||
           (c->clients->env->draining && !stream_has_news(&c->stream));
}

bool stay_is_late(struct client *c)
{
    double rate = c->clients->env->generation->config->limits.read_rate;
    double more = c->late ? pace_grant(stream_heard(&c->stream), rate, patience(c)) : 0;

    if (more > 0) {
        stay_at_most(c, more);
        c->late = false;
    }
    return c->late;
}

void stay_end_request(struct client *c)
{
    struct request *request = c->request;

    side_h1_fini(&request->side);
    exchange_fini(&request->exchange);
    spares_give(&c->clients->spares, request);
    c->request = NULL;
}

/* Would the end of the connection be taken for the end of a body, though some of it is missing? */
static bool must_abort(const struct client *c)
{
    if (c->request != NULL)
        return side_h1_must_abort(&c->request->side);
    return stream_unsent(&c->stream) > 0;
}

void stay_end(struct client *c)
{
    struct clients *clients = c->clients;
    bool cut = must_abort(c);

    if (c->request != NULL)
        stay_end_request(c);
    deadline_fini(&c->deadline);
    if (cut)
        stream_abort(&c->stream);
    else
        stream_close(&c->stream);
    list_remove(&c->link);
    census_leave(&clients->census, &c->place);
    mem_free(c);
    clients->count--;
    clients->left(clients->owner);
}
