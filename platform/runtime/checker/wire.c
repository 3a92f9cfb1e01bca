/* The wire between the platform and the checker: reads the request, packs the reply. It is
 * described, encoded and decoded in platform/sandboxes/engine/checker_protocol.py. */
#define _GNU_SOURCE
#include "checker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 256 * 1024, REQUEST_MS = 10000 };

struct request request; /* too large for the stack of a small container */

void *need(void *memory)
{
    if (memory == NULL)
        _exit(UNFINISHED);
    return memory;
}

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int left_ms(int64_t deadline)
{
    int64_t left = deadline - now_ms();
    return left > 0 ? (int)left : 0;
}

void append(struct buffer *buffer, const void *data, size_t size)
{
    if (buffer->size + size > buffer->room) {
        buffer->room = (buffer->size + size) * 2;
        buffer->data = need(realloc(buffer->data, buffer->room));
    }
    if (size > 0)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void append_number(struct buffer *buffer, uint32_t value, int bytes)
{
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        unsigned char byte = (unsigned char)(value >> shift);
        append(buffer, &byte, 1);
    }
}

void append_short(struct buffer *buffer, const char *text)
{
    append_number(buffer, (uint32_t)strlen(text), 1);
    append(buffer, text, strlen(text));
}

void append_long(struct buffer *buffer, const struct buffer *data)
{
    append_number(buffer, (uint32_t)data->size, 4);
    append(buffer, data->data, data->size);
}

static void read_fully(unsigned char *data, size_t size, int64_t deadline)
{
    while (size > 0) {
        struct pollfd ready = {.fd = 0, .events = POLLIN};
        if (poll(&ready, 1, left_ms(deadline)) == 0)
            _exit(UNFIT);
        ssize_t got = read(0, data, size);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            _exit(UNFIT);
        if (got > 0) {
            data += got;
            size -= (size_t)got;
        }
    }
}

static const unsigned char *take(struct buffer *from, size_t size)
{
    if (from->size < size)
        _exit(UNFIT);
    const unsigned char *taken = from->data;
    from->data += size;
    from->size -= size;
    return taken;
}

static uint32_t take_number(struct buffer *from, int bytes)
{
    const unsigned char *data = take(from, (size_t)bytes);
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | data[i];
    return value;
}

static char *take_text(struct buffer *from, int length_bytes)
{
    size_t size = take_number(from, length_bytes);
    const unsigned char *data = take(from, size);
    if (memchr(data, 0, size) != NULL)
        _exit(UNFIT);
    char *text = need(malloc(size + 1));
    memcpy(text, data, size);
    text[size] = 0;
    return text;
}

static void take_command(struct buffer *from, struct command *command)
{
    command->id = take_text(from, 1);
    command->timeout_ms = take_number(from, 4);
    command->output_max = take_number(from, 4);
    uint32_t words = take_number(from, 2);
    if (words == 0 || words > WORDS_MAX)
        _exit(UNFIT);
    for (uint32_t i = 0; i < words; i++)
        command->argv[i + 1] = take_text(from, 4); /* [0] is kept free for "sh" */
}

/* Reads the whole request and puts /dev/null in the place of standard input. */
void read_request(void)
{
    unsigned char head[8];
    int64_t deadline = now_ms() + REQUEST_MS;
    read_fully(head, sizeof head, deadline);
    struct buffer number = {.data = head + 4, .size = 4};
    size_t size = take_number(&number, 4);
    if (memcmp(head, "DDQ1", 4) != 0 || size > REQUEST_MAX)
        _exit(UNFIT);
    struct buffer body = {.data = need(malloc(size + 1)), .size = size};
    read_fully(body.data, size, deadline);
    request.nonce = take_text(&body, 1);
    request.output_left = take_number(&body, 4);
    request.deadline = now_ms() + take_number(&body, 4);
    request.count = (uint16_t)take_number(&body, 2);
    if (request.count > COMMANDS_MAX)
        _exit(UNFIT);
    for (int i = 0; i < request.count; i++)
        take_command(&body, &request.commands[i]);
    int null = open("/dev/null", O_RDONLY | O_NOFOLLOW); /* what the commands read instead */
    if (body.size != 0 || null < 0 || dup2(null, 0) != 0 || close(null) != 0)
        _exit(UNFIT);
}
