/* Tell the platform of the latest calls, on a socket of its own. Whoever asks sends the version
 * that they know and the end of a line, and gets one line of JSON: {"version", "total"}, and the
 * latest calls when these are others. Root alone may ask, and root sees all of it anyway. */
#include "recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { READERS_MAX = 8, QUESTION_BYTES = 24, BACKLOG = 64 };

struct reader {
    struct source source; /* first */
    char question[QUESTION_BYTES];
    size_t asked;
    char *answer; /* to be freed */
    size_t at, size;
    uint64_t turn; /* the reader with the oldest goes when there are too many */
};

static struct reader readers[READERS_MAX];
static struct source listener;
static uint64_t turns;

static void close_reader(struct reader *reader)
{
    end_watch(&reader->source);
    close(reader->source.fd);
    free(reader->answer);
    *reader = (struct reader){.source.fd = -1};
}

/* Send what is left of the answer. False when the reader is gone. */
static bool send_answer(struct reader *reader)
{
    ssize_t sent = send(reader->source.fd, reader->answer + reader->at, reader->size - reader->at,
                        MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    reader->at += (size_t)sent;
    if (reader->at == reader->size) {
        free(reader->answer);
        reader->answer = NULL;
    }
    return true;
}

/* Read a question. False when there is none that could be answered. */
static bool read_question(struct reader *reader)
{
    size_t room = QUESTION_BYTES - 1 - reader->asked;
    ssize_t size = recv(reader->source.fd, reader->question + reader->asked, room, 0);
    if (size <= 0)
        return size < 0 && (errno == EAGAIN || errno == EINTR);
    reader->asked += (size_t)size;
    reader->question[reader->asked] = 0;
    if (!memchr(reader->question, '\n', reader->asked))
        return reader->asked < QUESTION_BYTES - 1;
    reader->asked = reader->at = 0;
    reader->turn = ++turns;
    reader->answer = calls_as_json(strtoull(reader->question, NULL, 10), &reader->size);
    return reader->answer && send_answer(reader);
}

static void reader_ready(struct source *source, uint32_t events)
{
    struct reader *reader = (struct reader *)source;
    bool there = !(events & (EPOLLHUP | EPOLLERR));
    if (there)
        there = reader->answer ? send_answer(reader) : read_question(reader);
    if (there)
        change_watch(source, reader->answer ? EPOLLOUT : EPOLLIN);
    else
        close_reader(reader);
}

static void accept_reader(struct source *source, uint32_t events)
{
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct reader *oldest = &readers[0];
    for (struct reader *reader = readers; reader < readers + READERS_MAX; reader++)
        if (reader->turn < oldest->turn)
            oldest = reader;
    if (oldest->turn)
        close_reader(oldest);
    *oldest = (struct reader){.source = {.ready = reader_ready, .fd = fd}, .turn = ++turns};
    if (!watch(&oldest->source, EPOLLIN))
        close_reader(oldest);
}

bool start_report(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    unlink(path);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    umask(mask);
    listener = (struct source){.ready = accept_reader, .fd = fd};
    return bound && listen(fd, BACKLOG) == 0 && watch(&listener, EPOLLIN);
}
