#!/usr/bin/env bash
# Puts on this machine the browser that the tests of pages drive (tests/browser.py).
#
#   install_browser.sh           install what is missing (needs root; asks apt, and nothing else)
#   install_browser.sh --check   only say what is missing: status 0 when nothing is
#
# What it does: `apt-get install chromium` (Debian's or Ubuntu's own package), without its suggestions, and only when no
# Chromium is there. Chinese is drawn with the font that edusim brings.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then
    [ "${1:-}" != --check ] || echo "browser: here already ($name)"
    exit 0
  fi
done
if [ "${1:-}" = --check ]; then
  echo "browser: missing chromium"
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "browser: missing chromium; to install, run as root: $0" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "browser: this is no Debian or Ubuntu; install Chromium by the ways of this system" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
get() { apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 install --no-install-recommends chromium >"$log" 2>&1; }
# Lists of packages may be there already, which saves their download; when they are old or gone, fetch them.
get || { apt-get -q -o Acquire::Retries=3 update >"$log" 2>&1 && get; } || {
  reason=$(grep -E '^(E|Err|W):?' "$log" | tail -n 1)
  echo "browser: apt-get could not install chromium (${reason:-see $log})" >&2
  [ -n "$reason" ] || trap - EXIT
  exit 1
}
echo "browser: installed chromium"
