#!/bin/bash
# All tests, inside `manage.py services`: those with the platform or a browser, beside them those with an engine or
# Redis, and in what time both leave, on two processes, those that need nothing; last, by themselves, those that
# restart what the others use.
# On shared processors one failure in a thousand is a moment in which nothing ran: a test may try again, and the
# summary names each that had to (RERUN), and says what had gone wrong.
set -eu
pytest=(.venv/bin/python -m pytest --reruns 2 --reruns-delay 1 --rerun-show-tracebacks -r fEsR)
real="engine or redis or browser or stack"
code=0

# count CODE: take in how a run ended. 5: no such test among the chosen ones.
count() {
	[ "$1" = 5 ] || [ "$code" != 0 ] || code=$1
}

printed=$(mktemp -d)
trap 'rm -rf "$printed"' EXIT
nice -n 19 "${pytest[@]}" -n 2 -m "not ($real or alone)" "$@" >"$printed/plain" 2>&1 &
plain=$!
"${pytest[@]}" -m "(engine or redis) and not (browser or stack or alone)" "$@" >"$printed/engine" 2>&1 &
engine=$!
"${pytest[@]}" -m "(browser or stack) and not alone" "$@" || count $?
wait $engine || count $?
cat "$printed/engine"
wait $plain || count $?
cat "$printed/plain"

"${pytest[@]}" -m alone "$@" || count $?
exit "$code"
