/* checker: runs a grader's commands in a probe container and reports what they did.
 *
 * It is PID 1 of a fresh container that holds a snapshot of a student's disk, so every file it
 * meets may be hostile. That is why it is static, reads none of those files itself, and gives its
 * commands nothing but three pipes and a minimal environment. It is not dumpable and the container
 * has no capabilities, so no command can open its descriptors or its memory; as PID 1 it cannot be
 * killed from inside. It writes the reply in one go, after every other process is dead. The wire is
 * described in platform/sandboxes/engine/checker_protocol.py, which has the other side of it.
 *
 * If a command's name has no slash, it names an applet of the platform's own busybox; otherwise it
 * is a file of the machine's. A script without "#!" is run by that busybox's sh.
 *
 * Exit codes: 0 replied, 2 not fit to run (not PID 1, bad request), 3 could not finish (out of
 * memory, a process that will not die). With 2 and 3 nothing is written, and no reply means "not
 * graded".
 */
#define _GNU_SOURCE
#include "checker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef BUSYBOX
#define BUSYBOX "/.drydock/busybox"
#endif

enum { EXITED = 1, KILLED = 2, TIMED_OUT = 3, NOT_STARTED = 4 };
enum { INHERITED_MAX = 1024, DEATH_MS = 2000, CHUNK = 16384 };

struct run {
    pid_t child;
    int out, err, status_fd; /* our ends; status_fd carries the errno of a failed exec */
    int status;              /* from waitpid */
    int reaped, timed_out, truncated;
    struct buffer stdout_, stderr_;
};

static void execute(struct command *command)
{
    static char *const environment[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
        "LANG=C.UTF-8", NULL};
    char **argv = command->argv + 1;
    if (strchr(argv[0], '/') == NULL) {
        execve(BUSYBOX, argv, environment);
        return;
    }
    execve(argv[0], argv, environment);
    if (errno == ENOEXEC) {
        command->argv[0] = "sh";
        execve(BUSYBOX, command->argv, environment);
    }
}

/* Become the command, in the child after fork, or report the errno that prevents it. Every
 * descriptor above 2 is closed by exec. */
static void become_command(struct command *command, int out, int err, int status_fd)
{
    sigset_t empty;
    sigemptyset(&empty);
    sigprocmask(SIG_SETMASK, &empty, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    if ((chdir("/root") == 0 || chdir("/") == 0) && dup2(out, 1) == 1 && dup2(err, 2) == 2)
        execute(command);
    unsigned char error = (unsigned char)errno;
    _exit(write(status_fd, &error, 1) == 1 ? 127 : 126);
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        _exit(UNFINISHED);
}

static void start_command(struct command *command, struct run *run)
{
    int out[2], err[2], status[2];
    make_pipe(out);
    make_pipe(err);
    make_pipe(status);
    run->child = fork();
    if (run->child < 0)
        _exit(UNFINISHED);
    if (run->child == 0)
        become_command(command, out[1], err[1], status[1]);
    close(out[1]);
    close(err[1]);
    close(status[1]);
    run->out = out[0];
    run->err = err[0];
    run->status_fd = status[0];
}

/* Read what is available. At the end, close `*fd` and set it to -1, which poll() skips. */
static void drain(struct run *run, int *fd, struct buffer *into, size_t limit)
{
    unsigned char chunk[CHUNK];
    while (*fd >= 0 && !run->truncated) {
        ssize_t nread = read(*fd, chunk, sizeof chunk);
        if (nread < 0 && errno == EAGAIN)
            return;
        if (nread <= 0) {
            close(*fd);
            *fd = -1;
            return;
        }
        size_t room = limit - into->size;
        size_t length = (size_t)nread > room ? room : (size_t)nread;
        append(into, chunk, length);
        run->truncated = length < (size_t)nread;
    }
}

static void drain_both(struct run *run, size_t limit)
{
    drain(run, &run->out, &run->stdout_, limit);
    drain(run, &run->err, &run->stderr_, limit);
}

/* Reap every dead process. Returns 0 once no child is left. */
static int reap(struct run *run)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == run->child) {
            run->status = status;
            run->reaped = 1;
        }
    }
    return pid == 0;
}

