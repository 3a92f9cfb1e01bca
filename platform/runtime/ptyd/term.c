/* A terminal: a shell on a PTY, the ring of what it wrote, the queue of what it is to read. */
#include "ptyd.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define BUSY_READ                                                                                  \
    1024             /* a read of this much says that more is coming: gather it before writing on */
#define BUSY_TURNS 6 /* of the processor that a busy program gets to write more of it */
#define DRAIN_MAX (256u << 10) /* more than the kernel holds of a PTY whose shell has ended */

static uint16_t clamp_side(uint16_t side)
{
    return side < 1 ? 1 : side > MAX_SIDE ? MAX_SIDE : side;
}

struct term *term_find(const uint8_t *name, size_t length)
{
    for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        if (strlen(term->name) == length && memcmp(term->name, name, length) == 0)
            return term;
    return NULL;
}

static void term_free(struct term *term)
{
    ring_close(&term->ring);
    queue_clear(&term->input);
    term->name[0] = '\0';
}

/* A free slot, or that of a terminal that has ended and nobody looks at. "main" stays. */
static struct term *free_slot(void)
{
    for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        if (!term->name[0])
            return term;
    for (struct term *term = server.terms + 1; term < server.terms + MAX_TERMS; term++)
        if (!term->pty.shell && !view_watched(term)) {
            term_free(term);
            return term;
        }
    return NULL;
}

/* A new terminal with its shell; NULL when there are too many. */
struct term *term_open(const uint8_t *name, size_t length, uint16_t cols, uint16_t rows)
{
    struct term *term = free_slot();
    if (!term || !ring_open(&term->ring, server.ring_size))
        return NULL;
    memcpy(term->name, name, length);
    term->name[length] = '\0';
    term->cols = clamp_side(cols);
    term->rows = clamp_side(rows);
    marks_open(&term->marks, term->cols, term->rows);
    term_start(term);
    return term;
}

static void mark_exit(struct term *term, int32_t code)
{
    marks_add(&term->marks, (struct mark){.seq = term->ring.end, .type = 'X', .code = code});
}

/* Start the shell. Where that fails (a fork bomb holds every process), the terminal says so and the
 * next key tries again. */
void term_start(struct term *term)
{
    char text[128];
    term->hung_up = false;
    term->wiggle_until = 0;
    if (child_start(&term->pty, term->cols, term->rows, &server.shell))
        return;
    snprintf(text, sizeof text, "\r\nNo shell could be started: %s\r\n", strerror(errno));
    ring_put(&term->ring, text);
    mark_exit(term, 126);
}

/* Has the PTY died under its shell? */
static bool is_dead(ssize_t got)
{
    return got == 0 || (got < 0 && errno == EIO);
}

/* Take what the PTY has, up to one budget. A short read is passed on at once (it may be an echo); a
 * long one says that more follows, and more in one write costs everybody less. A PTY holds about 4
 * KiB, which is soon read, and on one processor its program writes on only while ptyd does not run:
 * so it is let in a few times before the write. */
void term_read(struct term *term)
{
    size_t budget = ring_budget(&term->ring);
    int turns = 0;
    while (budget > 0) {
        ssize_t got = ring_fill(&term->ring, term->pty.master, budget);
        if (is_dead(got)) {
            term_hang_up(term, false);
            break;
        }
        budget -= got > 0 ? (size_t)got : 0;
        if (got >= BUSY_READ)
            turns = BUSY_TURNS;
        else if (turns-- == 0)
            break;
        else
            sched_yield();
    }
    marks_forget(&term->marks, ring_start(&term->ring));
}

/* Is this key one that makes the line discipline throw waiting input away and signal the job? */
static bool is_interrupt(const struct term *term, uint8_t key)
{
    struct termios modes;
    if (key == 0 || tcgetattr(term->pty.slave, &modes) < 0)
        return false;
    if (!(modes.c_lflag & ISIG) || modes.c_lflag & NOFLSH)
        return false;
    return key == modes.c_cc[VINTR] || key == modes.c_cc[VQUIT] || key == modes.c_cc[VSUSP];
}

