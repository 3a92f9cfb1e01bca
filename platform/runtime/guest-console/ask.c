/* `guest-console ask`: run a command in the guest and print its output. Only the platform can do
 * so, because students cannot reach the container. But the student is root in the guest that
 * answers, so the answer proves nothing. */
#include "console.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET RUN_DIR "/platform.sock"
#define COMMAND_MAX 2000 /* in hex, twice as long, it still fits into one line of the FIFO */
#define ANSWER_MAX (1u << 20)
#define ANSWER_MS 10000
#define EOT 4 /* the agent puts it at the end of its answer */

static int connect_once(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

/* Send the command as hex, because a newline in it would end the line. */
static bool send_command(void)
{
    static char command[COMMAND_MAX], line[2 * COMMAND_MAX + 16];
    size_t length = fread(command, 1, sizeof command, stdin);
    char *at = line + snprintf(line, sizeof line, "run ");
    if (length == sizeof command)
        return false;
    for (size_t i = 0; i < length; i++)
        at += snprintf(at, 3, "%02x", (unsigned char)command[i]);
    strcpy(at, "\n");
    return send_order(line);
}

/* Copy the answer to stdout. Returns whether it arrived to its end. */
static bool copy_answer(int fd)
{
    char bytes[4096];
    for (size_t total = 0; total < ANSWER_MAX;) {
        if (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, ANSWER_MS) <= 0)
            return false;
        ssize_t nread = read(fd, bytes, sizeof bytes);
        if (nread <= 0)
            return false;
        char *end = memchr(bytes, EOT, (size_t)nread);
        total += fwrite(bytes, 1, end ? (size_t)(end - bytes) : (size_t)nread, stdout);
        if (end)
            return true;
    }
    return false;
}

/* Returns the exit code: 0 with an answer, 1 without. */
int ask_guest(void)
{
    int fd = connect_once();
    return fd >= 0 && send_command() && copy_answer(fd) ? 0 : 1;
}
