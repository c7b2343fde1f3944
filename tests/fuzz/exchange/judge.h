/* What has gone over all connections, as a strict reader understands it: does it fit together? */
#ifndef FUZZ_EXCHANGE_JUDGE_H
#define FUZZ_EXCHANGE_JUDGE_H

/* Looks at all connections of the kernel, which the proxy has closed. Says what is wrong and aborts
 * if
 *
 *   - a backend has got something else than requests, or one that no client has made, or a body
 *     that is not its client's, or an unsafe request twice;
 *   - a kept-open connection was used again with something left on it, or though it was to close;
 *   - a client has got something else than responses to what it has asked, one each and in order,
 *     or a response that no backend has made for it, or a piece of one that looks complete. */
void judge_all(void);

#endif
