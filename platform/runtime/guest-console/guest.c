/* QEMU as a child: its serial line and its monitor are socket pairs, so that nobody else can take
 * them. */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERIAL_FD 3 /* where run-guest finds them */
#define MONITOR_FD 4
#define PROMPT "root@guest" /* of the guest's shell; its first letter comes but once in it */
#define RESUMED "\033[2mResuming a machine that was saved when it had started.\033[0m\r\n"
#define HANDSHAKE "{\"execute\":\"qmp_capabilities\"}\n"
/* Memory that lies in a file is not part of the state; what is lies in descriptor 5. A guest that
 * run-guest has booted after all refuses this, and goes on. */
#define RESUME                                                                                     \
    HANDSHAKE "{\"execute\":\"migrate-set-capabilities\",\"arguments\":"                           \
              "{\"capabilities\":[{\"capability\":\"x-ignore-shared\",\"state\":true}]}}\n"        \
              "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:5\"}}\n"

/* In the child. A session of its own keeps the terminal's signals away; what QEMU has to complain
 * about is seen there. */
static void run(const char *how, int serial, int monitor)
{
    int null = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsid();
    dup2(null, 0);
    serial = fcntl(serial, F_DUPFD, 10);
    monitor = fcntl(monitor, F_DUPFD, 10);
    dup2(serial, SERIAL_FD);
    dup2(monitor, MONITOR_FD);
    for (int fd = MONITOR_FD + 1; fd < 64; fd++)
        close(fd);
    signal(SIGPIPE, SIG_DFL);
    execl(RUN_GUEST, RUN_GUEST, how, (char *)NULL);
    _exit(127);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void note_boot(int64_t took_ms)
{
    FILE *file = fopen(BOOT_FILE, "we");
    if (!file)
        return; /* then nobody knows how long it took */
    fprintf(file, "%lld\n", (long long)took_ms);
    fclose(file);
}

/* Look for the first prompt in what the serial line brings. */
void guest_shown(struct guest *guest, const char *bytes, size_t have)
{
    for (size_t i = 0; guest->began_ms && i < have; i++) {
        bool fits = bytes[i] == PROMPT[guest->prompted];
        guest->prompted = fits ? guest->prompted + 1 : bytes[i] == PROMPT[0];
        if (guest->prompted < strlen(PROMPT))
            continue;
        note_boot(now_ms() - guest->began_ms);
        guest->began_ms = 0;
    }
}

static void keep(struct guest *guest, int serial, int monitor, const char *greeting)
{
    guest->serial = serial;
    guest->monitor = monitor;
    guest->reset = guest->by_itself = false;
    guest->resumes = strcmp(greeting, RESUME) == 0;
    guest->began_ms = guest->resumes ? 0 : now_ms();
    guest->prompted = 0;
    guest->tail[0] = '\0';
    fcntl(monitor, F_SETFL, O_NONBLOCK);
    if (write(monitor, greeting, strlen(greeting)) < 0)
        return; /* then an end by the guest is told as a fault */
}

/* `how`: boot or resume. False when there is no process or no descriptor left. */
bool guest_start(struct guest *guest, const char *how)
{
    int serial[2], monitor[2];
    unlink(BOOT_FILE);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, serial) < 0)
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, monitor) < 0) {
        close(serial[0]);
        close(serial[1]);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        run(how, serial[1], monitor[1]);
    close(serial[1]);
    close(monitor[1]);
    guest->pid = pid > 0 ? pid : 0;
    keep(guest, serial[0], monitor[0], strcmp(how, "resume") == 0 ? RESUME : HANDSHAKE);
    return pid > 0;
}

/* Its prompt was printed when the state was saved, to nobody: Enter makes the shell print another.
 * Not earlier than this: what the serial line takes before the state is there is overwritten with
 * it. */
static void greet_resumed(struct guest *guest)
{
    guest->resumes = false;
    say(RESUMED);
    order_clock_and_seed();
    if (write(guest->serial, "\r", 1) < 0)
        return; /* the relay finds the line's end */
}

/* Look for how the guest goes on or ends among the monitor's JSON lines (QEMU's events RESUME and
 * SHUTDOWN). Words may be split between two reads, so the end of each is kept. */
void guest_hear(struct guest *guest)
{
    char text[4096 + sizeof guest->tail];
    size_t kept = strlen(guest->tail);
    memcpy(text, guest->tail, kept);
    ssize_t got = read(guest->monitor, text + kept, 4095);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(guest->monitor);
            guest->monitor = -1;
        }
        return;
    }
    size_t length = kept + (size_t)got;
    text[length] = '\0';
    if (guest->resumes && strstr(text, "\"RESUME\""))
        greet_resumed(guest);
    guest->reset |= strstr(text, "guest-reset") != NULL;
    guest->by_itself |= strstr(text, "\"guest\": true") != NULL;
    size_t keeps = length < sizeof guest->tail - 1 ? length : sizeof guest->tail - 1;
    memcpy(guest->tail, text + length - keeps, keeps + 1);
}

/* After the serial line has ended: the process, and why. */
enum guest_end guest_wait(struct guest *guest)
{
    int status = 0;
    while (waitpid(guest->pid, &status, 0) < 0 && errno == EINTR)
        ;
    while (guest->monitor >= 0) /* nobody else holds the other end, so it comes to its end */
        guest_hear(guest);
    close(guest->serial);
    guest->serial = -1;
    guest->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !guest->by_itself)
        return GUEST_BROKEN;
    return guest->reset ? GUEST_RESET : GUEST_OFF;
}
