/* What the files of guest-console share. main.c explains the design. */
#ifndef CONSOLE_H
#define CONSOLE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RUN_DIR "/run/vm"
#define RUN_GUEST "/usr/local/lib/vm/run-guest"
/* How long the last boot took, for graders. Students cannot reach it. */
#define BOOT_FILE "/var/lib/vm/boot-ms"
#define CONSOLES 4  /* ttyS0 and hvc0 to hvc2, as run-guest and the guest's agent have them, too */
#define POLL_MS 100 /* how often to try again what failed */

/* ---- flow.c: bytes in one direction */
struct flow {
    int from, to;
    char bytes[16384];
    size_t at, length;
    bool ended;
};

void flow_read(struct flow *flow);
void flow_write(struct flow *flow);
struct pollfd flow_events(const struct flow *flow);
void print_message(const char *text);

/* ---- guest.c: QEMU, and why it ended */
enum guest_end { GUEST_OFF, GUEST_RESET, GUEST_BROKEN };

struct guest {
    pid_t pid;             /* 0 while QEMU does not run */
    int serial, monitor;   /* our ends; -1 while they are closed */
    bool reset;            /* the monitor has reported that the guest restarts */
    bool resuming;         /* QEMU is loading a saved state */
    int64_t started_ms;    /* 0 once the prompt has appeared, or when the guest does not boot */
    size_t prompt_matched; /* how many letters of the prompt the last bytes match */
    bool ended_itself;     /* the guest powered off or restarted; it did not fail */
    char tail[64];         /* the end of the last read from the monitor, which may split an event */
};

bool guest_start(struct guest *guest, const char *mode);
void guest_on_monitor(struct guest *guest);
void guest_on_output(struct guest *guest, const char *bytes, size_t length);
enum guest_end guest_wait(struct guest *guest);

/* ---- orders.c: orders to the agent in the guest */
bool send_size(const char *tty, bool open);
void send_clock_and_seed(void);
bool send_order(const char *line);

/* ---- ask.c: a command to run in the guest */
int ask_guest(void);

/* ---- relay.c: a relay between the terminal and a console of the guest */
struct console {
    const char *tty; /* its name in the guest */
    bool opens;      /* the agent must be told to start a shell there */
    bool size_pending;
    struct guest *guest; /* NULL for all but the first */
};

extern volatile sig_atomic_t resized; /* set by a signal: the terminal has a new size */

void relay(struct console *console, int fd);
#endif
