"""Use what the Linux host offers: /proc, mounts, btrfs, quotas, kernel limits."""
