/* The head of a message: start line and fields, and what was understood of them.
 *
 * All texts and the fields are in the arena of the exchange, so that a head outlives the buffers
 * it came from: it is needed again for a second attempt, for the script and for the access line.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/mem.h"
#include "http/field.h"

#include <stdbool.h>
#include <stdint.h>

/* How the end of a body is told. BODY_TUNNEL, of a response, is no body: what follows is no HTTP
 * any more, in both directions, until each ends. */
enum body { BODY_NONE, BODY_LENGTH, BODY_CHUNKED, BODY_UNTIL_CLOSE, BODY_TUNNEL };

struct head {
    struct arena *arena;
    struct span method; /* of a request */
    struct span target;
    struct span host;   /* of a request: what its Host field says, empty if there is none */
    struct span told;   /* of a request: the Host that a script has set; empty: none */
    unsigned status;    /* of a response, 100 to 599 */
    struct span reason; /* may be empty */
    unsigned minor;     /* HTTP/1.minor: 0 or 1 */
    struct field *fields;
    unsigned count; /* of fields, dropped ones included */
    uint32_t known; /* which of those the proxy understands were added, here or where this was
                       copied from: a bit each, */
    uint32_t again; /* and which of those more than once */
    unsigned room;  /* for fields, without growing */

    size_t added; /* bytes of fields and target that were set here, by a script */

    enum body body;
    uint64_t length;     /* of the body, for BODY_LENGTH */
    bool tells_length;   /* BODY_NONE, but length says how long a body would be (HEAD, 304) */
    bool persistent;     /* may the connection be kept after this message? */
    bool names_fields;   /* does Connection name fields that end here? */
    bool names_upgrade;  /* is Upgrade one of them? */
    struct span upgrade; /* of a request: the protocols that are asked for instead of HTTP, of a
                            response: those that are spoken from now on; empty: none */
    const char *why;     /* what was wrong with it, for the log; NULL if nothing */
};

/* So many bytes a script may set in a head. */
enum { HEAD_ADDED_MAX = 16384 };

/* Clears *HEAD, whose parts are to come from ARENA, with room for ROOM fields. */
void head_init(struct head *head, struct arena *arena, unsigned room);

/* Makes room for as many fields again. */
void head_grow(struct head *head);

/* Has there been a field that is ID? */
static inline bool head_has(const struct head *head, enum field_id id)
{
    return (head->known >> id & 1) != 0;
}

/* Has there been more than one? */
static inline bool head_repeats(const struct head *head, enum field_id id)
{
    return (head->again >> id & 1) != 0;
}

/* Adds a field behind all others. The texts are not copied; they must live as long as the arena. */
static inline struct field *head_add(struct head *head, enum field_id id, struct span name,
                                     struct span value)
{
    struct field *added;

    if (head->count == head->room)
        head_grow(head);
    added = &head->fields[head->count++];
    *added = (struct field){ .name = name, .value = value, .id = id };
    if (id != FIELD_OTHER) {
        head->again |= head->known & 1u << id;
        head->known |= 1u << id;
    }
    return added;
}

/* Has a script room for so many BYTES more in HEAD? If so they are counted. */
bool head_make_room(struct head *head, size_t bytes);

/* Drops all fields called NAME. */
void head_drop(struct head *head, struct span name);

/* The first field that is ID, or NULL. */
struct field *head_find(const struct head *head, enum field_id id);

/* Can a request with this method be sent twice without doing more than once (RFC 9110, 9.2.2)? */
bool head_is_idempotent(const struct head *request);

/* Is this the request whose response has no body? */
bool head_is_head(const struct head *request);

/* Does this request's Max-Forwards count (RFC 9110, 7.6.2)? */
bool head_is_counted(const struct head *request);

/* Is this a request for a tunnel to its target? */
static inline bool head_is_connect(const struct head *request)
{
    return span_eq(request->method, SPAN("CONNECT"));
}

/* Is this response one of the 1xx that come before the final one? 101 is not. */
static inline bool head_is_interim(const struct head *response)
{
    return response->status < 200 && response->status != 101;
}

/* Is this response one that has no body, whatever its fields say? */
static inline bool head_is_bodiless(const struct head *response)
{
    return response->status < 200 || response->status == 204 || response->status == 304;
}

#endif
