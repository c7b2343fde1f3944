/* How the connection of a client ends. */
#include "exchange/parting.h"

bool parting_step_closing(struct client *c)
{
    struct stream *s = &c->stream;

    stream_flush(s);
    if (s->broken || s->err != OK || stay_is_late(c)) {
        stay_end(c);
        return false;
    }
    if (stream_unsent(s) > 0) {
        stream_arm(s, false);
        return false;
    }
    if (!s->eof && stream_has_news(s)) {
        stay_enter(c, CLIENT_LINGERING);
        return true;
    }
    stay_end(c);
    return false;
}

bool parting_step_lingering(struct client *c)
{
    struct stream *s = &c->stream;

    buf_fini(&s->in);
    stream_flush(s);
    if ((s->eof && stream_unsent(s) == 0) || s->broken || s->err != OK || stay_is_late(c)) {
        stay_end(c);
        return false;
    }
    if (stream_unsent(s) == 0 && !c->shut) {
        stream_shutdown(s);
        c->shut = true;
        stay_at_most(c, STAY_LINGER);
    }
    stream_arm(s, true);
    return false;
}