/* Wait until the command's own process ends, has printed too much, or is out of time. */
static void wait_for_command(struct run *run, int signals, int64_t deadline, size_t limit)
{
    while (!run->reaped && !run->truncated) {
        struct pollfd ready[] = {{.fd = signals, .events = POLLIN},
                                 {.fd = run->out, .events = POLLIN},
                                 {.fd = run->err, .events = POLLIN}};
        struct signalfd_siginfo info;
        if (poll(ready, 3, ms_until(deadline)) == 0) {
            run->timed_out = 1;
            return;
        }
        if (ready[0].revents != 0 && read(signals, &info, sizeof info) == (ssize_t)sizeof info)
            reap(run);
        drain_both(run, limit);
        if (ms_until(deadline) == 0 && !run->reaped) {
            run->timed_out = 1;
            return;
        }
    }
}

/* Kill every other process of this PID namespace, so that nothing outlives its command. */
static void kill_all(struct run *run)
{
    int64_t deadline = now_ms() + DEATH_MS;
    do {
        kill(-1, SIGKILL);
        if (!reap(run))
            return;
        poll(NULL, 0, 1);
    } while (ms_until(deadline) > 0);
    _exit(UNFINISHED);
}

static void append_result(struct buffer *reply, const struct command *command, struct run *run)
{
    unsigned char error;
    uint32_t outcome = KILLED, code = (uint32_t)WTERMSIG(run->status);
    if (read(run->status_fd, &error, 1) == 1)
        outcome = NOT_STARTED, code = error;
    else if (run->timed_out)
        outcome = TIMED_OUT, code = 0;
    else if (WIFEXITED(run->status))
        outcome = EXITED, code = (uint32_t)WEXITSTATUS(run->status);
    append_text(reply, command->id);
    append_number(reply, outcome, 1);
    append_number(reply, code, 4);
    append_number(reply, run->truncated ? 1 : 0, 1);
    append_data(reply, &run->stdout_);
    append_data(reply, &run->stderr_);
}

static void run_command(struct command *command, int signals, struct buffer *reply)
{
    struct run run = {.child = -1, .out = -1, .err = -1};
    int64_t deadline = now_ms() + command->timeout_ms;
    size_t limit = command->output_max < request.output_left / 2 ? command->output_max
                                                                 : request.output_left / 2;
    start_command(command, &run);
    wait_for_command(&run, signals, deadline < request.deadline ? deadline : request.deadline,
                     limit);
    kill_all(&run);
    drain_both(&run, limit);
    append_result(reply, command, &run);
    request.output_left -= (uint32_t)(run.stdout_.size + run.stderr_.size);
    close(run.out);
    close(run.err);
    close(run.status_fd);
    free(run.stdout_.data);
    free(run.stderr_.data);
}

static int prepare(void)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (getpid() != 1) /* kill(-1) would reach processes that are not ours */
        _exit(UNFIT);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        _exit(UNFIT);
    for (int fd = 3; fd < INHERITED_MAX; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &child, NULL);
    int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        _exit(UNFINISHED);
    return signals;
}

static void write_fully(const struct buffer *reply)
{
    for (size_t at = 0; at < reply->size;) {
        ssize_t nwritten = write(1, reply->data + at, reply->size - at);
        if (nwritten < 0 && errno != EINTR)
            _exit(UNFINISHED);
        if (nwritten > 0)
            at += (size_t)nwritten;
    }
}

int main(void)
{
    struct buffer reply = {0};
    int signals = prepare();
    read_request();
    append(&reply, "DDR1", 4);
    append_text(&reply, request.nonce);
    append_number(&reply, request.count, 2);
    for (int i = 0; i < request.count; i++)
        run_command(&request.commands[i], signals, &reply);
    append(&reply, "DDE1", 4);
    append_text(&reply, request.nonce);
    write_fully(&reply);
    return 0;
}
