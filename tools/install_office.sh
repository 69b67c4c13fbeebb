#!/usr/bin/env bash
# Puts on this machine what the tests need that open documents as an office does (tests/office.py).
#
#   install_office.sh           install what is missing (needs root; asks apt, and nothing else)
#   install_office.sh --check   only say what is missing: status 0 when nothing is
#
# What it does: `apt-get install` of Debian's or Ubuntu's own packages below, without their suggestions, and only when
# something is missing; 13 to 30 seconds. Chinese is drawn with the font that edusim brings; Liberation has the widths of
# Times New Roman and Arial, so that a page breaks where it breaks in Word.
set -euo pipefail

missing=()
# LibreOffice without a desktop: Writer for .docx, Calc for .xlsx. The programs come with a package each.
command -v soffice >/dev/null || missing+=(libreoffice-writer-nogui libreoffice-calc-nogui)
program_dir=$(dirname "$(readlink -f "$(command -v soffice 2>/dev/null || echo /usr/lib/libreoffice/program/soffice)")")
if command -v soffice >/dev/null; then
  [ -e "$program_dir/libswlo.so" ] || missing+=(libreoffice-writer-nogui)
  [ -e "$program_dir/libsclo.so" ] || missing+=(libreoffice-calc-nogui)
fi
command -v pdftoppm >/dev/null && command -v pdftotext >/dev/null || missing+=(poppler-utils)
ls /usr/share/fonts/truetype/liberation*/LiberationSerif-Regular.ttf >/dev/null 2>&1 || missing+=(fonts-liberation)

if [ "${#missing[@]}" -eq 0 ]; then
  [ "${1:-}" != --check ] || echo "office: here already ($(soffice --version 2>/dev/null | head -n 1))"
  exit 0
fi
if [ "${1:-}" = --check ]; then
  echo "office: missing ${missing[*]}"
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "office: missing ${missing[*]}; to install, run as root: $0" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "office: this is no Debian or Ubuntu; install LibreOffice, poppler and the Liberation fonts by the ways of this system" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
get() { apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 install --no-install-recommends "${missing[@]}" >"$log" 2>&1; }
# Lists of packages may be there already, which saves their download; when they are old or gone, fetch them.
get || { apt-get -q -o Acquire::Retries=3 update >"$log" 2>&1 && get; } || {
  reason=$(grep -E '^(E|Err|W):?' "$log" | tail -n 1)
  echo "office: apt-get could not install ${missing[*]} (${reason:-see $log})" >&2
  [ -n "$reason" ] || trap - EXIT
  exit 1
}
echo "office: installed ${missing[*]}"
