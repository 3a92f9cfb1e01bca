/* ptyd, the PTY server: init of every Drydock machine.
 *
 *   ptyd serve --socket PATH [--shell PATH] [--cwd DIR] [--ring BYTES] [--start PROGRAM] [--main
 * start|view] ptyd attach --socket PATH ptyd dial --socket PATH [--wait MS] ptyd --version
 *
 * `serve` starts a shell on a PTY at once (with `--main view`: for its first viewer), keeps what it
 * prints in a ring in which every byte has a number, and lets viewers come and go on a unix socket.
 * The shell thus outlives whoever looks at it, and who comes back says how many bytes they have and
 * gets the rest, exactly once. As process 1 it reaps orphans, ignores signals from inside the
 * machine, and on SIGTERM from outside hangs up all sessions and ends within a second.
 * `--start` names a program that runs from the start in the background, as a service would.
 * `attach` carries the same bytes over stdin and stdout, and so does `dial`, for any unix socket in
 * the machine, which may take `--wait` to appear.
 *
 * The wire
 *   Frame: type u8, length u32 (at most 65536), payload. Integers are big-endian. One connection is
 * one viewer of one terminal. A frame that makes no sense ends the connection.
 *
 *   viewer → ptyd
 *     A  version u8 = 1, flags u8 (bit 0: read-only), cols u16, rows u16, window u32, epoch u64 (0:
 * unknown), seq u64, name 1..32 of [a-z0-9-]. First frame; makes the terminal when there is none of
 * that name (at most 8). I  input. Queued up to 4 MiB per terminal. Where the shell has ended it
 * starts a new one and goes nowhere else. R  cols u16, rows u16      each 1..1000 after clamping K
 * seq u64                 the viewer has rendered all bytes before this number P  0..16 bytes ping;
 * a connection without any frame for 90 s is dropped D                          detach: ptyd closes
 *   ptyd → viewer
 *     H  epoch u64, seq u64, reset u8, cols u16, rows u16, end u64   the output that follows starts
 * at byte `seq` O  output Z  cols u16, rows u16      the size changed here in the stream X  code
 * i32                the shell ended here in the stream; 128 + signal when killed Q pong, the
 * ping's payload E  code                    "slow", "protocol", "busy" or "input-overflow"; then
 * ptyd closes
 *
 * Resume: with our epoch (or none) and a byte number that the ring still holds, the viewer goes on
 * there. Otherwise reset = 1: it starts at a line near the ring's oldest byte, and the program in
 * front is made to redraw.
 *
 * Credit: at most `window` bytes are sent beyond the last K. The PTY waits only while there are
 * viewers that may type and even the fastest of them is 64 KiB behind; a viewer whose next byte has
 * left the ring is dropped ("slow"). So a stalled viewer costs no memory, and slows only a program
 * that nobody else looks at.
 *
 * Design: one thread around one poll (serve.c). Frames in: conn.c. Frames out: view.c, written
 * straight from the ring (ring.c). Sizes and exits in stream order: marks.c. Terminals: term.c,
 * child.c, queue.c. The socket: listen.c. The viewers are the platform's, but the student can reach
 * the socket, too: nothing that comes in is trusted, every list is bounded, and memory is mapped
 * but not touched until it is needed.
 */
#include "ptyd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WAIT_MS 600000

static const char *socket_path;
static unsigned long wait_ms;

static int usage(void)
{
    fputs("usage: ptyd serve --socket PATH [--shell PATH] [--cwd DIR] [--ring BYTES] [--start "
          "PROGRAM]\n"
          "                  [--main start|view]\n"
          "       ptyd attach --socket PATH\n"
          "       ptyd dial --socket PATH [--wait MS]\n"
          "       ptyd --version\n",
          stderr);
    return 2;
}

static bool take_number(const char *text, unsigned long *number)
{
    char *rest;
    *number = strtoul(text, &rest, 10);
    return *text && !*rest;
}

static bool take_ring_size(const char *text)
{
    unsigned long size;
    bool good = take_number(text, &size) && size >= RING_MIN && size <= RING_MAX;
    server.ring_size = size;
    return good;
}

static bool take_main(const char *when)
{
    server.main_on_view = strcmp(when, "view") == 0;
    return server.main_on_view || strcmp(when, "start") == 0;
}

static bool take_option(const char *name, const char *value)
{
    if (!value)
        return false;
    if (strcmp(name, "--socket") == 0)
        socket_path = value;
    else if (strcmp(name, "--shell") == 0)
        server.shell.shell = value;
    else if (strcmp(name, "--cwd") == 0)
        server.shell.cwd = value;
    else if (strcmp(name, "--start") == 0)
        server.start = value;
    else if (strcmp(name, "--main") == 0)
        return take_main(value);
    else if (strcmp(name, "--ring") == 0)
        return take_ring_size(value);
    else if (strcmp(name, "--wait") == 0)
        return take_number(value, &wait_ms) && wait_ms <= MAX_WAIT_MS;
    else
        return false;
    return true;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "--version") == 0) {
        printf("ptyd %s (protocol %d)\n", PTYD_VERSION, PROTOCOL_VERSION);
        return 0;
    }
    server.ring_size = RING_DEFAULT;
    for (int i = 2; i < count; i += 2)
        if (!take_option(arguments[i], i + 1 < count ? arguments[i + 1] : NULL))
            return usage();
    if (count < 4 || !socket_path)
        return usage();
    if (strcmp(arguments[1], "serve") == 0)
        return serve(socket_path);
    if (strcmp(arguments[1], "dial") == 0)
        return attach(socket_path, (int)wait_ms);
    return strcmp(arguments[1], "attach") == 0 ? attach(socket_path, ATTACH_WAIT_MS) : usage();
}
