/* fetch PORT MILLISECONDS REQUEST: print what answers on a loopback port of this network namespace.
 *
 * It runs under the checker, in a container that shares nothing but the network with the student's
 * machine beside it. It connects to 127.0.0.1, or else to ::1, sends REQUEST, and copies the answer
 * to standard output until the other side closes the connection. With an empty REQUEST it only
 * checks that the connection is accepted. The checker limits how much of the answer it keeps.
 *
 * Exit codes: 0 connected, and the answer is complete; 1 nobody accepts the connection; 2 bad
 * usage; 3 connected, but MILLISECONDS ran out before the request was sent or the answer was
 * complete.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DONE = 0, UNREACHABLE = 1, USAGE = 2, LATE = 3 };
enum { CHUNK = 16384 };

static int64_t deadline;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until the socket is ready. Returns 0 when time is up. */
static int wait_until_ready(int fd, short events)
{
    struct pollfd ready = {.fd = fd, .events = events};
    int64_t left = deadline - now_ms();
    return left > 0 && poll(&ready, 1, (int)left) > 0;
}

/* Connect. Returns the socket, or -1. */
static int connect_to(const struct sockaddr *address, socklen_t size)
{
    int error = 0;
    socklen_t length = sizeof error;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, address, size) == 0)
        return fd;
    if (errno == EINPROGRESS && wait_until_ready(fd, POLLOUT) &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_to_port(uint16_t port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = connect_to((const struct sockaddr *)&four, sizeof four);
    return fd >= 0 ? fd : connect_to((const struct sockaddr *)&six, sizeof six);
}

static void send_all(int fd, const char *request)
{
    size_t left = strlen(request);
    while (left > 0) {
        if (!wait_until_ready(fd, POLLOUT))
            _exit(LATE);
        ssize_t sent = send(fd, request, left, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return; /* the server may have answered all the same */
        if (sent > 0) {
            request += sent;
            left -= (size_t)sent;
        }
    }
}

static void write_all(const char *data, size_t size)
{
    while (size > 0) {
        ssize_t nwritten = write(STDOUT_FILENO, data, size);
        if (nwritten < 0 && errno != EINTR)
            _exit(LATE);
        if (nwritten > 0) {
            data += nwritten;
            size -= (size_t)nwritten;
        }
    }
}

static void copy_answer(int fd)
{
    static char chunk[CHUNK];
    for (;;) {
        if (!wait_until_ready(fd, POLLIN))
            _exit(LATE);
        ssize_t nread = recv(fd, chunk, sizeof chunk, 0);
        if (nread == 0 || (nread < 0 && errno != EAGAIN && errno != EINTR))
            return;
        if (nread > 0)
            write_all(chunk, (size_t)nread);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return USAGE;
    long port = strtol(argv[1], NULL, 10), milliseconds = strtol(argv[2], NULL, 10);
    if (port < 1 || port > 65535 || milliseconds < 1 || milliseconds > 60000)
        return USAGE;
    deadline = now_ms() + milliseconds;
    int fd = connect_to_port((uint16_t)port);
    if (fd < 0)
        return UNREACHABLE;
    if (argv[3][0] == 0)
        return DONE;
    send_all(fd, argv[3]);
    copy_answer(fd);
    return DONE;
}
