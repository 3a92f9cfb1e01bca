"""Find the kinds of questions: every module of this package may register one."""

from typing import Annotated

from core.specs.kinds import KindRegistry
from questions.base import BaseQuestion

QUESTION_KINDS: KindRegistry[BaseQuestion] = KindRegistry("questions")
# A question of any kind, as an exercise holds it.
Question = Annotated[BaseQuestion, QUESTION_KINDS]
