/* The platform's own channel to the guest: a command in, its output out. Nobody but the platform
 * can use it, as the container is out of the student's reach; the guest that answers is the
 * student's, so an answer is what the guest says, no more. */
#include "console.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET RUN_DIR "/platform.sock"
#define COMMAND_MAX 2000 /* twice that fits a line */
#define ANSWER_MAX (1u << 20)
#define ANSWER_MS 10000
#define EOT 4 /* the agent ends an answer with it */

static int connect_once(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

/* Percent signs and newlines would end the line: the command travels as hex. */
static bool send_command(void)
{
    static char command[COMMAND_MAX], line[2 * COMMAND_MAX + 16];
    size_t have = fread(command, 1, sizeof command, stdin);
    char *at = line + snprintf(line, sizeof line, "run ");
    if (have == sizeof command)
        return false;
    for (size_t i = 0; i < have; i++)
        at += snprintf(at, 3, "%02x", (unsigned char)command[i]);
    strcpy(at, "\n");
    return order(line);
}

/* Copy to stdout up to the end of the answer. True when it came. */
static bool copy_answer(int fd)
{
    char bytes[4096];
    for (size_t total = 0; total < ANSWER_MAX;) {
        if (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, ANSWER_MS) <= 0)
            return false;
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got <= 0)
            return false;
        char *end = memchr(bytes, EOT, (size_t)got);
        total += fwrite(bytes, 1, end ? (size_t)(end - bytes) : (size_t)got, stdout);
        if (end)
            return true;
    }
    return false;
}

/* Exit codes: 0 with an answer, 1 without. */
int ask(void)
{
    int fd = connect_once();
    return fd >= 0 && send_command() && copy_answer(fd) ? 0 : 1;
}
