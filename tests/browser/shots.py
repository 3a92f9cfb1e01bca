"""Pictures of a running platform for the documentation, with a live terminal and a passed exercise in the lesson:

python -m tests.browser.shots docs/screenshots --url http://127.0.0.1:8000 --user student --password …
"""

import argparse
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.workspace import COURSE, Workspace, sign_in

SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
EXERCISE = "a-process-of-your-own"


class Visit(NamedTuple):
    """Whose platform, and where the pictures go."""

    url: str
    user: str
    password: str
    folder: Path


def main() -> None:
    visit = read_arguments()
    visit.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        pass_the_exercise(chromium, visit)
        for screen, options in SCREENS.items():
            for scheme in ("light", "dark"):
                picture_pages(chromium, visit, f"{screen}-{scheme}", {**options, "color_scheme": scheme})
        chromium.close()


def read_arguments() -> Visit:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--user", default="student")
    parser.add_argument("--password", default=os.environ.get("DRYDOCK_DEMO_PASSWORD", ""))
    given = parser.parse_args()
    return Visit(given.url.rstrip("/"), given.user, given.password, given.folder)


def find_chromium() -> str:
    """Raises SystemExit when there is none."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise SystemExit("no Chromium: install Debian's chromium")
    return found


def pass_the_exercise(chromium: Browser, visit: Visit) -> None:
    """Type the solution, and leave a tidy screen in the machine."""
    page = chromium.new_page(viewport=SCREENS["desktop"]["viewport"])
    sign_in(page, visit.url, visit.user, visit.password)
    lesson = Workspace(page, visit.url).open()
    lesson.focus()
    lesson.interrupt()
    lesson.run("pkill lighthouse")
    lesson.clear()
    for line in (
        "cat /proc/1/comm",
        "cp /usr/bin/sleep /root/lighthouse",
        "/root/lighthouse infinity &",
        "cat /proc/1/comm > /root/first-process",
        "ps -ef",
    ):
        lesson.do(line)
    lesson.check(EXERCISE)
    page.context.close()


def picture_pages(chromium: Browser, visit: Visit, name: str, options: dict[str, Any]) -> None:
    """sign-in, catalogue, course and lesson on one screen in one colour scheme."""

    def shoot(page: Page, what: str) -> None:
        page.screenshot(path=visit.folder / f"{what}-{name}.png")

    page = chromium.new_page(**options)
    page.goto(f"{visit.url}/accounts/sign-in/")
    shoot(page, "sign-in")
    sign_in(page, visit.url, visit.user, visit.password)
    shoot(page, "catalogue")
    page.goto(visit.url + COURSE)
    shoot(page, "course")
    lesson = Workspace(page, visit.url).open()
    lesson.wait_text("lighthouse infinity")
    foot = lesson.exercise(EXERCISE).locator(".results")
    foot.evaluate("element => element.scrollIntoView({ block: 'end' })")
    page.locator("#main").evaluate("element => element.scrollBy(0, 24)")
    shoot(page, "lesson")
    page.context.close()


if __name__ == "__main__":
    main()
