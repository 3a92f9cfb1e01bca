/* What the files of ptyd share: limits, structures, and the functions of each file. main.c explains
 * the design. */
#ifndef PTYD_H
#define PTYD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#define PTYD_VERSION "1.2"
#define PROTOCOL_VERSION 1

#define FRAME_HEAD 5 /* type u8, length u32 */
#define MAX_PAYLOAD 65536
#define MAX_NAME 32
#define ATTACH_FIXED 26 /* bytes of an attach frame before the name */
#define MAX_TERMS 8
#define MAX_CONNS 16
#define MAX_PORTS 24 /* connections to ports of the machine */
#define MAX_MARKS 128 /* size changes, exits and turns remembered per terminal */
#define MAX_SIDE 1000 /* columns or rows */
#define CONTROL_SIZE 1024 /* bytes of small frames that may wait for a viewer */

#define RING_DEFAULT (1u << 20)
#define RING_MIN 4096u
#define RING_MAX (64u << 20)
#define BEHIND_MAX 65536u  /* bytes that the fastest viewer may be behind before the PTY waits */
#define READ_BUDGET 65536u /* bytes to read from one PTY before input and other PTYs get a turn */
#define CONN_READ 65536u   /* bytes read from one viewer before the others get a turn */
#define INPUT_MAX (4u << 20)

#define SILENCE_MS 90000   /* a viewer that sends no frame for so long is dropped */
#define HANDSHAKE_MS 10000 /* how long a connection may take to attach */
#define LINGER_MS 2000     /* how long a dropped viewer has to read the reason */
#define WIGGLE_MS 60       /* long enough for a program to notice the other size */
#define SOCKET_CHECK_MS 3000
#define BACKLOG 128 /* large, because connecting to a full one gives EAGAIN, which many misread */
#define STOP_MS 700
#define ATTACH_WAIT_MS 2000 /* a machine that is still starting has no socket yet */
#define PORT_CONNECT_MS 3000 /* a port of which nothing is heard for so long */
#define PORT_IDLE_MS 900000  /* a connection to a port in which nothing moves; the platform is quicker */
#define START_LOG "/run/start.log"

/* ---- frame.c: integers and frame heads on the wire, and the clock */
uint16_t get_u16(const uint8_t *at);
uint32_t get_u32(const uint8_t *at);
uint64_t get_u64(const uint8_t *at);
uint8_t *put_u16(uint8_t *at, uint16_t value);
uint8_t *put_u32(uint8_t *at, uint32_t value);
uint8_t *put_u64(uint8_t *at, uint64_t value);
uint8_t *put_head(uint8_t *at, uint8_t type, uint32_t length);
bool name_is_valid(const uint8_t *name, size_t length);
int64_t now_ms(void);

/* ---- ring.c: the last `size` bytes of output; byte number n lies at n % size */
struct ring {
    uint8_t *bytes;
    size_t size;
    uint64_t end; /* bytes ever printed = number of the next byte */
};

bool ring_open(struct ring *ring, size_t size);
void ring_close(struct ring *ring);
uint64_t ring_start(const struct ring *ring);
size_t ring_budget(const struct ring *ring);
int ring_slices(const struct ring *ring, uint64_t seq, size_t length, struct iovec slices[2]);
ssize_t ring_fill(struct ring *ring, int fd, size_t limit);
void ring_put(struct ring *ring, const char *text);
void ring_insert(struct ring *ring, uint64_t seq, const char *text);

/* ---- marks.c: size changes, exits and turns, in order with the output */
struct mark {
    uint64_t seq;
    int32_t code;
    uint32_t viewer;
    uint16_t cols, rows;
    uint8_t type; /* 'Z' size, 'X' exit, 'T' whose turn it is */
};

struct marks {
    struct mark entries[MAX_MARKS];
    uint64_t first, next;          /* numbers of marks; mark n lies at n % MAX_MARKS */
    uint16_t base_cols, base_rows; /* the size before the first mark */
    uint32_t base_viewer;          /* and whose turn it was */
};

void marks_open(struct marks *marks, uint16_t cols, uint16_t rows);
void marks_add(struct marks *marks, struct mark mark);
void marks_drop_before(struct marks *marks, uint64_t start);
const struct mark *marks_get(const struct marks *marks, uint64_t index);
uint64_t marks_from(const struct marks *marks, uint64_t seq);
void marks_size_at(const struct marks *marks, uint64_t seq, uint16_t *cols, uint16_t *rows);

