"""Remember calls of the API that came with a key."""

from django.conf import settings
from django.db import models


class AnsweredCall(models.Model):
    """Remember a POST that came with an Idempotency-Key, and its answer.

    `digest` is the SHA-256 of path and body.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="answered_calls"
    )
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "learn_answeredcall"  # the app that it was made in
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_user_and_key")
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], name="learn_answe_user_id_b24066_idx")
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"
