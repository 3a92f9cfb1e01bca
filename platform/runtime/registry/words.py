"""What the `registry` command prints, and what its arguments mean."""

from collections.abc import Iterable

from .storage import Listed

HOST = "registry:5000/"
MB = 1_000_000


def parse_image(image: str, own: str) -> tuple[str, str]:
    """Repository, and tag or digest ("" for all of it), of what somebody types. The host and the own name may be left
    out."""
    name = image.removeprefix(HOST)
    if "@" in name:
        name, _, reference = name.partition("@")
    else:
        name, _, reference = name.partition(":")
    return (name if "/" in name else f"{own}/{name}"), reference


def listing(name: str, images: Iterable[Listed], used: int, quota: int) -> str:
    """A table of somebody's images, and how much of the space they take."""
    rows = [(_image(one), f"{one.bytes / MB:.1f} MB") for one in images]
    width = max((len(image) for image, _ in rows), default=0)
    lines = [f"{image:<{width}}  {size:>10}" for image, size in rows]
    lines.append(f"Your name here is {name}: push to {HOST}{name}/NAME. {used / MB:.1f} of {quota / MB:.0f} MB used.")
    return "\n".join(lines) + "\n"


def _image(one: Listed) -> str:
    return f"{HOST}{one.repository}:{one.tag}" if one.tag else f"{HOST}{one.repository}@{one.digest}"
