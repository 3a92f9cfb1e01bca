#!/bin/bash
# All tests, inside `manage.py services`: first those that need nothing, on two processes; then the ones with a real
# engine, Redis, browser or stack one after the other, because they measure and would only disturb each other.
set -eu
pytest=(.venv/bin/python -m pytest)
real="engine or redis or browser or stack"

code=0
"${pytest[@]}" -m "not ($real)" -n 2 "$@" || code=$?
[ "$code" = 5 ] && code=0  # 5: no such test among the chosen ones
[ "$code" -lt 2 ] || exit "$code"
real_code=0
"${pytest[@]}" -m "$real" "$@" || real_code=$?
[ "$real_code" = 5 ] && real_code=0
[ "$code" != 0 ] || code=$real_code
exit "$code"
