/* files: read and change a machine's files for the panel *Files*, and end.
 *
 * The engine runs it inside the machine, as the machine's root: it reaches what a shell there
 * reaches, and nothing else. One request comes on standard input, and one reply goes to standard
 * output; both are framed alike:
 *
 *     u32 length, header, u32 length, content
 *
 * with big-endian lengths; a header is a row of fields, each ended by a NUL, so that a name may
 * have any byte that a name can have. The first field of a request is the operation, that of a
 * reply is "ok" or the reason of a refusal (sandboxes/engine/machine_files.py).
 */
#ifndef FILES_H
#define FILES_H

#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
    HEADER_MAX = 256 * 1024,
    CONTENT_MAX = 256 * 1024,
    FIELDS_MAX = 32,
    PATH_BYTES = 4096,
    VERSION_BYTES = 64,
};

struct request {
    int count;
    char *fields[FIELDS_MAX];
    const char *content;
    uint32_t size;
};

/* main.c: replies. */

/* Add a field to the reply's header. */
void put(const char *text);
void put_number(long long number);
/* Whether the header has room for so many bytes more. */
int has_room(size_t bytes);
/* Send the reply, with content, and end. */
_Noreturn void answer(const char *content, size_t size);
/* Send a refusal, and end. */
_Noreturn void refuse(const char *reason);
/* The same for what errno says. */
_Noreturn void refuse_errno(void);
/* Name what errno says, in a word of the protocol; "failed" for what is rare. */
const char *reason_of(int error);

long long number_of(const char *field);
/* Write what changes with a file's content: its time of change, its size and its number. */
void put_version(char target[VERSION_BYTES], const struct stat *status);
/* Name the kind of a file in a letter. */
const char *kind_of(mode_t mode);

/* The file that is removed at the end, whatever ends it; "" for none. */
extern char unfinished[PATH_BYTES * 2];

/* The operations. */
void list(const struct request *request);
void read_piece(const struct request *request);
void stage(const struct request *request);
void discard(const struct request *request);
void write_file(const struct request *request);
void make_folder(const struct request *request);
void rename_file(const struct request *request);
void remove_file(const struct request *request);

/* target.c: where a path leads. */

struct target {
    char folder[PATH_BYTES]; /* without links */
    char name[256];
    char path[PATH_BYTES * 2];
    int exists;
    struct stat status;
};

/* Find the file that a path stands for, behind links, or where it would be made. */
void find_target(struct target *target, const char *path, int with_parents);
/* Write the path of the file in which an upload is gathered. */
void part_path(char path[PATH_BYTES * 2], const struct target *target, const char *key);
/* Whether a name is of a file that we make beside another. */
int is_part(const char *name);

#endif
