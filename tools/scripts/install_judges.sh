#!/usr/bin/env bash
# Sets up the environment of the libraries that judge the messaging channels: .judges, in this folder. Does nothing when
# it is there and its requirements have not changed.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

requirements=requirements/judges.txt
stamp=.judges/.installed
wanted=$(sha256sum < "$requirements")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

uv=$(command -v uv || echo .uv/bin/uv)
[ -x "$uv" ] || stop "uv is missing. Run make install first."
[ -x .judges/bin/python ] || "$uv" venv --quiet --python 3.10 .judges || stop "no Python 3.10 was found for .judges."
"$uv" pip install --quiet --python .judges/bin/python --require-hashes -r "$requirements" \
  || stop "the libraries of $requirements could not be installed. Check the network and try again."
echo "$wanted" > "$stamp"
