/* The ring: the last bytes that a terminal produced, each with its number. */
#include "ptyd.h"

#include <string.h>
#include <sys/mman.h>

/* Mapped, not allocated: a page that was never written costs nothing, and an idle terminal has
 * written one. */
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

/* Number of the oldest byte that is still there. */
uint64_t ring_start(const struct ring *ring)
{
    return ring->end > ring->size ? ring->end - ring->size : 0;
}

/* The most that may be read at once: the rest of the ring is for viewers that are behind. */
size_t ring_budget(const struct ring *ring)
{
    return ring->size / 4 < READ_BUDGET ? ring->size / 4 : READ_BUDGET;
}

/* Where a viewer without a past starts: at the oldest byte, or once the ring has wrapped, one
 * budget on (else the very next read would push it out) and after the next newline, so that it does
 * not begin inside of a character or an escape sequence. Does not look far: a program that writes
 * no newlines must not cost the viewer the whole screen. */
uint64_t ring_clean_start(const struct ring *ring)
{
    uint64_t start = ring_start(ring);
    if (start == 0)
        return 0;
    start += ring_budget(ring);
    for (uint64_t seq = start; seq < start + ring->size / 2; seq++)
        if (ring->bytes[seq % ring->size] == '\n')
            return seq + 1;
    while (start < ring->end && (ring->bytes[start % ring->size] & 0xC0) == 0x80)
        start++;
    return start;
}

/* The memory of bytes seq … seq + length, in one or two pieces; returns how many. */
int ring_slices(const struct ring *ring, uint64_t seq, size_t length, struct iovec slices[2])
{
    size_t at = seq % ring->size;
    size_t first = ring->size - at < length ? ring->size - at : length;
    slices[0] = (struct iovec){ring->bytes + at, first};
    slices[1] = (struct iovec){ring->bytes, length - first};
    return length > first ? 2 : 1;
}

/* One read straight into the ring, over the oldest bytes. Returns what readv does. */
ssize_t ring_fill(struct ring *ring, int fd, size_t most)
{
    struct iovec slices[2];
    int count = ring_slices(ring, ring->end, most, slices);
    ssize_t got = readv(fd, slices, count);
    if (got > 0)
        ring->end += (uint64_t)got;
    return got;
}

/* ptyd's own words, such as why there is no shell. */
void ring_put(struct ring *ring, const char *text)
{
    for (; *text; text++)
        ring->bytes[ring->end++ % ring->size] = (uint8_t)*text;
}
