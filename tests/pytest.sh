# What run.sh and real.sh share.
# On shared processors one failure in a thousand is a moment in which nothing ran: a test may try again, and the
# summary names each that had to (RERUN), and says what had gone wrong.
pytest=(.venv/bin/python -m pytest --reruns 2 --reruns-delay 1 --rerun-show-tracebacks -r fEsR --durations 10)
real="engine or redis or browser or stack"
code=0

# count CODE: take in how a run ended. 5: no such test among the chosen ones.
count() {
	[ "$1" = 5 ] || [ "$code" != 0 ] || code=$1
}
