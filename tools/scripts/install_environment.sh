#!/usr/bin/env bash
# Sets up an environment beside the one of Rasa, in this folder: `install_environment.sh NAME PYTHON` makes .NAME of
# requirements/NAME.txt, with a Python of the versions PYTHON. Does nothing when it is there and its requirements have
# not changed. judges: the libraries that judge the messaging channels. actions: the action server as it is deployed.
# audit: the tools of `make sbom` and `make audit`. checks: those of `make lint`. release: those of `make release`.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

name=$1 python=$2
requirements=requirements/$name.txt
stamp=.$name/.installed
wanted=$(sha256sum < "$requirements")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

uv=$(command -v uv || echo .uv/bin/uv)
[ -x "$uv" ] || stop "uv is missing. Run make install first."
[ -x ".$name/bin/python" ] || "$uv" venv --quiet --python "$python" ".$name" \
  || stop "no Python $python was found for .$name, and none could be fetched. Install it (pyenv install) and try again."
"$uv" pip install --quiet --python ".$name/bin/python" --require-hashes -r "$requirements" \
  || stop "the packages of $requirements could not be installed. Check the network and try again."
echo "$wanted" > "$stamp"
