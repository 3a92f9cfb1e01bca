/* The latest calls, in a ring, and how they are told: as one line of JSON. */
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A character of a path takes at most two in JSON, and the numbers of a call fewer than 320. */
#define CALL_BYTES (2 * (PATH_CHARS + METHOD_CHARS + PROGRAM_CHARS) + 320)
#define HEAD_BYTES 128

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct call calls[CALLS_MAX];
static uint64_t last_id, version;

/* Versions go on from the time at the start: nobody takes a new recorder's for an old one's. */
void start_calls(void)
{
    version = (uint64_t)wall_ms() * 1000;
}

static struct call *find_call(uint64_t id)
{
    struct call *call = &calls[id % CALLS_MAX];
    return id && call->id == id ? call : NULL;
}

uint64_t begin_call(const struct call *call)
{
    struct call *kept = &calls[++last_id % CALLS_MAX];
    *kept = *call;
    kept->id = last_id;
    kept->time_ms = wall_ms();
    kept->began_us = now_us();
    kept->open = true;
    version++;
    return last_id;
}

void answer_call(uint64_t id, int status)
{
    struct call *call = find_call(id);
    if (!call)
        return;
    call->status = (uint16_t)status;
    call->answered_us = now_us();
    version++;
}

void end_call(uint64_t id)
{
    struct call *call = find_call(id);
    if (!call || !call->open)
        return;
    call->open = false;
    version++;
}

void count_call(uint64_t id, bool upward, size_t size)
{
    struct call *call = find_call(id);
    if (!call)
        return;
    if (upward)
        call->sent += size;
    else
        call->received += size;
}

uint64_t calls_version(void)
{
    return version;
}

/* Write a text between quotes. Whatever is not plain ASCII becomes a question mark. */
static size_t write_text(char *to, const char *text)
{
    char *at = to;
    *at++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *at++ = '\\';
        *at++ = *text >= 0x20 && *text < 0x7f ? *text : '?';
    }
    *at++ = '"';
    return (size_t)(at - to);
}

static size_t write_call(char *to, const struct call *call)
{
    char *at = to;
    int64_t us = call->answered_us ? call->answered_us - call->began_us : 0;
    at += sprintf(at, "{\"id\":%llu,\"time\":%lld,\"connection\":%u,\"pid\":%u,\"program\":",
                  (unsigned long long)call->id, (long long)call->time_ms, call->connection,
                  call->pid);
    at += write_text(at, call->program);
    at += sprintf(at, ",\"method\":");
    at += write_text(at, call->method);
    at += sprintf(at, ",\"path\":");
    at += write_text(at, call->path);
    at += sprintf(at,
                  ",\"cut\":%s,\"status\":%u,\"ms\":%lld.%03lld,\"sent\":%llu,\"received\":%llu,"
                  "\"open\":%s}",
                  call->cut ? "true" : "false", call->status, (long long)(us / 1000),
                  (long long)(us % 1000), (unsigned long long)call->sent,
                  (unsigned long long)call->received, call->open ? "true" : "false");
    return (size_t)(at - to);
}

/* Return the line for somebody who knows that version, to be freed; NULL without memory. */
char *calls_as_json(uint64_t known_version, size_t *size)
{
    uint64_t count = last_id < TOLD_MAX ? last_id : TOLD_MAX;
    if (known_version == version)
        count = 0;
    char *line = malloc(HEAD_BYTES + (size_t)count * CALL_BYTES), *at = line;
    if (!line)
        return NULL;
    at += sprintf(at, "{\"version\":%llu,\"total\":%llu", (unsigned long long)version,
                  (unsigned long long)last_id);
    if (known_version != version) {
        at += sprintf(at, ",\"calls\":[");
        for (uint64_t id = last_id - count + 1; id <= last_id; id++) {
            at += write_call(at, &calls[id % CALLS_MAX]);
            if (id < last_id)
                *at++ = ',';
        }
        *at++ = ']';
    }
    at += sprintf(at, "}\n");
    *size = (size_t)(at - line);
    return line;
}
