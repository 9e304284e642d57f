#!/bin/sh
# The command `lapor` of a working copy; make puts it into .venv/bin. It runs the code beside that .venv, from any folder
# and also through a link. Nothing is installed for it: see docs/decisions/0027-the-command-is-a-script.md.
set -eu
self=$0
while [ -L "$self" ]; do
	target=$(readlink "$self")
	case $target in
	/*) self=$target ;;
	*) self=$(dirname "$self")/$target ;;
	esac
done
bin=$(CDPATH='' cd -- "$(dirname -- "$self")" && pwd)
tree=$(dirname "$(dirname "$bin")")
export PYTHONPATH="$tree${PYTHONPATH:+:$PYTHONPATH}" LAPOR_CALLED="$0"
exec "$bin/python" -P -m services.cli "$@" # -P: a folder `services` where the user stands is not ours
