/* Start a shell on a new PTY: with a session and a controlling terminal of its own, no inherited
 * files, default signals, and the environment that a login would give it. */
#include "ptyd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define MAX_ENVIRON 256

/* Variables that ptyd sets itself, or that only made sense for whoever started ptyd. */
static const char *const login_variables[] = {
    "TERM", "COLORTERM", "HOME", "LANG", "SHELL", "USER", "LOGNAME", "PATH",
    "PWD",  "OLDPWD",    "SHLVL", "COLUMNS", "LINES", "_", NULL};

static bool is_login_variable(const char *entry)
{
    for (const char *const *name = login_variables; *name; name++) {
        size_t length = strlen(*name);
        if (strncmp(entry, *name, length) == 0 && entry[length] == '=')
            return true;
    }
    return false;
}

static char *env_entry(const char *name, const char *value)
{
    char *entry = NULL;
    return asprintf(&entry, "%s=%s", name, value) < 0 ? NULL : entry;
}

static const char *value_or(const char *value, const char *fallback)
{
    return value && *value ? value : fallback;
}

static const char *home_folder(void)
{
    return geteuid() == 0 ? "/root" : value_or(getenv("HOME"), "/");
}

/* Set the variables that describe the login, and pass on what the image sets with ENV. */
static void fill_environment(char **entries, const char *shell)
{
    const char *user = geteuid() == 0 ? "root" : value_or(getenv("USER"), "user");
    int count = 0;
    entries[count++] = env_entry("TERM", "xterm-256color");
    entries[count++] = env_entry("COLORTERM", "truecolor"); /* programs ask for it, not TERM */
    entries[count++] = env_entry("HOME", home_folder());
    entries[count++] = env_entry("LANG", "C.UTF-8");
    entries[count++] = env_entry("SHELL", shell);
    entries[count++] = env_entry("USER", user);
    entries[count++] = env_entry("LOGNAME", user);
    entries[count++] = env_entry("PATH", value_or(getenv("PATH"), DEFAULT_PATH));
    for (char **entry = environ; *entry && count < MAX_ENVIRON - 1; entry++)
        if (!is_login_variable(*entry))
            entries[count++] = *entry;
    entries[count] = NULL;
}

static const char *pick_shell(const char *preferred)
{
    const char *const choices[] = {preferred, getenv("SHELL"), "/bin/bash", "/bin/sh"};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (choices[i] && choices[i][0] == '/' && access(choices[i], X_OK) == 0)
            return choices[i];
    return "/bin/sh";
}

static void default_signals(void)
{
    sigset_t empty;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&empty);
    sigprocmask(SIG_SETMASK, &empty, NULL);
}

static void close_from(int lowest)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, lowest, ~0U, 0) == 0)
        return;
#endif
    for (int fd = lowest; fd < 1024; fd++)
        close(fd);
}

static void enter_folder(const char *cwd)
{
    if (chdir(cwd ? cwd : home_folder()) < 0 && chdir("/") < 0)
        return; /* stay where we are: a shell anywhere is better than none */
}

/* Become the shell, in the child after fork. Does not return. */
static void run_shell(int slave, const struct shell_options *options)
{
    static char *environment[MAX_ENVIRON];
    const char *shell = pick_shell(options->shell);
    const char *slash = strrchr(shell, '/');
    bool bash = strcmp(slash + 1, "bash") == 0;
    char *const arguments[] = {(char *)(slash + 1), bash ? "-l" : NULL, NULL};

    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    for (int fd = 0; fd <= 2; fd++)
        dup2(slave, fd);
    close_from(3);
    default_signals();
    fill_environment(environment, shell);
    enter_folder(options->cwd);
    execve(shell, arguments, environment);
    dprintf(2, "ptyd: %s: %s\r\n", shell, strerror(errno));
    _exit(127);
}

/* Become the background program, in the child after fork. Does not return. */
static void run_service(const char *program, const char *log)
{
    static char *environment[MAX_ENVIRON];
    char *const arguments[] = {(char *)program, NULL};

    setsid();
    int null = open("/dev/null", O_RDWR);
    int output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0644);
    dup2(null, 0);
    dup2(output >= 0 ? output : null, 1);
    dup2(1, 2);
    close_from(3);
    default_signals();
    fill_environment(environment, "/bin/sh");
    enter_folder("/");
    execve(program, arguments, environment);
    dprintf(2, "ptyd: %s: %s\n", program, strerror(errno));
    _exit(127);
}

/* Start a program in the background, in a session of its own and without a terminal. Nobody waits
 * for it: it is reaped like any orphan. */
pid_t child_run(const char *program, const char *log)
{
    pid_t child = fork();
    if (child == 0)
        run_service(program, log);
    return child;
}

static void set_line_modes(int slave)
{
    struct termios modes;
    if (tcgetattr(slave, &modes) < 0)
        return;
    modes.c_iflag |= IUTF8; /* so that backspace erases a whole character */
    tcsetattr(slave, TCSANOW, &modes);
}

static bool open_pty(struct pty *pty)
{
    char path[64];
    pty->slave = -1;
    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (pty->master < 0)
        return false;
    if (unlockpt(pty->master) < 0 || ptsname_r(pty->master, path, sizeof path) != 0)
        return false;
    pty->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return pty->slave >= 0;
}

/* Start a shell on a new PTY. ptyd keeps the slave open as well: then a shell that closes its own
 * descriptors does not look like a hang-up, and input typed ahead can be flushed. Returns false
 * with errno when the kernel has no PTY or no process left. */
bool child_start(struct pty *pty, uint16_t cols, uint16_t rows, const struct shell_options *options)
{
    struct winsize size = {.ws_col = cols, .ws_row = rows};
    pid_t shell = -1;
    if (open_pty(pty)) {
        ioctl(pty->master, TIOCSWINSZ, &size);
        set_line_modes(pty->slave);
        shell = fork();
    }
    if (shell == 0)
        run_shell(pty->slave, options);
    if (shell > 0) {
        pty->shell = shell;
        return true;
    }
    int reason = errno;
    if (pty->slave >= 0)
        close(pty->slave);
    if (pty->master >= 0)
        close(pty->master);
    *pty = (struct pty){-1, -1, 0};
    errno = reason;
    return false;
}
