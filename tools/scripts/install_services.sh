#!/usr/bin/env bash
# Sets up what the tests of the deployment need: nginx, Redis, systemd-analyze, promtool and openssl, from Debian's
# packages where they are missing. Starts no service, now or at boot. Does nothing when all of it is there.
set -euo pipefail

stop() { echo "install: $*" >&2; exit 1; }

# Tools of the system stand in sbin, which is not on everyone's PATH.
PATH=$PATH:/usr/sbin:/sbin
missing=()
command -v nginx >/dev/null || missing+=(nginx)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v systemd-analyze >/dev/null || missing+=(systemd)
command -v promtool >/dev/null || missing+=(prometheus)
command -v openssl >/dev/null || missing+=(openssl)
if [ ${#missing[@]} = 0 ]; then exit 0; fi

hint="The tests of the deployment need ${missing[*]}. On Debian: apt-get install --no-install-recommends ${missing[*]}"
command -v apt-get >/dev/null || stop "$hint"
if [ "$(id -u)" = 0 ]; then root=(env)
elif sudo -n true 2>/dev/null; then root=(sudo -n env)
else stop "$hint"
fi

echo "install: fetching ${missing[*]} (Debian packages)"
# Debian starts a service as soon as it is installed, unless this file says 101. One that is there already stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
  "${root[@]}" chmod 755 "$policy"
  trap '"${root[@]}" rm -f "$policy"' EXIT
fi
quiet=("${root[@]}" DEBIAN_FRONTEND=noninteractive)
{ "${root[@]}" apt-get update -qq \
  && "${quiet[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 || stop "$hint"
for package in "${missing[@]}"; do
  # Nor at the next boot, nor now where that file was there and let it start: the tests start their own.
  case $package in nginx | redis-server | prometheus) "${root[@]}" systemctl disable --now "$package" >/dev/null 2>&1 || true ;; esac
done
