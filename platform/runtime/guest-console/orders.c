/* Orders to the agent in the guest, a line each, into the FIFO that QEMU holds open. Lines shorter
 * than PIPE_BUF are written whole or not at all, so that all consoles may write. Until the agent
 * reads, they wait there. */
#include "console.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define CONTROL RUN_DIR "/control.in"
#define SEED_BYTES 32

/* False when there is no guest, or no room. */
bool order(const char *line)
{
    int fd = open(CONTROL, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = write(fd, line, strlen(line)) == (ssize_t)strlen(line);
    close(fd);
    return done;
}

bool order_size(const char *tty, bool open)
{
    struct winsize size = {0};
    char line[80];
    bool known = ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    if (!known)
        size = (struct winsize){.ws_col = 80, .ws_row = 24};
    int length = snprintf(line, sizeof line, "size %s %d %d\n", tty, size.ws_col, size.ws_row);
    if (open)
        snprintf(line + length, sizeof line - (size_t)length, "open %s\n", tty);
    return order(line);
}

static void hex(char *text, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* A guest that was saved has the clock of that moment and random numbers that all its copies share.
 * QEMU may not hold the FIFO yet; it does within a moment or the machine does not start. */
void order_clock_and_seed(void)
{
    uint8_t seed[SEED_BYTES];
    char digits[2 * SEED_BYTES + 1], line[160];
    if (getrandom(seed, sizeof seed, 0) != sizeof seed)
        return;
    hex(digits, seed, sizeof seed);
    for (int tries = 0; tries < 200; tries++) {
        snprintf(line, sizeof line, "seed %s\ntime %lld\n", digits, (long long)time(NULL));
        if (order(line))
            return;
        usleep(10000);
    }
}
