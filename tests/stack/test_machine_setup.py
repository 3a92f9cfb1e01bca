"""An exercise's setup script in a student's machine, on the whole platform: from the text to the
passed check."""

import re

from tests.support.clients.api import LiveStudent
from tests.support.running_platform import RunningPlatform

LESSON, EXERCISE = "vms-and-containers/what-is-a-container", "a-crate-of-your-own"


def test_a_student_finds_what_the_text_speaks_of_and_hands_it_in(stack: RunningPlatform) -> None:
    student = LiveStudent(stack.base_url, "student", stack.password)
    sandbox = student.ready_sandbox(LESSON)
    texts = {
        exercise["slug"]: exercise["body_html"]
        for exercise in student.call("GET", f"/lessons/{LESSON}").json()["exercises"]
    }
    ship = re.search(r"<em>(\w+)</em>", texts[EXERCISE])
    assert ship
    terminal = student.terminal(sandbox)
    order = terminal.run(f"cat /srv/orders/{ship[1]}").strip()
    assert re.fullmatch(rf"{ship[1]}: \d{{3}} boxes", order), order
    terminal.run(f"mkdir -p /root/parcel && cp /srv/orders/{ship[1]} /root/parcel/order")
    results = {result["check"]: result for result in student.check(EXERCISE, LESSON)["results"]}
    assert (results["order"]["passed"], results["order"]["found"]) == (True, f"“{order}”")
    terminal.close()
    student.end_sandbox(sandbox["id"])
