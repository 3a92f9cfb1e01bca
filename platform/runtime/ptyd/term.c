/* Terminals: a shell on a PTY, the ring of what it printed, the queue of what it will read. */
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

#define BUSY_READ 1024 /* bytes in one read that mean more is coming */
#define BUSY_TURNS 6   /* times that a busy program is let onto the processor to write more */
#define PROMPTS_MAX 8  /* looked at in one read; more are no shell's */
#define DRAIN_MAX (256u << 10) /* more than the kernel buffers for a PTY whose shell has ended */

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

static bool term_is_watched(const struct term *term)
{
    for (const struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        if (conn->state != CONN_FREE && conn->term == term)
            return true;
    return false;
}

/* Find a free slot, or free that of a terminal that has ended and that no connection uses, not even
 * one that is closing: its last frames still lie in the terminal's ring. "main" is never freed. */
static struct term *free_slot(void)
{
    for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        if (!term->name[0])
            return term;
    for (struct term *term = server.terms + 1; term < server.terms + MAX_TERMS; term++)
        if (!term->pty.shell && !term_is_watched(term)) {
            term_free(term);
            return term;
        }
    return NULL;
}

/* Open a new terminal and start its shell. Returns NULL when there are too many. */
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
    memset(&term->modes, 0, sizeof term->modes);
    memset(term->snapshots, 0, sizeof term->snapshots);
    modes_resize(&term->modes, term->rows);
    term->followed = 0;
    term_start(term);
    return term;
}

static void mark_exit(struct term *term, int32_t code)
{
    marks_add(&term->marks, (struct mark){.seq = term->ring.end, .type = 'X', .code = code});
}

/* Start the shell. If that fails (a fork bomb may hold every process), the terminal says so, and
 * the next key tries again. */
void term_start(struct term *term)
{
    char text[128];
    term->hung_up = term->marks_prompts = false;
    term->wiggle_until = 0;
    if (child_start(&term->pty, term->cols, term->rows, &server.shell))
        return;
    snprintf(text, sizeof text, "\r\nNo shell could be started: %s\r\n", strerror(errno));
    ring_put(&term->ring, text);
    mark_exit(term, 126);
}

/* ---- Following what the output does to the terminal */

static uint64_t snapshot_step(const struct ring *ring)
{
    return ring->size / (SNAPSHOTS - 2);
}

static void take_snapshot(struct term *term)
{
    uint64_t number = term->followed / snapshot_step(&term->ring);
    term->snapshots[number % SNAPSHOTS] = (struct snapshot){term->followed, term->modes};
}

/* Insert a message of ptyd's own where the output has been followed to. */
static void insert(struct term *term, const char *text)
{
    ring_insert(&term->ring, term->followed, text);
}

/* Follow the output up to a shell's request for bracketed paste, or to its end. */
static void follow_once(struct term *term)
{
    struct ring *ring = &term->ring;
    term->modes.prompted = false;
    while (term->followed < ring->end && !term->modes.prompted) {
        struct iovec slices[2];
        uint64_t step = snapshot_step(ring), left = ring->end - term->followed;
        uint64_t to_snapshot = step - term->followed % step;
        ring_slices(ring, term->followed, left < to_snapshot ? left : to_snapshot, slices);
        term->followed += modes_feed(&term->modes, slices[0].iov_base, slices[0].iov_len);
        if (term->followed % step == 0)
            take_snapshot(term);
    }
}

/* Tidy away what a program that has ended has left, so that its modes, and a hidden cursor, do not
 * spoil the prompt. `own`: only in front of the shell that ptyd started. */
static void tidy_up(struct term *term, bool own)
{
    char text[TIDY_SIZE];
    if (tidy_is_due(&term->modes.now) && prompt_is_shown(&term->pty, own) &&
        tidy_prompt(&term->modes.now, text))
        insert(term, text);
}

/* Follow what was read. A shell that asks for bracketed paste shows where its prompt begins; of one
 * that never does, the prompt is at the end of what there is. */
static void follow(struct term *term)
{
    for (int prompts = 0; term->followed < term->ring.end; prompts++) {
        follow_once(term);
        if (!term->modes.prompted || prompts >= PROMPTS_MAX)
            continue;
        tidy_up(term, false);
        term->marks_prompts = term->marks_prompts || prompt_is_shown(&term->pty, true);
    }
    if (!term->marks_prompts)
        tidy_up(term, true);
    follow_once(term);
}

/* Return where a viewer starts that cannot go on where it was, and the modes there. That is the
 * oldest byte until the ring has wrapped. Afterwards it is one budget further on, or the very next
 * read would push the viewer out, and just after a newline, so that the viewer does not begin in
 * the middle of a character or an escape sequence. The search for the newline ends after half the
 * ring: a program that prints none must not cost the viewer the whole screen. */
