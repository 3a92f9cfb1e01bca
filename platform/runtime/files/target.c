/* Find where a path leads, and where files beside it may be made. */
#include "files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_START ".drydock-"
#define PART_END ".part"

/* Cut a path into its folder and its last name. */
static void split(const char *path, char folder[PATH_BYTES], char name[256])
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    size_t start = length;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (path[0] != '/' || start == length)
        refuse("bad-name");
    if (length >= PATH_BYTES || length - start > 255)
        refuse("too-long");
    memcpy(name, path + start, length - start);
    name[length - start] = 0;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        refuse("bad-name");
    while (start > 1 && path[start - 1] == '/')
        start--;
    memcpy(folder, path, start);
    folder[start] = 0;
}

/* Make a folder with all folders above it. */
static void make_parents(const char *folder)
{
    char path[PATH_BYTES];
    strcpy(path, folder);
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at)
            continue;
        char rest = *at;
        *at = 0;
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            refuse_errno();
        if (!rest)
            return;
        *at = rest;
    }
}

void find_target(struct target *target, const char *path, int with_parents)
{
    char real[PATH_MAX], folder[PATH_BYTES];
    struct stat link;
    split(path, folder, target->name);
    if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode)) {
        if (!realpath(path, real))
            refuse(errno == ENOENT ? "dangling" : reason_of(errno));
        split(real, folder, target->name);
    }
    if (with_parents)
        make_parents(folder);
    if (!realpath(folder, real))
        refuse(errno == ENOENT ? "no-folder" : reason_of(errno));
    if (strlen(real) >= PATH_BYTES)
        refuse("too-long");
    strcpy(target->folder, real);
    snprintf(target->path, sizeof target->path, "%s/%s", real[1] ? real : "", target->name);
    target->exists = lstat(target->path, &target->status) == 0;
    if (!target->exists && errno != ENOENT)
        refuse_errno();
}

void part_path(char path[PATH_BYTES * 2], const struct target *target, const char *key)
{
    if (!*key || strlen(key) > 32 || strspn(key, "0123456789abcdef") != strlen(key))
        refuse("bad-request");
    const char *folder = target->folder[1] ? target->folder : "";
    snprintf(path, PATH_BYTES * 2, "%s/" PART_START "%s" PART_END, folder, key);
}

int is_part(const char *name)
{
    size_t length = strlen(name), end = strlen(PART_END);
    return strncmp(name, PART_START, strlen(PART_START)) == 0 && length > end &&
           strcmp(name + length - end, PART_END) == 0;
}
