/* Bytes on their way without being looked at. */
#include "net/pipe.h"

#include "base/mem.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

/* Pipes kept for the next borrower. */
enum { IDLE_MAX = 16 };

/* How much a pipe is to hold, if the system lets it: what has come together should go together. */
enum { SIZE = 1024 * 1024 };

static void end(struct pipe *pipe)
{
    close(pipe->ends[0]);
    close(pipe->ends[1]);
    mem_free(pipe);
}

struct pipe *pipe_borrow(struct pipes *pipes)
{
    struct pipe *pipe = pipes->idle;
    int ends[2];

    if (pipe != NULL) {
        pipes->idle = pipe->next;
        pipes->idle_count--;
        pipes->lent++;
        return pipe;
    }
    if (pipes->lent >= pipes->most || pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
        return NULL;
    fcntl(ends[1], F_SETPIPE_SZ, SIZE);
    pipe = mem_new(sizeof *pipe);
    *pipe = (struct pipe){ .pipes = pipes, .ends = { ends[0], ends[1] } };
    pipes->lent++;
    return pipe;
}

void pipe_give_back(struct pipe **pipe)
{
    struct pipe *own = *pipe;
    struct pipes *pipes = own->pipes;

    *pipe = NULL;
    pipes->lent--;
    if (own->held > 0 || pipes->idle_count == IDLE_MAX) {
        end(own);
        return;
    }
    own->next = pipes->idle;
    pipes->idle = own;
    pipes->idle_count++;
}

ssize_t pipe_fill(struct pipe *pipe, int fd, size_t max)
{
    ssize_t n = splice(fd, NULL, pipe->ends[1], NULL, max, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    assert(pipe->held == 0);
    pipe->held = n > 0 ? (size_t)n : 0;
    return n;
}

ssize_t pipe_drain(struct pipe *pipe, int fd)
{
    ssize_t n =
        splice(pipe->ends[0], NULL, fd, NULL, pipe->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    pipe->held -= n > 0 ? (size_t)n : 0;
    return n;
}

void pipes_trim(struct pipes *pipes)
{
    while (pipes->idle != NULL) {
        struct pipe *pipe = pipes->idle;

        pipes->idle = pipe->next;
        end(pipe);
    }
    pipes->idle_count = 0;
}

void pipes_fini(struct pipes *pipes)
{
    assert(pipes->lent == 0);
    pipes_trim(pipes);
}
