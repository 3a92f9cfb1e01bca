#!/bin/bash
# All tests, inside `manage.py services`, two processes at a time: first those that need nothing; then the ones with a real
# engine, Redis, browser or stack, a file in one process; last, by themselves, those that restart what the others use.
# On shared processors one failure in a thousand is a moment in which nothing ran: a test may try again, and the
# summary names each that had to (RERUN).
set -eu
pytest=(.venv/bin/python -m pytest --reruns 2 --reruns-delay 1 -r fEsR)
real="engine or redis or browser or stack"

code=0
run() {
	local this=0
	"${pytest[@]}" "$@" || this=$?
	[ "$this" != 5 ] || this=0  # 5: no such test among the chosen ones
	[ "$this" -lt 2 ] || exit "$this"
	[ "$code" != 0 ] || code=$this
}

run -n 2 -m "not ($real or alone)" "$@"
run -n 2 --dist loadgroup -m "($real) and not alone" "$@"
run -m alone "$@"
exit "$code"
