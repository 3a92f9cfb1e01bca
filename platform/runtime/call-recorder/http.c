/* Follow HTTP/1.1 as it goes by, as far as it takes to see each call: the first line of requests
 * and answers, and where their bodies end. Nothing else is kept. Whatever is odd makes the rest of
 * the connection opaque: it is still relayed, and no longer understood. */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t less(uint64_t left, size_t right)
{
    return left < right ? (size_t)left : right;
}

static void begin_head(struct parser *parser)
{
    parser->phase = HEAD;
    parser->first_line_read = parser->chunked = parser->has_length = false;
    parser->wants_upgrade = parser->odd = parser->line_cut = false;
    parser->left = parser->line_length = 0;
}

/* Understand nothing more of this connection. What goes by belongs to `stream`, if to any call. */
static void go_opaque(struct conversation *conversation, uint64_t stream)
{
    conversation->request.phase = conversation->response.phase = OPAQUE;
    for (size_t i = 0; i < conversation->queued; i++)
        if (conversation->queue[i].call != stream)
            end_call(conversation->queue[i].call);
    conversation->queued = 0;
    conversation->stream = stream;
}

static struct exchange *oldest(struct conversation *conversation)
{
    return conversation->queued ? &conversation->queue[0] : NULL;
}

static struct exchange *newest(struct conversation *conversation)
{
    return conversation->queued ? &conversation->queue[conversation->queued - 1] : NULL;
}

/* Read METHOD SP TARGET SP HTTP/1.x into a call. */
static bool read_request_line(struct parser *parser, struct call *call)
{
    char *line = parser->line, *target = strchr(line, ' ');
    size_t length = target ? (size_t)(target - line) : 0;
    if (!length || length >= METHOD_CHARS || strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != length)
        return false;
    memcpy(call->method, line, length);
    target++;
    char *end = strchr(target, ' ');
    if (end ? strncmp(end, " HTTP/1.", 8) != 0 : !parser->line_cut)
        return false;
    length = end ? (size_t)(end - target) : strlen(target);
    call->cut = length > PATH_CHARS || !end;
    memcpy(call->path, target, less(length, PATH_CHARS));
    return length > 0;
}

static void read_request(struct conversation *conversation)
{
    struct parser *parser = &conversation->request;
    struct call call = {.connection = conversation->connection, .pid = conversation->pid};
    memcpy(call.program, conversation->program, sizeof call.program);
    if (conversation->queued == QUEUE_MAX || !read_request_line(parser, &call)) {
        go_opaque(conversation, 0);
        return;
    }
    parser->call = begin_call(&call);
    conversation->queue[conversation->queued++] =
        (struct exchange){.call = parser->call, .is_head = strcmp(call.method, "HEAD") == 0};
    parser->first_line_read = true;
}

static void read_status(struct conversation *conversation)
{
    struct parser *parser = &conversation->response;
    const char *line = parser->line;
    bool right = strncmp(line, "HTTP/1.", 7) == 0 && strlen(line) >= 12 && line[8] == ' ';
    int status = right ? atoi(line + 9) : 0;
    if (status < 100 || status > 999 || !conversation->queued) {
        go_opaque(conversation, 0);
        return;
    }
    conversation->status = status;
    parser->first_line_read = true;
    parser->call = oldest(conversation)->call;
    if (status == 101 || status >= 200)
        answer_call(parser->call, status);
}

/* Return a header's value when the line has that name. */
static const char *value_of(const char *line, const char *name)
{
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " \t");
}

static void read_header(struct parser *parser)
{
    const char *value;
    if ((value = value_of(parser->line, "Content-Length"))) {
        char *end;
        uint64_t length = strtoull(value, &end, 10);
        bool right = *value >= '0' && *value <= '9' && !end[strspn(end, " \t")];
        parser->odd |= !right || parser->line_cut || (parser->has_length && length != parser->left);
        parser->has_length = true;
        parser->left = length;
    } else if ((value = value_of(parser->line, "Transfer-Encoding"))) {
        parser->odd |= strcasecmp(value, "chunked") != 0 || parser->line_cut;
        parser->chunked = true;
    } else if (value_of(parser->line, "Upgrade")) {
        parser->wants_upgrade = true;
    } else if (*parser->line == ' ' || *parser->line == '\t') {
        parser->odd = true; /* a line that goes on: nobody writes it any more */
    }
}

/* What follows a head or a body in the request's direction. */
static void after_request(struct conversation *conversation)
{
    struct exchange *exchange = newest(conversation);
    if (exchange && exchange->upgrade) {
        conversation->request.phase = WAITING; /* what comes may be HTTP or not: the answer says */
        conversation->request.left = 0;
    } else {
        begin_head(&conversation->request);
    }
}

static void end_request_head(struct conversation *conversation)
{
    struct parser *parser = &conversation->request;
    struct exchange *exchange = newest(conversation);
    if (!exchange || parser->odd || (parser->chunked && parser->has_length)) {
        go_opaque(conversation, 0);
        return;
    }
    exchange->upgrade = parser->wants_upgrade;
    if (parser->chunked)
        parser->phase = CHUNK_SIZE;
    else if (parser->left)
        parser->phase = BODY;
    else
        after_request(conversation);
}

