/* The hooks and the router of a world. */
#include "world_hooks.h"

/* The hook HOOK is called, for the first time or because it was woken. */
static enum hook_news run_hook(struct world *w, struct world_hook *hook, struct visit *visit,
                               struct hook_call *call)
{
    must(call->task == NULL || w->waits == call, "somebody else waits");
    hook->called += call->task == NULL;
    hook->asked++;
    if (*hook->does == 'k') {
        visit->kept = 7;
        hook->does++;
    }
    call->task =
        strchr(".~", *hook->does) != NULL && *hook->does != '\0' ? (struct hook_task *)w : NULL;
    w->waits = call->task != NULL ? call : NULL;
    if (w->waits != NULL)
        return HOOK_WAITING;
    return *hook->does == 'r' ? HOOK_REPLIED : *hook->does == 'x' ? HOOK_FAILED : HOOK_PASSED;
}

static enum hook_news hook_request(struct hooks *hooks, struct visit *visit, struct hook_call *call)
{
    struct world *w = container_of(hooks, struct world, hooks);
    enum hook_news news = run_hook(w, &w->hook, visit, call);

    if (news == HOOK_REPLIED) {
        head_init(&w->reply, visit->request->arena, 4);
        w->reply.status = 403;
        w->reply.body = BODY_LENGTH;
        w->reply.length = 2;
        w->reply.persistent = true;
        call->reply = &w->reply;
        call->body = SPAN("no");
    }
    return news;
}

static enum hook_news hook_response(struct hooks *hooks, struct visit *visit, struct head *response,
                                    const struct backend *b, struct hook_call *call)
{
    struct world *w = container_of(hooks, struct world, hooks);

    must(b->config->id[0] == (w->tried[w->tried_count - 1] | 0x20),
         "the response is somebody else's");
    must(!head_is_interim(response), "the response is not the final one");
    must(!w->client.wrote_head, "the client has its answer already");
    return run_hook(w, &w->hook_back, visit, call);
}

static void hook_cancel(struct hooks *hooks, struct hook_call *call)
{
    struct world *w = container_of(hooks, struct world, hooks);

    must(w->waits == call, "a hook is cancelled that does not wait");
    w->waits = NULL;
    call->task = NULL;
    w->cancelled++;
}

static void hook_forget(struct hooks *hooks, struct visit *visit)
{
    struct world *w = container_of(hooks, struct world, hooks);

    must(visit->kept == 7, "something is forgotten that was not kept");
    visit->kept = 0;
    w->forgotten++;
}

bool world_hooks_turn(struct world *w)
{
    struct world_hook *hook = w->hook_back.called > 0 ? &w->hook_back : &w->hook;

    if (w->waits == NULL || *hook->does != '.')
        return false;
    hook->does++;
    w->waits->wake(w->waits->owner);
    return true;
}

static enum router_news route(struct router *router, struct visit *visit, struct pool **pool)
{
    struct world *w = container_of(router, struct world, router);
    const char *to = w->route;

    must(visit->request != NULL, "nobody knows what is to be routed");
    w->routed++;
    if (*to == '-')
        return ROUTER_NONE;
    if (*to == 'x' && to[1] == '\0')
        return ROUTER_FAILED;
    *pool = &w->pools[(*to == 'x' ? to[1] : *to) - '1'];
    return *to == 'x' ? ROUTER_FAILED : ROUTER_CHOSE;
}

void world_hooks_furnish(struct world *w, struct generation *g)
{
    static const struct hooks_ops hooks = { hook_request, hook_response, hook_cancel, hook_forget };
    static const struct router_ops router = { route };

    w->hooks.ops = &hooks;
    w->router.ops = &router;
    if (w->hook.does != NULL || w->hook_back.does != NULL)
        g->hooks = &w->hooks;
    if (w->route != NULL)
        g->router = &w->router;
}
