"""Say in words for the student why a sandbox is in its state."""

WAITING = "You are in the queue. Your machine starts as soon as it is your turn."
STARTING = "Your machine is starting."
PREPARING = "Your machine is starting, and is being prepared for this lesson's exercises."
PREPARING_AGAIN = "Your machine is being prepared once more. What runs in it goes on."
RESTORING = "Your machine is starting, and your home folder from last time is being put back."
RESET = "This is a fresh machine. The old one and its home folder are gone."
PARKED_IDLE = (
    "Nobody typed for a while, so the machine was stopped. Its files are kept; wake it to go on."
)
WAKING = (
    "Your machine is being started again. Its files are as you left them; the shell is a new one."
)
ENDED_BY_STUDENT = "You gave the machine back."
ENDED_BY_TIME = "The machine's time was up."
STOPPED = (
    "Your machine had stopped and is being started again. Its files are there; "
    "the shell is a new one."
)
LOST = (
    "Your machine was lost and is being replaced by a fresh one, "
    "with the home folder that was kept last."
)
FAILED_TO_START = (
    "The machine could not be started. Try again; if it fails again, tell your instructor."
)
NO_IMAGE = (
    "The image of this lesson's machine is missing on the platform. Please tell your instructor."
)
IMAGE_UNDER_WAY = (
    "The image of this lesson's machine is being built. The machine starts as soon as it is there."
)
HOME_RESTORED = "Your home folder from last time was put back."
HOME_NOT_RESTORED = "Your home folder from last time could not be put back. It is still kept."
REPLACED = "Your machine was lost and has been replaced by a fresh one."
NO_HOME_TO_RESTORE = "No home folder had been kept, so it is as at the beginning of the lesson."
HOME_KEPT = "Your home folder is kept for next time."
HOME_NOT_KEPT = "Your home folder could not be kept."

# Nothing to read any more once the sandbox is ready.
ON_ITS_WAY = (STARTING, PREPARING, PREPARING_AGAIN)


def starting_reason(*, restores_home: bool, needs_setup: bool) -> str:
    """Return why a sandbox is not ready yet, by what is still to be done."""
    return RESTORING if restores_home else PREPARING if needs_setup else STARTING


def replaced(home_notice: str) -> str:
    """Return what became of a lost machine, and of its home."""
    return f"{REPLACED} {home_notice or NO_HOME_TO_RESTORE}"


def notice(reason: str) -> str:
    """Return what a student has to be told of a ready machine; a home that is back is no news."""
    return "" if reason == HOME_RESTORED else reason


def home_kept(left_out: list[str], max_bytes: int) -> str:
    """Return what became of a home folder of which the cap left some files out."""
    if not left_out:
        return HOME_KEPT
    megabytes = max_bytes // 1_000_000
    return (
        f"Your home folder is kept for next time, up to {megabytes} MB. "
        f"Not kept: {', '.join(left_out)}."
    )
