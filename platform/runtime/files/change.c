/* Make, rename and remove:
 *
 *   mkdir PATH
 *   rename FROM TO       nothing is replaced
 *   remove PATH WHOLE    a folder with something in it only when WHOLE is "1"; else the reply is
 *                        "not-empty" and how many entries are in it, at most COUNT_MAX
 *
 * A link is removed or renamed itself, never what it leads to.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { COUNT_MAX = 10000, OPEN_FOLDERS = 32 };

static int counted;
static int problem;

void make_folder(const struct request *request)
{
    if (mkdir(request->fields[1], 0755) < 0)
        errno == ENOENT ? refuse("no-folder") : refuse_errno();
    put("ok");
    answer("", 0);
}

void rename_file(const struct request *request)
{
    const char *from = request->fields[1], *to = request->fields[2];
    struct stat status;
    long moved = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1 /* RENAME_NOREPLACE */);
    if (moved < 0 && (errno == EINVAL || errno == ENOSYS)) {
        size_t length = strlen(from);
        if (strncmp(from, to, length) == 0 && to[length] == '/')
            refuse("into-itself");
        if (lstat(to, &status) == 0)
            refuse("exists");
        moved = rename(from, to);
    }
    if (moved < 0)
        refuse_errno();
    put("ok");
    answer("", 0);
}

static int count(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)path, (void)status, (void)type;
    counted += place->level > 0;
    return counted > COUNT_MAX;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)place;
    int done = type == FTW_DP || type == FTW_D || type == FTW_DNR ? rmdir(path) : unlink(path);
    if (done < 0 && errno != ENOENT && !problem)
        problem = errno;
    return 0;
}

static void refuse_full_folder(const char *path)
{
    nftw(path, count, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT);
    put("not-empty");
    put("");
    put_number(counted > COUNT_MAX ? COUNT_MAX : counted);
    put(counted > COUNT_MAX ? "+" : "");
    answer("", 0);
}

void remove_file(const struct request *request)
{
    const char *path = request->fields[1];
    struct stat status;
    if (lstat(path, &status) < 0)
        refuse_errno();
    if (strspn(path, "/.") == strlen(path))
        refuse("busy");
    if (!S_ISDIR(status.st_mode)) {
        if (unlink(path) < 0)
            refuse_errno();
    } else if (rmdir(path) < 0) {
        if (errno != ENOTEMPTY && errno != EEXIST)
            refuse_errno();
        if (strcmp(request->fields[2], "1") != 0)
            refuse_full_folder(path);
        nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
        if (lstat(path, &status) == 0) {
            errno = problem ? problem : EBUSY;
            refuse_errno();
        }
    }
    put("ok");
    answer("", 0);
}
