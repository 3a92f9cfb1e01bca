"""Write what the `registry` command prints, and read what its arguments mean."""

from collections.abc import Iterable

from .storage import ListedImage

HOST = "registry:5000/"
MB = 1_000_000


def parse_image(image: str, owner: str) -> tuple[str, str]:
    """Split what somebody types into a repository, and a tag or digest ("" for all of it).

    The host and the own name may be left out.
    """
    name = image.removeprefix(HOST)
    if "@" in name:
        name, _, reference = name.partition("@")
    else:
        name, _, reference = name.partition(":")
    return (name if "/" in name else f"{owner}/{name}"), reference


def listing(name: str, images: Iterable[ListedImage], used: int, quota: int) -> str:
    """Write a table of somebody's images, and how much of the space they take."""
    rows = [(full_name(image), f"{image.bytes / MB:.1f} MB") for image in images]
    width = max((len(image) for image, _ in rows), default=0)
    lines = [f"{image:<{width}}  {size:>10}" for image, size in rows]
    room = f"{used / MB:.1f} of {quota / MB:.0f} MB used."
    lines.append(f"Your name here is {name}: push to {HOST}{name}/NAME. {room}")
    return "\n".join(lines) + "\n"


def full_name(image: ListedImage) -> str:
    """Return the name of an image as Docker takes it."""
    reference = f":{image.tag}" if image.tag else f"@{image.digest}"
    return f"{HOST}{image.repository}{reference}"
