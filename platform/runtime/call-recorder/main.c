/* The call recorder stands where clients look for a Docker engine, relays to the engine's own
 * socket, and remembers which calls went by: for the panel that draws them.
 *
 *   call-recorder ENGINE CLIENTS REPORT
 *
 * ENGINE is dockerd's own socket, CLIENTS the one where clients look, REPORT where the platform
 * reads (report.c). To clients it is as if it were not there:
 *
 * - Bytes go through untouched, both ways, at once; ends of streams too (relay.c). HTTP is followed
 *   on the side (http.c), and what can't be followed is relayed all the same.
 * - CLIENTS has the owner and the rights of ENGINE, so that nobody reaches the engine who would not
 *   without it, and it is there only while the engine is: a client of an engine that is down is
 *   refused by the kernel, as it would be. We know by a connection of our own, which has asked for
 *   one ping and is idle. An engine that begins to stop closes idle connections at once, and one
 *   that dies loses all.
 * - What is remembered is bounded and holds neither headers nor bodies (calls.c). The student is
 *   root beside us and may forge it, or kill us: start-docker then lets CLIENTS lead to ENGINE for
 *   the second until we are back.
 *
 * One thread around one epoll.
 */
#include "recorder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_A_TURN = 64,
    ACCEPTS_A_TURN = 64,
    BACKLOG = 4096, /* as Go's servers ask for; the kernel cuts it */
    RETRY_MS = 5,   /* for a place in the engine's queue, or for a free descriptor */
    SOON_MS = 10,   /* an engine that is starting is looked for so often, at first */
    SOON_TRIES = 1000,
    LATER_MS = 250,
    SPARE_DESCRIPTORS = 32,
};

static const char PING[] = "GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";

static const char *engine_path, *clients_path;
static int epoll;
static struct source engine = {.fd = -1};  /* our own connection: it is there while the engine is */
static struct source clients = {.fd = -1}; /* where clients come in; only while the engine is there */
static ino_t clients_inode;
static bool accepting;
static size_t links_max;
static int tries;
static volatile sig_atomic_t stopping;

