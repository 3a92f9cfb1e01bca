/* Read a piece of a regular file: read PATH OFFSET BYTES.
 *
 * The reply has its version, size, mode, owner and group, and the piece as content. Nothing but a
 * regular file is opened, and nothing is waited for: neither for a pipe nor for a lease.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int open_regular(const char *path, struct stat *status)
{
    if (stat(path, status) < 0)
        refuse_errno();
    if (S_ISDIR(status->st_mode))
        refuse("is-folder");
    if (!S_ISREG(status->st_mode))
        refuse("special");
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, status) < 0)
        refuse_errno();
    if (!S_ISREG(status->st_mode)) /* somebody was quicker */
        refuse("special");
    return fd;
}

void read_piece(const struct request *request)
{
    static char content[CONTENT_MAX];
    char version[VERSION_BYTES], mode[16];
    struct stat status;
    size_t size = 0;
    long long offset = number_of(request->fields[2]), most = number_of(request->fields[3]);
    if (most > CONTENT_MAX)
        refuse("bad-request");
    int fd = open_regular(request->fields[1], &status);
    while (size < (size_t)most) {
        ssize_t count = pread(fd, content + size, (size_t)most - size, offset + (off_t)size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            refuse_errno();
        if (count == 0)
            break;
        size += (size_t)count;
    }
    put_version(version, &status);
    snprintf(mode, sizeof mode, "%o", status.st_mode & 07777);
    put("ok");
    put(version);
    put_number(status.st_size);
    put(mode);
    put_number(status.st_uid);
    put_number(status.st_gid);
    answer(content, size);
}
