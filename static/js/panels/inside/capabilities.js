/**
 * Say what a process may not do that lacks a capability, in plain words (capabilities(7)).
 *
 * Numbers are the kernel's (linux/capability.h). Those that a reader would miss first come first.
 */

import { fill, gettext } from "../../lib/i18n.js";

/** @returns {[number, string, string][]} number, name, what it lets a process do */
const powers = () => [
  [16, "SYS_MODULE", gettext("load modules into the kernel")],
  [21, "SYS_ADMIN", gettext("mount file systems, and much else that changes the whole system")],
  [12, "NET_ADMIN", gettext("change network interfaces, routes and firewalls")],
  [22, "SYS_BOOT", gettext("restart the computer")],
  [25, "SYS_TIME", gettext("set the clock")],
  [27, "MKNOD", gettext("make device files, such as a disk's")],
  [17, "SYS_RAWIO", gettext("reach devices and their ports directly")],
  [19, "SYS_PTRACE", gettext("look into the memory of others' processes")],
  [13, "NET_RAW", gettext("send hand-made packets, as ping and sniffers do")],
  [23, "SYS_NICE", gettext("put its programs before all others")],
  [24, "SYS_RESOURCE", gettext("go beyond its own limits")],
  [39, "BPF", gettext("run programs in the kernel (BPF)")],
  [38, "PERFMON", gettext("measure the whole system")],
  [34, "SYSLOG", gettext("read the kernel's log")],
  [20, "SYS_PACCT", gettext("switch accounting of processes on and off")],
  [26, "SYS_TTY_CONFIG", gettext("configure terminals")],
  [14, "IPC_LOCK", gettext("keep memory from being swapped out")],
  [15, "IPC_OWNER", gettext("use others' shared memory")],
  [9, "LINUX_IMMUTABLE", gettext("make files immutable")],
  [2, "DAC_READ_SEARCH", gettext("read every file, whoever owns it")],
  [28, "LEASE", gettext("be asked before others open a file")],
  [11, "NET_BROADCAST", gettext("send broadcasts")],
  [30, "AUDIT_CONTROL", gettext("configure the audit log")],
  [29, "AUDIT_WRITE", gettext("write to the audit log")],
  [37, "AUDIT_READ", gettext("read the audit log")],
  [32, "MAC_OVERRIDE", gettext("override mandatory access control")],
  [33, "MAC_ADMIN", gettext("configure mandatory access control")],
  [35, "WAKE_ALARM", gettext("wake the computer")],
  [36, "BLOCK_SUSPEND", gettext("keep the computer from sleeping")],
  [40, "CHECKPOINT_RESTORE", gettext("freeze programs and bring them back")],
  [0, "CHOWN", gettext("give files to others")],
  [1, "DAC_OVERRIDE", gettext("read and write files against their permissions")],
  [3, "FOWNER", gettext("change the permissions of others' files")],
  [4, "FSETID", gettext("keep a file's set-id marks")],
  [5, "KILL", gettext("end others' processes")],
  [6, "SETGID", gettext("take on other groups")],
  [7, "SETUID", gettext("become another user")],
  [8, "SETPCAP", gettext("hand capabilities on")],
  [10, "NET_BIND_SERVICE", gettext("listen on ports below 1024")],
  [18, "SYS_CHROOT", gettext("change its root folder (chroot)")],
  [31, "SETFCAP", gettext("give files capabilities")],
];

/**
 * @param {number[]} missing numbers of capabilities
 * @returns {{name: string, text: string}[]} the most telling first
 */
export function describeMissing(missing) {
  const left = new Set(missing);
  const known = powers().filter(([number]) => left.delete(number));
  return [
    ...known.map(([, name, text]) => ({ name: `CAP_${name}`, text })),
    ...[...left].map((number) => ({
      name: `CAP_${number}`,
      text: fill(gettext("what capability %(number)s allows"), { number }),
    })),
  ];
}
