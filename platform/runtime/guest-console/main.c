/* guest-console: the shell of a machine whose student types into a virtual machine's guest.
 *
 *   guest-console boot|resume    show a console of the guest in this terminal
 *   guest-console ask            run what comes on stdin in the guest, print what it prints
 *
 * The PTY server starts it where another kind of machine has bash. The first one is the machine's
 * power supply: it starts QEMU (by run-guest, which holds the flags), shows the guest's serial line
 * from the first byte, and when the guest has turned itself off says so and starts it again at a
 * key. The others, one per further terminal, show the guest's other consoles. When the first ends,
 * QEMU ends with it.
 *
 * The student is root in the guest and nobody here: every byte that is typed goes to the guest, and
 * nothing that comes back is taken for a command. So what lies in the container (sockets, disks,
 * this program) is out of reach, which grading relies on.
 *
 * Sizes can't travel on a serial line. They go as lines to a small agent in the guest, over a
 * virtio port whose other end is a FIFO that all consoles write to (orders.c).
 */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define OFF "\r\n\033[1mThe machine is off.\033[0m Press a key to turn it on.\r\n"
#define OFF_ELSEWHERE                                                                              \
    "\r\n\033[1mThe machine is off.\033[0m The terminal that you opened first turns it on.\r\n"
#define BROKEN                                                                                     \
    "\r\n\033[1mThe machine has stopped: its emulator ended.\033[0m Press a key to turn it "       \
    "on.\r\n"
#define NO_MORE "This machine has four consoles, and all are in use. Press a key to try again.\r\n"

volatile sig_atomic_t resized;

static void on_resize(int number)
{
    (void)number;
    resized = 1;
}

static void raw_terminal(void)
{
    struct termios modes;
    if (tcgetattr(0, &modes) < 0)
        return;
    cfmakeraw(&modes);
    tcsetattr(0, TCSANOW, &modes);
}

/* Only a key that is pressed after `invitation` counts: what was typed before was for the guest. */
static void wait_for_key(const char *invitation)
{
    char key;
    tcflush(0, TCIFLUSH);
    say(invitation);
    while (read(0, &key, 1) < 0)
        if (errno == EAGAIN)
            poll(&(struct pollfd){.fd = 0, .events = POLLIN}, 1, -1);
        else if (errno != EINTR)
            exit(1);
}

/* The first console that nobody has, or -1. The lock goes with the process. */
static int take_console(void)
{
    char path[64];
    mkdir(RUN_DIR, 0700);
    for (int number = 0; number < CONSOLES; number++) {
        snprintf(path, sizeof path, RUN_DIR "/console.%d", number);
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            return number;
        close(fd);
    }
    return -1;
}

/* The guest's serial line, and its power switch. */
static void first_console(const char *how)
{
    static struct guest guest = {.serial = -1, .monitor = -1};
    struct console console = {.tty = "ttyS0", .guest = &guest};
    for (;; how = "boot") {
        bool started = guest_start(&guest, how);
        console.size_pending = true;
        if (started)
            relay(&console, guest.serial);
        enum guest_end end = started ? guest_wait(&guest) : GUEST_BROKEN;
        if (end == GUEST_RESET)
            continue;
        wait_for_key(end == GUEST_OFF ? OFF : BROKEN);
    }
}

static int connect_patiently(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (;;) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        close(fd);
        poll(NULL, 0, POLL_MS);
    }
}

static void further_console(int number)
{
    char tty[8], path[64];
    snprintf(tty, sizeof tty, "hvc%d", number - 1);
    snprintf(path, sizeof path, RUN_DIR "/%s.sock", tty);
    struct console console = {.tty = tty, .opens = true};
    for (;;) {
        int fd = connect_patiently(path);
        console.size_pending = true;
        relay(&console, fd);
        close(fd);
        say(OFF_ELSEWHERE);
    }
}

static int show(const char *how)
{
    int number;
    struct sigaction action = {.sa_handler = on_resize};
    sigaction(SIGWINCH, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    raw_terminal();
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
    while ((number = take_console()) < 0)
        wait_for_key(NO_MORE);
    if (number == 0)
        first_console(how);
    further_console(number);
    return 0;
}

int main(int count, char **arguments)
{
    const char *word = count == 2 ? arguments[1] : "";
    if (strcmp(word, "boot") == 0 || strcmp(word, "resume") == 0)
        return show(word);
    if (strcmp(word, "ask") == 0)
        return ask();
    fputs("usage: guest-console boot|resume|ask\n", stderr);
    return 2;
}
