#!/bin/bash
# All tests: those that need nothing, on two processes, in what time the others leave; meanwhile the machine images are
# made, and those with real parts run beside them (tests/real.sh).
set -eu
cd "$(dirname "$0")/.."
export DRYDOCK_VAR=${DRYDOCK_VAR:-$PWD/var/test}
source tests/pytest.sh

# Each of the runs adds the names of those that it had to try again (tests/conftest.py).
DRYDOCK_TRIED_AGAIN=$(mktemp)
export DRYDOCK_TRIED_AGAIN
printed=$(mktemp)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$printed" "$DRYDOCK_TRIED_AGAIN"' EXIT
nice -n 19 "${pytest[@]}" -n 2 -m "not ($real or alone)" "$@" >"$printed" 2>&1 &
plain=$!
.venv/bin/python manage.py services -- bash tests/real.sh "$@" || count $?
wait $plain || count $?
cat "$printed"
if [ -s "$DRYDOCK_TRIED_AGAIN" ]; then
	echo "passed only when tried again:"
	sort -u "$DRYDOCK_TRIED_AGAIN" | sed 's/^/  /'
else
	echo "passed only when tried again: none"
fi
exit "$code"
