/* Marks: size changes, exits and turns, each with the number of the byte before which it happened, so that
 * a replay shows every screen at the size it was drawn for, and every question is answered by one
 * viewer. The list is bounded: when it is full, the oldest size change becomes the base size, the
 * oldest turn the base turn, and the oldest exit is dropped. */
#include "ptyd.h"

#include <string.h>

void marks_open(struct marks *marks, uint16_t cols, uint16_t rows)
{
    memset(marks, 0, sizeof *marks);
    marks->base_cols = cols;
    marks->base_rows = rows;
}

const struct mark *marks_get(const struct marks *marks, uint64_t index)
{
    return &marks->entries[index % MAX_MARKS];
}

static void drop_first(struct marks *marks)
{
    const struct mark *mark = marks_get(marks, marks->first++);
    if (mark->type == 'Z') {
        marks->base_cols = mark->cols;
        marks->base_rows = mark->rows;
    } else if (mark->type == 'T') {
        marks->base_viewer = mark->viewer;
    }
}

void marks_add(struct marks *marks, struct mark mark)
{
    if (marks->next - marks->first == MAX_MARKS)
        drop_first(marks);
    marks->entries[marks->next++ % MAX_MARKS] = mark;
}

/* Drop the marks before byte `start`, where the ring now begins: nobody can ask for them. */
void marks_drop_before(struct marks *marks, uint64_t start)
{
    while (marks->first < marks->next && marks_get(marks, marks->first)->seq < start)
        drop_first(marks);
}

/* Return the index of the first mark to send to a viewer that starts at byte `seq`. Marks at `seq`
 * itself are sent too: a viewer that has all the bytes may have missed the exit after them, and a
 * second copy does no harm. */
uint64_t marks_from(const struct marks *marks, uint64_t seq)
{
    uint64_t index = marks->first;
    while (index < marks->next && marks_get(marks, index)->seq < seq)
        index++;
    return index;
}

/* Find the terminal's size at byte `seq`. */
void marks_size_at(const struct marks *marks, uint64_t seq, uint16_t *cols, uint16_t *rows)
{
    *cols = marks->base_cols;
    *rows = marks->base_rows;
    for (uint64_t index = marks->first; index < marks->next; index++) {
        const struct mark *mark = marks_get(marks, index);
        if (mark->type == 'Z' && mark->seq <= seq) {
            *cols = mark->cols;
            *rows = mark->rows;
        }
    }
}
