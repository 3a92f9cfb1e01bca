/* `ptyd attach` and `ptyd dial`: a socket's bytes over stdin and stdout, for whoever can exec in a
 * machine but not reach its sockets. It neither knows nor checks what they mean. */
#include "ptyd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_PAUSE_MS 20
#define FLUSH_MS                                                                                   \
    5000 /* without any progress, for a reader that has gone to sleep over our last bytes */

/* One direction. */
struct pipe {
    int from, to;
    uint8_t bytes[65536];
    size_t at, have;
    bool ended;
};

static int connect_once(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static int connect_patiently(const char *path, int wait_ms)
{
    int64_t end = now_ms() + wait_ms;
    struct sockaddr_un address;
    if (!socket_address(path, &address)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (;;) {
        int fd = connect_once(&address);
        if (fd >= 0 || (errno != ENOENT && errno != ECONNREFUSED) || now_ms() >= end)
            return fd;
        poll(NULL, 0, CONNECT_PAUSE_MS);
    }
}

static bool is_passing(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Write what is there, else read more. */
static void move(struct pipe *pipe)
{
    if (pipe->have == 0 && !pipe->ended) {
        ssize_t got = read(pipe->from, pipe->bytes, sizeof pipe->bytes);
        pipe->at = 0;
        pipe->have = got > 0 ? (size_t)got : 0;
        pipe->ended = got <= 0 && !is_passing(got);
    }
    if (pipe->have > 0) {
        ssize_t done = write(pipe->to, pipe->bytes + pipe->at, pipe->have);
        if (done > 0) {
            pipe->at += (size_t)done;
            pipe->have -= (size_t)done;
        } else if (!is_passing(done)) {
            pipe->have = 0;
            pipe->ended = true;
        }
    }
}

/* Wait for room where something waits to be written, else for something to read. */
static struct pollfd wish(const struct pipe *pipe)
{
    if (pipe->have > 0)
        return (struct pollfd){.fd = pipe->to, .events = POLLOUT};
    return (struct pollfd){.fd = pipe->ended ? -1 : pipe->from, .events = POLLIN};
}

/* Until one side has ended. The third place notices that ptyd has closed even while nobody takes
 * our output: whoever exec'd us may be gone without our stdin telling. */
static void relay(struct pipe *up, struct pipe *down)
{
    short closed = 0;
    while (!up->ended && !down->ended && !closed) {
        struct pollfd polled[3] = {wish(up), wish(down), {.fd = down->from, .events = 0}};
        if (poll(polled, 3, -1) < 0)
            continue;
        closed = polled[2].revents & (POLLHUP | POLLERR);
        if (polled[0].revents)
            move(up);
        if (polled[1].revents)
            move(down);
    }
}

static bool move_patiently(struct pipe *pipe)
{
    struct pollfd polled = wish(pipe);
    if (poll(&polled, 1, FLUSH_MS) <= 0)
        return false;
    move(pipe);
    return true;
}

/* One side has ended: what came from it still goes to the other, and ptyd's answer to that still
 * comes back. */
static void finish(struct pipe *up, struct pipe *down)
{
    while (up->have > 0 && !down->ended && move_patiently(up))
        ;
    shutdown(up->to, SHUT_WR);
    while ((down->have > 0 || !down->ended) && move_patiently(down))
        ;
}

static void no_blocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int attach(const char *socket_path, int wait_ms)
{
    static struct pipe up, down;
    int fd = connect_patiently(socket_path, wait_ms);
    if (fd < 0) {
        fprintf(stderr, "ptyd: %s: %s\n", socket_path, strerror(errno));
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    no_blocking(0);
    no_blocking(1);
    no_blocking(fd);
    up.from = 0;
    up.to = down.from = fd;
    down.to = 1;
    relay(&up, &down);
    finish(&up, &down);
    return 0;
}
