/* Send orders to the agent in the guest, one a line, through the FIFO that QEMU holds open. Lines
 * shorter than PIPE_BUF are written whole or not at all, so all consoles may write. The lines wait
 * in the FIFO until the agent reads them. */
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

/* Send a line. Returns false when there is no guest, or no room in the FIFO. */
bool send_order(const char *line)
{
    int fd = open(CONTROL, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool complete = write(fd, line, strlen(line)) == (ssize_t)strlen(line);
    close(fd);
    return complete;
}

/* Send the terminal's size, and with `open` an order to start a shell on that console. */
bool send_size(const char *tty, bool open)
{
    struct winsize size = {0};
    char line[80];
    bool has_size = ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    if (!has_size)
        size = (struct winsize){.ws_col = 80, .ws_row = 24};
    int length = snprintf(line, sizeof line, "size %s %d %d\n", tty, size.ws_col, size.ws_row);
    if (open)
        snprintf(line + length, sizeof line - (size_t)length, "open %s\n", tty);
    return send_order(line);
}

static void hex_encode(char *text, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* Set the clock of a resumed guest and stir its random numbers: it has the time at which it was
 * saved, and random numbers that all copies of it share. QEMU may not have opened the FIFO yet, but
 * does so within a moment unless the machine fails to start. */
void send_clock_and_seed(void)
{
    uint8_t seed[SEED_BYTES];
    char digits[2 * SEED_BYTES + 1], line[160];
    if (getrandom(seed, sizeof seed, 0) != sizeof seed)
        return;
    hex_encode(digits, seed, sizeof seed);
    for (int attempt = 0; attempt < 200; attempt++) {
        snprintf(line, sizeof line, "seed %s\ntime %lld\n", digits, (long long)time(NULL));
        if (send_order(line))
            return;
        usleep(10000);
    }
}