static void after_response(struct conversation *conversation)
{
    struct exchange *exchange = oldest(conversation);
    end_call(exchange->call);
    conversation->queued--;
    memmove(exchange, exchange + 1, conversation->queued * sizeof *exchange);
    begin_head(&conversation->response);
    if (conversation->request.phase != WAITING || conversation->queued)
        return;
    if (conversation->request.left) /* it was sent without waiting: who knows what it is */
        go_opaque(conversation, 0);
    else
        begin_head(&conversation->request);
}

static void end_response_head(struct conversation *conversation)
{
    struct parser *parser = &conversation->response;
    int status = conversation->status;
    struct exchange *exchange = oldest(conversation);
    if (parser->odd) {
        go_opaque(conversation, exchange->call);
    } else if (status == 101) {
        go_opaque(conversation, exchange->call);
    } else if (status < 200) {
        begin_head(parser); /* 100 Continue: the answer is still to come */
    } else if (exchange->is_head || status == 204 || status == 304) {
        after_response(conversation);
    } else if (parser->chunked) {
        parser->phase = CHUNK_SIZE;
    } else if (parser->has_length) {
        parser->phase = BODY;
        if (!parser->left)
            after_response(conversation);
    } else {
        go_opaque(conversation, exchange->call); /* it goes on until somebody hangs up */
    }
}

static void end_chunk_size(struct conversation *conversation, struct parser *parser)
{
    char *end;
    parser->left = strtoull(parser->line, &end, 16);
    if (!strchr("0123456789abcdefABCDEF", *parser->line) || !*parser->line || parser->left >> 60 ||
        (*end && *end != ';' && *end != ' '))
        go_opaque(conversation, 0);
    else
        parser->phase = parser->left ? CHUNK_DATA : TRAILER;
}

static void after_body(struct conversation *conversation, bool upward)
{
    if (upward)
        after_request(conversation);
    else
        after_response(conversation);
}

static void end_line(struct conversation *conversation, struct parser *parser, bool upward)
{
    bool empty = parser->line_length == 0 && !parser->line_cut;
    switch (parser->phase) {
    case CHUNK_SIZE:
        end_chunk_size(conversation, parser);
        break;
    case CHUNK_END:
        if (empty)
            parser->phase = CHUNK_SIZE;
        else
            go_opaque(conversation, 0);
        break;
    case TRAILER:
        if (empty)
            after_body(conversation, upward);
        break;
    case HEAD:
        if (!empty && !parser->first_line_read)
            (upward ? read_request : read_status)(conversation);
        else if (!empty)
            read_header(parser);
        else if (parser->first_line_read)
            (upward ? end_request_head : end_response_head)(conversation);
        break;
    default:
        break;
    }
    parser->line_length = 0;
    parser->line_cut = false;
}

/* Take in bytes up to the end of a line. Returns how many. */
static size_t take_line(struct conversation *conversation, struct parser *parser, bool upward,
                        const char *bytes, size_t size)
{
    const char *end = memchr(bytes, '\n', size);
    size_t taken = end ? (size_t)(end - bytes) : size;
    size_t room = LINE_BYTES - 1 - parser->line_length;
    memcpy(parser->line + parser->line_length, bytes, less(taken, room));
    parser->line_cut |= taken > room;
    parser->line_length += less(taken, room);
    if (!end)
        return taken;
    if (!parser->line_cut && parser->line_length && parser->line[parser->line_length - 1] == '\r')
        parser->line_length--;
    parser->line[parser->line_length] = 0;
    if (memchr(parser->line, 0, parser->line_length))
        go_opaque(conversation, 0);
    else
        end_line(conversation, parser, upward);
    return taken + 1;
}

/* Pass over bytes of a body. Returns how many. */
static size_t take_body(struct conversation *conversation, struct parser *parser, bool upward,
                        size_t size)
{
    size_t taken = less(parser->left, size);
    count_call(parser->call, upward, taken);
    parser->left -= taken;
    if (parser->left)
        return taken;
    if (parser->phase == CHUNK_DATA)
        parser->phase = CHUNK_END;
    else
        after_body(conversation, upward);
    return taken;
}

/* Look at bytes that are relayed, `upward` from the client to the engine. */
void observe(struct conversation *conversation, bool upward, const char *bytes, size_t size)
{
    struct parser *parser = upward ? &conversation->request : &conversation->response;
    while (size > 0) {
        size_t taken = size;
        if (parser->phase == OPAQUE)
            count_call(conversation->stream, upward, size);
        else if (parser->phase == WAITING)
            parser->left += size;
        else if (parser->phase == BODY || parser->phase == CHUNK_DATA)
            taken = take_body(conversation, parser, upward, size);
        else
            taken = take_line(conversation, parser, upward, bytes, size);
        bytes += taken;
        size -= taken;
    }
}

/* The connection is over, and with it whatever call is still open on it. */
void end_conversation(struct conversation *conversation)
{
    uint64_t stream = conversation->stream;
    go_opaque(conversation, 0);
    end_call(stream);
}
