/* A request whose head has just come. */
#include "exchange/arrival.h"

#include "exchange/ending.h"
#include "http/forwarded.h"

void arrival_find_client(struct exchange *x)
{
    const struct config *config = x->generation->config;

    x->hop.trusted = config->trusted_count > 0 && config_trusts(config, x->hop.from);
    if (x->hop.trusted && head_has(x->request, FIELD_X_FORWARDED_FOR))
        x->visit.client = x->line.client = forwarded_client(x->request, config, x->hop.from);
}

bool arrival_goes_on(struct exchange *x)
{
    switch (hop_judge(x->request)) {
    case HOP_GOES_ON:
        return true;
    case HOP_LOOPS:
        ending_refuse(x, 508, "it has come through here before, again and again");
        return false;
    case HOP_ENDS:
        break;
    }
    if (span_eq(x->request->method, SPAN("TRACE")))
        ending_mirror(x);
    else
        ending_reply(x, 200);
    return false;
}
