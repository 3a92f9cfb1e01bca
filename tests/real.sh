#!/bin/bash
# The tests with real parts, inside `manage.py services`: those with a browser, beside them those with an engine, Redis
# or the platform, so that both take about as long; last, by themselves, those that restart what the others use.
set -eu
source tests/pytest.sh

printed=$(mktemp)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$printed"' EXIT
"${pytest[@]}" -m "(engine or redis or stack) and not (browser or alone)" "$@" >"$printed" 2>&1 &
engine=$!
"${pytest[@]}" -m "browser and not alone" "$@" || count $?
wait $engine || count $?
cat "$printed"
"${pytest[@]}" -m alone "$@" || count $?
exit "$code"
