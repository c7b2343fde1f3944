/* What comes of a request that has led away from HTTP. */
#include "exchange/tunnel.h"

#include "exchange/lease.h"
#include "http/upgrade.h"

void tunnel_ask(struct exchange *x)
{
    if (head_has(x->request, FIELD_UPGRADE))
        upgrade_ask(x->request, &x->generation->config->allow);
    /* Whatever the answer is, what the client says next may be meant for the tunnel. */
    if (head_is_connect(x->request))
        x->request->persistent = false;
}

/* If the connections of X end now, are they to look as if something was missing? */
static void mark(struct exchange *x, bool incomplete)
{
    x->client->incomplete = incomplete;
    x->attempt.side->incomplete = incomplete;
}

enum step_news tunnel_begin(struct exchange *x)
{
    mark(x, true);
    x->up.ended = false;
    return course_enter(x, PHASE_TUNNEL);
}

/* Ends X, whose connections are closed as they were marked, with what the attempt has come to. */
static enum step_news end(struct exchange *x, enum exchange_end end, enum err err)
{
    x->end = end;
    lease_end(x, err, false);
    return course_enter(x, PHASE_DONE);
}

/* Have both directions come to their ends, and has all of it left? */
static bool is_over(const struct exchange *x)
{
    return x->up.ended && x->down.ended && side_room(x->up.to) > 0 && side_room(x->down.to) > 0;
}

/* Is nobody there any more to give what comes to, or to take it from, through RELAY? */
static bool is_gone(const struct relay *relay, enum relay_news news)
{
    return news == RELAY_GONE || side_is_gone(relay->from);
}

enum step_news tunnel_move(struct exchange *x)
{
    enum relay_news up = relay_run(&x->up);
    enum relay_news down = relay_run(&x->down);

    if (is_gone(&x->up, up))
        return end(x, END_CUT, ERR_ABANDONED);
    if (is_gone(&x->down, down)) {
        complaint_of_backend(x->env->complaints, x->attempt.backend, err_text(ERR_RESET),
                             ", tunnel cut short");
        return end(x, END_CUT, ERR_RESET);
    }
    if (!is_over(x))
        return STEP_WAIT;
    mark(x, false);
    return end(x, END_CLOSE, OK);
}

/* Nobody is to blame, and where nothing is missing it is an end like any other. */
enum step_news tunnel_be_late(struct exchange *x)
{
    mark(x, false);
    return end(x, END_CUT, OK);
}
