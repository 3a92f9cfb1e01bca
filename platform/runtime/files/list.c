/* List folders: list OFFSET LIMIT PATH...
 *
 * The reply has for each folder "ok", its path without links, the number of its entries, "+" when
 * there are still more that nobody counted, the number of those that follow, and for each KIND,
 * SIZE, MODE, TIME, NAME, KIND OF WHAT A LINK LEADS TO. Folders come first, then all by name. A
 * folder that can't be listed has its reason and an explanation; "later" when the reply is full.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries that are counted and sorted; a folder with more is beyond what anybody pages through. */
enum { ENTRIES_MAX = 200000, ENTRY_BYTES = 400 };

struct entry {
    char *name;
    int is_folder;
};

static int by_name(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->is_folder != b->is_folder)
        return b->is_folder - a->is_folder;
    return strcmp(a->name, b->name);
}

static int is_folder(int folder, const struct dirent *item)
{
    struct stat status;
    if (item->d_type != DT_UNKNOWN)
        return item->d_type == DT_DIR;
    return fstatat(folder, item->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

/* Read a folder's names into a new row. Returns how many there are. */
static int read_names(DIR *folder, struct entry **entries, int *more)
{
    int count = 0, room = 0;
    struct dirent *item;
    *entries = NULL;
    *more = 0;
    while ((item = readdir(folder))) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 ||
            is_part(item->d_name))
            continue;
        if (count == ENTRIES_MAX) {
            *more = 1;
            break;
        }
        if (count == room) {
            room = room ? 2 * room : 256;
            *entries = realloc(*entries, (size_t)room * sizeof **entries);
            if (!*entries)
                refuse("failed");
        }
        char *name = strdup(item->d_name);
        if (!name)
            refuse("failed");
        (*entries)[count++] = (struct entry){name, is_folder(dirfd(folder), item)};
    }
    return count;
}

static void put_entry(int folder, const char *name)
{
    struct stat status, behind;
    char mode[16];
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        memset(&status, 0, sizeof status);
    int leads = S_ISLNK(status.st_mode) && fstatat(folder, name, &behind, 0) == 0;
    snprintf(mode, sizeof mode, "%o", status.st_mode & 07777);
    put(kind_of(status.st_mode));
    put_number(status.st_size);
    put(mode);
    put_number(status.st_mtime);
    put(name);
    put(leads ? kind_of(behind.st_mode) : "");
}

static void list_folder(const char *path, long long offset, long long limit)
{
    char real[PATH_MAX];
    struct entry *entries;
    int more;
    int fd = realpath(path, real)
                 ? open(real, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                 : -1;
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        int error = errno;
        put(reason_of(error));
        put(strerror(error));
        return;
    }
    int count = read_names(folder, &entries, &more);
    if (count)
        qsort(entries, (size_t)count, sizeof *entries, by_name);
    long long end = offset + limit < count ? offset + limit : count;
    long long shown = end > offset ? end - offset : 0;
    if (!has_room(PATH_MAX + 64 + (size_t)shown * ENTRY_BYTES)) {
        put("later");
        put("");
    } else {
        put("ok");
        put(real);
        put_number(count);
        put(more ? "+" : "");
        put_number(shown);
        for (long long i = offset; i < end; i++)
            put_entry(fd, entries[i].name);
    }
    for (int i = 0; i < count; i++)
        free(entries[i].name);
    free(entries);
    closedir(folder);
}

void list(const struct request *request)
{
    long long offset = number_of(request->fields[1]), limit = number_of(request->fields[2]);
    if (limit > 500)
        refuse("bad-request");
    put("ok");
    for (int i = 3; i < request->count; i++)
        list_folder(request->fields[i], offset, limit);
    answer("", 0);
}
