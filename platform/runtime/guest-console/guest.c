/* Run QEMU as a child. Its serial line and its monitor are socket pairs, so that nobody else can
 * connect to them. */
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

#define SERIAL_FD 3 /* where run-guest expects them */
#define MONITOR_FD 4
/* The prompt of the guest's shell. guest_on_output needs its first letter to occur only once. */
#define PROMPT "root@guest"
#define RESUMED "\033[2mResuming the machine from a state saved just after it booted.\033[0m\r\n"
#define HANDSHAKE "{\"execute\":\"qmp_capabilities\"}\n"
/* Load the saved state from descriptor 5. The memory is not part of it but lies in another file. A
 * guest that run-guest has booted after all refuses these commands and carries on. */
#define RESUME                                                                                     \
    HANDSHAKE "{\"execute\":\"migrate-set-capabilities\",\"arguments\":"                           \
              "{\"capabilities\":[{\"capability\":\"x-ignore-shared\",\"state\":true}]}}\n"        \
              "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:5\"}}\n"

/* Become QEMU, in the child after fork. A session of its own keeps the terminal's signals away from
 * it; its error messages still appear on the terminal. */
static void become_guest(const char *mode, int serial, int monitor)
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
    execl(RUN_GUEST, RUN_GUEST, mode, (char *)NULL);
    _exit(127);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_boot_time(int64_t boot_ms)
{
    FILE *file = fopen(BOOT_FILE, "we");
    if (!file)
        return; /* then graders do not learn how long it took */
    fprintf(file, "%lld\n", (long long)boot_ms);
    fclose(file);
}

/* Look for the first prompt in the guest's output, and note how long the boot took. */
void guest_on_output(struct guest *guest, const char *bytes, size_t length)
{
    for (size_t i = 0; guest->started_ms && i < length; i++) {
        bool matches = bytes[i] == PROMPT[guest->prompt_matched];
        guest->prompt_matched = matches ? guest->prompt_matched + 1 : bytes[i] == PROMPT[0];
        if (guest->prompt_matched < strlen(PROMPT))
            continue;
        write_boot_time(now_ms() - guest->started_ms);
        guest->started_ms = 0;
    }
}

static void init_guest(struct guest *guest, int serial, int monitor, const char *greeting)
{
    guest->serial = serial;
    guest->monitor = monitor;
    guest->reset = guest->ended_itself = false;
    guest->resuming = strcmp(greeting, RESUME) == 0;
    guest->started_ms = guest->resuming ? 0 : now_ms();
    guest->prompt_matched = 0;
    guest->tail[0] = '\0';
    fcntl(monitor, F_SETFL, O_NONBLOCK);
    if (write(monitor, greeting, strlen(greeting)) < 0)
        return; /* then even a guest that powers off is reported as a fault */
}

/* Start the guest; `mode` is boot or resume. Returns false if no process or descriptor is left. */
bool guest_start(struct guest *guest, const char *mode)
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
        become_guest(mode, serial[1], monitor[1]);
    close(serial[1]);
    close(monitor[1]);
    guest->pid = pid > 0 ? pid : 0;
    init_guest(guest, serial[0], monitor[0], strcmp(mode, "resume") == 0 ? RESUME : HANDSHAKE);
    return pid > 0;
}

/* Make a resumed guest's shell print its prompt, by pressing Enter: it printed the last one before
 * its state was saved. This must wait until the state is loaded, which would overwrite what the
 * serial line received before. */
static void on_resumed(struct guest *guest)
{
    guest->resuming = false;
    print_message(RESUMED);
    send_clock_and_seed();
    if (write(guest->serial, "\r", 1) < 0)
        return; /* the relay will notice that the line has closed */
}

/* Read QEMU's events from the monitor, JSON lines, of which RESUME and SHUTDOWN matter. An event
 * may be split between two reads, so the end of each read is put before the next. */
void guest_on_monitor(struct guest *guest)
{
    char text[4096 + sizeof guest->tail];
    size_t tail_length = strlen(guest->tail);
    memcpy(text, guest->tail, tail_length);
    ssize_t nread = read(guest->monitor, text + tail_length, 4095);
    if (nread <= 0) {
        if (nread == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(guest->monitor);
            guest->monitor = -1;
        }
        return;
    }
    size_t length = tail_length + (size_t)nread;
    text[length] = '\0';
    if (guest->resuming && strstr(text, "\"RESUME\""))
        on_resumed(guest);
    guest->reset |= strstr(text, "guest-reset") != NULL;
    guest->ended_itself |= strstr(text, "\"guest\": true") != NULL;
    tail_length = length < sizeof guest->tail - 1 ? length : sizeof guest->tail - 1;
    memcpy(guest->tail, text + length - tail_length, tail_length + 1);
}

/* Wait for QEMU, after its serial line has closed, and say why it ended. */
enum guest_end guest_wait(struct guest *guest)
{
    int status = 0;
    while (waitpid(guest->pid, &status, 0) < 0 && errno == EINTR)
        ;
    while (guest->monitor >= 0) /* ends, because nobody else holds the other end */
        guest_on_monitor(guest);
    close(guest->serial);
    guest->serial = -1;
    guest->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !guest->ended_itself)
        return GUEST_BROKEN;
    return guest->reset ? GUEST_RESET : GUEST_OFF;
}
