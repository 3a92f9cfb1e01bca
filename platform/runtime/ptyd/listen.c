/* The socket in the file system. The student can write to its folder and may delete or replace it:
 * then it is made again. */
#include "ptyd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *socket_path;
static dev_t socket_device;
static ino_t socket_inode;

/* Fill in a `struct sockaddr_un`. Returns false when the path is too long for it. */
bool socket_address(const char *path, void *address)
{
    struct sockaddr_un *unix_address = address;
    memset(unix_address, 0, sizeof *unix_address);
    unix_address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof unix_address->sun_path)
        return false;
    strcpy(unix_address->sun_path, path);
    return true;
}

static void make_folders(const char *path)
{
    char *copy = strdup(path);
    for (char *slash = copy ? strchr(copy + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(copy, 0755);
        *slash = '/';
    }
    free(copy);
}

/* Remove whatever is at the path: an old socket, a file or a symbolic link. A folder that is not
 * empty is moved aside. */
static void clear_path(const char *path)
{
    char aside[sizeof(struct sockaddr_un) + 32];
    if (unlink(path) == 0 || errno == ENOENT || rmdir(path) == 0)
        return;
    snprintf(aside, sizeof aside, "%s.%ld", path, (long)now_ms());
    if (rename(path, aside) < 0)
        return; /* bind will report what is wrong */
}

static bool is_ours(void)
{
    struct stat status;
    return lstat(socket_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
           status.st_dev == socket_device && status.st_ino == socket_inode;
}

/* Bind under another name and rename, so that a socket at its path can always be connected to. */
static bool bind_and_listen(int fd, const struct sockaddr_un *address)
{
    const char *new_path = address->sun_path;
    struct stat status;
    clear_path(new_path);
    mode_t mask = umask(0177);
    int bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
    umask(mask);
    if (bound < 0 || listen(fd, BACKLOG) < 0 || lstat(new_path, &status) < 0)
        return false;
    socket_device = status.st_dev;
    socket_inode = status.st_ino;
    clear_path(socket_path);
    return rename(new_path, socket_path) == 0;
}

/* Listen at `path` (mode 0600). Returns the socket, or -1 with errno. */
int listen_open(const char *path)
{
    struct sockaddr_un address;
    char new_path[sizeof address];
    socket_path = path;
    if (snprintf(new_path, sizeof new_path, "%s.new", path) >= (int)sizeof new_path ||
        !socket_address(new_path, &address)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    make_folders(path);
    if (bind_and_listen(fd, &address))
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Check every few seconds that the socket is still ours, and make a new one if it is not. Returns
 * the listener to use from now on: the old one when no new one can be made, which the next call
 * tries again. */
int listen_check(int listener)
{
    if (is_ours())
        return listener;
    int replacement = listen_open(socket_path);
    if (replacement < 0)
        return listener;
    close(listener);
    return replacement;
}

void listen_close(int listener)
{
    close(listener);
    if (is_ours())
        unlink(socket_path);
}
