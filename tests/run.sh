#!/bin/bash
# All tests, inside `manage.py services`: first those that need nothing, on two processes; then those with the platform
# or a browser beside those with an engine or Redis, a process each; last, by themselves, those that restart what the
# others use.
# On shared processors one failure in a thousand is a moment in which nothing ran: a test may try again, and the
# summary names each that had to (RERUN), and says what had gone wrong.
set -eu
pytest=(.venv/bin/python -m pytest --reruns 2 --reruns-delay 1 --rerun-show-tracebacks -r fEsR)
real="engine or redis or browser or stack"
code=0

# count CODE: take in how a run ended. 5: no such test among the chosen ones; from 2 up nothing more makes sense.
count() {
	[ "$1" != 5 ] || return 0
	[ "$1" -lt 2 ] || exit "$1"
	[ "$code" != 0 ] || code=$1
}

"${pytest[@]}" -n 2 -m "not ($real or alone)" "$@" || count $?

beside=$(mktemp)
trap 'rm -f "$beside"' EXIT
"${pytest[@]}" -m "(engine or redis) and not (browser or stack or alone)" "$@" >"$beside" 2>&1 &
"${pytest[@]}" -m "(browser or stack) and not alone" "$@" || count $?
ended=0
wait $! || ended=$?
cat "$beside"
count "$ended"

"${pytest[@]}" -m alone "$@" || count $?
exit "$code"
