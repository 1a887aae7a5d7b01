#!/usr/bin/env bash
# Sets up what the assistant needs, in this folder only: uv (when missing), Python 3.10, the pinned environment, and the
# Dutch spaCy pipeline: the one that NL_MODEL names, else the one chosen before, else our own. Does nothing when all of
# it is there and the requirements have not changed.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

choose_pipeline() { TF_CPP_MIN_LOG_LEVEL=3 .venv/bin/python tools/scripts/install_nl_model.py ${NL_MODEL:+"$NL_MODEL"}; }

# uv draws its own bar on a terminal; elsewhere it writes lines, of which those that only list the packages are left out.
packages() {
  local command=("$uv" pip install --python .venv/bin/python --require-hashes -r "$requirements")
  if [ -t 2 ] && [ -z "${CI:-}" ]; then "${command[@]}"; else "${command[@]}" 2>&1 | sed '/^ [-+~] /d' >&2; fi
}

requirements=requirements/dev.txt
stamp=.venv/.installed
wanted=$(cat "$requirements" tools/scripts/build_spacy_model.py | sha256sum | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  if [ -n "${NL_MODEL:-}" ] || [ ! -f spacy_models/nl/meta.json ]; then choose_pipeline; fi
  exit 0
fi

if [ -x .uv/bin/uv ]; then uv=.uv/bin/uv
elif uv=$(command -v uv); then :
else
  echo "install: fetching uv into .uv"
  command -v python3 >/dev/null || stop "python3 is missing. Install Python 3 (Debian: apt-get install python3 python3-venv)."
  python3 -m venv .uv || stop "python3 cannot make an environment. Install its venv module (Debian: apt-get install python3-venv)."
  .uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/uv.txt || stop "uv could not be fetched from PyPI. Check the network and try again."
  uv=.uv/bin/uv
fi

echo "install: setting up Python 3.10 and the packages (some minutes the first time)"
[ -x .venv/bin/python ] || "$uv" venv --quiet --python 3.10 .venv \
  || stop "no Python 3.10 was found and none could be fetched. Install it (pyenv install 3.10) and try again."
packages || stop "the packages could not be installed. If a compiler was asked for: apt-get install build-essential python3-dev."
choose_pipeline
echo "$wanted" > "$stamp"
