/* Read the request from the platform and pack the reply. checker_protocol.py, in
 * platform/sandboxes/engine/, describes the wire and has the other side of it. */
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

struct request request; /* global, because it is too large for the stack */

void *require(void *memory)
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

int ms_until(int64_t deadline)
{
    int64_t left = deadline - now_ms();
    return left > 0 ? (int)left : 0;
}

void append(struct buffer *buffer, const void *data, size_t size)
{
    if (buffer->size + size > buffer->capacity) {
        buffer->capacity = (buffer->size + size) * 2;
        buffer->data = require(realloc(buffer->data, buffer->capacity));
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

void append_text(struct buffer *buffer, const char *text)
{
    append_number(buffer, (uint32_t)strlen(text), 1);
    append(buffer, text, strlen(text));
}

void append_data(struct buffer *buffer, const struct buffer *data)
{
    append_number(buffer, (uint32_t)data->size, 4);
    append(buffer, data->data, data->size);
}

static void read_fully(unsigned char *data, size_t size, int64_t deadline)
{
    while (size > 0) {
        struct pollfd ready = {.fd = 0, .events = POLLIN};
        if (poll(&ready, 1, ms_until(deadline)) == 0)
            _exit(UNFIT);
        ssize_t nread = read(0, data, size);
        if (nread == 0 || (nread < 0 && errno != EINTR && errno != EAGAIN))
            _exit(UNFIT);
        if (nread > 0) {
            data += nread;
            size -= (size_t)nread;
        }
    }
}

static const unsigned char *read_bytes(struct buffer *from, size_t size)
{
    if (from->size < size)
        _exit(UNFIT);
    const unsigned char *data = from->data;
    from->data += size;
    from->size -= size;
    return data;
}

static uint32_t read_number(struct buffer *from, int bytes)
{
    const unsigned char *data = read_bytes(from, (size_t)bytes);
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | data[i];
    return value;
}

static char *read_text(struct buffer *from, int length_bytes)
{
    size_t size = read_number(from, length_bytes);
    const unsigned char *data = read_bytes(from, size);
    if (memchr(data, 0, size) != NULL)
        _exit(UNFIT);
    char *text = require(malloc(size + 1));
    memcpy(text, data, size);
    text[size] = 0;
    return text;
}

static void read_command(struct buffer *from, struct command *command)
{
    command->id = read_text(from, 1);
    command->timeout_ms = read_number(from, 4);
    command->output_max = read_number(from, 4);
    uint32_t argc = read_number(from, 2);
    if (argc == 0 || argc > ARGUMENTS_MAX)
        _exit(UNFIT);
    for (uint32_t i = 0; i < argc; i++)
        command->argv[i + 1] = read_text(from, 4); /* [0] stays free for "sh" */
}

/* Read the whole request, then put /dev/null in place of standard input. */
void read_request(void)
{
    unsigned char head[8];
    int64_t deadline = now_ms() + REQUEST_MS;
    read_fully(head, sizeof head, deadline);
    struct buffer number = {.data = head + 4, .size = 4};
    size_t size = read_number(&number, 4);
    if (memcmp(head, "DDQ1", 4) != 0 || size > REQUEST_MAX)
        _exit(UNFIT);
    struct buffer body = {.data = require(malloc(size + 1)), .size = size};
    read_fully(body.data, size, deadline);
    request.nonce = read_text(&body, 1);
    request.output_left = read_number(&body, 4);
    request.deadline = now_ms() + read_number(&body, 4);
    request.count = (uint16_t)read_number(&body, 2);
    if (request.count > COMMANDS_MAX)
        _exit(UNFIT);
    for (int i = 0; i < request.count; i++)
        read_command(&body, &request.commands[i]);
    int null = open("/dev/null", O_RDONLY | O_NOFOLLOW); /* for the commands to read */
    if (body.size != 0 || null < 0 || dup2(null, 0) != 0 || close(null) != 0)
        _exit(UNFIT);
}
