"""Define what can go wrong with grading; students read the messages."""


class GradingError(Exception):
    """Base of all errors of this app."""


class SandboxNotReady(GradingError):
    """Raised when no machine is running; nothing was submitted and nothing counted."""


class NotPrepared(SandboxNotReady):
    """Raised when the setup script has not run in the machine, so it can't be checked."""


class NotCorrectable(GradingError):
    """Raised when this score can't be set, or not without a reason. Instructors read it."""


class NoMoreAttempts(GradingError):
    """Raised when all attempts that the exercise allows are used up."""


class DeadlinePassed(GradingError):
    """Raised when the exercise accepts nothing after its deadline."""


class HintNotOpen(GradingError):
    """Raised when there is no such hint, or a hint before it is still closed."""


class SolutionClosed(GradingError):
    """Raised when the student may not read the solution (yet)."""


class PredictionMissing(GradingError):
    """Raised when a prediction has not been made; nothing was submitted."""


class PredictionMade(GradingError):
    """Raised when another prediction was made before, and stays."""


class PredictionUnlikely(GradingError):
    """Raised when a prediction is no number, or outside its author's bounds."""


class PredictionUnknown(GradingError):
    """Raised when the exercise has no prediction of that name."""


class CourseNotFinished(GradingError):
    """Raised when exercises of a course are left, or the person teaches: no certificate."""
