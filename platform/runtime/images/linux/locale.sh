# Read by login shells that nothing has told of a locale.
export LANG="${LANG:-C.UTF-8}"
