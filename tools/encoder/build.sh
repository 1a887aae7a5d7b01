#!/usr/bin/env bash
# Builds models/encoder anew: `make encoder`. Its environment, downloads and checkpoints stand in .encoder/; a build that
# was stopped goes on from its last checkpoint. Took 100 minutes on two cores with other work beside it. BASE=folder: see __main__.py.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "encoder: $*" >&2; exit 1; }

requirements=requirements/encoder.txt
stamp=.encoder/venv/.installed
wanted=$(sha256sum < "$requirements")
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
  python=$(command -v python3.11) || stop "Python 3.11 is missing (pyenv install 3.11): PyTorch has no wheel for 3.10 here."
  echo "encoder: setting up PyTorch for the processor (some minutes the first time)"
  [ -x .encoder/venv/bin/pip ] || "$python" -m venv .encoder/venv || stop "python3.11 cannot make an environment."
  # pip, because it finds the wheel of PyTorch without CUDA where the machine's pip is told of one.
  .encoder/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements" 2>.encoder/pip.log \
    || { tail -5 .encoder/pip.log >&2; stop "the packages could not be installed. Elsewhere than here, tell pip of PyTorch's index for CPU wheels."; }
  echo "$wanted" > "$stamp"
fi
echo "encoder: collecting the texts"
.venv/bin/python -m tools.encoder.collect .encoder/texts.jsonl
exec .encoder/venv/bin/python -m tools.encoder ${BASE:+--base "$BASE"} "$@"
