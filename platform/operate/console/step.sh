#!/bin/bash
# step.sh NAME COMMAND…: run a command as one step of `make`, before there is a Python that could: its name, how long it
# took, a moving bar once it takes longer than two seconds, and its output only when it fails. steps.py does the same later.
name=$1
shift
output=$(mktemp)
trap 'rm -f "$output"' EXIT
SECONDS=0 began=${EPOCHREALTIME/[.,]/}
"$@" >"$output" 2>&1 &
command=$!
trap 'kill "$command" 2>/dev/null; wait "$command"; exit 130' INT TERM
tick=0
while kill -0 "$command" 2>/dev/null; do
  sleep 0.2
  if [ $SECONDS -lt 2 ]; then continue; fi
  if [ ! -t 1 ]; then
    echo "  … $name"
    break
  fi
  bar=$(printf '%24s' '')
  at=$((tick++ % 20))
  printf '\r  … %s %s━━━━%s %d s ' "$name" "${bar:0:at}" "${bar:at:20-at}" "$SECONDS"
done
code=0
wait "$command" || code=$?
took=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
if [ -t 1 ]; then printf '\r\033[K'; fi
if [ "$code" = 0 ]; then mark="✓"; else mark="✗" && cat "$output" >&2; fi
printf '%s %-12s  %d.%d s\n' "$mark" "$name" $((took / 10)) $((took % 10))
exit "$code"
