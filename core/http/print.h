/* Parts to bytes: heads and the frames of chunks, always in our own form.
 *
 * Framing and Connection are not taken from the fields of a head but from what was understood of
 * it, so `hop_request` or `hop_response` must have dropped those fields before.
 */
#ifndef HTTP_PRINT_H
#define HTTP_PRINT_H

#include "base/buf.h"
#include "http/head.h"

/* Writes the head of a request, as HTTP/1.1, for a connection to a backend that is to be kept, or
 * that is to go on with another protocol. OUT
 * must be empty: then any head fits that was read, with what is added to it. */
void print_request(struct buf *out, const struct head *request);

/* Writes the head of a response for a client that speaks HTTP/1.MINOR, whose connection is kept
 * if KEEP. BODY says how the body is going to be framed, which `print_framing` decides. OUT must be
 * empty. */
void print_response(struct buf *out, const struct head *response, unsigned minor, bool keep,
                    enum body body);

/* How a body that came as BODY is framed for HTTP/1.MINOR: nobody is sent chunks who does not know
 * them, and whose end would be the end of the connection is sent as chunks where possible. A tunnel
 * stays one. */
enum body print_framing(enum body body, unsigned minor);

/* What stands before and behind a chunk of SIZE bytes. The former is printed into TEXT, which has
 * room for PRINT_CHUNK_MAX bytes; the latter is PRINT_CHUNK_END. PRINT_LAST_CHUNK ends a body. */
struct span print_chunk_size(char *text, size_t size);

enum { PRINT_CHUNK_MAX = 20 };

#define PRINT_CHUNK_END  SPAN("\r\n")
#define PRINT_LAST_CHUNK SPAN("0\r\n\r\n")

#endif
