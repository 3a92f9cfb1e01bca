"""Picture every page: light and dark, on a desk and on a phone.

`make screenshots` runs this with an engine and Redis around it; a platform of its own is started
and removed again. `--only REGEX` takes those scenes whose names match; `--renew FOLDER` replaces
those pictures in FOLDER that are there already, which are the ones that documents show.
"""

import argparse
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import docker
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.support.browser.activity_scenes import ACTIVITY_SCENE
from tests.support.browser.admin_scenes import ADMIN_SCENES
from tests.support.browser.flow_scenes import FLOW_SCENES
from tests.support.browser.lesson_scenes import LESSON_SCENES, use_the_machine
from tests.support.browser.pages_scenes import PAGE_SCENES
from tests.support.browser.panels.browser_scenes import BROWSER_SCENES
from tests.support.browser.panels.desktop_scenes import DESKTOP_SCENES
from tests.support.browser.panels.files_scenes import FILES_SCENES
from tests.support.browser.panels.inside_and_race_scenes import INSIDE_AND_RACE_SCENES
from tests.support.browser.panels.layers_scenes import LAYERS_SCENES
from tests.support.browser.panels.map_scenes import MAP_SCENES
from tests.support.browser.predict_scenes import PREDICT_SCENES
from tests.support.browser.scene import Cast, Scene
from tests.support.browser.terminal_scenes import TERMINAL_SCENES
from tests.support.running_platform import RunningPlatform

SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
APPEARANCES: dict[str, dict[str, Any]] = {
    f"{screen}-{scheme}": {**options, "color_scheme": scheme, "reduced_motion": "reduce"}
    for screen, options in SCREENS.items()
    for scheme in ("light", "dark")
}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Pages that show what the student has done.
WITH_WORK = ("catalogue", "course", "admin-submissions")
# Longer pages are cut: what is below resembles what is above.
HEIGHT_MAX = 1800
QUALITY = 50


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--renew", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    django.setup()
    options.folder.mkdir(parents=True, exist_ok=True)
    every = (
        *PAGE_SCENES,
        *LESSON_SCENES,
        *TERMINAL_SCENES,
        *FLOW_SCENES,
        *LAYERS_SCENES,
        *MAP_SCENES,
        *PREDICT_SCENES,
        ACTIVITY_SCENE,
        *BROWSER_SCENES,
        *INSIDE_AND_RACE_SCENES,
        *DESKTOP_SCENES,
        *FILES_SCENES,
        *ADMIN_SCENES,
    )
    scenes = [scene for scene in every if re.search(options.only, scene.name)]
    platform = RunningPlatform(os.environ["DOCKER_HOST"], f"drydock-shots-{uuid.uuid4().hex[:8]}")
    try:
        platform.start()
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox"]
            )
            missed = take_all(chromium, platform, scenes, options.folder)
            chromium.close()
    finally:
        take_down(platform)
    if not options.only:
        remove_others(options.folder, scenes)
    if options.renew:
        renew(options.renew, options.folder)
    if missed:
        raise SystemExit(f"no picture of {', '.join(missed)}")


def remove_others(folder: Path, scenes: list[Scene]) -> None:
    """Delete pictures that no scene takes any more."""
    names = {f"{scene.name}-{appearance}.webp" for scene in scenes for appearance in APPEARANCES}
    for picture in folder.iterdir():
        if picture.suffix in (".png", ".webp") and picture.name not in names:
            picture.unlink()


def renew(folder: Path, source: Path) -> None:
    """Replace the pictures in `folder` with those of the same names in `source`."""
    for picture in folder.glob("*.webp"):
        if (source / picture.name).is_file():
            shutil.copyfile(source / picture.name, picture)


def take_down(platform: RunningPlatform) -> None:
    """Leave nothing on the engine."""
    from tests.support.installation import labelled, remove_labelled  # which needs Django set up

    platform.stop()
    client = docker.DockerClient(base_url=os.environ["DOCKER_HOST"], timeout=120)
    remove_labelled(client, platform.installation)
    assert not labelled(client, platform.installation)
    platform.remove_folder()


def find_chromium() -> str:
    """Raises SystemExit when there is none."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise SystemExit("no Chromium: install Debian's chromium")
    return program


def take_all(
    chromium: Browser, platform: RunningPlatform, scenes: list[Scene], folder: Path
) -> list[str]:
    """Take every scene in every appearance; return the names of those that failed.

    A scene's `around` holds for all four appearances.
    """
    missed = []
    cast = Cast(platform)
    with_work = (*LESSON_SCENES, *TERMINAL_SCENES)
    if any(scene in with_work or scene.name in WITH_WORK for scene in scenes):
        with_cookies = chromium.new_context(viewport=SCREENS["desktop"]["viewport"])
        with_cookies.add_cookies([cast.cookie_of("student")])
        use_the_machine(with_cookies.new_page(), platform.base_url)
        with_cookies.close()
    for scene in scenes:
        with scene.around(platform):
            for appearance, context in contexts(chromium, cast, scene):
                if not taken(
                    scene, context, cast, appearance, folder / f"{scene.name}-{appearance}.webp"
                ):
                    missed.append(f"{scene.name}-{appearance}")
        print(scene.name, flush=True)  # noqa: T201
    return missed


def contexts(chromium: Browser, cast: Cast, scene: Scene) -> Iterator[tuple[str, BrowserContext]]:
    """Open a fresh browser profile for each appearance, signed in as the scene's person."""
    for appearance, options in APPEARANCES.items():
        context = chromium.new_context(**options)
        context.set_default_timeout(30_000)
        if scene.who:
            context.add_cookies([cast.cookie_of(scene.who.replace("*", appearance))])
        yield appearance, context
        context.close()


def taken(
    scene: Scene, context: BrowserContext, cast: Cast, appearance: str, picture: Path
) -> bool:
    """Whether the scene could be pictured; a failure must not cost the other scenes."""
    try:
        take(scene, context, cast, appearance, picture)
    except (PlaywrightError, AssertionError) as error:
        print(f"{scene.name}-{appearance}: {error}", flush=True)  # noqa: T201
        return False
    return True


def take(scene: Scene, context: BrowserContext, cast: Cast, appearance: str, picture: Path) -> None:
    """Take a single picture. Raises what the scene raises."""
    page = context.new_page()
    cast.appearance = appearance
    scene.play(page, cast)
    page.wait_for_load_state("networkidle") if scene.still else None
    full = scene.full and page.evaluate("document.documentElement.scrollHeight > innerHeight")
    page.mouse.move(0, 0)
    raw = picture.with_suffix(".png")
    page.screenshot(path=raw, full_page=full)
    shrink(raw, picture)


def shrink(raw: Path, picture: Path) -> None:
    with Image.open(raw) as image:
        image.crop((0, 0, image.width, min(image.height, HEIGHT_MAX))).save(
            picture, quality=QUALITY, method=6
        )
    raw.unlink()


if __name__ == "__main__":
    main()
