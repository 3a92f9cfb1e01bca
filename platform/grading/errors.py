"""What can go wrong with grading. `str()` of each is fit for a student's eyes."""


class GradingError(Exception):
    """Anything of this app's."""


class SandboxNotReady(GradingError):
    """There is no running machine to look at. Nothing was submitted and nothing counted."""


class EvidenceMissing(GradingError):
    """Something that a check looks at could not be gathered: the platform's fault, never the student's."""
