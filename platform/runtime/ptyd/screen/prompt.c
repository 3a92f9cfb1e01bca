/* Whether a shell waits for a command, so that what a program left behind may be tidied away. The
 * terminal's foreground job must be a shell that runs nothing itself: not a script whose `vim` or
 * `fzf` shares its process group, and not a program that took the shell's place by exec. When in
 * doubt, no: an untidy prompt does less harm than a program whose screen is taken from it. */
#include "ptyd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char *const shells[] = {"bash", "zsh", "fish", "sh", "dash", "ash", "ksh", "mksh"};

/* Read the beginning of a file of /proc, which the student may have replaced. */
static bool read_start(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[length < 0 ? 0 : length] = '\0';
    return length >= 0;
}

static bool is_shell(pid_t process)
{
    char path[64], name[32];
    snprintf(path, sizeof path, "/proc/%d/comm", process);
    if (!read_start(path, name, sizeof name))
        return false;
    name[strcspn(name, "\n")] = '\0';
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(name, shells[i]) == 0)
            return true;
    return false;
}

/* Whether the process runs something in its own group. Background jobs have groups of their own. */
static bool runs_something(pid_t process)
{
    char path[64], children[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", process, process);
    if (!read_start(path, children, sizeof children))
        return true;
    char *at = children, *end;
    for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
        if (getpgid((pid_t)child) == process)
            return true;
    return false;
}

/* Whether keys reach the program as they are pressed: a script that only prints has not asked for
 * that, and a shell that edits its command line has. */
static bool reads_keys(int slave)
{
    struct termios modes;
    return tcgetattr(slave, &modes) == 0 && !(modes.c_lflag & ICANON);
}

/* Whether a shell waits for a command: one that edits its command line; with `own`, the shell that
 * ptyd started, whichever it is. */
bool prompt_is_shown(const struct pty *pty, bool own)
{
    pid_t job = pty->shell ? tcgetpgrp(pty->master) : -1;
    bool is_candidate = own ? job == pty->shell : reads_keys(pty->slave);
    return job > 1 && is_candidate && is_shell(job) && !runs_something(job);
}
