/* guest-console: the shell of a machine in which the student types into a virtual machine's guest.
 *
 *   guest-console boot|resume    show a console of the guest in this terminal
 *   guest-console ask            run the command on stdin in the guest and print its output
 *
 * The PTY server starts it where other types of machine have bash. The first guest-console is the
 * machine's power switch: it starts QEMU (through run-guest, which holds the flags) and shows the
 * guest's serial line from the first byte. When the guest has turned itself off, it says so and
 * starts the guest again when a key is pressed. Further terminals show the guest's other consoles.
 * When the first guest-console ends, QEMU ends with it.
 *
 * The student is root in the guest but has no access here: every byte that is typed goes to the
 * guest, and nothing that comes back is taken for a command. So what is in the container (sockets,
 * disks, this program) is out of reach, which grading relies on.
 *
 * A serial line cannot carry the terminal's size. A small agent in the guest receives sizes as
 * lines of text over a virtio port, whose other end is a FIFO that all consoles write to
 * (orders.c).
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
    "\r\n\033[1mThe machine is off.\033[0m "                                                       \
    "To turn it on, press a key in the terminal that you opened first.\r\n"
#define BROKEN                                                                                     \
    "\r\n\033[1mThe machine has stopped because its emulator ended.\033[0m "                       \
    "Press a key to turn it on.\r\n"
#define NO_CONSOLE                                                                                 \
    "This machine has four consoles, and all of them are in use. Press a key to try again.\r\n"

static void on_resize(int number)
{
    (void)number;
    resized = 1;
}

static void set_raw_mode(void)
{
    struct termios modes;
    if (tcgetattr(0, &modes) < 0)
        return;
    cfmakeraw(&modes);
    tcsetattr(0, TCSANOW, &modes);
}

/* Wait for a key. Only one pressed after the message counts: earlier ones were for the guest. */
static void wait_for_key(const char *message)
{
    char key;
    tcflush(0, TCIFLUSH);
    print_message(message);
    while (read(0, &key, 1) < 0)
        if (errno == EAGAIN)
            poll(&(struct pollfd){.fd = 0, .events = POLLIN}, 1, -1);
        else if (errno != EINTR)
            exit(1);
}

/* Claim the first free console, with a lock that ends with this process. Returns -1 if none is. */
static int claim_console(void)
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

/* Show the guest's serial line, and be its power switch. */
static void first_console(const char *mode)
{
    static struct guest guest = {.serial = -1, .monitor = -1};
    struct console console = {.tty = "ttyS0", .guest = &guest};
    for (;; mode = "boot") {
        bool started = guest_start(&guest, mode);
        console.size_pending = true;
        if (started)
            relay(&console, guest.serial);
        enum guest_end end = started ? guest_wait(&guest) : GUEST_BROKEN;
        if (end == GUEST_RESET)
            continue;
        wait_for_key(end == GUEST_OFF ? OFF : BROKEN);
    }
}

static int connect_with_retries(const char *path)
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

/* Show one of the guest's other consoles. */
static void further_console(int number)
{
    char tty[8], path[64];
    snprintf(tty, sizeof tty, "hvc%d", number - 1);
    snprintf(path, sizeof path, RUN_DIR "/%s.sock", tty);
    struct console console = {.tty = tty, .opens = true};
    for (;;) {
        int fd = connect_with_retries(path);
        console.size_pending = true;
        relay(&console, fd);
        close(fd);
        print_message(OFF_ELSEWHERE);
    }
}

static int show(const char *mode)
{
    int number;
    struct sigaction action = {.sa_handler = on_resize};
    sigaction(SIGWINCH, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    set_raw_mode();
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
    while ((number = claim_console()) < 0)
        wait_for_key(NO_CONSOLE);
    if (number == 0)
        first_console(mode);
    further_console(number);
    return 0;
}

int main(int count, char **arguments)
{
    const char *command = count == 2 ? arguments[1] : "";
    if (strcmp(command, "boot") == 0 || strcmp(command, "resume") == 0)
        return show(command);
    if (strcmp(command, "ask") == 0)
        return ask_guest();
    fputs("usage: guest-console boot|resume|ask\n", stderr);
    return 2;
}
