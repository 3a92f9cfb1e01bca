/* Whose turn it is: of the viewers that may type, exactly one answers the questions that programs
 * ask their terminal (where is the cursor? what can you do?), and the terminal has its size. It is
 * the one that typed last; until somebody types, the one that came first. When it leaves, the turn
 * goes to the one that typed before it.
 *
 * A turn is a mark in the stream (marks.c). Every viewer sees the same bytes and the same marks, so
 * each question is answered once, however far behind a viewer is. */
#include "ptyd.h"

static bool may_lead(const struct conn *conn, const struct term *term)
{
    return view_is_live(conn, term) && !conn->read_only;
}

/* Give the turn to a viewer, or to nobody. The size stays as it is when nobody is left. */
static void give(struct term *term, const struct conn *conn)
{
    term->leader = conn ? conn->id : 0;
    marks_add(&term->marks,
              (struct mark){.seq = term->ring.end, .type = 'T', .viewer = term->leader});
    if (conn)
        term_resize(term, conn->own_cols, conn->own_rows);
}

/* Let a new viewer lead when nobody does. Otherwise it only looks, until it types. */
void turn_join(struct conn *conn)
{
    if (!conn->read_only && !conn->term->leader)
        give(conn->term, conn);
}

/* Give the turn to the viewer that types. */
void turn_typed(struct conn *conn)
{
    conn->typed = ++server.inputs;
    if (conn->term->leader != conn->id)
        give(conn->term, conn);
}

/* Note the size that the viewer would have; the terminal takes it when it is the viewer's turn. */
void turn_resize(struct conn *conn, uint16_t cols, uint16_t rows)
{
    conn->own_cols = cols;
    conn->own_rows = rows;
    if (conn->term->leader == conn->id)
        term_resize(conn->term, cols, rows);
}

/* Whether `conn` is to lead rather than `other`. */
static bool comes_before(const struct conn *conn, const struct conn *other)
{
    return !other || conn->typed > other->typed ||
           (conn->typed == other->typed && conn->id < other->id);
}

/* Pass the turn of a viewer that leaves to who typed before it or, when nobody did, to who has been
 * here longest. */
void turn_left(const struct conn *conn)
{
    const struct conn *next = NULL;
    if (!conn->term || conn->term->leader != conn->id)
        return;
    for (const struct conn *other = server.conns; other < server.conns + MAX_CONNS; other++)
        if (other != conn && may_lead(other, conn->term) && comes_before(other, next))
            next = other;
    give(conn->term, next);
}
