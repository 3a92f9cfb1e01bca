"""Two tabs, two workers, one beat: whoever comes first, a submission is made once and counts once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, connections

from grading import services
from grading.models import Score, Submission
from grading.submissions import submit
from grading.tasks import grade

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


@pytest.fixture(autouse=True)
def on_disk(tmp_path):
    """Tests keep SQLite in memory, where a second connection fails instead of waiting; race on a file, as the platform
    does. Another database is raced on as it is."""
    if connection.vendor != "sqlite":
        yield
        return
    before, in_memory = connections.settings["default"], connections["default"]
    connections.settings["default"] = {**before, "NAME": str(tmp_path / "races.sqlite3")}
    del connections["default"]
    call_command("migrate", run_syncdb=True, verbosity=0)
    yield
    connections["default"].close()
    connections.settings["default"], connections["default"] = before, in_memory


def race(work):
    """The results of `work` done in several threads at once."""

    def alone(_):
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(alone, range(AT_ONCE)))


def test_several_tabs_make_one_submission(student, exercise, sandbox, queued, published):
    made = race(lambda: submit(user=student, exercise=exercise, sandbox=sandbox).pk)
    assert len(set(made)) == 1
    assert len(queued) == 1


def test_several_workers_grade_once(student, exercise, sandbox, queued, published, files, fake):
    files["/root/answer"] = b"42"
    fake.delay["read_file"] = 0.02
    submission = submit(user=student, exercise=exercise, sandbox=sandbox)
    race(lambda: grade(str(submission.pk)))
    assert Score.objects.get().attempts == 1
    assert [event["payload"]["submission"]["state"] for event in published].count("graded") == 1


def test_a_result_and_an_interruption_leave_one_of_the_two(student, exercise, sandbox, queued, published):
    submission = submit(user=student, exercise=exercise, sandbox=sandbox)
    taken = services.take(submission.pk)
    closings = [lambda: services.fail(taken, reason="a"), lambda: services.interrupt(submission.pk)] * 2
    assert race(lambda: closings.pop()()).count(True) == 1
    assert Submission.objects.get().state == Submission.State.NOT_GRADED
