/* Read a request, do it, and reply; never longer than SECONDS. */
#include "files.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECONDS = 8 };

char unfinished[PATH_BYTES * 2];
static char header[HEADER_MAX];
static size_t header_size;

static void write_all(const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            _exit(1);
        at += written;
        size -= (size_t)written;
    }
}

static void write_block(const void *data, size_t size)
{
    unsigned char length[4] = {size >> 24, size >> 16, size >> 8, size};
    write_all(length, sizeof length);
    write_all(data, size);
}

int has_room(size_t bytes)
{
    return header_size + bytes <= sizeof header;
}

void put(const char *text)
{
    size_t size = strlen(text) + 1;
    if (!has_room(size))
        refuse("too-large");
    memcpy(header + header_size, text, size);
    header_size += size;
}

void put_number(long long number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", number);
    put(text);
}

void answer(const char *content, size_t size)
{
    write_block(header, header_size);
    write_block(content, size);
    exit(0);
}

void refuse(const char *reason)
{
    header_size = 0;
    put(reason);
    answer("", 0);
}

void refuse_errno(void)
{
    const char *detail = strerror(errno);
    const char *reason = reason_of(errno);
    header_size = 0;
    put(reason);
    put(detail);
    answer("", 0);
}

const char *reason_of(int error)
{
    static const struct {
        int error;
        const char *reason;
    } reasons[] = {
        {ENOENT, "missing"},      {ENOTDIR, "not-folder"},    {EISDIR, "is-folder"},
        {EACCES, "denied"},       {EPERM, "denied"},          {EROFS, "read-only"},
        {ENOSPC, "full"},         {EDQUOT, "full"},           {EEXIST, "exists"},
        {ENOTEMPTY, "not-empty"}, {ELOOP, "loop"},            {ENAMETOOLONG, "too-long"},
        {EBUSY, "busy"},          {EWOULDBLOCK, "busy"},      {ETXTBSY, "busy"},
        {EXDEV, "other-disk"},    {EFBIG, "too-large"},       {EINVAL, "bad-name"},
        {EILSEQ, "bad-name"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].error == error)
            return reasons[i].reason;
    return "failed";
}

long long number_of(const char *field)
{
    char *end;
    errno = 0;
    long long number = strtoll(field, &end, 10);
    if (errno || *end || end == field || number < 0)
        refuse("bad-request");
    return number;
}

void put_version(char target[VERSION_BYTES], const struct stat *status)
{
    long long changed =
        (long long)status->st_ctim.tv_sec * 1000000000LL + status->st_ctim.tv_nsec;
    snprintf(target, VERSION_BYTES, "%llx-%llx-%llx", changed, (long long)status->st_size,
             (unsigned long long)status->st_ino);
}

const char *kind_of(mode_t mode)
{
    return S_ISREG(mode)    ? "f"
           : S_ISDIR(mode)  ? "d"
           : S_ISLNK(mode)  ? "l"
           : S_ISFIFO(mode) ? "p"
           : S_ISSOCK(mode) ? "s"
                            : "c";
}

/* Take back what was begun and not finished. Only async-signal-safe calls. */
static void take_back(void)
{
    if (unfinished[0])
        unlink(unfinished);
}

static void give_up(int number)
{
    (void)number;
    take_back();
    _exit(3);
}

static void read_exactly(void *target, size_t size)
{
    char *at = target;
    while (size > 0) {
        ssize_t count = read(STDIN_FILENO, at, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            _exit(2);
        at += count;
        size -= (size_t)count;
    }
}

static char *read_block(size_t most, uint32_t *size)
{
    unsigned char length[4];
    read_exactly(length, sizeof length);
    *size = (uint32_t)length[0] << 24 | length[1] << 16 | length[2] << 8 | length[3];
    if (*size > most)
        refuse("too-large");
    char *block = malloc(*size + 1);
    if (!block)
        refuse("failed");
    read_exactly(block, *size);
    block[*size] = 0;
    return block;
}

static void read_request(struct request *request)
{
    uint32_t size;
    char *fields = read_block(HEADER_MAX, &size);
    request->content = read_block(CONTENT_MAX, &request->size);
    for (char *at = fields; at < fields + size; at += strlen(at) + 1) {
        if (request->count == FIELDS_MAX)
            refuse("bad-request");
        request->fields[request->count++] = at;
    }
}

int main(void)
{
    static const struct {
        const char *name;
        int fields; /* at least, with the name */
        void (*run)(const struct request *);
    } operations[] = {
        {"list", 4, list},         {"read", 4, read_piece},   {"stage", 4, stage},
        {"discard", 3, discard},   {"write", 5, write_file},  {"mkdir", 2, make_folder},
        {"rename", 3, rename_file}, {"remove", 3, remove_file},
    };
    static struct request request;
    atexit(take_back);
    signal(SIGALRM, give_up);
    signal(SIGXFSZ, SIG_IGN);
    alarm(SECONDS);
    umask(022);
    read_request(&request);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (request.count >= operations[i].fields &&
            strcmp(request.fields[0], operations[i].name) == 0)
            operations[i].run(&request);
    refuse("bad-request");
}
