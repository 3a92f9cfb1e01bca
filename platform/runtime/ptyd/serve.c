/* The event loop: one thread, one poll. Its order keeps it fair: what viewers send (perhaps a
 * Ctrl-C) comes before what programs print, each program gets a budget, and everything that came in
 * is passed on before the loop waits again. */
#include "ptyd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct server server;

/* Fixed places in the poll set. The kernel skips a negative descriptor. */
enum {
    POLL_SIGNALS,
    POLL_LISTENER,
    POLL_NAMES,
    POLL_REQUESTS,
    POLL_TERMS,
    POLL_CONNS = POLL_TERMS + MAX_TERMS,
    POLL_COUNT = POLL_CONNS + MAX_CONNS
};

static struct pollfd polled[POLL_COUNT];
static int signals_fd, listener;
static int names_fd = -1, requests_fd = -1;
static int64_t stop_at; /* 0, or when to kill what is left of the sessions */
static int64_t check_at;
/* accept failed because the kernel had no room: don't try again before the next check. */
static bool accept_paused;

static void block_signals(void)
{
    sigset_t mask;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signals_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        port_ended(pid);
        for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
            if (term->pty.shell == pid)
                term_ended(term, status);
    }
}

/* Hang up all sessions. As init, signal every process of the machine: kill(-1) spares itself. */
static void stop_sessions(int64_t now)
{
    const int signals[] = {SIGHUP, SIGTERM, SIGCONT};
    if (stop_at)
        return;
    stop_at = now + STOP_MS;
    for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        if (term->pty.shell)
            term_hang_up(term, false);
    for (size_t i = 0; i < 3 && getpid() == 1; i++)
        kill(-1, signals[i]);
}

/* Whether a signal may stop ptyd. As init, ptyd sees the sender's pid only for signals from inside
 * the machine, that is, from the student: `kill 1` does nothing, as on a real machine. Pid 0 means
 * that the engine, outside, stops the machine. */
static bool may_stop(const struct signalfd_siginfo *info)
{
    return info->ssi_signo != SIGCHLD && info->ssi_signo != SIGHUP &&
           (getpid() != 1 || info->ssi_pid == 0);
}

static void on_signals(int64_t now)
{
    struct signalfd_siginfo info;
    while (read(signals_fd, &info, sizeof info) == sizeof info)
        if (may_stop(&info))
            stop_sessions(now);
    reap();
}

static short term_events(const struct term *term)
{
    short events = term->input.length ? POLLOUT : 0;
    return view_paused(term) ? events : events | POLLIN;
}

static void prepare_poll(void)
{
    polled[POLL_SIGNALS] = (struct pollfd){.fd = signals_fd, .events = POLLIN};
    polled[POLL_LISTENER] = (struct pollfd){.fd = accept_paused ? -1 : listener, .events = POLLIN};
    polled[POLL_NAMES] = (struct pollfd){.fd = names_fd, .events = POLLIN};
    polled[POLL_REQUESTS] = (struct pollfd){.fd = requests_fd, .events = POLLIN};
    for (int i = 0; i < MAX_TERMS; i++) {
        const struct term *term = &server.terms[i];
        bool open = term->pty.shell && !term->hung_up;
        polled[POLL_TERMS + i] = (struct pollfd){.fd = open ? term->pty.master : -1,
                                                 .events = open ? term_events(term) : 0};
    }
    for (int i = 0; i < MAX_CONNS; i++) {
        const struct conn *conn = &server.conns[i];
        short events = (conn->blocked ? POLLOUT : 0) | (conn_is_held(conn) ? 0 : POLLIN);
        /* without events it is not polled at all, for a hang-up would be reported again and again */
        polled[POLL_CONNS + i] =
            (struct pollfd){.fd = conn->state && events ? conn->fd : -1, .events = events};
    }
}

static void on_conns(int64_t now)
{
    for (int i = 0; i < MAX_CONNS; i++) {
        struct conn *conn = &server.conns[i];
        short events = polled[POLL_CONNS + i].revents;
        if (events & (POLLOUT | POLLHUP | POLLERR))
            conn->blocked = false;
        if (events & (POLLIN | POLLHUP | POLLERR) && !conn_is_held(conn))
            conn_read(conn, now);
        if (events)
            view_flush(
                conn); /* so that a new viewer gets its oldest bytes before more push them out */
    }
}

