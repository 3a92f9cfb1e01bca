/* Input that the PTY does not take yet. Acknowledgements and Ctrl-C arrive behind a paste, so the
 * paste waits here, until the queue is full; then its viewers are not read (conn.c). A queue takes
 * memory only while something waits in it. */
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

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Append the data. Returns false, and queues none of it, when it does not all fit. */
bool queue_put(struct queue *queue, const uint8_t *data, size_t length)
{
    if (length > INPUT_MAX - queue->length || !queue_map(queue))
        return false;
    size_t tail = (queue->head + queue->length) % INPUT_MAX;
    size_t first = smaller(length, INPUT_MAX - tail);
    memcpy(queue->bytes + tail, data, first);
    memcpy(queue->bytes, data + first, length - first);
    queue->length += length;
    return true;
}

/* Write as much as the PTY takes now. If the PTY is gone, the queue is thrown away. */
void queue_write(struct queue *queue, int fd)
{
    while (queue->length > 0) {
        size_t piece = smaller(queue->length, INPUT_MAX - queue->head);
        ssize_t nwritten = write(fd, queue->bytes + queue->head, piece);
        if (nwritten == 0 || (nwritten < 0 && (errno == EAGAIN || errno == EINTR)))
            return;
        if (nwritten < 0)
            break;
        queue->head = (queue->head + (size_t)nwritten) % INPUT_MAX;
        queue->length -= (size_t)nwritten;
    }
    queue_clear(queue);
}

void queue_clear(struct queue *queue)
{
    if (queue->bytes)
        munmap(queue->bytes, INPUT_MAX);
    *queue = (struct queue){0};
}
