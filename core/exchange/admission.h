/* Whether a client is let in, of whom no request was read yet. */
#ifndef EXCHANGE_ADMISSION_H
#define EXCHANGE_ADMISSION_H

#include "exchange/stay.h"

/* Counts C, if there is a limit for each address, and keeps it. Who is one too many is answered
 * 429, come again in a second. Who is trusted comes for many others, and is let in. Says whether C
 * is still there. */
bool admission_let_in(struct client *c);

/* A step: the PROXY header, with which C begins, is read. Says whether C is still there and
 * something else can be done. Who does not say so for whom he speaks is closed, without an answer:
 * who knows what he speaks? */
bool admission_step_preface(struct client *c);

#endif
