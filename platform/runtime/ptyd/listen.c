/* The socket in the file system. Its folder belongs to the student as well, who may delete or
 * replace it: then it is made again. */
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

/* Whatever stands in the way: an old socket, a file, a symbolic link, even a folder with something
 * in it. */
static void clear_path(const char *path)
{
    char aside[sizeof(struct sockaddr_un) + 32];
    if (unlink(path) == 0 || errno == ENOENT || rmdir(path) == 0)
        return;
    snprintf(aside, sizeof aside, "%s.%ld", path, (long)now_ms());
    if (rename(path, aside) < 0)
        return; /* then bind says what is wrong */
}

static bool is_ours(void)
{
    struct stat found;
    return lstat(socket_path, &found) == 0 && S_ISSOCK(found.st_mode) &&
           found.st_dev == socket_device && found.st_ino == socket_inode;
}

/* Under another name first: whoever sees the socket at its path can connect. */
static bool bind_and_listen(int fd, const struct sockaddr_un *address)
{
    const char *fresh = address->sun_path;
    struct stat made;
    clear_path(fresh);
    mode_t mask = umask(0177);
    int bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
    umask(mask);
    if (bound < 0 || listen(fd, BACKLOG) < 0 || lstat(fresh, &made) < 0)
        return false;
    socket_device = made.st_dev;
    socket_inode = made.st_ino;
    clear_path(socket_path);
    return rename(fresh, socket_path) == 0;
}

/* A listening socket at `path` (mode 0600), or -1 with errno. */
int listen_open(const char *path)
{
    struct sockaddr_un address;
    char fresh[sizeof address];
    socket_path = path;
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh ||
        !socket_address(fresh, &address)) {
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

/* Called every few seconds: the listener to use from now on. Without room for a new socket the old
 * one stays, and the next call tries again. */
int listen_check(int listener)
{
    if (is_ours())
        return listener;
    int fresh = listen_open(socket_path);
    if (fresh < 0)
        return listener;
    close(listener);
    return fresh;
}

void listen_close(int listener)
{
    close(listener);
    if (is_ours())
        unlink(socket_path);
}
