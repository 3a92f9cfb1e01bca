/* What ptyd sends to viewers: output straight from the ring, within their credit, with size changes,
 * turns and exits at the points where they happened, and the reason when ptyd drops them. */
#include "ptyd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes of the control buffer that pongs must leave for the hello, sizes, exits and the error. */
#define CONTROL_RESERVE 96
#define HELLO_FIXED 29 /* bytes of a hello before the modes */

/* Queue a small frame. Returns false when there is no room, as only a viewer that does not read can
 * bring about. */
bool view_control(struct conn *conn, uint8_t type, const uint8_t *payload, size_t length)
{
    size_t room = sizeof conn->control - conn->control_length;
    size_t reserve = type == 'Q' ? CONTROL_RESERVE : 0;
    if (FRAME_HEAD + length + reserve > room)
        return false;
    uint8_t *at = put_head(conn->control + conn->control_length, type, (uint32_t)length);
    memcpy(at, payload, length);
    conn->control_length += FRAME_HEAD + length;
    return true;
}

void view_close(struct conn *conn)
{
    struct conn gone = *conn;
    close(conn->fd);
    memset(conn, 0, sizeof *conn);
    conn->fd = -1;
    turn_left(&gone);
}

/* Send the reason and end the connection. A half-written frame is completed first; one that was
 * only prepared is taken back. */
void view_fail(struct conn *conn, const char *code, int64_t now)
{
    if (!conn->out_begun)
        conn->out_head_left = conn->out_left = 0;
    view_control(conn, 'E', (const uint8_t *)code, strlen(code));
    conn->state = CONN_CLOSING;
    conn->deadline = now + LINGER_MS;
    turn_left(conn);
}

/* Whether the viewer can go on at byte `seq` with what it has already. */
static bool can_resume(const struct ring *ring, uint64_t epoch, uint64_t seq)
{
    if (seq == 0) /* the viewer has nothing yet that could be wrong */
        return ring_start(ring) == 0;
    return (epoch == 0 || epoch == server.epoch) && seq >= ring_start(ring) && seq <= ring->end;
}

/* Greet the viewer, and settle where its output starts. */
void view_attach(struct conn *conn, uint64_t epoch, uint64_t seq, int64_t now)
{
    struct term *term = conn->term;
    bool reset = !can_resume(&term->ring, epoch, seq);
    uint8_t hello[HELLO_FIXED + TIDY_SIZE];
    struct modes modes;
    conn->sent = conn->acked = reset ? term_clean_start(term, &modes) : seq;
    conn->mark = marks_from(&term->marks, conn->sent);
    marks_size_at(&term->marks, conn->sent, &conn->cols, &conn->rows);
    uint8_t *at = put_u64(put_u64(hello, server.epoch), conn->sent);
    *at++ = (uint8_t)(reset | (conn->follows ? 2 : 0));
    at = put_u64(put_u16(put_u16(at, conn->cols), conn->rows), term->ring.end);
    if (reset && conn->follows)
        at += tidy_restore(&modes.now, (char *)at);
    view_control(conn, 'H', hello, (size_t)(at - hello));
    conn->state = CONN_LIVE;
    conn->deadline = now + SILENCE_MS;
    if (reset)
        term_wiggle(term, now);
}

static bool send_size(struct conn *conn, uint16_t cols, uint16_t rows)
{
    uint8_t size[4];
    if (cols == conn->cols && rows == conn->rows)
        return true;
    conn->cols = cols;
    conn->rows = rows;
    put_u16(put_u16(size, cols), rows);
    return view_control(conn, 'Z', size, sizeof size);
}

/* Tell the viewer whether it is its turn, when that changes for it. */
static bool send_turn(struct conn *conn, uint32_t leader)
{
    uint8_t leads = leader == conn->id;
    if (leads == conn->leads || !conn->follows)
        return true;
    conn->leads = leads;
    return view_control(conn, 'T', &leads, sizeof leads);
}

/* Return the next mark in the stream, or NULL. A viewer that is so far behind that marks were
 * dropped in front of it is told what they came to. */
static const struct mark *next_mark(struct conn *conn)
{
    const struct marks *marks = &conn->term->marks;
    if (conn->mark < marks->first) {
        conn->mark = marks->first;
        send_size(conn, marks->base_cols, marks->base_rows);
        send_turn(conn, marks->base_viewer);
    }
    return conn->mark < marks->next ? marks_get(marks, conn->mark) : NULL;
}

static bool send_exit(struct conn *conn, const struct mark *mark)
{
    uint8_t code[4];
    put_u32(code, (uint32_t)mark->code);
    return view_control(conn, 'X', code, sizeof code);
}

