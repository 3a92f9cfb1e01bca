"""Test whose turn it is: one viewer answers what programs ask, and the terminal has its size."""

import pytest


def size_of(viewer):
    return viewer.sizes[-1] if viewer.sizes else (viewer.hello.cols, viewer.hello.rows)


def test_the_only_viewer_leads_before_it_types(host_ptyd):
    only = host_ptyd.viewer(cols=100, rows=30)
    only.settle()
    assert only.leads
    assert b"30 100" in only.run("stty size")


def test_who_only_looks_changes_nothing(host_ptyd):
    desktop = host_ptyd.viewer(cols=120, rows=40)
    desktop.run("true")
    phone = host_ptyd.viewer(cols=40, rows=20)
    phone.resize(41, 21)
    phone.settle()
    desktop.settle()
    assert desktop.turns == [True]
    assert phone.turns == []
    assert size_of(phone) == (120, 40)
    assert b"40 120" in desktop.run("stty size")


def test_who_types_leads_and_gives_its_size(host_ptyd):
    desktop = host_ptyd.viewer(cols=120, rows=40)
    desktop.run("true")
    phone = host_ptyd.viewer(cols=40, rows=20)
    phone.resize(41, 21)
    assert b"21 41" in phone.run("stty size")
    desktop.settle()
    assert (desktop.turns, phone.turns) == ([True, False], [True])
    assert size_of(desktop) == (41, 21)
    assert b"40 120" in desktop.run("stty size")


def test_a_leader_that_leaves_gives_the_turn_to_who_typed_before(host_ptyd):
    first, second, third = (host_ptyd.viewer(cols=80 + n, rows=24 + n) for n in range(3))
    for viewer in (third, first, second):
        viewer.run("true")
    second.close()
    first.until(lambda: first.leads)
    assert b"24 80" in first.run("stty size")
    first.close()
    third.until(lambda: third.leads)
    assert b"26 82" in third.run("stty size")


def test_when_nobody_else_typed_who_has_been_there_longest_leads(host_ptyd):
    first = host_ptyd.viewer()
    second = host_ptyd.viewer(cols=90)
    third = host_ptyd.viewer(cols=95)
    first.close()
    second.until(lambda: second.leads)
    third.settle()
    assert third.turns == []


def test_the_size_stays_when_the_last_viewer_leaves(host_ptyd):
    viewer = host_ptyd.viewer(cols=91, rows=31)
    viewer.run("true")
    viewer.close()
    watcher = host_ptyd.viewer(read_only=True)
    watcher.settle()
    assert size_of(watcher) == (91, 31)
    assert b"32 92" in host_ptyd.viewer(cols=92, rows=32).run("stty size")


def test_a_watcher_never_leads(host_ptyd):
    watcher = host_ptyd.viewer(read_only=True, cols=40, rows=10)
    watcher.type(b"x")
    watcher.reply(b"\x1b[1;1R")
    watcher.resize(41, 11)
    watcher.settle()
    owner = host_ptyd.viewer(cols=100, rows=30)
    owner.run("true")
    owner.close()
    watcher.settle()
    assert watcher.turns == []


def test_a_reply_reaches_the_program_and_takes_no_turn(host_ptyd):
    first, second = host_ptyd.viewer(cols=100), host_ptyd.viewer(cols=50)
    first.run("stty -echo")
    first.type(b"read line; echo got $line; stty size\n")
    second.settle()
    second.reply(b"answer\n")
    first.see(b"got answer\r\n24 100")
    assert (first.turns, second.turns) == ([True], [])


def test_a_reply_starts_no_shell(host_ptyd):
    viewer = host_ptyd.viewer()
    viewer.type(b"exit\n")
    viewer.until(lambda: viewer.exits)
    before = viewer.seq
    viewer.reply(b"\x1b[I")
    viewer.settle()
    assert viewer.seq == before
    viewer.type(b"x")
    viewer.until(lambda: viewer.seq > before)


def test_each_byte_has_exactly_one_viewer_that_answers_it(host_ptyd):
    viewers = [host_ptyd.viewer(window=64, acks=False) for _ in range(3)]
    viewers[0].settle()
    for number in range(12):
        viewers[number % 3].type(f"echo round {number}\n".encode())
        viewers[number % 3].settle()
    for viewer in viewers:
        viewer.acks = True
        viewer.ack()
    viewers[2].run("true")
    end = viewers[2].seq
    led = []
    for viewer in viewers:
        viewer.until(lambda viewer=viewer: viewer.seq >= end)
        led += [seq for piece in viewer.stream.led for seq in piece if seq < end]
    assert sorted(led) == list(range(viewers[0].hello.end, end))


def test_a_resume_does_not_bring_old_turns_back(host_ptyd):
    first = host_ptyd.viewer()
    first.run("true")
    second = host_ptyd.viewer()
    second.run("true")
    second.close()
    again = host_ptyd.viewer(epoch=first.hello.epoch, seq=1)
    again.settle()
    assert again.turns == []
    first.until(lambda: first.leads)


@pytest.mark.parametrize("switches", [10, 400])
def test_a_viewer_that_lags_ends_with_the_right_turn_and_size(host_ptyd, switches):
    slow = host_ptyd.viewer(window=1, acks=False, cols=70, rows=20)
    first, second = host_ptyd.viewer(cols=80), host_ptyd.viewer(cols=90)
    first.run("stty -echo; echo a lot of text that the slow one does not take")
    for number in range(switches):
        (first, second)[number % 2].type(b"\n")
        (first, second)[number % 2].settle()
    slow.acks = True
    slow.ack()
    first.settle()
    slow.until(lambda: slow.seq >= first.seq)
    slow.settle()
    assert not slow.leads
    assert size_of(slow) == (90, 24)
    slow.type(b"\n")
    slow.until(lambda: slow.leads and size_of(slow) == (70, 20))


def test_an_older_platform_is_told_no_turns(host_ptyd):
    old = host_ptyd.viewer(follows=False)
    other = host_ptyd.viewer(follows=False)
    other.run("true")
    old.settle()
    assert (old.turns, other.turns) == ([], [])
    assert not old.hello.tells_turns
