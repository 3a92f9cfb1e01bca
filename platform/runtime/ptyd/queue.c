/* Input that the PTY does not take yet. Connections are always read, because acknowledgements and
 * Ctrl-C travel behind a paste; so the paste has to wait here. The memory is there only while
 * something waits. */
#include "ptyd.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool queue_map(struct queue *queue)
{
    if (queue->bytes)
        return true;
    void *bytes = mmap(NULL, INPUT_MAX, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return false;
    queue->bytes = bytes;
    queue->head = queue->length = 0;
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* False, and nothing is kept, when it does not fit. */
bool queue_put(struct queue *queue, const uint8_t *data, size_t length)
{
    if (length > INPUT_MAX - queue->length || !queue_map(queue))
        return false;
    size_t tail = (queue->head + queue->length) % INPUT_MAX;
    size_t first = least(length, INPUT_MAX - tail);
    memcpy(queue->bytes + tail, data, first);
    memcpy(queue->bytes, data + first, length - first);
    queue->length += length;
    return true;
}

/* Give the PTY what it takes now. A PTY that is gone takes everything, to nowhere. */
void queue_write(struct queue *queue, int fd)
{
    while (queue->length > 0) {
        size_t piece = least(queue->length, INPUT_MAX - queue->head);
        ssize_t done = write(fd, queue->bytes + queue->head, piece);
        if (done == 0 || (done < 0 && (errno == EAGAIN || errno == EINTR)))
            return;
        if (done < 0)
            break;
        queue->head = (queue->head + (size_t)done) % INPUT_MAX;
        queue->length -= (size_t)done;
    }
    queue_clear(queue);
}

void queue_clear(struct queue *queue)
{
    if (queue->bytes)
        munmap(queue->bytes, INPUT_MAX);
    *queue = (struct queue){0};
}
