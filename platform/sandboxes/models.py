"""Store hosts, sandboxes and their machines. Only transitions.py changes a state."""

import uuid

from django.conf import settings
from django.db import models

from sandboxes.engine.facts import ImageFact, Resource


class Host(models.Model):
    """Store one Docker engine.

    `transport` says how the web process reaches a machine's PTY server there: by unix socket in a
    bind-mounted folder (same machine, run as root) or over the engine's exec stream.
    """

    class Transport(models.TextChoices):
        SOCKET = "socket"
        EXEC = "exec"

    name = models.SlugField(unique=True)
    docker_url = models.CharField(max_length=500)
    transport = models.CharField(max_length=8, choices=Transport, default=Transport.EXEC)
    accepting = models.BooleanField(
        default=True, help_text="Off: machines already here go on, no new ones start."
    )
    machines_max = models.PositiveIntegerField(default=40)
    memory_bytes = models.PositiveBigIntegerField(
        default=0, help_text="Of its engine; 0 until that was asked."
    )
    images = models.JSONField(
        default=dict,
        blank=True,
        help_text='By machine type, what the engine has: {"linux": {"id", "size_bytes"}}.',
    )

    resources = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text="What its machines share and how much was left of it when a worker last looked.",
    )
    # After it refused a machine it is left alone for a while, each time longer.
    refusals = models.PositiveIntegerField(default=0, db_default=0, help_text="In a row.")
    rests_until = models.DateTimeField(null=True, blank=True)

    # Whether guests boot on its KVM: the image that this was tried with, and how it went.
    kvm_trial_image = models.CharField(
        max_length=300,
        blank=True,
        db_column="kvm_tried_with",
        help_text="The image a guest was last booted from.",
    )
    kvm_works = models.BooleanField(default=False)
    kvm_message = models.CharField(
        max_length=500, blank=True, db_column="kvm_words", help_text="How that went."
    )

    def __str__(self) -> str:
        return self.name

    @property
    def shortages(self) -> dict[str, str]:
        """Return what it had too little of for a new machine, by name, when it was measured."""
        resources = [Resource(**fields) for fields in self.resources]
        least = settings.HOST_RESERVE_PERCENT
        return {each.name: str(each) for each in resources if each.free_percent < least}

    def image_of(self, kind: str) -> ImageFact | None:
        """Return the image that new machines of a type are made from here.

        None until pool.claims.refresh_images() has seen one.
        """
        known = self.images.get(kind)
        return ImageFact(known["id"], known["size_bytes"]) if known else None


class Sandbox(models.Model):
    """Store one student's machines for one lesson.

    `requested_machines` is the lesson's list of {"name", "kind"}.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        STARTING = "starting"
        READY = "ready"
        PARKED = "parked"
        ENDING = "ending"
        GONE = "gone"
        FAILED = "failed"

    ENDABLE_STATES = (State.REQUESTED, State.STARTING, State.READY, State.PARKED)
    LIVE_STATES = (*ENDABLE_STATES, State.ENDING)
    OVER_STATES = (State.GONE, State.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sandboxes"
    )
    lesson_key = models.CharField(max_length=120, help_text="course/lesson")
    requested_machines = models.JSONField(default=list, db_column="machines_wanted")
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    reason = models.TextField(
        blank=True, help_text="Why it is in this state, in words for the student."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(
        help_text="When the state last changed; a stale starting one is taken over."
    )
    ready_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(
        null=True,
        blank=True,
        db_column="held_until",
        help_text="Until then one worker prepares its machines.",
    )
    active_at = models.DateTimeField(help_text="When the student last typed or loaded the page.")
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "sandboxes"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "lesson_key"],
                condition=models.Q(state__in=["requested", "starting", "ready", "parked"]),
                name="one_live_sandbox_per_user_and_lesson",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"])]

    def __str__(self) -> str:
        return f"{self.lesson_key} of {self.user_id}"

    @property
    def audit_name(self) -> str:
        """Return what the audit log calls it. Select the user with it."""
        return f"{self.lesson_key} of {self.user}"

    @property
    def has_several_machines(self) -> bool:
        """Whether its machines share a network, which is to be made for them."""
        return len(self.requested_machines) > 1

    @property
    def machine_types(self) -> set[str]:
        """Return the names of the machine types that its lesson asks for."""
        return {requested["kind"] for requested in self.requested_machines}


class Machine(models.Model):
    """Store one container that a student types into.

    Without a sandbox it is one of the pool, waiting to be claimed.
    """

    class State(models.TextChoices):
        STARTING = "starting"
        POOLED = "warm", "Warm"
        CLAIMED = "claimed"
        PARKED = "parked"
        REMOVING = "removing"
        GONE = "gone"

    ACTIVE_STATES = (State.STARTING, State.POOLED, State.CLAIMED, State.PARKED)
    # The values of `setup_results`.
    SETUP_DONE, SETUP_FAILED = "done", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="machines")
    sandbox = models.ForeignKey(
        Sandbox, on_delete=models.SET_NULL, null=True, blank=True, related_name="machines"
    )
    name = models.CharField(
        max_length=64, blank=True, help_text="Its name in the lesson, once claimed."
    )
    kind = models.CharField(
        max_length=200, help_text="The name of a machine type, or an instructor's own image."
    )
    image = models.CharField(
        max_length=300, help_text="The image's id, so that a rebuilt one ages out of the pool."
    )
    accelerator = models.CharField(
        max_length=8, blank=True, help_text="What runs its guests, if it runs any."
    )
    state = models.CharField(max_length=10, choices=State, default=State.STARTING)
    container_id = models.CharField(max_length=64, blank=True)
    network_id = models.CharField(max_length=64, blank=True)
    socket_path = models.CharField(
        max_length=300, blank=True, help_text="The PTY server's socket on this host."
    )
    setup_results = models.JSONField(
        default=dict,
        blank=True,
        db_column="prepared",
        help_text='By exercise, what came of its setup script here: {"who-is": "done"}.',
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["sandbox", "name"],
                condition=models.Q(sandbox__isnull=False) & ~models.Q(state="gone"),
                name="machine_name_unique_in_sandbox",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="warm") | models.Q(sandbox__isnull=True),
                name="warm_machine_has_no_sandbox",
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def setup_failed(self) -> list[str]:
        """Return the exercises whose setup script failed in it."""
        results = self.setup_results.items()
        return [slug for slug, result in results if result == self.SETUP_FAILED]


class EngineHistory(models.Model):
    """Store what happened in a machine's own Docker engine before it was last stopped.

    `events` is a list of the fields of docker_events.parser.EngineEvent. Only machines that were
    parked have one, which is why it is no field of theirs.
    """

    machine = models.OneToOneField(
        Machine, on_delete=models.CASCADE, primary_key=True, related_name="engine_history"
    )
    events = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "engine histories"

    def __str__(self) -> str:
        return f"{len(self.events)} events of {self.machine_id}"
