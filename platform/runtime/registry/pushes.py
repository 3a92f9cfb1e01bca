"""Remember what pushes sent and what was there already, for who pushed.

A push asks for each layer whether it is there (HEAD), and uploads it when it is not: it begins with
POST, which may ask to take the layer over from another repository, and ends with PUT and the
layer's digest. The manifest comes last and names all layers. So a layer that was uploaded since the
last time was sent, one that nobody uploaded was there.

It lies in memory and is bounded: what a restart forgets is not known any more. Safe to use from
many threads.
"""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from . import rules
from .storage import DIGEST

OWNERS_MAX = 2_000
PUSHES_MAX = 20  # of an owner
UPLOADS_MAX = 20_000
LAYERS_MAX = 128
# A push that breaks off is tried again soon; what it uploaded counts for the one that succeeds.
UPLOAD_SECONDS = 900.0
MOUNTED, SENT, HAD = "mounted", "sent", "had"
Key = tuple[str, str]  # repository and digest


class PushLog:
    """Note requests of pushes; `clock` tells seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._uploads: OrderedDict[Key, tuple[float, str]] = OrderedDict()
        self._pushes: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    def note_request(self, method: str, uri: str) -> None:
        """Take notice of a request that was allowed, if it is about uploading a layer."""
        if method not in ("POST", "PUT"):
            return
        target, query = rules.route(uri), parse_qs(uri.partition("?")[2])
        digest = query.get("digest", query.get("mount", [""]))[-1]
        if target is None or target.manifest or not DIGEST.fullmatch(digest):
            return
        source = target.source if "digest" not in query else ""
        with self._lock:
            key = (target.repository, digest)
            self._uploads.pop(key, None)
            self._uploads[key] = (self._clock(), source)
            if len(self._uploads) > UPLOADS_MAX:
                self._uploads.popitem(last=False)

    def note_manifest(
        self, owner: str, target: rules.Route, body: bytes, bytes_of: Callable[[str], int]
    ) -> None:
        """Record a push whose manifest was taken; `bytes_of` measures a layer by its digest.

        Lists of manifests, which have no layers of their own, are left out.
        """
        manifest = json.loads(body)
        layers, config = manifest.get("layers"), manifest.get("config")
        if not isinstance(layers, list) or not isinstance(config, dict):
            return
        digests = [str(layer.get("digest")) for layer in layers[:LAYERS_MAX]]
        with self._lock:
            ways = [self._take(target.repository, digest) for digest in digests]
            push = {
                "repository": target.repository,
                "reference": target.manifest,
                "config": str(config.get("digest", "")),
                "at": self._clock(),
                "layers": [
                    {"how": how, "source": source, "bytes": bytes_of(digest)}
                    for digest, (how, source) in zip(digests, ways, strict=True)
                ],
            }
            self._take(target.repository, str(config.get("digest", "")))
            self._pushes[owner] = [push, *self._pushes.get(owner, ())][:PUSHES_MAX]
            self._pushes.move_to_end(owner)
            if len(self._pushes) > OWNERS_MAX:
                self._pushes.popitem(last=False)

    def _take(self, repository: str, digest: str) -> tuple[str, str]:
        """Return how a layer came to a repository, and from which other one."""
        at, source = self._uploads.pop((repository, digest), (0.0, ""))
        if self._clock() - at > UPLOAD_SECONDS:
            return HAD, ""
        return (MOUNTED, source) if source else (SENT, "")

    def of(self, owner: str) -> list[dict[str, Any]]:
        """Return somebody's last pushes, the newest first."""
        with self._lock:
            return list(self._pushes.get(owner, ()))

    def forget(self, owner: str) -> None:
        """Forget the pushes of somebody who has left."""
        with self._lock:
            self._pushes.pop(owner, None)
