"""What the engine's JSON says, as engine.py's facts."""

import re
from typing import Any

from sandboxes.engine import EngineInfo, MachineFacts

# Drivers that bound a container's disk by `storage_opt size`. overlay2 can on xfs with project quotas, which it only
# tells by refusing, so it does not count.
SIZE_DRIVERS = ("btrfs", "zfs")


def engine_info(info: dict[str, Any]) -> EngineInfo:
    """Of the engine's /info."""
    options = info.get("SecurityOptions") or []
    remap = re.search(r"/(\d+)\.\d+/?$", info["DockerRootDir"])
    return EngineInfo(
        version=info["ServerVersion"],
        kernel=info["KernelVersion"],
        userns=any("name=userns" in option for option in options),
        remap_uid=int(remap.group(1)) if remap else 0,
        cgroup_version=int(info.get("CgroupVersion") or 1),
        storage_driver=info["Driver"],
        live_restore=info["LiveRestoreEnabled"],
        size_limit=info["Driver"] in SIZE_DRIVERS,
        seccomp=any("name=seccomp" in option for option in options),
        rootless=any("name=rootless" in option for option in options),
        cpus=info["NCPU"],
        memory_bytes=info["MemTotal"],
        root_dir=info["DockerRootDir"],
    )


def machine_facts(found: dict[str, Any], info: EngineInfo) -> MachineFacts:
    """Of what it says of one container."""
    config, host, state = found["Config"], found["HostConfig"], found["State"]
    return MachineFacts(
        running=state["Running"],
        memory_bytes=host["Memory"],
        cpus=host["NanoCpus"] / 1_000_000_000,
        pids_max=host["PidsLimit"] or 0,
        hostname=config["Hostname"],
        entrypoint=tuple(config["Entrypoint"] or ()),
        image=found["Image"],
        started_at=state["StartedAt"],
        kernel=info.kernel,
        cgroup_version=info.cgroup_version,
        oom_killed=state["OOMKilled"],
        exit_code=state["ExitCode"],
    )
