#!/usr/bin/env bash
# Sets up what `make lint` needs to check licences, workflows, links and the description of the interface: .checks, and
# the packages of tools/api where Node is there. Does nothing when all of it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

requirements=requirements/checks.txt
stamp=.checks/.installed
wanted=$(sha256sum < "$requirements")
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
  uv=$(command -v uv || echo .uv/bin/uv)
  [ -x "$uv" ] || stop "uv is missing. Run make install first."
  [ -x .checks/bin/python ] || "$uv" venv --quiet --python 3.10 .checks || stop "no Python 3.10 was found for .checks."
  "$uv" pip install --quiet --python .checks/bin/python --require-hashes -r "$requirements" \
    || stop "the packages of $requirements could not be installed. Check the network and try again."
  echo "$wanted" > "$stamp"
fi

command -v npm >/dev/null || exit 0
stamp=tools/api/node_modules/.installed
wanted=$(sha256sum < tools/api/package-lock.json)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
npm ci --prefix tools/api --no-audit --no-fund --silent || stop "the packages of tools/api could not be installed; is there a network?"
echo "$wanted" > "$stamp"
