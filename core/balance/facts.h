/* What is known of backends, as it changes: they are leased to attempts and taken back, and it is
 * heard how attempts and checks have ended.
 *
 * This is the one place where facts change. Whatever changes is told at once to the policies of all
 * pools that have this server, of older generations too.
 */
#ifndef BALANCE_FACTS_H
#define BALANCE_FACTS_H

#include "balance/pool.h"

/* One more request is in flight at B. Every lease is released exactly once. */
void facts_lease(struct backend *b);
void facts_release(struct backend *b);

/* The head of a response with STATUS has come from B, SECONDS after the attempt had begun. */
void facts_hear_head(struct backend *b, unsigned status, double seconds, double now);

/* An attempt at B for VISIT has ended so, and its lease was released. */
void facts_hear(struct backend *b, struct visit *visit, const struct outcome *outcome);

/* A check of who has FACTS has ended so at NOW. Says whether he changed. */
enum health_news facts_judge(struct facts *facts, enum verdict verdict,
                             const struct config_health *rule, double now);

/* Nobody checks who has FACTS any more: he counts as up from NOW on. */
void facts_forget_health(struct facts *facts, double now);

#endif
