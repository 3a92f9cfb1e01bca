/* `ptyd attach` and `ptyd dial`: relay a socket's bytes over stdin and stdout, for a caller that
 * can exec in a machine but cannot reach its sockets. What the bytes mean does not matter here. */
#include "ptyd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_PAUSE_MS 20
#define FLUSH_MS 5000 /* how long our last bytes may wait for a reader that makes no progress */

static int connect_once(const char *path)
{
    struct sockaddr_un address;
    if (!socket_address(path, &address)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static int connect_with_retries(const char *first_path, const char *path, int wait_ms)
{
    int64_t end = now_ms() + wait_ms;
    for (;;) {
        int fd = first_path ? connect_once(first_path) : -1;
        if (fd < 0)
            fd = connect_once(path);
        if (fd >= 0 || (errno != ENOENT && errno != ECONNREFUSED) || now_ms() >= end)
            return fd;
        poll(NULL, 0, CONNECT_PAUSE_MS);
    }
}

/* Relay until one side has ended. The third poll entry notices that ptyd has closed even while
 * nobody reads our output: our caller may be gone without closing our stdin. */
static void relay(struct pipe *up, struct pipe *down)
{
    short closed = 0;
    while (!up->ended && !down->ended && !closed) {
        struct pollfd polled[3] = {
            pipe_poll(up), pipe_poll(down), {.fd = down->from, .events = 0}};
        if (poll(polled, 3, -1) < 0)
            continue;
        closed = polled[2].revents & (POLLHUP | POLLERR);
        if (polled[0].revents)
            pipe_move(up);
        if (polled[1].revents)
            pipe_move(down);
    }
}

static bool move_before_timeout(struct pipe *pipe)
{
    struct pollfd polled = pipe_poll(pipe);
    if (poll(&polled, 1, FLUSH_MS) <= 0)
        return false;
    pipe_move(pipe);
    return true;
}

/* After one side has ended, pass on what it sent last, and bring back ptyd's answer to that. */
static void finish(struct pipe *up, struct pipe *down)
{
    while (up->length > 0 && !down->ended && move_before_timeout(up))
        ;
    shutdown(up->to, SHUT_WR);
    while ((down->length > 0 || !down->ended) && move_before_timeout(down))
        ;
}

/* Relay to `first_path`, unless it is NULL or nobody listens there, or else to `socket_path`. */
int attach(const char *first_path, const char *socket_path, int wait_ms)
{
    static struct pipe up, down;
    int fd = connect_with_retries(first_path, socket_path, wait_ms);
    if (fd < 0) {
        fprintf(stderr, "ptyd: %s: %s\n", socket_path, strerror(errno));
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    set_nonblocking(0);
    set_nonblocking(1);
    set_nonblocking(fd);
    up.from = 0;
    up.to = down.from = fd;
    down.to = 1;
    relay(&up, &down);
    finish(&up, &down);
    return 0;
}
