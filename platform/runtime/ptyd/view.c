/* What viewers get: output straight out of the ring, within their credit, with sizes and exits
 * where they happened. */
#include "ptyd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_RESERVE                                                                            \
    96 /* of the control buffer, which pongs must leave for hello, sizes, exits and the error */

/* Queue a small frame. False when there is no room, which only happens to who does not read. */
bool view_control(struct conn *conn, uint8_t type, const uint8_t *payload, size_t length)
{
    size_t room = sizeof conn->control - conn->control_have;
    size_t reserve = type == 'Q' ? CONTROL_RESERVE : 0;
    if (FRAME_HEAD + length + reserve > room)
        return false;
    uint8_t *at = put_head(conn->control + conn->control_have, type, (uint32_t)length);
    memcpy(at, payload, length);
    conn->control_have += FRAME_HEAD + length;
    return true;
}

static bool can_resume(const struct ring *ring, uint64_t epoch, uint64_t seq)
{
    if (seq == 0) /* it has nothing, so nothing can contradict */
        return ring_start(ring) == 0;
    return (epoch == 0 || epoch == server.epoch) && seq >= ring_start(ring) && seq <= ring->end;
}

void view_attach(struct conn *conn, uint64_t epoch, uint64_t seq, int64_t now)
{
    struct term *term = conn->term;
    bool reset = !can_resume(&term->ring, epoch, seq);
    uint8_t hello[29];
    conn->sent = conn->acked = reset ? ring_clean_start(&term->ring) : seq;
    conn->mark = marks_from(&term->marks, conn->sent);
    marks_size_at(&term->marks, conn->sent, &conn->cols, &conn->rows);
    uint8_t *at = put_u64(put_u64(hello, server.epoch), conn->sent);
    *at++ = reset;
    put_u64(put_u16(put_u16(at, conn->cols), conn->rows), term->ring.end);
    view_control(conn, 'H', hello, sizeof hello);
    conn->state = CONN_LIVE;
    conn->deadline = now + SILENCE_MS;
    if (reset)
        term_wiggle(term, now);
}

/* The mark that comes next in the stream, or NULL. */
static const struct mark *next_mark(struct conn *conn)
{
    const struct marks *marks = &conn->term->marks;
    if (conn->mark < marks->first)
        conn->mark = marks->first;
    return conn->mark < marks->next ? marks_get(marks, conn->mark) : NULL;
}

static bool tell_size(struct conn *conn, const struct mark *mark)
{
    uint8_t size[4];
    if (mark->cols == conn->cols && mark->rows == conn->rows)
        return true;
    conn->cols = mark->cols;
    conn->rows = mark->rows;
    put_u16(put_u16(size, mark->cols), mark->rows);
    return view_control(conn, 'Z', size, sizeof size);
}

static bool tell_exit(struct conn *conn, const struct mark *mark)
{
    uint8_t code[4];
    put_u32(code, (uint32_t)mark->code);
    return view_control(conn, 'X', code, sizeof code);
}

/* Queue the marks that the viewer has reached, as long as there is room. */
static void tell_marks(struct conn *conn)
{
    const struct mark *mark;
    while ((mark = next_mark(conn)) && mark->seq <= conn->sent) {
        if (sizeof conn->control - conn->control_have < CONTROL_RESERVE / 2)
            return;
        conn->mark++;
        if (mark->type == 'X')
            tell_exit(conn, mark);
        else
            tell_size(conn, mark);
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* How many bytes may go into the next frame: up to the next mark, within the credit. */
static size_t sendable(struct conn *conn)
{
    const struct mark *mark = next_mark(conn);
    uint64_t unacked = conn->sent - conn->acked;
    uint64_t credit = unacked < conn->window ? conn->window - unacked : 0;
    uint64_t limit = mark ? least(mark->seq, conn->term->ring.end) : conn->term->ring.end;
    uint64_t ready = limit > conn->sent ? limit - conn->sent : 0;
    return (size_t)least(least(ready, credit), MAX_PAYLOAD);
}

/* Announce the next output frame, after the marks in front of it. Its bytes stay in the ring until
 * they are written. */
static void stage(struct conn *conn)
{
    if (conn->state != CONN_LIVE || conn->out_head_left || conn->out_left)
        return;
    tell_marks(conn);
    size_t length = sendable(conn);
    if (length == 0)
        return;
    put_head(conn->out_head, 'O', (uint32_t)length);
    conn->out_head_left = FRAME_HEAD;
    conn->out_left = length;
    conn->out_begun = false;
}

bool view_pending(const struct conn *conn)
{
    return conn->control_have || conn->out_head_left || conn->out_left;
}

static void advance_control(struct conn *conn, size_t done)
{
    conn->control_have -= done;
    memmove(conn->control, conn->control + done, conn->control_have);
}

/* `done` bytes were written: count them off control, head and body, in the order in which `gather`
 * laid them out. */
static void advance(struct conn *conn, size_t done, size_t control)
{
    size_t part = least(done, control);
    advance_control(conn, part);
    done -= part;
    conn->out_begun = conn->out_begun || done > 0;
    part = least(done, conn->out_head_left);
    conn->out_head_left -= part;
    conn->out_left -= done - part;
    conn->sent += done - part;
}

/* Small frames go first, except into the middle of an output frame. They may themselves be
 * half-written; that does not matter here, for nothing else is put in front of them then: an output
 * frame only begins when they are through. */
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

/* False when the socket takes no more. */
static bool pump(struct conn *conn)
{
    bool midway = conn->out_begun && (conn->out_head_left || conn->out_left);
    size_t control = midway ? 0 : conn->control_have;
    ssize_t done = write_once(conn, control);
    if (done >= 0) {
        advance(conn, (size_t)done, control);
        return true;
    }
    if (errno == EAGAIN || errno == EINTR)
        conn->blocked = true;
    else
        conn_close(conn);
    return false;
}

/* Write all that this viewer may have now. */
void view_flush(struct conn *conn)
{
    if (conn->state == CONN_FREE || conn->blocked)
        return;
    for (stage(conn); view_pending(conn); stage(conn))
        if (!pump(conn))
            return;
    if (conn->state == CONN_CLOSING && !conn->finished) {
        shutdown(conn->fd, SHUT_WR);
        conn->finished = true;
    }
}

static bool is_viewer(const struct conn *conn, const struct term *term)
{
    return conn->state == CONN_LIVE && conn->term == term;
}

/* Also true for those who still get their last frames out of the terminal's ring. */
bool view_watched(const struct term *term)
{
    for (const struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (conn->state != CONN_FREE && conn->term == term)
            return true;
    return false;
}

/* The program waits while those who may type are all behind. Who only watches never holds it up. */
bool view_paused(const struct term *term)
{
    uint64_t best = 0;
    bool any = false;
    for (const struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (is_viewer(conn, term) && !conn->read_only) {
            any = true;
            best = conn->sent > best ? conn->sent : best;
        }
    return any && term->ring.end - best >= least(BEHIND_MAX, term->ring.size / 2);
}

/* Drop who needs bytes that the ring no longer holds. In the middle of a frame there is no way to
 * say so. */
void view_drop_slow(const struct term *term, int64_t now)
{
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++) {
        if (conn->state == CONN_FREE || conn->term != term || conn->sent >= ring_start(&term->ring))
            continue;
        if (conn->out_begun && conn->out_left)
            conn_close(conn);
        else if (conn->state == CONN_LIVE)
            conn_fail(conn, "slow", now);
    }
}
