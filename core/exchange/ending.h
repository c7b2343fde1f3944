/* What becomes of an exchange that does not go the usual way: it is answered in the proxy's own
 * name, tried once more, cut, or given up.
 *
 * All of these say how X goes on, as a step does.
 */
#ifndef EXCHANGE_ENDING_H
#define EXCHANGE_ENDING_H

#include "exchange/course.h"

/* Answers in the proxy's own name. */
enum step_news ending_reply(struct exchange *x, unsigned status);

/* There is no memory for the request: answers that it may be sent again soon. */
enum step_news ending_turn_away(struct exchange *x);

/* Answers with what a hook has made, which is in X's call. */
enum step_news ending_reply_of_hook(struct exchange *x);

/* Answers a TRACE with what has come. */
enum step_news ending_mirror(struct exchange *x);

/* The request is at fault: answers STATUS, and says WHY in the log. */
enum step_news ending_refuse(struct exchange *x, unsigned status, const char *why);

/* The same, but if the response has begun it is too late to answer anything: it is cut. */
enum step_news ending_refuse_or_cut(struct exchange *x, unsigned status, const char *why);

/* The client does not take its response as it must, and the log says WHY it is cut. */
enum step_news ending_cut_client(struct exchange *x, const char *why);

/* Nobody is there any more who could be answered. */
enum step_news ending_abandon(struct exchange *x);

/* The backend is at fault, but its response has begun: the client must see that some is missing. */
enum step_news ending_cut(struct exchange *x, enum err err, const char *why);

/* The client has gone, or what it says is no request. */
enum step_news ending_lose_client(struct exchange *x);

/* The attempt has failed before the client was answered: somebody else is tried, or the client is
 * answered. */
enum step_news ending_fail(struct exchange *x, enum err err, const char *why);

/* There is nobody else who could be asked: the client hears of the last attempt. */
enum step_news ending_give_up(struct exchange *x);

/* The same, since the budget of retries is spent. */
enum step_news ending_deny(struct exchange *x);

#endif
