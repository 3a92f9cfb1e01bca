/* A ring of the last bytes that a terminal printed, each with its number. */
#include "ptyd.h"

#include <string.h>
#include <sys/mman.h>

/* Map the memory rather than allocate it: a page that was never written costs nothing, and an idle
 * terminal has written only one. */
bool ring_open(struct ring *ring, size_t size)
{
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return false;
    ring->bytes = bytes;
    ring->size = size;
    ring->end = 0;
    return true;
}

void ring_close(struct ring *ring)
{
    if (ring->bytes)
        munmap(ring->bytes, ring->size);
    ring->bytes = NULL;
}

/* Return the number of the oldest byte that is still here. */
uint64_t ring_start(const struct ring *ring)
{
    return ring->end > ring->size ? ring->end - ring->size : 0;
}

/* Return how much may be read at once. The rest of the ring is for viewers that are behind. */
size_t ring_budget(const struct ring *ring)
{
    return ring->size / 4 < READ_BUDGET ? ring->size / 4 : READ_BUDGET;
}

/* Describe where bytes seq … seq + length lie. Returns the number of slices, one or two. */
int ring_slices(const struct ring *ring, uint64_t seq, size_t length, struct iovec slices[2])
{
    size_t at = seq % ring->size;
    size_t first = ring->size - at < length ? ring->size - at : length;
    slices[0] = (struct iovec){ring->bytes + at, first};
    slices[1] = (struct iovec){ring->bytes, length - first};
    return length > first ? 2 : 1;
}

/* Read once, straight into the ring and over its oldest bytes. Returns what readv does. */
ssize_t ring_fill(struct ring *ring, int fd, size_t limit)
{
    struct iovec slices[2];
    int count = ring_slices(ring, ring->end, limit, slices);
    ssize_t nread = readv(fd, slices, count);
    if (nread > 0)
        ring->end += (uint64_t)nread;
    return nread;
}

/* Add a message of ptyd's own, such as why there is no shell. */
void ring_put(struct ring *ring, const char *text)
{
    for (; *text; text++)
        ring->bytes[ring->end++ % ring->size] = (uint8_t)*text;
}

/* Insert a message at byte `seq`, among bytes that nobody has been sent: at most one read's. */
void ring_insert(struct ring *ring, uint64_t seq, const char *text)
{
    static uint8_t moved[READ_BUDGET];
    size_t length = (size_t)(ring->end - seq);
    for (size_t i = 0; i < length; i++)
        moved[i] = ring->bytes[(seq + i) % ring->size];
    ring->end = seq;
    ring_put(ring, text);
    for (size_t i = 0; i < length; i++)
        ring->bytes[ring->end++ % ring->size] = moved[i];
}
