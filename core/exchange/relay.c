/* Moving parts while there is room: backpressure is the loop condition. */
#include "exchange/relay.h"

enum relay_news relay_run(struct relay *relay)
{
    struct part part;
    size_t room;

    relay->from->gives_pipes = relay->to->takes_pipes;
    while (!relay->ended && (room = side_room(relay->to)) > 0) {
        switch (side_read(relay->from, room, &part)) {
        case SIDE_WAIT:
            return RELAY_WAIT;
        case SIDE_GONE:
            return RELAY_GONE;
        case SIDE_PART:
            break;
        }
        side_write(relay->to, &part);
        relay->bytes += part.body.len;
        relay->ended = part.last;
    }
    return relay->ended ? RELAY_ENDED : RELAY_WAIT;
}
