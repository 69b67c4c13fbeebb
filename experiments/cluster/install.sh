#!/usr/bin/env bash
# Puts Debian's own Slurm on this machine, for tests and for trying things out; see README.md beside it.
#
#   install.sh           install what is missing (needs root; asks apt, and nothing else)
#   install.sh --check   only say what is missing: status 0 when nothing is
#
# What it does: `apt-get install` of the four packages below, without their suggestions, and only when one of
# their programs is missing. No service is started or enabled and no file of /etc is written by this script.
set -euo pipefail

declare -A package_of=(
  [munged]=munge            # says who is who between the daemons
  [slurmctld]=slurmctld     # the controller: queue and schedule
  [slurmd]=slurmd           # one a node: starts the jobs
  [sbatch]=slurm-client     # sbatch, squeue, scancel, sinfo, scontrol
)
PATH=$PATH:/usr/sbin:/sbin

missing=()
for program in "${!package_of[@]}"; do
  command -v "$program" >/dev/null || missing+=("${package_of[$program]}")
done

if [ "${#missing[@]}" -eq 0 ]; then
  echo "slurm: here already ($(slurmctld -V))"
  exit 0
fi
echo "slurm: missing ${missing[*]}"
[ "${1:-}" != --check ] || exit 1
if [ "$(id -u)" -ne 0 ]; then
  echo "slurm: to install, run as root: $0" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "slurm: this is no Debian or Ubuntu; install Slurm and munge by the ways of this system" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# The packages would start their services; a container has nothing to start them with, and the tests bring
# up a Slurm of their own. A policy that says no is the way Debian offers; one that is there already is kept.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$log" "$policy"' EXIT
fi
get() { apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 install --no-install-recommends "${missing[@]}" >"$log" 2>&1; }
echo "slurm: apt-get install --no-install-recommends ${missing[*]}"
# Lists of packages may be there already, which saves their download; when they are old or gone, fetch them.
get || { apt-get -q -o Acquire::Retries=3 update >"$log" 2>&1 && get; } || {
  cat "$log" >&2
  echo "slurm: the packages could not be installed; what apt-get said stands above" >&2
  exit 1
}
echo "slurm: installed ($(slurmctld -V))"
