/* One direction of a relay: bytes that were read from one descriptor and wait for the other. */
#include "console.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_transient(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

void flow_read(struct flow *flow)
{
    ssize_t nread = read(flow->from, flow->bytes, sizeof flow->bytes);
    flow->at = 0;
    flow->length = nread > 0 ? (size_t)nread : 0;
    flow->ended = nread <= 0 && !is_transient(nread);
}

void flow_write(struct flow *flow)
{
    ssize_t nwritten = write(flow->to, flow->bytes + flow->at, flow->length);
    if (nwritten < 0 && !is_transient(nwritten)) {
        flow->length = 0;
        flow->ended = true;
    } else if (nwritten > 0) {
        flow->at += (size_t)nwritten;
        flow->length -= (size_t)nwritten;
    }
}

/* Say what to poll for: room to write if something is waiting to be written, else data to read. */
struct pollfd flow_events(const struct flow *flow)
{
    if (flow->length > 0)
        return (struct pollfd){.fd = flow->to, .events = POLLOUT};
    return (struct pollfd){.fd = flow->from, .events = POLLIN};
}

/* Print the whole text on the terminal, however slowly the terminal takes it. */
void print_message(const char *text)
{
    struct flow out = {.to = 1, .length = strlen(text)};
    memcpy(out.bytes, text, out.length);
    while (out.length > 0 && !out.ended) {
        poll(&(struct pollfd){.fd = 1, .events = POLLOUT}, 1, -1);
        flow_write(&out);
    }
}
