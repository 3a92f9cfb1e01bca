/* Write a whole file, or gather one from pieces.
 *
 *   stage PATH KEY OFFSET     content: the piece that begins at OFFSET
 *   discard PATH KEY
 *   write PATH VERSION PARENTS KEY     content: the file, where KEY is "-"
 *
 * A file appears whole or not at all: it is written beside its place and moved there. VERSION is
 * what the file is expected to be ("new": not there; "any"), so that nothing that was written
 * meanwhile is lost. Mode and owner stay. What can't be replaced, a file that is a mount of its
 * own, is written in its place.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Pieces of an upload that nobody has gone on with for so long are swept away. */
enum { PART_SECONDS = 3600, SWEPT_ENTRIES = 5000, IN_PLACE_MAX = 16 * 1024 * 1024 };

static int staged;

static int write_at(int fd, const char *data, size_t size, off_t offset)
{
    while (size > 0) {
        ssize_t written = pwrite(fd, data, size, offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        data += written;
        offset += written;
        size -= (size_t)written;
    }
    return 0;
}

static void sweep_parts(const struct target *target)
{
    DIR *folder = opendir(target->folder);
    struct dirent *item;
    struct stat status;
    for (int i = 0; folder && i < SWEPT_ENTRIES && (item = readdir(folder)); i++)
        if (is_part(item->d_name) &&
            fstatat(dirfd(folder), item->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            status.st_mtime + PART_SECONDS < time(NULL))
            unlinkat(dirfd(folder), item->d_name, 0);
    if (folder)
        closedir(folder);
}

void stage(const struct request *request)
{
    static struct target target;
    char path[PATH_BYTES * 2];
    struct stat status;
    off_t offset = number_of(request->fields[3]);
    find_target(&target, request->fields[1], 0);
    part_path(path, &target, request->fields[2]);
    if (offset == 0)
        sweep_parts(&target);
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &status) < 0)
        refuse_errno();
    /* A piece may come twice, but none may be missing before it. */
    if (!S_ISREG(status.st_mode) || status.st_size < offset)
        refuse("bad-request");
    if (write_at(fd, request->content, request->size, offset) < 0) {
        int error = errno;
        unlink(path);
        errno = error;
        refuse_errno();
    }
    put("ok");
    answer("", 0);
}

void discard(const struct request *request)
{
    static struct target target;
    char path[PATH_BYTES * 2];
    find_target(&target, request->fields[1], 0);
    part_path(path, &target, request->fields[2]);
    if (unlink(path) < 0 && errno != ENOENT)
        refuse_errno();
    put("ok");
    answer("", 0);
}

/* Refuse when what is there is not what was expected; tell what is there. */
static void expect(struct target *target, const char *expected)
{
    char version[VERSION_BYTES] = "";
    target->exists = lstat(target->path, &target->status) == 0;
    if (target->exists && !S_ISREG(target->status.st_mode))
        refuse(S_ISDIR(target->status.st_mode) ? "is-folder" : "special");
    if (target->exists)
        put_version(version, &target->status);
    if (strcmp(expected, "any") == 0 || strcmp(expected, target->exists ? version : "new") == 0)
        return;
    if (staged)
        unfinished[0] = 0; /* it is asked for again, when somebody has decided */
    put("conflict");
    put(version);
    answer("", 0);
}

static char *read_all(int fd, size_t *size)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || status.st_size > IN_PLACE_MAX)
        refuse("too-large");
    char *data = malloc((size_t)status.st_size + 1);
    ssize_t count = data ? pread(fd, data, (size_t)status.st_size, 0) : -1;
    if (count < 0)
        refuse("failed");
    *size = (size_t)count;
    return data;
}

/* Write over a file that can't be replaced; what it was comes back when there is no room. */
static void write_in_place(const struct target *target, const char *data, size_t size, int error)
{
    size_t old_size;
    int fd = target->exists ? open(target->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd < 0) {
        errno = error;
        refuse_errno();
    }
    char *old = read_all(fd, &old_size);
    if (write_at(fd, data, size, 0) < 0 || (size < old_size && ftruncate(fd, (off_t)size) < 0)) {
        error = errno;
        if (write_at(fd, old, old_size, 0) < 0 || ftruncate(fd, (off_t)old_size) < 0)
            refuse("failed");
        errno = error;
        refuse_errno();
    }
    close(fd);
}

/* Move a file to its place; where nothing may be, only when nothing is. */
static int move(const char *from, const struct target *target)
{
    if (target->exists)
        return rename(from, target->path);
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, target->path, 1 /* RENAME_NOREPLACE */) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return link(from, target->path) == 0 ? unlink(from) : -1;
}

/* Give a file the mode and the owner of the one whose place it takes. */
static int dress(int fd, const struct target *target)
{
    if (!target->exists)
        return fchmod(fd, 0644);
    return fchown(fd, target->status.st_uid, target->status.st_gid) < 0
               ? -1
               : fchmod(fd, target->status.st_mode & 07777);
}

static _Noreturn void finish(const struct target *target)
{
    char version[VERSION_BYTES];
    struct stat status;
    unfinished[0] = 0;
    if (stat(target->path, &status) < 0)
        refuse_errno();
    put_version(version, &status);
    put("ok");
    put(version);
    put_number(status.st_size);
    answer("", 0);
}

void write_file(const struct request *request)
{
    static struct target target;
    const char *expected = request->fields[2], *key = request->fields[4];
    char own_key[40];
    staged = strcmp(key, "-") != 0;
    snprintf(own_key, sizeof own_key, "%lx%lx", (long)getpid(), (long)time(NULL));
    find_target(&target, request->fields[1], strcmp(request->fields[3], "1") == 0);
    expect(&target, expected);
    part_path(unfinished, &target, staged ? key : own_key);
    int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (staged ? 0 : O_CREAT | O_EXCL);
    int fd = open(unfinished, flags, 0600);
    if (fd < 0) {
        unfinished[0] = 0;
        if (errno == ENOENT && !staged) /* /proc makes no files */
            errno = EACCES;
        if (staged || (errno != EROFS && errno != EACCES && errno != EPERM))
            refuse_errno();
        write_in_place(&target, request->content, request->size, errno);
        finish(&target);
    }
    if (!staged && write_at(fd, request->content, request->size, 0) < 0)
        refuse_errno();
    if (dress(fd, &target) < 0)
        refuse_errno();
    expect(&target, expected);
    if (move(unfinished, &target) < 0) {
        if (errno == EEXIST)
            expect(&target, expected);
        if (errno != EBUSY) /* a mount of its own is, as /etc/hosts */
            refuse_errno();
        size_t size;
        char *data = read_all(fd, &size);
        write_in_place(&target, data, size, EBUSY);
        unlink(unfinished);
    }
    finish(&target);
}
