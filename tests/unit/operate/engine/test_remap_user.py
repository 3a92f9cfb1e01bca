"""The remap user's ids meet no range that is already given away."""

from operate.engine.remap_user import LOWEST, next_free_base


def test_an_empty_machine_begins_at_the_lowest():
    assert next_free_base(["", ""]) == LOWEST


def test_ranges_of_both_files_are_stepped_over():
    assert next_free_base(["a:1000000:65536\n", "b:1065536:65536\n"]) == 1131072


def test_lines_that_are_no_ranges_are_passed_over():
    assert next_free_base(["# a comment\nbroken:x:y\n\n"]) == LOWEST
