/* ptyd, the PTY server: the init process of every Drydock machine.
 *
 *   ptyd serve --socket PATH [--shell PATH] [--cwd DIR] [--ring BYTES] [--start PROGRAM]
 *              [--main start|view]
 *   ptyd attach --socket PATH
 *   ptyd dial --socket PATH [--socket PATH] [--wait MS]
 *   ptyd --version
 *
 * `serve` starts a shell on a PTY at once (with `--main view`: for its first viewer), stores what
 * it prints in a ring in which every byte has a number, and lets viewers come and go on a Unix
 * socket. So the shell outlives its viewers, and a viewer that comes back says how many bytes it
 * has and gets the rest, exactly once. As process 1 it reaps orphans and ignores signals from
 * inside the machine; on SIGTERM from outside it hangs up all sessions and ends within a second.
 * `--start` names a program to start at once and leave running in the background, like a service.
 * `attach` relays the same bytes over stdin and stdout. `dial` does so for any Unix socket in the
 * machine, and waits up to `--wait` milliseconds for the socket to appear. Of two sockets it takes
 * the first on which somebody listens.
 *
 * The wire
 *   Frame: type u8, length u32 (at most 65536), payload. Integers are big-endian. One connection is
 *   one viewer of one terminal. A malformed frame ends the connection.
 *
 *   viewer → ptyd
 *     A  version u8 = 1, flags u8 (bit 0: read-only, bit 1: wants turns), cols u16, rows u16, window
 *        u32, epoch u64 (0: unknown), seq u64, name 1..32 of [a-z0-9-]. Comes first, and opens the
 *        terminal of that name if there is none yet (at most 8).
 *     I  input                   up to 4 MiB wait per terminal, then its viewers are not read until
 *                                the program has read some; if the shell has ended, this starts a
 *                                new one and is thrown away
 *     Y  reply                   what a terminal says by itself; no turn, and no new shell, for it
 *     R  cols u16, rows u16      clamped to 1..1000 each; the terminal's if the viewer leads
 *     K  seq u64                 the viewer has rendered all bytes before this number
 *     P  0..16 bytes             ping; a connection that sends no frame for 90 s is dropped
 *     D                          detach: ptyd closes
 *     C  port u16                instead of A: connect to a port of the machine; nothing may follow
 *                                before the answer, and after it the connection carries the port's
 *                                bytes both ways, without frames
 *   ptyd → viewer
 *     H  epoch u64, seq u64, flags u8 (bit 0: reset, bit 1: tells turns), cols u16, rows u16, end
 *        u64, modes              the output that follows starts at byte `seq`; after a reset, to who
 *                                wants turns, the bytes that bring a terminal into its state there
 *     O  output
 *     Z  cols u16, rows u16      the size changed at this point of the stream
 *     T  leads u8                from here on the viewer answers questions and sets the size, or not;
 *                                0 until told; only to who wants turns (turn.c)
 *     X  code i32                the shell ended at this point; 128 + signal if it was killed
 *     Q                          pong, with the ping's payload
 *     G                          the answer to C: connected
 *     E  code                    "slow", "protocol", "busy" or "input-overflow"; to C also "refused"
 *                                or "timeout"; then ptyd closes
 *
 * Resume: a viewer that names our epoch (or none) and a byte number that the ring still holds goes
 * on from there. Otherwise reset = 1: it starts at a line near the ring's oldest byte, and the
 * program in the foreground is made to redraw.
 *
 * Modes: ptyd follows what escape sequences make of the terminal (modes.c, style.c), and tidies up
 * when a shell has ended and at the prompt after a program that left a mess (tidy.c, prompt.c).
 *
 * Credit: at most `window` bytes are sent beyond the last K, or what the socket takes while a full
 * queue of input keeps K from being read. The PTY waits only while there are
 * viewers that may type and even the fastest of them is 64 KiB behind; a viewer whose next byte has
 * left the ring is dropped ("slow"). So a stalled viewer takes no memory, and slows a program down
 * only if nobody else is watching it.
 *
 * Design: one thread around one poll (serve.c). Incoming frames: conn.c. Outgoing frames, written
 * straight from the ring (ring.c): view.c. Size changes, turns and exits in stream order: marks.c,
 * turn.c. Terminals: term.c, child.c, queue.c. Ports: relay/port.c. The socket: listen.c. As
 * process 1 it also tells programs at once that there is no way out: refuse.c. The viewers are the
 * platform's, but the student can reach the socket too: nothing that comes in is trusted, every
 * list is bounded, and memory is mapped but not touched until it is needed.
 */
#include "ptyd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WAIT_MS 600000

static const char *first_path, *socket_path;
static unsigned long wait_ms;

static int usage(void)
{
    fputs("usage: ptyd serve --socket PATH [--shell PATH] [--cwd DIR] [--ring BYTES]\n"
          "                  [--start PROGRAM] [--main start|view]\n"
          "       ptyd attach --socket PATH\n"
          "       ptyd dial --socket PATH [--socket PATH] [--wait MS]\n"
          "       ptyd --version\n",
          stderr);
    return 2;
}

static bool parse_number(const char *text, unsigned long *number)
{
    char *rest;
    *number = strtoul(text, &rest, 10);
    return *text && !*rest;
}

static bool parse_ring_size(const char *text)
{
    unsigned long size;
    bool valid = parse_number(text, &size) && size >= RING_MIN && size <= RING_MAX;
    server.ring_size = size;
    return valid;
}

static bool parse_main(const char *when)
{
    server.main_on_view = strcmp(when, "view") == 0;
    return server.main_on_view || strcmp(when, "start") == 0;
}

static bool parse_option(const char *name, const char *value)
{
    if (!value)
        return false;
    if (strcmp(name, "--socket") == 0) {
        first_path = socket_path;
        socket_path = value;
    } else if (strcmp(name, "--shell") == 0)
        server.shell.shell = value;
    else if (strcmp(name, "--cwd") == 0)
        server.shell.cwd = value;
    else if (strcmp(name, "--start") == 0)
        server.start = value;
    else if (strcmp(name, "--main") == 0)
        return parse_main(value);
    else if (strcmp(name, "--ring") == 0)
        return parse_ring_size(value);
    else if (strcmp(name, "--wait") == 0)
        return parse_number(value, &wait_ms) && wait_ms <= MAX_WAIT_MS;
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
        if (!parse_option(arguments[i], i + 1 < count ? arguments[i + 1] : NULL))
            return usage();
    if (count < 4 || !socket_path)
        return usage();
    if (strcmp(arguments[1], "serve") == 0)
        return serve(socket_path);
    if (strcmp(arguments[1], "dial") == 0)
        return attach(first_path, socket_path, (int)wait_ms);
    if (strcmp(arguments[1], "attach") == 0)
        return attach(NULL, socket_path, ATTACH_WAIT_MS);
    return usage();
}
