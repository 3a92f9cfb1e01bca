"""What can go wrong with grading. `str()` of each is fit for a student's eyes."""


class GradingError(Exception):
    """Anything of this app's."""


class SandboxNotReady(GradingError):
    """There is no running machine to look at. Nothing was submitted and nothing counted."""


class NotPrepared(SandboxNotReady):
    """The exercise's setup script has not run in the machine, so what is there can't be judged."""


class EvidenceTooLarge(GradingError):
    """What the checks look at is more than is stored with a submission. Nothing was graded and nothing counted."""


class NotCorrectable(GradingError):
    """This score can't be set, or not to that, or not without a reason. For an instructor's eyes."""


class EvidenceMissing(GradingError):
    """Something that a check looks at could not be gathered: the platform's fault, never the student's."""


class BadAnswers(GradingError):
    """What was sent can't be answers to these questions. Nothing was submitted; the message names the question."""


class NoMoreAttempts(GradingError):
    """All attempts that the exercise allows are used up."""


class DeadlinePassed(GradingError):
    """The exercise takes nothing after its deadline."""


class HintNotOpen(GradingError):
    """There is no such hint, or one before it is still closed."""


class SolutionClosed(GradingError):
    """The student may not read the solution (yet)."""


class PredictionMissing(GradingError):
    """The exercise asks for a prediction that has not been made. Nothing was submitted and nothing counted."""


class PredictionMade(GradingError):
    """Another prediction was made before, and stays."""


class PredictionUnlikely(GradingError):
    """That is no number that could be meant."""


class PredictionUnknown(GradingError):
    """The exercise asks for no prediction of that name."""
