/* What viewers send: parse their frames and act on them. None of it is trusted: a wrong length, a
 * bad name or a frame out of order ends the connection with 'E' "protocol". Only input can be long,
 * and it is passed on as it arrives, so a connection needs no large buffer of its own. */
#include "ptyd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Find a free slot, or free that of a dropped viewer that has been sent the reason. */
static struct conn *free_conn(void)
{
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (conn->state == CONN_FREE)
            return conn;
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (conn->finished) {
            view_close(conn);
            return conn;
        }
    return NULL;
}

static void refuse(int fd)
{
    uint8_t frame[FRAME_HEAD + 4];
    memcpy(put_head(frame, 'E', 4), "busy", 4);
    ssize_t sent = send(fd, frame, sizeof frame, MSG_NOSIGNAL);
    (void)sent; /* a viewer that misses the reason still sees the connection close */
    close(fd);
}

/* Accept a connection. Returns false with errno when none is waiting, or when the kernel has no
 * descriptor or memory for it. */
bool conn_accept(int listener, int64_t now)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return false;
    struct conn *conn = free_conn();
    if (!conn) {
        refuse(fd);
        return true;
    }
    memset(conn, 0, sizeof *conn);
    conn->state = CONN_NEW;
    conn->fd = fd;
    conn->id = ++server.viewers;
    conn->deadline = now + HANDSHAKE_MS;
    return true;
}

static bool on_attach(struct conn *conn, int64_t now)
{
    const uint8_t *at = conn->body;
    const uint8_t *name = at + ATTACH_FIXED;
    size_t length = conn->body_length < ATTACH_FIXED ? 0 : conn->body_length - ATTACH_FIXED;
    if (conn->state != CONN_NEW || !name_is_valid(name, length) || at[0] != PROTOCOL_VERSION)
        return false;
    conn->read_only = at[1] & 1;
    conn->follows = at[1] & 2;
    conn->own_cols = conn->read_only ? 80 : get_u16(at + 2);
    conn->own_rows = conn->read_only ? 24 : get_u16(at + 4);
    conn->window = get_u32(at + 6);
    conn->term = term_find(name, length);
    if (!conn->term)
        conn->term = term_open(name, length, conn->own_cols, conn->own_rows);
    if (!conn->term) {
        view_fail(conn, "busy", now);
        return true;
    }
    turn_join(conn);
    view_attach(conn, get_u64(at + 10), get_u64(at + 18), now);
    return true;
}

/* Hand the viewer over to a process that connects it to a port. */
static bool on_connect(struct conn *conn, int64_t now)
{
    uint16_t port = conn->body_length == 2 ? get_u16(conn->body) : 0;
    if (conn->state != CONN_NEW || port == 0)
        return false;
    if (port_open(conn->fd, port))
        view_close(conn);
    else
        view_fail(conn, "busy", now);
    return true;
}

static bool on_resize(struct conn *conn)
{
    if (conn->body_length != 4)
        return false;
    if (!conn->read_only)
        turn_resize(conn, get_u16(conn->body), get_u16(conn->body + 2));
    return true;
}

/* Note what the viewer has rendered. It cannot have rendered what was not sent, so a larger number
 * counts as everything that was. */
static bool on_ack(struct conn *conn)
{
    if (conn->body_length != 8)
        return false;
    uint64_t seq = get_u64(conn->body);
    if (seq > conn->sent)
        seq = conn->sent;
    if (seq > conn->acked)
        conn->acked = seq;
    return true;
}

/* Answer a ping. If the viewer does not read its pongs, further ones are left out rather than
 * queued without end. */
static bool on_ping(struct conn *conn)
{
    view_control(conn, 'Q', conn->body, conn->body_length);
    return true;
}

/* Act on the complete frame in conn->body. Returns false when the frame is malformed. */
static bool dispatch(struct conn *conn, int64_t now)
{
    uint8_t type = conn->head[0];
    conn->head_length = 0;
    if (conn->state == CONN_LIVE)
        conn->deadline = now + SILENCE_MS;
    if (type == 'A')
        return on_attach(conn, now);
    if (type == 'C')
        return on_connect(conn, now);
    if (conn->state != CONN_LIVE)
        return false;
    switch (type) {
    case 'R':
        return on_resize(conn);
    case 'K':
        return on_ack(conn);
    case 'P':
        return on_ping(conn);
    case 'D':
        view_close(conn);
        return true;
    default:
        return true; /* input and replies, which were passed on as they arrived */
    }
}

