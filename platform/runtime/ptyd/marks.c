/* Marks: size changes and exits, each with the byte number before which it happened, so that a
 * replay shows every screen at the size that it was drawn for. A bounded list: the oldest size
 * becomes the base, the oldest exit is forgotten. */
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
    return &marks->kept[index % MAX_MARKS];
}

static void forget_first(struct marks *marks)
{
    const struct mark *mark = marks_get(marks, marks->first++);
    if (mark->type == 'Z') {
        marks->base_cols = mark->cols;
        marks->base_rows = mark->rows;
    }
}

void marks_add(struct marks *marks, struct mark mark)
{
    if (marks->next - marks->first == MAX_MARKS)
        forget_first(marks);
    marks->kept[marks->next++ % MAX_MARKS] = mark;
}

/* The ring has moved on to `start`: nobody can ask for what came before. */
void marks_forget(struct marks *marks, uint64_t start)
{
    while (marks->first < marks->next && marks_get(marks, marks->first)->seq < start)
        forget_first(marks);
}

/* Index of the first mark that a viewer who starts at byte `seq` must be told. Marks at `seq`
 * itself are among them: a viewer that has all bytes may not have seen the exit after them, and
 * hearing twice does no harm. */
uint64_t marks_from(const struct marks *marks, uint64_t seq)
{
    uint64_t index = marks->first;
    while (index < marks->next && marks_get(marks, index)->seq < seq)
        index++;
    return index;
}

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
