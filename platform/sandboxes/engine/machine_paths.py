"""Name the platform's own programs and sockets by their paths in a machine."""

PTY_SOCKET = "/run/drydock/pty.sock"
TOOLS_MOUNT = "/.drydock"
BUSYBOX = f"{TOOLS_MOUNT}/busybox"
CHECKER = f"{TOOLS_MOUNT}/checker"
PTY_SERVER = (f"{TOOLS_MOUNT}/ptyd", "serve", "--socket", PTY_SOCKET)
PTY_DIAL = (f"{TOOLS_MOUNT}/ptyd", "dial")
FILES = f"{TOOLS_MOUNT}/files"
GUEST_ASK = (f"{TOOLS_MOUNT}/guest-console", "ask")
# Where guest-console notes how many milliseconds a guest took to boot. The student is in the guest
# and can't reach it.
BOOT_FILE = "/var/lib/vm/boot-ms"
HOME = "/root"
