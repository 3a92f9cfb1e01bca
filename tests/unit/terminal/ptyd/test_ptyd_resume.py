"""Test that a returning viewer gets the bytes it lacks exactly once, or a reset."""

import random


def test_a_viewer_resumes_at_any_byte(host_ptyd):
    first = host_ptyd.viewer()
    first.run("stty -echo; seq 1 8000")
    first.until(lambda: first.output.endswith(b"$ "))
    whole = first.output
    rng = random.Random(7)
    for seq in [0, 1, len(whole) - 1, len(whole), *(rng.randrange(len(whole)) for _ in range(12))]:
        again = host_ptyd.viewer(epoch=first.hello.epoch, seq=seq)
        again.until(lambda again=again: again.seq >= len(whole))
        again.settle()
        assert (again.hello.seq, again.hello.reset) == (seq, False)
        assert again.output == whole[seq:]
        again.close()


def test_an_unknown_epoch_counts_as_ours(host_ptyd):
    first = host_ptyd.viewer()
    first.run("true")
    assert not host_ptyd.viewer(epoch=0, seq=3).hello.reset


def test_another_epoch_is_a_reset_unless_the_viewer_has_nothing(host_ptyd):
    first = host_ptyd.viewer()
    first.run("true")
    assert not host_ptyd.viewer(epoch=first.hello.epoch ^ 1, seq=0).hello.reset
    other = host_ptyd.viewer(epoch=first.hello.epoch ^ 1, seq=3).hello
    assert (other.reset, other.seq) == (True, 0)


def test_a_number_from_the_future_is_a_reset(host_ptyd):
    assert host_ptyd.viewer(seq=10**9).hello.reset


def test_who_has_fallen_out_of_the_ring_starts_at_a_line(small_ring):
    first = small_ring.viewer()
    first.run("stty -echo; seq 100000 140000")
    late = small_ring.viewer(epoch=first.hello.epoch, seq=100)
    late.until(lambda: late.seq >= first.seq)
    assert late.hello.reset
    assert first.seq - 65536 <= late.hello.seq < first.seq - 45000
    assert late.output.split(b"\r\n")[0].isdigit()
    assert len(late.output.split(b"\r\n")[0]) == 6
    assert first.output[-1000:] in late.output


def test_a_reset_makes_the_program_redraw_at_the_same_size(small_ring):
    first = small_ring.viewer(cols=70, rows=25)
    first.run("stty -echo; seq 100000 140000")
    first.type(
        b"""sh -c 'trap "echo winch; stty size" WINCH; echo armed; """
        b"""while :; do sleep 0.02; done'\n"""
    )
    first.see(b"armed")
    late = small_ring.viewer(seq=100, cols=70, rows=25)
    late.see(b"winch\r\n25 70\r\n")
    assert late.hello.reset
    assert late.sizes == []


def test_sizes_are_replayed_where_they_changed(host_ptyd):
    first = host_ptyd.viewer(cols=80, rows=24)
    first.run("echo one")
    seq_after_one = first.seq
    first.resize(100, 30)
    first.run("echo two")
    first.resize(120, 40)
    first.run("echo three")
    late = host_ptyd.viewer(cols=120, rows=40, read_only=True)
    late.until(lambda: late.seq >= first.seq)
    assert (late.hello.cols, late.hello.rows) == (80, 24)
    assert late.sizes == first.sizes == [(100, 30), (120, 40)]
    middle = host_ptyd.viewer(seq=seq_after_one + 20, read_only=True)
    assert (middle.hello.cols, middle.hello.rows) == (100, 30)


def test_a_size_comes_between_the_bytes_before_and_after_it(host_ptyd):
    first = host_ptyd.viewer()
    first.run("stty -echo; trap 'echo changed' WINCH")
    late = host_ptyd.viewer(read_only=True)
    first.resize(99, 33)
    first.run("stty size")
    late.until(lambda: b"33 99" in late.output)
    assert late.sizes == [(99, 33)]


def test_an_exit_that_a_viewer_missed_is_told(host_ptyd):
    first = host_ptyd.viewer()
    first.type(b"exit 5\n")
    first.until(lambda: first.exits)
    late = host_ptyd.viewer(epoch=first.hello.epoch, seq=first.seq)
    late.settle()
    assert late.exits == [5]


def test_two_viewers_see_the_same(host_ptyd):
    first, second = host_ptyd.viewer(), host_ptyd.viewer()
    first.run("seq 1 500")
    second.until(lambda: second.seq >= first.seq)
    first.until(lambda: first.seq >= second.seq)
    assert first.output == second.output


def test_a_viewer_that_comes_back_into_a_flood_is_not_pushed_out(small_ring):
    first = small_ring.viewer()
    first.type(b"yes\n")
    first.until(lambda: len(first.output) > 200_000)
    first.close()
    for _ in range(20):
        again = small_ring.viewer(seq=1)
        again.until(lambda again=again: len(again.output) > 70_000)
        assert again.hello.reset
        again.close()