/* A job that does not read leaves a paste in front of the Ctrl-C that is to end it. The key would
 * discard that paste if it got through, so discard it here: our queue, what is under way to the
 * slave, and what lies there. */
static void discard_input(struct term *term)
{
    queue_clear(&term->input);
    tcflush(term->pty.master, TCOFLUSH);
    tcflush(term->pty.slave, TCIFLUSH);
}

/* False when more than INPUT_MAX would wait. `typed`: a single key, not part of a paste. */
bool term_input(struct term *term, const uint8_t *data, size_t length, bool typed)
{
    if (term->hung_up) {
        term_hang_up(term, true);
        return true;
    }
    if (typed && data[0] < 32 && is_interrupt(term, data[0]))
        discard_input(term);
    if (term->input.length == 0) {
        ssize_t done = write(term->pty.master, data, length);
        if (done < 0 && errno != EAGAIN && errno != EINTR)
            return true;
        if (done > 0) {
            data += done;
            length -= (size_t)done;
        }
    }
    return length == 0 || queue_put(&term->input, data, length);
}

static void set_size(struct term *term, uint16_t cols, uint16_t rows)
{
    struct winsize size = {.ws_col = cols, .ws_row = rows};
    if (term->pty.shell)
        ioctl(term->pty.master, TIOCSWINSZ, &size);
}

void term_resize(struct term *term, uint16_t cols, uint16_t rows)
{
    cols = clamp_side(cols);
    rows = clamp_side(rows);
    if (cols == term->cols && rows == term->rows)
        return;
    term->cols = cols;
    term->rows = rows;
    term->wiggle_until = 0;
    set_size(term, cols, rows);
    marks_add(&term->marks,
              (struct mark){.seq = term->ring.end, .type = 'Z', .cols = cols, .rows = rows});
}

/* Make full-screen programs draw everything again: another size, and after a moment the true one.
 * Both at once would reach a program as a single signal with nothing changed, which many ignore.
 * Not a mark: viewers keep their size. */
void term_wiggle(struct term *term, int64_t now)
{
    set_size(term, term->cols, term->rows > 1 ? term->rows - 1 : 2);
    term->wiggle_until = now + WIGGLE_MS;
}

void term_unwiggle(struct term *term)
{
    term->wiggle_until = 0;
    set_size(term, term->cols, term->rows);
}

/* The shell was reaped: keep its last words, tell its end, let go of the PTY. The kernel has hung
 * the PTY up by then, so nothing can go on writing to it. */
void term_ended(struct term *term, int status)
{
    size_t drained = 0;
    ssize_t got;
    while (drained < DRAIN_MAX &&
           (got = ring_fill(&term->ring, term->pty.master, READ_BUDGET / 16)) > 0)
        drained += (size_t)got;
    mark_exit(term, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    marks_forget(&term->marks, ring_start(&term->ring));
    queue_clear(&term->input);
    close(term->pty.master);
    close(term->pty.slave);
    term->pty = (struct pty){-1, -1, 0};
    term->wiggle_until = 0;
}

/* End the session: its shell, its foreground job. Also for a PTY that died under a living shell. */
void term_hang_up(struct term *term, bool kill_now)
{
    pid_t job = term->pty.master >= 0 ? tcgetpgrp(term->pty.master) : -1;
    const int signals[] = {SIGHUP, SIGTERM, SIGCONT, SIGKILL};
    size_t count = kill_now ? 4 : 3;
    term->hung_up = true;
    for (size_t i = 0; i < count && term->pty.shell; i++) {
        kill(term->pty.shell, signals[i]);
        kill(-term->pty.shell, signals[i]);
        if (job > 1 && job != term->pty.shell)
            kill(-job, signals[i]);
    }
}
