/* Say no at once. A machine has no way out: without an answer, whatever asks for a name waits for 10
 * to 20 seconds before it gives up. The engine's own name server knows the machines of the sandbox
 * and passes every other question on to the address below (sandboxes/engine/limits.py), where ptyd
 * answers that there is no such name; and a nested Docker engine takes its HTTP requests to a proxy
 * there, which refuses them in words that the engine prints.
 *
 * The name that was refused last is left in a file: the prompt says once that nothing leaves the
 * machine. All of this is courtesy; what keeps the machine in is its network. */
#include "ptyd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDRESS "127.0.0.54"
#define NAMES_PORT 53
#define PROXY_PORT 3128
#define PROXY_SECONDS 5
#define MAX_QUESTIONS 64 /* in a row, before the terminals have their turn */
#define NOTE "/run/drydock/refused"

/* RFC 1035, 4.1.1: the header's length; response; copied bits (opcode, recursion desired); recursion
 * available; name error. */
#define DNS_HEADER 12
#define DNS_RESPONSE 0x80
#define DNS_COPIED 0x79
#define DNS_RECURSION 0x80
#define DNS_NAME_ERROR 3
#define MAX_LABEL 63
#define TYPE_A 1
#define TYPE_AAAA 28

/* Whether the registry has the machine's first images; the platform leaves it, see
 * sandboxes/registry/services.py. */
#define LIBRARY_NOTE "/usr/local/share/registry-library"

static const char refusal[] = "There is no way out of this machine. `docker images` lists what is "
                              "here%s; a Dockerfile does without a line `# syntax=`";
static const char library[] =
    ", `docker pull registry:5000/library/NAME` gets an image back that was here";

static int bound_socket(int type, unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, ADDRESS, &address.sin_addr);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
        return fd;
    close(fd);
    return -1;
}

/* Return a socket for questions about names, or -1 where there can't be one. */
int refuse_names_open(void)
{
    return bound_socket(SOCK_DGRAM, NAMES_PORT);
}

/* Return a socket for HTTP requests, or -1. */
int refuse_requests_open(void)
{
    return bound_socket(SOCK_STREAM, PROXY_PORT);
}

/* Write the question's name as text. Returns the length of the question, with type and class, or 0
 * for one that is malformed. */
static size_t read_question(const uint8_t *question, size_t length, char *name)
{
    size_t at = 0, out = 0;
    while (at < length && question[at]) {
        size_t label = question[at++];
        if (label > MAX_LABEL || at + label >= length)
            return 0;
        for (size_t end = at + label; at < end; at++)
            name[out++] = question[at] > ' ' && question[at] < 0x7f ? (char)question[at] : '?';
        name[out++] = '.';
    }
    name[out ? out - 1 : 0] = '\0';
    return at + 5 <= length ? at + 5 : 0;
}

/* Leave the name for the prompt to say. A name without a dot is no name of the outside. */
static void note(const char *name)
{
    FILE *file = strchr(name, '.') ? fopen(NOTE, "we") : NULL;
    if (!file)
        return;
    fprintf(file, "%s\n", name);
    fclose(file);
}

/* Answer every question that waits with "no such name". */
void refuse_names(int fd)
{
    uint8_t message[512]; /* RFC 1035, 2.3.4 */
    char name[sizeof message];
    for (int i = 0; i < MAX_QUESTIONS; i++) {
        struct sockaddr_storage sender;
        socklen_t sender_length = sizeof sender;
        ssize_t length = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&sender,
                                  &sender_length);
        if (length < 0)
            return;
        if (length < DNS_HEADER || message[2] & DNS_RESPONSE)
            continue;
        size_t question = read_question(message + DNS_HEADER, (size_t)length - DNS_HEADER, name);
        if (!question)
            continue;
        message[2] = (uint8_t)(DNS_RESPONSE | (message[2] & DNS_COPIED));
        message[3] = DNS_RECURSION | DNS_NAME_ERROR;
        memset(message + 6, 0, 6); /* no answers, authorities or additional records */
        sendto(fd, message, DNS_HEADER + question, 0, (struct sockaddr *)&sender, sender_length);
        unsigned type = message[DNS_HEADER + question - 4] << 8 | message[DNS_HEADER + question - 3];
        if (type == TYPE_A || type == TYPE_AAAA)
            note(name);
    }
}

/* Read a request to its empty line, refuse it, and wait for the other side to have read that. */
static void refuse_one(int fd)
{
    char request[4096], response[1024], reason[256];
    size_t length = 0;
    ssize_t count = 1;
    while (count > 0 && length < sizeof request - 1) {
        count = read(fd, request + length, sizeof request - 1 - length);
        length += count > 0 ? (size_t)count : 0;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n"))
            break;
    }
    int words = snprintf(reason, sizeof reason, refusal,
                         access(LIBRARY_NOTE, F_OK) == 0 ? library : "");
    int size = snprintf(response, sizeof response,
                        "HTTP/1.1 403 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                        "Connection: close\r\n\r\n%s\n",
                        reason, words + 1, reason);
    if (write(fd, response, (size_t)size) == size && shutdown(fd, SHUT_WR) == 0)
        while (read(fd, request, sizeof request) > 0)
            ;
}

/* Refuse a request in a process of its own, which has some seconds: the loop waits for nobody. */
void refuse_request(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (fork() == 0) {
        alarm(PROXY_SECONDS);
        refuse_one(fd);
        _exit(0);
    }
    close(fd);
}
