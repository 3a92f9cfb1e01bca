/* One direction of a relay: bytes read here are written there, and read on only then. */
#include "ptyd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool is_transient(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Write what was read; when all of it is written, read more. */
void pipe_move(struct pipe *pipe)
{
    if (pipe->length == 0 && !pipe->ended) {
        ssize_t nread = read(pipe->from, pipe->bytes, sizeof pipe->bytes);
        pipe->at = 0;
        pipe->length = nread > 0 ? (size_t)nread : 0;
        pipe->ended = nread <= 0 && !is_transient(nread);
    }
    if (pipe->length > 0) {
        ssize_t nwritten = write(pipe->to, pipe->bytes + pipe->at, pipe->length);
        if (nwritten > 0) {
            pipe->at += (size_t)nwritten;
            pipe->length -= (size_t)nwritten;
        } else if (!is_transient(nwritten)) {
            pipe->length = 0;
            pipe->ended = true;
        }
    }
}

/* Say what to poll for: room to write if something is waiting to be written, else data to read. */
struct pollfd pipe_poll(const struct pipe *pipe)
{
    if (pipe->length > 0)
        return (struct pollfd){.fd = pipe->to, .events = POLLOUT};
    return (struct pollfd){.fd = pipe->ended ? -1 : pipe->from, .events = POLLIN};
}

void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}
