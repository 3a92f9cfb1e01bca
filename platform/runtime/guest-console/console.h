/* What the files of guest-console share. The design stands in main.c. */
#ifndef CONSOLE_H
#define CONSOLE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RUN_DIR "/run/vm"
#define RUN_GUEST "/usr/local/lib/vm/run-guest"
#define BOOT_FILE                                                                                  \
    "/var/lib/vm/boot-ms" /* what the last boot took, for graders: out of the student's reach */
#define CONSOLES 4  /* ttyS0 and hvc0 to hvc2; the guest's agent and run-guest know them, too */
#define POLL_MS 100 /* how often what could not be done is tried again */

/* ---- guest.c: QEMU, and what it says about its end */
enum guest_end { GUEST_OFF, GUEST_RESET, GUEST_BROKEN };

struct guest {
    pid_t pid;           /* 0 while there is none */
    int serial, monitor; /* our ends; -1 while there is none */
    bool reset;          /* the guest asked for a restart, as far as the monitor has told */
    bool resumes;        /* a saved state is being loaded */
    /* When QEMU was started; 0 once the prompt was seen, or when it does not boot. */
    int64_t began_ms;
    size_t prompted; /* how much of the prompt the last bytes were */
    bool by_itself;  /* the guest ended itself: off or restart, not a fault */
    char tail[64];   /* the end of what the monitor said, for words that come in two pieces */
};

bool guest_start(struct guest *guest, const char *how);
void guest_hear(struct guest *guest);
void guest_shown(struct guest *guest, const char *bytes, size_t have);
enum guest_end guest_wait(struct guest *guest);

/* ---- orders.c: lines for the agent in the guest */
bool order_size(const char *tty, bool open);
void order_clock_and_seed(void);
bool order(const char *line);

/* ---- ask.c */
int ask(void);

/* ---- relay.c: bytes between the terminal and a console of the guest */
struct console {
    const char *tty; /* what the guest calls it */
    bool opens;      /* the agent starts a shell there when it is told */
    bool size_pending;
    struct guest *guest; /* NULL for all but the first */
};

extern volatile sig_atomic_t resized;

void say(const char *text);
void relay(struct console *console, int fd);
#endif
