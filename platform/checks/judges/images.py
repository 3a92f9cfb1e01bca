"""Judges of images, in the machine and in the registry."""

from collections.abc import Iterator, Sequence

from checks.evidence.docker_schema import DockerEvidence, ImageEvidence, RegistryEvidence
from checks.evidence.schema import Evidence
from checks.judges import patterns
from checks.judges.base import Finding, printable, quoted
from checks.judges.containers import variables
from checks.judges.nested import docker_of, fake_engine, not_looked_at, with_tag
from checks.judges.parts import Part, finding
from checks.specs import ImageCheck, RegistryCheck, size_bytes
from core.units import UNITS, format_quantity
from grading.errors import EvidenceMissing

SHOWN = 5
ABSENT = "no image of that name"


def judge_image(check: ImageCheck, evidence: Evidence) -> Finding:
    docker, what = docker_of(evidence), f"an image {with_tag(check.name)}"
    if fake := fake_engine(docker, what):
        return fake
    if check.name not in docker["image"]:
        raise not_looked_at(check)
    image = docker["image"][check.name]
    if image is None:
        return Finding(passed=False, expected=what, found=ABSENT)
    return finding(what, list(_parts(check, image, docker)))


def _parts(check: ImageCheck, image: ImageEvidence, docker: DockerEvidence) -> Iterator[Part]:
    yield Part(image["whole"] is not False, "is there", "is named by the engine, but its layers are not on the disk")
    if check.made_here:
        old = "was made before this machine was yours"
        yield Part(image["created"] >= docker["opened"], "was made here", old)
    if check.base:
        yield _base(check.base, image, docker)
    if check.differs_from:
        yield _difference(check.differs_from, image, docker)
    yield from _bounds(check, image)
    yield from _start(check, image)
    yield from variables(check.env, image["env"])
    yield from (_port(port, image["exposes"]) for port in check.exposes)
    if check.history:
        holds = any(patterns.found(check.history, step) for step in image["steps"])
        wanted = f"was made by a step that matches {printable(check.history)}"
        yield Part(holds, wanted, f"was made by {len(image['steps'])} steps, none of which does")


def _base(name: str, image: ImageEvidence, docker: DockerEvidence) -> Part:
    """It has more layers than its base, or a configuration of its own."""
    base = docker["image"].get(name)
    layers = base["layers"] if base else []
    holds = bool(base and layers and image["layers"][: len(layers)] == layers and image["id"] != base["id"])
    found = f"has other first layers than {name}" if base else f"can't be compared, as there is no image {name}"
    return Part(holds, f"begins with the layers of {name}", found)


def _difference(name: str, image: ImageEvidence, docker: DockerEvidence) -> Part:
    other = docker["image"].get(name)
    found = f"is the same image as {name}" if other else f"can't be compared, as there is no image {name}"
    return Part(other is not None and other["id"] != image["id"], f"is another image than {name}", found)


def _bounds(check: ImageCheck, image: ImageEvidence) -> Iterator[Part]:
    if check.layers_at_most:
        count = len(image["layers"])
        yield Part(count <= check.layers_at_most, f"has at most {check.layers_at_most} layers", f"has {count} layers")
    if check.size_at_most:
        size = format_quantity(image["size"] / UNITS["MB"].per, UNITS["MB"])
        fits = image["size"] <= size_bytes(check.size_at_most)
        yield Part(fits, f"takes at most {check.size_at_most}", f"takes {size}")


def _start(check: ImageCheck, image: ImageEvidence) -> Iterator[Part]:
    if check.user is not None:
        now = f"runs as {quoted(image['user'])}" if image["user"] else "names no user, so that it runs as root"
        yield Part(image["user"] == check.user, f"runs as {check.user}", now)
    yield from _command("entrypoint", check.entrypoint, image["entrypoint"])
    yield from _command("command", check.cmd, image["cmd"])


def _command(word: str, wanted: Sequence[str] | None, there: Sequence[str]) -> Iterator[Part]:
    if wanted is not None:
        yield Part(list(wanted) == list(there), f"has the {word} {_words(wanted)}", f"has the {word} {_words(there)}")


def _words(words: Sequence[str]) -> str:
    return quoted(" ".join(words)) if words else "of nobody: there is none"


def _port(port: str, exposes: Sequence[str]) -> Part:
    wanted = port if "/" in port else f"{port}/tcp"
    shown = ", ".join(exposes[:SHOWN])
    return Part(wanted in exposes, f"exposes {wanted}", f"exposes {quoted(shown)}" if shown else "exposes no port")


def judge_registry(check: RegistryCheck, evidence: Evidence) -> Finding:
    key = f"{check.repository}:{check.tag}"
    pushed = evidence["registry"].get(key)
    if pushed is None:
        raise EvidenceMissing(evidence["errors"].get(f"registry {key}", f"{key} was not looked at."))
    what = f"registry:5000/{pushed['name']}:{check.tag} in the registry"
    if not pushed["digest"]:
        return Finding(passed=False, expected=what, found=_instead(pushed))
    if not check.same_as:
        return Finding(passed=True, expected=what, found="it is there")
    return _same(check.same_as, what, pushed, evidence)


def _instead(pushed: RegistryEvidence) -> str:
    tags = ", ".join(pushed["tags"][:SHOWN])
    return f"only the tag {quoted(tags)} there" if tags else "nothing there under that name"


def _same(name: str, what: str, pushed: RegistryEvidence, evidence: Evidence) -> Finding:
    """The registry's word is what counts; the machine's engine is only asked which of its images that should be."""
    docker, expected = docker_of(evidence), f"{what}, the same as {with_tag(name)} in the machine"
    if fake := fake_engine(docker, expected):
        return fake
    if name not in docker["image"]:
        raise EvidenceMissing(f"The image {name} was not looked at.")
    local = docker["image"][name]
    if local is None:
        return Finding(
            passed=False, expected=expected, found=f"it is there, but the machine has no image {with_tag(name)}"
        )
    same = local["id"] == pushed["image_id"]
    return Finding(passed=same, expected=expected, found="the same" if same else "another image under that name")