/* Return the longest payload that a type may have; -1 for types that viewers may not send. */
static int32_t max_payload(uint8_t type)
{
    switch (type) {
    case 'A':
        return ATTACH_FIXED + MAX_NAME;
    case 'C':
        return 2;
    case 'I':
    case 'Y':
        return MAX_PAYLOAD;
    case 'R':
        return 4;
    case 'K':
        return 8;
    case 'P':
        return 16;
    case 'D':
        return 0;
    default:
        return -1;
    }
}

static size_t parse_head(struct conn *conn, const uint8_t *data, size_t length, int64_t now)
{
    size_t count =
        FRAME_HEAD - conn->head_length < length ? FRAME_HEAD - conn->head_length : length;
    memcpy(conn->head + conn->head_length, data, count);
    conn->head_length += count;
    if (conn->head_length < FRAME_HEAD)
        return count;
    uint32_t announced = get_u32(conn->head + 1);
    int32_t limit = max_payload(conn->head[0]);
    bool early = conn->state == CONN_NEW && conn->head[0] != 'A' && conn->head[0] != 'C';
    conn->body_left = announced;
    conn->body_length = 0;
    conn->discard = conn->read_only;
    if (early || limit < 0 || announced > (uint32_t)limit ||
        (announced == 0 && !dispatch(conn, now)))
        view_fail(conn, "protocol", now);
    return count;
}

/* Pass on a piece of an input frame. A frame of one byte is a typed key; a longer one may be a
 * paste. If the shell has ended, the frame starts a new one, and its bytes are thrown away, because
 * they were meant for the old shell. */
static void on_input(struct conn *conn, const uint8_t *data, size_t length, int64_t now)
{
    bool typed = get_u32(conn->head + 1) == 1;
    if (conn->discard)
        return;
    turn_typed(conn);
    if (!conn->term->pty.shell) {
        term_start(conn->term);
        conn->discard = true;
    } else if (!term_input(conn->term, data, length, typed)) {
        view_fail(conn, "input-overflow", now);
    }
}

/* Pass on a piece of what the viewer's terminal said of itself: the answer to a program's question,
 * the focus, a pointer that moves. Nobody typed it, so it takes no turn and starts no shell. */
static void on_reply(struct conn *conn, const uint8_t *data, size_t length, int64_t now)
{
    if (conn->discard || !conn->term->pty.shell || conn->term->hung_up)
        return;
    if (!term_input(conn->term, data, length, false))
        view_fail(conn, "input-overflow", now);
}

static size_t parse_body(struct conn *conn, const uint8_t *data, size_t length, int64_t now)
{
    size_t count = conn->body_left < length ? conn->body_left : length;
    conn->body_left -= count;
    if (conn->head[0] == 'I') {
        on_input(conn, data, count, now);
    } else if (conn->head[0] == 'Y') {
        on_reply(conn, data, count, now);
    } else {
        memcpy(conn->body + conn->body_length, data, count);
        conn->body_length += count;
    }
    if (conn->body_left == 0 && conn->state != CONN_CLOSING && !dispatch(conn, now))
        view_fail(conn, "protocol", now);
    return count;
}

/* Whether the viewer must wait until its program has read more: then nothing is read from it, so
 * that no input is lost and none piles up. */
bool conn_is_held(const struct conn *conn)
{
    return conn->state == CONN_LIVE && !conn->read_only &&
           conn->term->input.length > INPUT_MAX - CONN_READ;
}

/* Read once, so that every viewer gets its turn. What a dropped viewer sends is read too, and
 * thrown away: closing a socket that holds unread bytes would lose the reason on its way. */
void conn_read(struct conn *conn, int64_t now)
{
    static uint8_t buffer[CONN_READ];
    ssize_t nread = read(conn->fd, buffer, sizeof buffer);
    if (nread == 0 || (nread < 0 && errno != EAGAIN && errno != EINTR)) {
        view_close(conn);
        return;
    }
    size_t length = nread < 0 ? 0 : (size_t)nread;
    const uint8_t *at = buffer;
    while (length > 0 && (conn->state == CONN_NEW || conn->state == CONN_LIVE)) {
        size_t count = conn->head_length < FRAME_HEAD ? parse_head(conn, at, length, now)
                                                      : parse_body(conn, at, length, now);
        at += count;
        length -= count;
    }
}
