/* Relay bytes between the terminal and one console of the guest. Neither direction waits for the
 * other, so a viewer that has stopped reading can still press Ctrl-C. */
#include "console.h"

#include <fcntl.h>
#include <poll.h>

volatile sig_atomic_t resized;

static void move(struct flow *flow, short events, struct guest *guest)
{
    if (!events)
        return;
    if (flow->length == 0) {
        flow_read(flow);
        if (guest)
            guest_on_output(guest, flow->bytes, flow->length);
    }
    if (flow->length > 0)
        flow_write(flow);
}

static void send_pending_size(struct console *console)
{
    if (resized)
        console->size_pending = true;
    resized = 0;
    if (console->size_pending)
        console->size_pending = !send_size(console->tty, console->opens);
}

/* Relay until the guest closes its end. */
void relay(struct console *console, int fd)
{
    static struct flow up, down;
    int monitor;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    up = (struct flow){.from = 0, .to = fd};
    down = (struct flow){.from = fd, .to = 1};
    while (!down.ended || down.length > 0) {
        send_pending_size(console);
        monitor = console->guest ? console->guest->monitor : -1;
        struct pollfd polled[3] = {
            flow_events(&up), flow_events(&down), {.fd = monitor, .events = POLLIN}};
        if (poll(polled, 3, console->size_pending ? POLL_MS : -1) < 0)
            continue;
        if (polled[2].revents)
            guest_on_monitor(console->guest);
        move(&up, polled[0].revents, NULL);
        move(&down, polled[1].revents, console->guest);
        if (up.ended)
            return;
    }
}