/* ---- queue.c: input that the PTY does not take yet */
struct queue {
    uint8_t *bytes; /* NULL while empty */
    size_t head, length;
};

bool queue_put(struct queue *queue, const uint8_t *data, size_t length);
void queue_write(struct queue *queue, int fd);
void queue_clear(struct queue *queue);

/* ---- modes.c: the state that a terminal's output has left it in */
#define MAX_PARAMS 16
#define MAX_CHANGED 32
#define MAX_KEYBOARDS 8
#define INDEXED 0x01000000u /* a colour of the palette; the lowest byte is its number */
#define RGB 0x02000000u     /* a colour of its own; the lowest three bytes */

struct parser {
    uint16_t params[MAX_PARAMS];
    uint32_t subs; /* a bit for each parameter that follows a colon */
    uint8_t state, count;
    uint8_t prefix, intermediate; /* 0: none */
    bool in_fields, asks, last_field;
    bool led; /* the last byte may begin a control character of the second set */
};

struct changed {
    uint16_t mode, on;
};

struct charset {
    uint8_t intermediate, final; /* 0: ASCII */
};

struct region {
    uint16_t top, bottom; /* 0: the whole screen */
};

struct style {
    uint32_t attributes; /* bit n: SGR n */
    uint32_t colours[3]; /* of the letter, behind it, under it; 0: the usual one */
};

struct keyboard {
    uint8_t flags[MAX_KEYBOARDS], depth;
};

/* All zero: a fresh terminal. Of two, the first is the normal screen's and the second the other's. */
struct settings {
    struct changed changed[MAX_CHANGED]; /* private modes unlike a fresh terminal's, in order */
    struct style style;
    struct region regions[2];
    struct charset charsets[4];
    struct keyboard keyboards[2];
    uint8_t changed_count;
    uint8_t shift; /* the character set in use */
    uint8_t cursor, other_keys;
    bool insert, new_line, saved, link, colours;
};

struct modes {
    struct settings now;
    struct parser parser;
    uint16_t rows;
    bool prompted; /* the last byte that was read asked for bracketed paste */
};

bool mode_starts_on(uint16_t mode);
bool mode_is_screen(uint16_t mode);
uint16_t modes_screen(const struct settings *now);
bool modes_between(const struct modes *modes);
size_t modes_feed(struct modes *modes, const uint8_t *data, size_t length);
void modes_resize(struct modes *modes, uint16_t rows);

/* ---- style.c: colours and attributes */
void style_set(struct style *style, const struct parser *parser);

/* ---- tidy.c: bytes that bring a terminal into a state */
#define TIDY_SIZE 896

size_t tidy_restore(const struct settings *now, char text[TIDY_SIZE]);
bool tidy_is_due(const struct settings *now);
size_t tidy_prompt(const struct settings *now, char text[TIDY_SIZE]);
size_t tidy_shell(const struct modes *modes, char text[TIDY_SIZE]);

/* ---- child.c: a shell on a new PTY */
struct shell_options {
    const char *shell; /* NULL: the first of $SHELL, /bin/bash and /bin/sh that can be run */
    const char *cwd;   /* NULL: the home folder */
};

struct pty {
    int master, slave; /* -1 while no shell runs */
    pid_t shell;
};

bool child_start(struct pty *pty, uint16_t cols, uint16_t rows,
                 const struct shell_options *options);
pid_t child_run(const char *program, const char *log);

/* ---- prompt.c: whether a shell waits for a command */
bool prompt_is_shown(const struct pty *pty, bool own);

/* ---- term.c: terminals */
#define SNAPSHOTS 18 /* of the modes, one every sixteenth of the ring */

struct snapshot {
    uint64_t seq;
    struct modes modes;
};

struct term {
    char name[MAX_NAME + 1]; /* "" in a free slot */
    struct pty pty;
    struct ring ring;
    struct marks marks;
    struct modes modes; /* after byte number `followed` */
    uint64_t followed;
    struct snapshot snapshots[SNAPSHOTS];
    bool marks_prompts; /* its shell asks for bracketed paste in front of each */
    struct queue input;
    uint16_t cols, rows;
    uint32_t leader;      /* the viewer whose turn it is, 0 when nobody is there to type */
    int64_t wiggle_until; /* 0, or when to set the true size again */
    bool hung_up;         /* the session is being ended; its PTY may be dead already */
};

