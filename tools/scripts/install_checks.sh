#!/usr/bin/env bash
# Sets up what `make lint` needs to check licences, workflows, links and the description of the interface: .checks, and
# the packages of tools/api where Node is there. Does nothing when all of it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

tools/scripts/install_environment.sh checks 3.10
command -v npm >/dev/null || exit 0
stamp=tools/api/node_modules/.installed
wanted=$(sha256sum < tools/api/package-lock.json)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
npm ci --prefix tools/api --no-audit --no-fund --silent || stop "the packages of tools/api could not be installed; is there a network?"
echo "$wanted" > "$stamp"