int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool watch(struct source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

void change_watch(struct source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    epoll_ctl(epoll, EPOLL_CTL_MOD, source->fd, &event);
}

void end_watch(struct source *source)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

static void close_source(struct source *source)
{
    if (source->fd < 0)
        return;
    end_watch(source);
    close(source->fd);
    source->fd = -1;
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static bool is_ours(void)
{
    struct stat status;
    return lstat(clients_path, &status) == 0 && status.st_ino == clients_inode;
}

/* Let no more clients in. The socket's file goes when the engine's has gone: without us, clients
 * would find none there either. */
static void close_clients(void)
{
    close_source(&clients);
    tries = 0;
    if (access(engine_path, F_OK) < 0 && is_ours())
        unlink(clients_path);
}

static void accept_clients(struct source *source, uint32_t events)
{
    (void)events;
    for (int turn = 0; turn < ACCEPTS_A_TURN && open_links() < links_max; turn++) {
        int error, fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (fd < 0)
            break;
        if (!open_link(fd, engine_path, &error) && (error == ENOENT || error == ECONNREFUSED)) {
            close_source(&engine);
            close_clients();
            return;
        }
    }
    accepting = open_links() < links_max;
    if (!accepting)
        change_watch(source, 0); /* who comes waits in the kernel's queue */
}

/* Let in whom the engine would let in. It may not have given its socket its rights yet, and has
 * when it answers. */
static bool copy_rights(void)
{
    struct stat status;
    return stat(engine_path, &status) == 0 &&
           chown(clients_path, status.st_uid, status.st_gid) == 0 &&
           chmod(clients_path, status.st_mode & 07777) == 0;
}

static void open_clients(void)
{
    static bool said;
    struct sockaddr_un address = address_of(clients_path);
    struct stat old = {0};
    if (lstat(clients_path, &old) == 0 && (S_ISSOCK(old.st_mode) || S_ISLNK(old.st_mode)))
        unlink(clients_path);
    clients = (struct source){
        .ready = accept_clients, .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    mode_t mask = umask(0777); /* nobody comes in before it is the owner's */
    bool open = clients.fd >= 0 && bind(clients.fd, (struct sockaddr *)&address, sizeof address) == 0;
    umask(mask);
    open = open && lstat(clients_path, &old) == 0 && listen(clients.fd, BACKLOG) == 0 &&
           watch(&clients, EPOLLIN) && copy_rights();
    clients_inode = old.st_ino;
    accepting = true;
    if (open)
        return;
    if (!said)
        fprintf(stderr, "call-recorder: %s: %s\n", clients_path, strerror(errno));
    said = true;
    close_source(&clients);
}

static bool connect_engine(void);

/* Throw away what the engine says to us. When it hangs up, see whether it is still there. */
static void engine_ready(struct source *source, uint32_t events)
{
    char bytes[4096];
    ssize_t size = recv(source->fd, bytes, sizeof bytes, 0);
    (void)events;
    if (size > 0 && clients.fd >= 0 && is_ours())
        copy_rights();
    if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    close_source(&engine);
    if (!connect_engine())
        close_clients();
}

static bool connect_engine(void)
{
    struct sockaddr_un address = address_of(engine_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    engine = (struct source){.ready = engine_ready, .fd = fd};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        send(fd, PING, sizeof PING - 1, MSG_NOSIGNAL) < 0 || !watch(&engine, EPOLLIN)) {
        close(fd);
        engine.fd = -1;
        return false;
    }
    return true;
}

/* Do what is not told of by the kernel. Returns after how many milliseconds to do so again. */
static int look_around(void)
{
    if (engine.fd < 0 && connect_engine())
        tries = 0;
    if (engine.fd >= 0 && clients.fd < 0)
        open_clients();
    if (links_wait())
        retry_links();
    if (clients.fd >= 0 && !accepting && open_links() < links_max) {
        accepting = true;
        change_watch(&clients, EPOLLIN);
    }
    if (engine.fd < 0 || clients.fd < 0)
        return tries++ < SOON_TRIES ? SOON_MS : LATER_MS;
    return links_wait() || !accepting ? RETRY_MS : -1;
}

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

/* Let clients find the engine without us. */
static void step_aside(void)
{
    close_clients();
    if (is_ours())
        unlink(clients_path);
    if (symlink(engine_path, clients_path) < 0)
        fprintf(stderr, "call-recorder: %s: %s\n", clients_path, strerror(errno));
}

static bool prepare(const char *report_path)
{
    struct rlimit limit;
    struct sigaction action = {.sa_handler = stop};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    links_max = limit.rlim_cur > 2 * SPARE_DESCRIPTORS
                    ? (size_t)(limit.rlim_cur - SPARE_DESCRIPTORS) / 2
                    : 1;
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll >= 0 && start_report(report_path);
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS_A_TURN];
    size_t longest = sizeof((struct sockaddr_un *)0)->sun_path;
    if (argc != 4 || strlen(argv[1]) >= longest || strlen(argv[2]) >= longest ||
        strlen(argv[3]) >= longest) {
        fputs("usage: call-recorder ENGINE CLIENTS REPORT\n", stderr);
        return 2;
    }
    engine_path = argv[1];
    clients_path = argv[2];
    start_calls();
    if (!prepare(argv[3])) {
        fprintf(stderr, "call-recorder: %s: %s\n", argv[3], strerror(errno));
        return 1;
    }
    while (!stopping) {
        int ready = epoll_wait(epoll, events, EVENTS_A_TURN, look_around());
        for (int i = 0; i < ready; i++) {
            struct source *source = events[i].data.ptr;
            if (source->fd >= 0)
                source->ready(source, events[i].events);
        }
        free_closed_links();
    }
    step_aside();
    return 0;
}
