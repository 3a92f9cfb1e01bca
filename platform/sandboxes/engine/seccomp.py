"""Allow machines the system calls that they may make.

The allow list derives from containers/common's default profile
(https://github.com/containers/common, as Debian's golang-github-containers-common 0.50.1 ships it;
copyright 2018 the github.com/containers/common authors, Apache-2.0), for 64-bit x86 and ARM. Taken
out are calls that only matter with capabilities a machine never has (mount, setns, bpf …), new
namespaces, kernel keyrings, io_uring, userfaultfd, and the socket families AF_ALG and AF_VSOCK: the
last reaches the hypervisor's own services on a virtual host, past every network rule.

A `docker` machine may make those, too, that its engine needs to make namespaces and mounts, which
the kernel allows it in its own user namespace only.
"""

import json
from typing import Any

CALLS = """
_llseek _newselect accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod
chown chown32 chroot clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range
creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2
epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2
fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32
fchownat fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64
fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait
futex_waitv futex_wake futimesat get_mempolicy get_robust_list get_thread_area getcpu getcwd
getdents getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32
getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid
getuid32 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
io_getevents io_pgetevents io_setup io_submit ioprio_get ioprio_set ipc kill landlock_add_rule
landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat listen
listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise map_shadow_stack membarrier
memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mprotect
mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap
name_to_handle_at nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe
pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2
prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace
pwrite64 pwritev pwritev2 read readahead readdir readlink readlinkat readv recv recvfrom recvmmsg
recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir
rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 send
sendfile sendfile64 sendmmsg sendmsg sendto set_mempolicy set_robust_list set_thread_area
set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32
setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32
setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt shmget
shutdown sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend
socketpair splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs
sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64
timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat utime
utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev arch_prctl
modify_ldt arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls
"""

# personality(2) values that only change what a process looks like to itself: none, BSD, 32-bit
# uname and their sums.
PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
# CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET (linux/sched.h): none may be
# set.
NEW_NAMESPACES = 0x7E020000
AF_ALG, AF_VSOCK = 38, 40
ENOSYS = 38
# ioctl(2)'s second argument: its bits 8 to 15 tell who is asked (linux/ioctl.h). btrfs' are denied,
# because a machine may make subvolumes otherwise, which no limit on the machine's own counts
# (measured: 4.4 GB written past a bound of 3 GB), except those that clone and compare files, which
# stand in linux/fs.h.
IOCTL_TYPE_SHIFT, BTRFS_IOCTL = 8, 0x94
FICLONE, FICLONERANGE, FIDEDUPERANGE = 0x40049409, 0x4020940D, 0xC0189436

# fcntl(2)'s commands of Linux' own begin here, in a block of 64, with the one that takes a lease.
# Whoever opens a file with a lease waits up to 45 seconds, and a commit opens them all.
F_SETLEASE, FCNTL_BLOCK_BITS = 0x400, 6
INT = 0xFFFFFFFF  # what the kernel looks at of an argument that is an int

# What runc and dockerd make containers with. The newer mount calls (fsopen, move_mount ...) they
# can do without.
NESTED_ENGINE_CALLS = (
    "mount umount umount2 pivot_root setns unshare sethostname setdomainname clone"
)
# "There is no such call" rather than "you may not": runc goes on without keyrings then, whose
# number the kernel counts for all machines together (200 for the one host user that all their roots
# are).
KEYRING_CALLS = "keyctl add_key request_key"
# The same: Debian 13's mount(8) falls back to mount(2) then, which is among the calls above.
NEW_MOUNT_CALLS = "open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr"


def plain_profile() -> str:
    """Return the profile as the JSON that `--security-opt seccomp=` takes."""
    return profile([allow("clone", NEW_NAMESPACES, "SCMP_CMP_MASKED_EQ"), missing("clone3")])


def nested_engine_profile() -> str:
    """Return the same for a machine with an engine of its own."""
    calls = {"names": NESTED_ENGINE_CALLS.split(), "action": "SCMP_ACT_ALLOW"}
    return profile([calls, missing("clone3", *KEYRING_CALLS.split(), *NEW_MOUNT_CALLS.split())])


def profile(more: list[dict[str, Any]]) -> str:
    """Build the JSON of a profile; what is not allowed fails with EPERM."""
    rules = [
        {"names": CALLS.split(), "action": "SCMP_ACT_ALLOW"},
        *[allow("personality", value, "SCMP_CMP_EQ") for value in PERSONALITIES],
        # Every family but the two. A rule per range, because the conditions of a rule on the same
        # argument can't be joined.
        allow("socket", AF_ALG, "SCMP_CMP_LT"),
        allow("socket", AF_ALG + 1, "SCMP_CMP_EQ"),
        allow("socket", AF_VSOCK, "SCMP_CMP_GT"),
        *ioctl_rules(),
        *fcntl_rules("fcntl"),
        *fcntl_rules("fcntl64"),
        *more,
    ]
    architectures = [
        {
            "architecture": "SCMP_ARCH_X86_64",
            "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        },
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
    ]
    return json.dumps(
        {"defaultAction": "SCMP_ACT_ERRNO", "archMap": architectures, "syscalls": rules}
    )


def missing(*names: str) -> dict[str, Any]:
    """Answer ENOSYS.

    clone3's flags lie in memory that a filter can't read; C libraries fall back to clone then.
    """
    return {"names": list(names), "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS}


def ioctl_rules() -> list[dict[str, Any]]:
    """Allow every request but btrfs' own.

    "Differs from" is eight rules: it does in one bit at least.
    """
    rules = [
        allow("ioctl", value, "SCMP_CMP_EQ", index=1)
        for value in (FICLONE, FICLONERANGE, FIDEDUPERANGE)
    ]
    for bit in range(8):
        mask, denied = 1 << (IOCTL_TYPE_SHIFT + bit), BTRFS_IOCTL << IOCTL_TYPE_SHIFT
        rules.append(allow("ioctl", mask, "SCMP_CMP_MASKED_EQ", index=1, value_two=~denied & mask))
    return rules


def fcntl_rules(name: str) -> list[dict[str, Any]]:
    """Allow every command but F_SETLEASE.

    Those below the block, and those in it that have one more bit at least.
    """
    rules = [allow(name, INT & ~(F_SETLEASE - 1), "SCMP_CMP_MASKED_EQ", index=1)]
    for bit in (1 << number for number in range(FCNTL_BLOCK_BITS)):
        mask = INT & ~((1 << FCNTL_BLOCK_BITS) - 1) | bit
        rules.append(allow(name, mask, "SCMP_CMP_MASKED_EQ", index=1, value_two=F_SETLEASE | bit))
    return rules


def allow(
    name: str, value: int, operator: str, *, index: int = 0, value_two: int = 0
) -> dict[str, Any]:
    """Allow a call by its argument `index`.

    MASKED_EQ: where the argument's bits in `value` are `value_two`'s.
    """
    condition = {"index": index, "value": value, "valueTwo": value_two, "op": operator}
    return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": [condition]}
