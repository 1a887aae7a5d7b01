#!/usr/bin/env bash
# Sets up what the browser tests need: Chromium and Node from Debian's packages where they are missing and we are root,
# and the packages of widget/ (esbuild, TypeScript, ESLint, axe-core). Does nothing when all of it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "install: $*" >&2; exit 1; }

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
  hint="The browser tests need ${missing[*]}. On Debian: apt-get install ${missing[*]}"
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || stop "$hint"
  echo "install: fetching ${missing[*]} (Debian packages)"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 || stop "$hint"
fi

node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 18 || (major === 18 && minor >= 18) ? 0 : 1)' \
  || stop "the tools of widget/ need Node 18.18 or later; this is $(node --version)"

stamp=widget/node_modules/.installed
wanted=$(sha256sum < widget/package-lock.json)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
npm ci --prefix widget --no-audit --no-fund --silent || stop "the packages of widget/ could not be installed; is there a network?"
echo "$wanted" > "$stamp"
