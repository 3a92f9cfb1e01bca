/* The call recorder: see main.c. */
#ifndef RECORDER_H
#define RECORDER_H

#define _GNU_SOURCE /* struct ucred */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CALLS_MAX = 128,  /* that are remembered */
    TOLD_MAX = 100,   /* of them, the latest, for who asks */
    PATH_CHARS = 256, /* of a call's path and query; the rest is left out */
    METHOD_CHARS = 12,
    PROGRAM_CHARS = 16, /* as many as the kernel keeps of a process's name */
    LINE_BYTES = 512,   /* of a line of a head that are looked at */
    QUEUE_MAX = 8,      /* requests on a connection that wait for their answers */
};

/* Whoever asks the kernel to be told of a file descriptor. */
struct source {
    void (*ready)(struct source *source, uint32_t events);
    int fd;
};

/* main.c */
bool watch(struct source *source, uint32_t events);
void change_watch(struct source *source, uint32_t events);
void end_watch(struct source *source);
int64_t now_us(void);

/* A call, from its request's head on. */
struct call {
    uint64_t id; /* from 1; 0: none */
    int64_t time_ms, began_us, answered_us;
    uint64_t sent, received; /* bytes of the bodies, and of what follows an upgrade */
    uint32_t connection, pid;
    uint16_t status; /* 0: not answered */
    bool open, cut;  /* cut: the path was longer */
    char program[PROGRAM_CHARS], method[METHOD_CHARS], path[PATH_CHARS + 1];
};

/* calls.c: the latest calls. An id whose call has been overwritten finds none. */
void start_calls(void);
uint64_t begin_call(const struct call *call);
void answer_call(uint64_t id, int status);
void end_call(uint64_t id);
void count_call(uint64_t id, bool upward, size_t size);
uint64_t calls_version(void);
char *calls_as_json(uint64_t known_version, size_t *size);

/* http.c: what goes by on a connection, read without holding it up. */
enum phase { HEAD, BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, WAITING, OPAQUE };

struct parser {
    enum phase phase;
    bool first_line_read, chunked, has_length, wants_upgrade, odd, line_cut;
    uint64_t left; /* bytes of the body or the chunk */
    uint64_t call; /* that these are of */
    size_t line_length;
    char line[LINE_BYTES];
};

struct exchange {
    uint64_t call;
    bool is_head, upgrade;
};

struct conversation {
    struct parser request, response;
    struct exchange queue[QUEUE_MAX]; /* requests whose answer has not ended, oldest first */
    size_t queued;
    uint64_t stream; /* the call that what goes by belongs to, once nothing is parsed */
    int status;
    uint32_t connection, pid;
    char program[PROGRAM_CHARS];
};

void observe(struct conversation *conversation, bool upward, const char *bytes, size_t size);
void end_conversation(struct conversation *conversation);

/* relay.c */
bool open_link(int client, const char *engine_path, int *error);
void retry_links(void);
void free_closed_links(void);
size_t open_links(void);
bool links_wait(void);

/* report.c */
bool start_report(const char *path);

#endif
