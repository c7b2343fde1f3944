/* How the connection of a client ends. */
#include "exchange/parting.h"

/* Would C lose something, or not be heard, if its connection were closed at once? */
static bool is_busy(struct client *c)
{
    struct stream *s = &c->stream;

    if (s->eof)
        return false;
    return stream_has_surplus(s) || (!stream_is_over(s) && !stream_is_taken(s));
}

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
    if (is_busy(c)) {
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