/* Whether to read the terminal now. It may have been paused since poll was called. A dead PTY is
 * read to its end all the same, because poll would not stop reporting it. */
static bool should_read(const struct term *term, short events)
{
    return events & (POLLHUP | POLLERR) || (events & POLLIN && !view_paused(term));
}

static void on_terms(int64_t now)
{
    for (int i = 0; i < MAX_TERMS; i++) {
        struct term *term = &server.terms[i];
        short events = polled[POLL_TERMS + i].revents;
        if (!events || !term->pty.shell)
            continue;
        if (events & POLLOUT)
            queue_write(&term->input, term->pty.master);
        if (should_read(term, events))
            term_read(term);
    }
    for (int i = 0; i < MAX_TERMS; i++)
        if (server.terms[i].name[0])
            view_drop_slow(&server.terms[i], now);
}

static void accept_connections(int64_t now)
{
    for (int i = 0; i < MAX_CONNS; i++)
        if (!conn_accept(listener, now)) {
            accept_paused = errno != EAGAIN && errno != ECONNABORTED;
            return;
        }
}

static void on_time(int64_t now)
{
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++) {
        if (conn_is_held(conn)) /* its silence is ours */
            conn->deadline = now + SILENCE_MS;
        if (conn->state && now >= conn->deadline)
            view_close(conn);
    }
    for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        if (term->wiggle_until && now >= term->wiggle_until)
            term_unwiggle(term);
    if (now >= check_at) {
        listener = listen_check(listener);
        accept_paused = false;
        check_at = now + SOCKET_CHECK_MS;
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return b && b < a ? b : a;
}

/* Return the milliseconds until something is due. */
static int poll_timeout(int64_t now)
{
    int64_t due = earlier(check_at, stop_at);
    for (const struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        due = earlier(due, conn->state ? conn->deadline : 0);
    for (const struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        due = earlier(due, term->wiggle_until);
    return due > now ? (int)(due - now) : 0;
}

static void run_once(void)
{
    prepare_poll();
    if (poll(polled, POLL_COUNT, poll_timeout(now_ms())) < 0)
        return;
    int64_t now = now_ms();
    on_conns(now);
    if (polled[POLL_SIGNALS].revents)
        on_signals(now);
    on_terms(now);
    if (polled[POLL_LISTENER].revents)
        accept_connections(now);
    if (polled[POLL_NAMES].revents)
        refuse_names(names_fd);
    if (polled[POLL_REQUESTS].revents)
        refuse_request(requests_fd);
    on_time(now);
    for (struct conn *conn = server.conns; conn < server.conns + MAX_CONNS; conn++)
        view_flush(conn);
}

static bool has_processes(void)
{
    siginfo_t info;
    if (getpid() == 1) /* WNOWAIT: only reap() may reap */
        return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        if (term->pty.shell)
            return true;
    return false;
}

static void finish(void)
{
    for (struct term *term = server.terms; term < server.terms + MAX_TERMS; term++)
        if (term->pty.shell)
            term_hang_up(term, true);
    listen_close(listener);
}

/* Let go of the machine's own output, which ends up in the engine's log, so that a student's
 * `yes > /proc/1/fd/1` cannot fill the host's disk. */
static void detach_output(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
}

static void prepare(void)
{
    block_signals();
    if (getpid() == 1) {
        detach_output();
        names_fd = refuse_names_open();
        requests_fd = refuse_requests_open();
    } else {
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* reap orphans as an init would */
    }
    for (int i = 0; i < MAX_TERMS; i++)
        server.terms[i].pty = (struct pty){-1, -1, 0};
    while (server.epoch == 0)
        if (getrandom(&server.epoch, sizeof server.epoch, 0) < 0)
            server.epoch = (uint64_t)now_ms();
}

int serve(const char *socket_path)
{
    listener = listen_open(socket_path);
    if (listener < 0) {
        fprintf(stderr, "ptyd: %s: %s\n", socket_path, strerror(errno));
        return 1;
    }
    prepare();
    if (server.start)
        child_run(server.start, START_LOG);
    if (!server.main_on_view && !term_open((const uint8_t *)"main", 4, 80, 24))
        return 1;
    check_at = now_ms() + SOCKET_CHECK_MS;
    while (!stop_at || (now_ms() < stop_at && has_processes()))
        run_once();
    finish();
    return 0;
}