struct term *term_find(const uint8_t *name, size_t length);
struct term *term_open(const uint8_t *name, size_t length, uint16_t cols, uint16_t rows);
void term_start(struct term *term);
void term_read(struct term *term);
uint64_t term_clean_start(const struct term *term, struct modes *modes);
bool term_input(struct term *term, const uint8_t *data, size_t length, bool typed);
void term_resize(struct term *term, uint16_t cols, uint16_t rows);
void term_wiggle(struct term *term, int64_t now);
void term_unwiggle(struct term *term);
void term_ended(struct term *term, int status);
void term_hang_up(struct term *term, bool kill_now);

/* ---- conn.c and view.c: what viewers send, and what they are sent */
enum conn_state { CONN_FREE, CONN_NEW, CONN_LIVE, CONN_CLOSING };

struct conn {
    enum conn_state state;
    int fd;
    int64_t deadline;
    struct term *term;
    uint32_t id; /* unlike any earlier viewer's */
    bool read_only;
    bool follows;                /* understands 'T' and what came with it */
    bool leads;                  /* what 'T' told it last */
    uint64_t typed;              /* when it typed last, counted in inputs; 0: never */
    uint16_t own_cols, own_rows; /* the size that it would have */

    uint8_t head[FRAME_HEAD]; /* the incoming frame */
    size_t head_length;
    size_t body_left;
    uint8_t body[ATTACH_FIXED + MAX_NAME];
    size_t body_length;
    bool discard; /* throw the rest of this input frame away */

    uint64_t sent, acked; /* numbers of the next bytes to write, and to be rendered by the viewer */
    uint32_t window;
    uint64_t mark;       /* number of the next mark to send */
    uint16_t cols, rows; /* size last sent */

    uint8_t control[CONTROL_SIZE]; /* small frames that wait to be written */
    size_t control_length;
    /* The output frame that is being written; its body lies in the ring. */
    uint8_t out_head[FRAME_HEAD];
    size_t out_head_left, out_left;
    bool out_begun;
    bool blocked;  /* the socket is full: wait for poll to report room */
    bool finished; /* everything is written, and the socket shut down for writing */
};

bool conn_accept(int listener, int64_t now);
void conn_read(struct conn *conn, int64_t now);
bool conn_is_held(const struct conn *conn);
void view_close(struct conn *conn);
void view_fail(struct conn *conn, const char *code, int64_t now);
void view_attach(struct conn *conn, uint64_t epoch, uint64_t seq, int64_t now);
bool view_is_live(const struct conn *conn, const struct term *term);
bool view_control(struct conn *conn, uint8_t type, const uint8_t *payload, size_t length);
bool view_pending(const struct conn *conn);
void view_flush(struct conn *conn);
bool view_paused(const struct term *term);
void view_drop_slow(const struct term *term, int64_t now);

/* ---- turn.c: which viewer answers, and whose size the terminal has */
void turn_join(struct conn *conn);
void turn_typed(struct conn *conn);
void turn_resize(struct conn *conn, uint16_t cols, uint16_t rows);
void turn_left(const struct conn *conn);

/* ---- listen.c: the socket in the file system */
int listen_open(const char *path);
int listen_check(int listener);
void listen_close(int listener);
bool socket_address(const char *path, void *address);

/* ---- refuse.c: say at once that there is no way out */
int refuse_names_open(void);
int refuse_requests_open(void);
void refuse_names(int fd);
void refuse_request(int listener);

/* ---- serve.c: what the event loop and its handlers share */
struct server {
    struct term terms[MAX_TERMS];
    struct conn conns[MAX_CONNS];
    struct shell_options shell;
    const char *start; /* NULL, or a program to run in the background */
    bool main_on_view; /* start no shell before the first viewer */
    size_t ring_size;
    uint64_t epoch; /* random, so that byte numbers of an earlier start are not taken for ours */
    uint32_t viewers; /* that ever came; the last one's id */
    uint64_t inputs;  /* that were ever typed */
};

extern struct server server;

/* ---- relay/pipe.c: one direction of a relay */
struct pipe {
    int from, to;
    uint8_t bytes[65536];
    size_t at, length;
    bool ended;
};

void pipe_move(struct pipe *pipe);
struct pollfd pipe_poll(const struct pipe *pipe);
void set_nonblocking(int fd);

/* ---- relay/port.c: connections to ports of the machine */
bool port_open(int fd, uint16_t port);
void port_ended(pid_t pid);

/* ---- serve.c and relay/attach.c: the commands */
int serve(const char *socket_path);
int attach(const char *first_path, const char *socket_path, int wait_ms);

#endif
