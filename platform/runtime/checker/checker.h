/* What the files of the checker share: the request, and the functions of wire.c. */
#ifndef CHECKER_H
#define CHECKER_H

#include <stddef.h>
#include <stdint.h>

enum { UNFIT = 2, UNFINISHED = 3 }; /* exit codes */
enum { COMMANDS_MAX = 64, ARGUMENTS_MAX = 64 };

struct buffer {
    unsigned char *data;
    size_t size, capacity;
};

struct command {
    char *id;
    uint32_t timeout_ms, output_max;
    char *argv[ARGUMENTS_MAX + 3]; /* with room for "sh" in front and a NULL at the end */
};

struct request {
    char *nonce;
    uint32_t output_left;
    int64_t deadline;
    uint16_t count;
    struct command commands[COMMANDS_MAX];
};

extern struct request request;

/* wire.c */
void *require(void *memory); /* ends the checker if memory is NULL */
int64_t now_ms(void);
int ms_until(int64_t deadline);
void append(struct buffer *buffer, const void *data, size_t size);
void append_number(struct buffer *buffer, uint32_t value, int bytes);
void append_text(struct buffer *buffer, const char *text);
void append_data(struct buffer *buffer, const struct buffer *data);
void read_request(void);

#endif
