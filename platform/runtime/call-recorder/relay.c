/* Links between a client and the engine: every byte goes to the other side as it came, and every
 * end of a side as it was, half-closed or gone. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, READS_A_TURN = 8 };

struct link;

struct side {
    struct source source; /* first, so that a source leads to its side */
    struct link *link;
    bool watched;      /* by the kernel, for us */
    bool ended, gone;  /* it sends nothing more; it takes nothing more either */
    bool end_passed;   /* its end was passed on to the other side */
    char *rest;        /* what it could not take yet, to be freed */
    size_t at, length; /* of the rest */
};

struct link {
    struct side client, engine;
    struct conversation conversation;
    const char *engine_path;
    bool closed;
    struct link *next;
};

static struct link *waiting; /* for a place in the engine's queue of new connections */
static struct link *closed;
static size_t count;
static char chunk[CHUNK];

size_t open_links(void)
{
    return count;
}

bool links_wait(void)
{
    return waiting != NULL;
}

static struct side *opposite(struct side *side)
{
    return side == &side->link->client ? &side->link->engine : &side->link->client;
}

static void close_side(struct side *side)
{
    if (side->watched)
        end_watch(&side->source);
    if (side->source.fd >= 0)
        close(side->source.fd);
    free(side->rest);
    side->rest = NULL;
    side->watched = false;
    side->source.fd = -1;
}

/* It is freed when nothing can lead to it any more: see free_closed_links. */
static void close_link(struct link *link)
{
    if (link->closed)
        return;
    link->closed = true;
    end_conversation(&link->conversation);
    close_side(&link->client);
    close_side(&link->engine);
    link->next = closed;
    closed = link;
    count--;
}

void free_closed_links(void)
{
    while (closed) {
        struct link *link = closed;
        closed = link->next;
        free(link);
    }
}

static bool is_transient(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Give a side bytes, or what is left for it. Returns how many it took; when it takes nothing any
 * more, all are lost. */
static size_t give(struct side *to, const char *bytes, size_t size)
{
    ssize_t sent = to->gone ? (ssize_t)size : send(to->source.fd, bytes, size, MSG_NOSIGNAL);
    if (sent >= 0)
        return (size_t)sent;
    if (is_transient())
        return 0;
    to->gone = true;
    return size;
}

static bool keep_rest(struct side *to, const char *bytes, size_t size)
{
    to->rest = malloc(size);
    if (!to->rest)
        return false;
    memcpy(to->rest, bytes, size);
    to->at = 0;
    to->length = size;
    return true;
}

static void give_rest(struct side *to)
{
    to->at += give(to, to->rest + to->at, to->length - to->at);
    if (to->at < to->length)
        return;
    free(to->rest);
    to->rest = NULL;
}

/* Pass on what a side has sent, until it has nothing, or the other takes nothing for now. */
static void pass_on(struct side *from)
{
    struct link *link = from->link;
    struct side *to = opposite(from);
    for (int turn = 0; turn < READS_A_TURN && !from->ended && !to->rest; turn++) {
        ssize_t size = recv(from->source.fd, chunk, sizeof chunk, 0);
        if (size <= 0) {
            if (size < 0 && is_transient())
                return;
            from->ended = true;
            from->gone |= size < 0;
            return;
        }
        observe(&link->conversation, from == &link->client, chunk, (size_t)size);
        size_t taken = give(to, chunk, (size_t)size);
        if (taken < (size_t)size && !keep_rest(to, chunk + taken, (size_t)size - taken)) {
            close_link(link);
            return;
        }
    }
}

/* Pass the end of a side on, once all that it sent is. */
static void pass_end_on(struct side *from)
{
    struct side *to = opposite(from);
    if (from->link->closed || !from->ended || to->rest || from->end_passed)
        return;
    from->end_passed = true;
    if (from->gone || to->gone || to->end_passed)
        close_link(from->link);
    else
        shutdown(to->source.fd, SHUT_WR);
}

/* Let the kernel tell only of what can be dealt with: it would tell of the rest for ever. */
static void watch_side(struct side *side)
{
    uint32_t events = 0;
    if (side->link->closed || !side->watched)
        return;
    if (!side->ended && !opposite(side)->rest)
        events |= EPOLLIN;
    if (side->rest)
        events |= EPOLLOUT;
    change_watch(&side->source, events);
}

static void side_ready(struct source *source, uint32_t events)
{
    struct side *side = (struct side *)source, *other = opposite(side);
    struct link *link = side->link;
    if (link->closed)
        return;
    if (events & (EPOLLHUP | EPOLLERR)) {
        /* It is gone as a whole. What it sent last is still there to be read. */
        side->gone = true;
        end_watch(source);
        side->watched = false;
    }
    if (side->rest && (side->gone || events & EPOLLOUT))
        give_rest(side);
    pass_on(side);
    if (!link->closed && side->gone && !other->rest)
        while (!side->ended && !other->rest && !link->closed)
            pass_on(side);
    if (!link->closed && !side->rest && !other->ended)
        pass_on(other);
    pass_end_on(side);
    if (!link->closed)
        pass_end_on(other);
    watch_side(side);
    watch_side(other);
}

/* Connect to the engine. Returns 0, or why not; EAGAIN: its queue is full. */
static int connect_to_engine(struct link *link)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", link->engine_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(fd);
        return error;
    }
    link->engine.source.fd = fd;
    link->client.watched = watch(&link->client.source, EPOLLIN);
    link->engine.watched = watch(&link->engine.source, EPOLLIN);
    return link->client.watched && link->engine.watched ? 0 : ENOMEM;
}

/* Connect those that wait, in their order, as far as the engine takes them. */
void retry_links(void)
{
    while (waiting) {
        struct link *link = waiting;
        int error = connect_to_engine(link);
        if (error == EAGAIN)
            return;
        waiting = link->next;
        if (error)
            close_link(link);
    }
}

static void wait_in_line(struct link *link)
{
    struct link **last = &waiting;
    while (*last)
        last = &(*last)->next;
    link->next = NULL;
    *last = link;
}

/* Note who is at the other end: the process and its name, not what it was started with. */
static void note_client(struct conversation *conversation, int client)
{
    static uint32_t connections;
    struct ucred peer;
    socklen_t size = sizeof peer;
    char path[32];
    conversation->connection = ++connections;
    if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid <= 0)
        return;
    conversation->pid = (uint32_t)peer.pid;
    snprintf(path, sizeof path, "/proc/%d/comm", peer.pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read(fd, conversation->program, PROGRAM_CHARS - 1);
    conversation->program[length > 0 ? length : 0] = 0;
    conversation->program[strcspn(conversation->program, "\n")] = 0;
    close(fd);
}

/* Link a new client to the engine. Takes the descriptor over. False when the engine is not there,
 * for the reason in `error`; the client is then hung up on. */
bool open_link(int client, const char *engine_path, int *error)
{
    struct link *link = calloc(1, sizeof *link);
    *error = 0;
    if (!link) {
        close(client);
        return true;
    }
    link->engine_path = engine_path;
    link->client.source = (struct source){.ready = side_ready, .fd = client};
    link->engine.source = (struct source){.ready = side_ready, .fd = -1};
    link->client.link = link->engine.link = link;
    note_client(&link->conversation, client);
    count++;
    *error = waiting ? EAGAIN : connect_to_engine(link);
    if (*error == EAGAIN) {
        *error = 0;
        wait_in_line(link);
    }
    if (*error)
        close_link(link);
    return *error == 0;
}
