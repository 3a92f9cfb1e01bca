/* Bytes between the terminal and one console of the guest. Neither direction waits for the other: a
 * viewer who has stopped reading can still press Ctrl-C. */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct flow {
    int from, to;
    char bytes[16384];
    size_t at, have;
    bool ended;
};

static bool is_passing(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

static void take(struct flow *flow)
{
    ssize_t got = read(flow->from, flow->bytes, sizeof flow->bytes);
    flow->at = 0;
    flow->have = got > 0 ? (size_t)got : 0;
    flow->ended = got <= 0 && !is_passing(got);
}

static void give(struct flow *flow)
{
    ssize_t done = write(flow->to, flow->bytes + flow->at, flow->have);
    if (done < 0 && !is_passing(done)) {
        flow->have = 0;
        flow->ended = true;
    } else if (done > 0) {
        flow->at += (size_t)done;
        flow->have -= (size_t)done;
    }
}

static void wish(const struct flow *flow, struct pollfd *polled)
{
    if (flow->have > 0)
        *polled = (struct pollfd){.fd = flow->to, .events = POLLOUT};
    else
        *polled = (struct pollfd){.fd = flow->from, .events = POLLIN};
}

static void move(struct flow *flow, short events, struct guest *guest)
{
    if (!events)
        return;
    if (flow->have == 0) {
        take(flow);
        if (guest)
            guest_shown(guest, flow->bytes, flow->have);
    }
    if (flow->have > 0)
        give(flow);
}

static void tell_size(struct console *console)
{
    if (resized)
        console->size_pending = true;
    resized = 0;
    if (console->size_pending)
        console->size_pending = !order_size(console->tty, console->opens);
}

/* Write all of it, whatever the terminal does. */
void say(const char *text)
{
    struct flow out = {.to = 1, .have = strlen(text)};
    memcpy(out.bytes, text, out.have);
    while (out.have > 0 && !out.ended) {
        poll(&(struct pollfd){.fd = 1, .events = POLLOUT}, 1, -1);
        give(&out);
    }
}

/* Until the guest's end closes. */
void relay(struct console *console, int fd)
{
    static struct flow up, down;
    int monitor;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    up = (struct flow){.from = 0, .to = fd};
    down = (struct flow){.from = fd, .to = 1};
    while (!down.ended || down.have > 0) {
        struct pollfd polled[3];
        tell_size(console);
        monitor = console->guest ? console->guest->monitor : -1;
        wish(&up, &polled[0]);
        wish(&down, &polled[1]);
        polled[2] = (struct pollfd){.fd = monitor, .events = POLLIN};
        if (poll(polled, 3, console->size_pending ? POLL_MS : -1) < 0)
            continue;
        if (polled[2].revents)
            guest_hear(console->guest);
        move(&up, polled[0].revents, NULL);
        move(&down, polled[1].revents, console->guest);
        if (up.ended)
            return;
    }
}
