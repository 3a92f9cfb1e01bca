"""A lesson's contents are its headings and exercises, in reading order."""

from learn.contents import ContentsEntry, lesson_contents

BLOCKS = [
    {"html": '<p>…</p>\n<h2 id="s-a">Build &amp; <code>push</code></h2>\n<h3 id="s-b">no</h3>'},
    {"exercise": {"slug": "say-it", "title": "Say <it> back"}},
    {"html": '<h2 id="s-概要"><span id="s-alias"></span>概要</h2><h2 id="s-c">Two\nlines</h2>'},
]


def test_headings_and_exercises_stand_in_reading_order() -> None:
    assert lesson_contents(BLOCKS, passed={"say-it"}) == [
        ContentsEntry("s-a", "Build & push"),
        ContentsEntry("exercise-say-it", "Say <it> back", "say-it", passed=True),
        ContentsEntry("s-概要", "概要"),
        ContentsEntry("s-c", "Two\nlines"),
    ]


def test_exercise_that_is_not_passed_says_so() -> None:
    (entry,) = lesson_contents(BLOCKS[1:2], passed=())
    assert not entry.passed