/* Queue the marks that the viewer has reached, while there is room for them. */
static void send_marks(struct conn *conn)
{
    const struct mark *mark;
    while ((mark = next_mark(conn)) && mark->seq <= conn->sent) {
        if (sizeof conn->control - conn->control_length < CONTROL_RESERVE / 2)
            return;
        conn->mark++;
        if (mark->type == 'X')
            send_exit(conn, mark);
        else if (mark->type == 'T')
            send_turn(conn, mark->viewer);
        else
            send_size(conn, mark->cols, mark->rows);
    }
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Count the bytes that the viewer may be sent. One that is not read can't acknowledge, and a program
 * that answers its input would wait for ever: what its socket takes has to do. */
static uint64_t credit_of(const struct conn *conn)
{
    uint64_t unacked = conn->sent - conn->acked;
    if (conn_is_held(conn))
        return MAX_PAYLOAD;
    return unacked < conn->window ? conn->window - unacked : 0;
}

/* Count the bytes that may go into the next frame: up to the next mark, within the credit. */
static size_t sendable(struct conn *conn)
{
    const struct mark *mark = next_mark(conn);
    uint64_t credit = credit_of(conn);
    uint64_t limit = mark ? smaller(mark->seq, conn->term->ring.end) : conn->term->ring.end;
    uint64_t ready = limit > conn->sent ? limit - conn->sent : 0;
    return (size_t)smaller(smaller(ready, credit), MAX_PAYLOAD);
}

/* Prepare the next output frame, after the marks in front of it. Its bytes stay in the ring until
 * they are written. */
static void prepare_output(struct conn *conn)
{
    if (conn->state != CONN_LIVE || conn->out_head_left || conn->out_left)
        return;
    send_marks(conn);
    size_t length = sendable(conn);
    if (length == 0)
        return;
    put_head(conn->out_head, 'O', (uint32_t)length);
    conn->out_head_left = FRAME_HEAD;
    conn->out_left = length;
    conn->out_begun = false;
}

/* Whether something waits to be written. */
bool view_pending(const struct conn *conn)
{
    return conn->control_length || conn->out_head_left || conn->out_left;
}

static void advance_control(struct conn *conn, size_t nwritten)
{
    conn->control_length -= nwritten;
    memmove(conn->control, conn->control + nwritten, conn->control_length);
}

/* Count the written bytes off the control buffer, the frame's head and its body, in the order in
 * which write_once sends them. */
static void advance(struct conn *conn, size_t nwritten, size_t control)
{
    size_t part = smaller(nwritten, control);
    advance_control(conn, part);
    nwritten -= part;
    conn->out_begun = conn->out_begun || nwritten > 0;
    part = smaller(nwritten, conn->out_head_left);
    conn->out_head_left -= part;
    conn->out_left -= nwritten - part;
    conn->sent += nwritten - part;
}

/* Write `control` bytes of small frames, then the output frame. An output frame begins only once
 * all small frames are written, so a small frame that was cut short is always completed next. */
static ssize_t write_once(struct conn *conn, size_t control)
{
    struct iovec parts[4] = {
        {conn->control, control},
        {conn->out_head + FRAME_HEAD - conn->out_head_left, conn->out_head_left}};
    int count = 2;
    if (conn->out_left)
        count += ring_slices(&conn->term->ring, conn->sent, conn->out_left, parts + 2);
    return writev(conn->fd, parts, count);
}

/* Write once, without putting small frames into the middle of an output frame. Returns false when
 * the socket takes no more. */
static bool write_pending(struct conn *conn)
{
    bool midway = conn->out_begun && (conn->out_head_left || conn->out_left);
    size_t control = midway ? 0 : conn->control_length;
    ssize_t nwritten = write_once(conn, control);
    if (nwritten >= 0) {
        advance(conn, (size_t)nwritten, control);
        return true;
    }
    if (errno == EAGAIN || errno == EINTR)
        conn->blocked = true;
    else
        view_close(conn);
    return false;
}

/* Write everything that the viewer may have now. */
void view_flush(struct conn *conn)
{
    if (conn->state == CONN_FREE || conn->blocked)
        return;
    for (prepare_output(conn); view_pending(conn); prepare_output(conn))
        if (!write_pending(conn))
            return;
    if (conn->state == CONN_CLOSING && !conn->finished) {
        shutdown(conn->fd, SHUT_WR);
        conn->finished = true;
    }
}

/* Whether the connection shows this terminal. */
bool view_is_live(const struct conn *conn, const struct term *term)
{
    return conn->state == CONN_LIVE && conn->term == term;
}

/* Whether the program must wait because every viewer that may type is behind. A viewer that only
 * watches never holds it up. */
bool view_paused(const struct term *term)
{
    uint64_t furthest = 0;
    bool has_writer = false;
    for (const struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (view_is_live(conn, term) && !conn->read_only) {
            has_writer = true;
            furthest = conn->sent > furthest ? conn->sent : furthest;
        }
    return has_writer && term->ring.end - furthest >= smaller(BEHIND_MAX, term->ring.size / 2);
}

/* Drop viewers that need bytes which the ring no longer holds. In the middle of an output frame
 * there is no way to tell the viewer why. */
void view_drop_slow(const struct term *term, int64_t now)
{
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++) {
        if (conn->state == CONN_FREE || conn->term != term || conn->sent >= ring_start(&term->ring))
            continue;
        if (conn->out_begun && conn->out_left)
            view_close(conn);
        else if (conn->state == CONN_LIVE)
            view_fail(conn, "slow", now);
    }
}
