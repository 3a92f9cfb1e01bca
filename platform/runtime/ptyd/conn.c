/* What viewers send: frames in, actions out. Nothing of it is trusted: a length, a name or an order
 * that makes no sense ends the connection with 'E' "protocol". Only input can be long, and it is
 * passed on as it comes, so a connection needs no buffer of its own. */
#include "ptyd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A free place, or that of somebody who was told why they are dropped and only has to go. */
static struct conn *free_conn(void)
{
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (conn->state == CONN_FREE)
            return conn;
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (conn->finished) {
            conn_close(conn);
            return conn;
        }
    return NULL;
}

static void refuse(int fd)
{
    uint8_t frame[FRAME_HEAD + 4];
    memcpy(put_head(frame, 'E', 4), "busy", 4);
    if (send(fd, frame, sizeof frame, MSG_NOSIGNAL) < 0) { /* then it learns from the close */
    }
    close(fd);
}

/* False with errno when there is nothing to accept, or nothing to accept it with. */
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
    conn->deadline = now + HANDSHAKE_MS;
    return true;
}

void conn_close(struct conn *conn)
{
    close(conn->fd);
    memset(conn, 0, sizeof *conn);
    conn->fd = -1;
}

/* Say why, then end: what is half-written is completed first, a frame that was only announced is
 * taken back. */
void conn_fail(struct conn *conn, const char *code, int64_t now)
{
    if (!conn->out_begun)
        conn->out_head_left = conn->out_left = 0;
    view_control(conn, 'E', (const uint8_t *)code, strlen(code));
    conn->state = CONN_CLOSING;
    conn->deadline = now + LINGER_MS;
}

static bool on_attach(struct conn *conn, int64_t now)
{
    const uint8_t *at = conn->body;
    const uint8_t *name = at + ATTACH_FIXED;
    size_t length = conn->body_have < ATTACH_FIXED ? 0 : conn->body_have - ATTACH_FIXED;
    if (conn->state != CONN_NEW || !name_is_valid(name, length) || at[0] != PROTOCOL_VERSION)
        return false;
    conn->read_only = at[1] & 1;
    uint16_t cols = conn->read_only ? 80 : get_u16(at + 2);
    uint16_t rows = conn->read_only ? 24 : get_u16(at + 4);
    conn->window = get_u32(at + 6);
    conn->term = term_find(name, length);
    if (!conn->term)
        conn->term = term_open(name, length, cols, rows);
    else if (!conn->read_only)
        term_resize(conn->term, cols, rows);
    if (!conn->term)
        conn_fail(conn, "busy", now);
    else
        view_attach(conn, get_u64(at + 10), get_u64(at + 18), now);
    return true;
}

static bool on_resize(struct conn *conn)
{
    if (conn->body_have != 4)
        return false;
    if (!conn->read_only)
        term_resize(conn->term, get_u16(conn->body), get_u16(conn->body + 2));
    return true;
}

/* Nobody can render what was not sent, so a larger number counts as all that was. */
static bool on_ack(struct conn *conn)
{
    if (conn->body_have != 8)
        return false;
    uint64_t seq = get_u64(conn->body);
    if (seq > conn->sent)
        seq = conn->sent;
    if (seq > conn->acked)
        conn->acked = seq;
    return true;
}

/* A viewer that asks but does not read gets no more answers, and no memory of ours. */
static bool on_ping(struct conn *conn)
{
    view_control(conn, 'Q', conn->body, conn->body_have);
    return true;
}

/* The frame in conn->body is complete. False: it makes no sense. */
static bool dispatch(struct conn *conn, int64_t now)
{
    uint8_t type = conn->head[0];
    conn->head_have = 0;
    if (conn->state == CONN_LIVE)
        conn->deadline = now + SILENCE_MS;
    if (type == 'A')
        return on_attach(conn, now);
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
        conn_close(conn);
        return true;
    default:
        return true; /* an input frame, which has gone its way already */
    }
}

/* The longest payload of each type; -1 for what viewers may not send. */
static int32_t longest(uint8_t type)
{
    switch (type) {
    case 'A':
        return ATTACH_FIXED + MAX_NAME;
    case 'I':
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

static size_t take_head(struct conn *conn, const uint8_t *data, size_t length, int64_t now)
{
    size_t taken = FRAME_HEAD - conn->head_have < length ? FRAME_HEAD - conn->head_have : length;
    memcpy(conn->head + conn->head_have, data, taken);
    conn->head_have += taken;
    if (conn->head_have < FRAME_HEAD)
        return taken;
    uint32_t announced = get_u32(conn->head + 1);
    int32_t most = longest(conn->head[0]);
    bool early = conn->state == CONN_NEW && conn->head[0] != 'A';
    conn->body_left = announced;
    conn->body_have = 0;
    conn->swallow = conn->read_only;
    if (early || most < 0 || announced > (uint32_t)most || (announced == 0 && !dispatch(conn, now)))
        conn_fail(conn, "protocol", now);
    return taken;
}

/* Input goes on piece by piece. A frame of one byte is a key that was typed; longer ones may be
 * pastes. Where the shell has ended it is a wish for a new one, and the rest of the frame was meant
 * for the old. */
static void on_input(struct conn *conn, const uint8_t *data, size_t length, int64_t now)
{
    bool typed = get_u32(conn->head + 1) == 1;
    if (conn->swallow)
        return;
    if (!conn->term->pty.shell) {
        term_start(conn->term);
        conn->swallow = true;
    } else if (!term_input(conn->term, data, length, typed)) {
        conn_fail(conn, "input-overflow", now);
    }
}

static size_t take_body(struct conn *conn, const uint8_t *data, size_t length, int64_t now)
{
    size_t taken = conn->body_left < length ? conn->body_left : length;
    conn->body_left -= taken;
    if (conn->head[0] == 'I') {
        on_input(conn, data, taken, now);
    } else {
        memcpy(conn->body + conn->body_have, data, taken);
        conn->body_have += taken;
    }
    if (conn->body_left == 0 && conn->state != CONN_CLOSING && !dispatch(conn, now))
        conn_fail(conn, "protocol", now);
    return taken;
}

/* Read once, so that every viewer gets its turn. A viewer that is being dropped is read as well,
 * into nothing: closing a socket with unread bytes would cost it the reason. */
void conn_read(struct conn *conn, int64_t now)
{
    static uint8_t buffer[65536];
    ssize_t got = read(conn->fd, buffer, sizeof buffer);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        conn_close(conn);
        return;
    }
    size_t length = got < 0 ? 0 : (size_t)got;
    const uint8_t *at = buffer;
    while (length > 0 && (conn->state == CONN_NEW || conn->state == CONN_LIVE)) {
        size_t taken = conn->head_have < FRAME_HEAD ? take_head(conn, at, length, now)
                                                    : take_body(conn, at, length, now);
        at += taken;
        length -= taken;
    }
}