uint64_t term_clean_start(const struct term *term, struct modes *modes)
{
    const struct ring *ring = &term->ring;
    uint64_t step = snapshot_step(ring), start = ring_start(ring), fallback = 0;
    struct modes fallback_modes;
    memset(modes, 0, sizeof *modes);
    if (start == 0)
        return 0;
    uint64_t number = (start + ring_budget(ring) + step - 1) / step;
    *modes = term->snapshots[number % SNAPSHOTS].modes;
    for (uint64_t seq = number * step; seq < number * step + ring->size / 2; seq++) {
        const uint8_t *byte = &ring->bytes[seq % ring->size];
        bool between = modes_between(modes);
        if (between && !fallback && (*byte & 0xC0) != 0x80) {
            fallback = seq;
            fallback_modes = *modes;
        }
        modes_feed(modes, byte, 1);
        if (between && *byte == '\n')
            return seq + 1;
    }
    if (fallback)
        *modes = fallback_modes;
    return fallback ? fallback : number * step;
}

/* Whether a read's result says that the PTY is dead although its shell may not be. */
static bool is_pty_dead(ssize_t nread)
{
    return nread == 0 || (nread < 0 && errno == EIO);
}

/* Read what the PTY has, up to one budget. A short read is passed on at once, as it may be an echo.
 * After a long one more is likely to follow, and fewer, larger writes to the viewers cost less. But
 * a PTY buffers only about 4 KiB, and on a single processor its program can write more only while
 * ptyd does not run: so ptyd yields to it a few times before it passes the output on. */
void term_read(struct term *term)
{
    size_t budget = ring_budget(&term->ring);
    int turns = 0;
    while (budget > 0) {
        ssize_t nread = ring_fill(&term->ring, term->pty.master, budget);
        if (is_pty_dead(nread)) {
            term_hang_up(term, false);
            break;
        }
        budget -= nread > 0 ? (size_t)nread : 0;
        if (nread >= BUSY_READ)
            turns = BUSY_TURNS;
        else if (turns-- == 0)
            break;
        else
            sched_yield();
    }
    follow(term);
    marks_drop_before(&term->marks, ring_start(&term->ring));
}

/* Whether this key makes the line discipline throw waiting input away and signal the job. */
static bool is_interrupt(const struct term *term, uint8_t key)
{
    struct termios modes;
    if (key == 0 || tcgetattr(term->pty.slave, &modes) < 0)
        return false;
    if (!(modes.c_lflag & ISIG) || modes.c_lflag & NOFLSH)
        return false;
    return key == modes.c_cc[VINTR] || key == modes.c_cc[VQUIT] || key == modes.c_cc[VSUSP];
}

/* Discard all waiting input: our queue, what is on its way to the slave, and what lies there. When
 * a job does not read, a paste blocks the Ctrl-C that should end the job. The key would discard the
 * paste if it got through, so ptyd does it instead. */
static void discard_input(struct term *term)
{
    queue_clear(&term->input);
    tcflush(term->pty.master, TCOFLUSH);
    tcflush(term->pty.slave, TCIFLUSH);
}

/* Pass input on to the shell. `typed` says that it is a single key, not part of a paste. Returns
 * false when more than INPUT_MAX would have to wait. */
bool term_input(struct term *term, const uint8_t *data, size_t length, bool typed)
{
    if (term->hung_up) {
        term_hang_up(term, true);
        return true;
    }
    if (typed && data[0] < 32 && is_interrupt(term, data[0]))
        discard_input(term);
    if (term->input.length == 0) {
        ssize_t nwritten = write(term->pty.master, data, length);
        if (nwritten < 0 && errno != EAGAIN && errno != EINTR)
            return true;
        if (nwritten > 0) {
            data += nwritten;
            length -= (size_t)nwritten;
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
    modes_resize(&term->modes, rows);
    marks_add(&term->marks,
              (struct mark){.seq = term->ring.end, .type = 'Z', .cols = cols, .rows = rows});
}

/* Make full-screen programs redraw everything: set another size, and the true one a moment later.
 * Both at once would reach a program as a single signal with nothing changed, which many ignore.
 * No mark is added: the viewers' size does not change. */
void term_wiggle(struct term *term, int64_t now)
{
    set_size(term, term->cols, term->rows > 1 ? term->rows - 1 : 2);
    term->wiggle_until = now + WIGGLE_MS;
}

/* Set the true size again. */
void term_unwiggle(struct term *term)
{
    term->wiggle_until = 0;
    set_size(term, term->cols, term->rows);
}

/* After the shell was reaped: read its last output, bring the terminal into order for the next
 * shell, mark the exit and close the PTY. The kernel has hung the PTY up by then, so nothing can go
 * on writing to it. */
void term_ended(struct term *term, int status)
{
    size_t drained = 0;
    ssize_t nread;
    char text[TIDY_SIZE];
    while (drained < DRAIN_MAX &&
           (nread = ring_fill(&term->ring, term->pty.master, READ_BUDGET / 16)) > 0) {
        drained += (size_t)nread;
        while (term->followed < term->ring.end)
            follow_once(term);
    }
    if (tidy_shell(&term->modes, text))
        insert(term, text);
    follow_once(term);
    memset(&term->modes.now, 0, sizeof term->modes.now);
    mark_exit(term, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    marks_drop_before(&term->marks, ring_start(&term->ring));
    queue_clear(&term->input);
    close(term->pty.master);
    close(term->pty.slave);
    term->pty = (struct pty){-1, -1, 0};
    term->wiggle_until = 0;
}

/* End the session, that is, its shell and its foreground job, even if the PTY is already dead. */
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
