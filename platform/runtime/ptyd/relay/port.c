/* Connect a viewer to a TCP port of the machine. Each connection is a process of its own that copies
 * bytes both ways and yields to the terminals: ptyd's loop only starts it, and counts. So a program
 * that floods, hangs or never reads costs nobody a key. */
#include "ptyd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VIEWER 3 /* the viewer's descriptor in the process of a connection */
#define YIELD 10 /* how far below the terminals it stands (nice) */

static pid_t relays[MAX_PORTS];

/* Send the viewer a frame. Its socket is empty, so it takes one. */
static void tell(uint8_t type, const char *code)
{
    uint8_t frame[FRAME_HEAD + 16];
    size_t length = strlen(code);
    memcpy(put_head(frame, type, (uint32_t)length), code, length);
    ssize_t sent = send(VIEWER, frame, FRAME_HEAD + length, MSG_NOSIGNAL);
    (void)sent; /* a viewer that is gone needs no answer */
}

/* Wait for a connection that is under way; 0, or what is wrong with it. */
static int wait_connected(int fd)
{
    struct pollfd polled[2] = {{.fd = fd, .events = POLLOUT}, {.fd = VIEWER, .events = 0}};
    int reason = 0;
    socklen_t length = sizeof reason;
    if (poll(polled, 2, PORT_CONNECT_MS) <= 0)
        return ETIMEDOUT;
    if (!polled[0].revents)
        return ECANCELED; /* the viewer has left */
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &length) < 0 ? errno : reason;
}

static int connect_to(const struct sockaddr *address, socklen_t length, int *reason)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    *reason = fd < 0 ? errno : 0;
    if (fd < 0)
        return -1;
    if (connect(fd, address, length) < 0)
        *reason = errno == EINPROGRESS ? wait_connected(fd) : errno;
    if (*reason == 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
    }
    close(fd);
    return -1;
}

/* Connect to whoever listens on the port, by the old address or the new one. */
static int connect_port(uint16_t port, int *reason)
{
    struct sockaddr_in old = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 new = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int new_reason;
    old.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    new.sin6_addr = in6addr_loopback;
    int fd = connect_to((const struct sockaddr *)&old, sizeof old, reason);
    if (fd >= 0 || *reason != ECONNREFUSED)
        return fd;
    fd = connect_to((const struct sockaddr *)&new, sizeof new, &new_reason);
    return fd;
}

/* Pass an end on, once. */
static void pass_end(struct pipe *pipe)
{
    if (!pipe->ended || pipe->length > 0 || pipe->to < 0)
        return;
    shutdown(pipe->to, SHUT_WR);
    pipe->to = -1;
}

/* Copy both ways until both sides have ended, the viewer is gone, or nothing has moved for long. */
static void copy(struct pipe *up, struct pipe *down)
{
    while (up->to >= 0 || down->to >= 0) {
        struct pollfd polled[3] = {
            pipe_poll(up), pipe_poll(down), {.fd = VIEWER, .events = 0}};
        if (poll(polled, 3, PORT_IDLE_MS) == 0 || polled[2].revents & (POLLHUP | POLLERR))
            return;
        if (polled[0].revents)
            pipe_move(up);
        if (polled[1].revents)
            pipe_move(down);
        pass_end(up);
        pass_end(down);
    }
}

static void close_from(unsigned first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
#endif
    for (int fd = (int)first; fd < (int)sysconf(_SC_OPEN_MAX); fd++)
        close(fd);
}

/* Let go of everything but the viewer: a terminal whose end is held here would never hang up. */
static void become_relay(int fd, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    dup2(fd, VIEWER);
    close_from(VIEWER + 1);
    prctl(PR_SET_NAME, "ptyd-port", 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    setpriority(PRIO_PROCESS, 0, YIELD);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != parent)
        _exit(0);
}

static void run_relay(uint16_t port)
{
    static struct pipe up, down;
    int reason, fd = connect_port(port, &reason);
    if (fd < 0) {
        tell('E', reason == ECONNREFUSED ? "refused" : "timeout");
        return;
    }
    tell('G', "");
    set_nonblocking(VIEWER);
    up.from = down.to = VIEWER;
    up.to = down.from = fd;
    copy(&up, &down);
}

/* Connect the viewer behind `fd`. Returns false when there are as many connections as may be, or no
 * process is to be had. */
bool port_open(int fd, uint16_t port)
{
    pid_t parent = getpid();
    for (pid_t *relay = relays; relay < relays + MAX_PORTS; relay++) {
        if (*relay)
            continue;
        pid_t pid = fork();
        if (pid == 0) {
            become_relay(fd, parent);
            run_relay(port);
            _exit(0);
        }
        *relay = pid > 0 ? pid : 0;
        return pid > 0;
    }
    return false;
}

/* Note that a process has ended. */
void port_ended(pid_t pid)
{
    for (pid_t *relay = relays; relay < relays + MAX_PORTS; relay++)
        if (*relay == pid)
            *relay = 0;
}
