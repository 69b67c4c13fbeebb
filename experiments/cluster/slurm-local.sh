#!/usr/bin/env bash
# A Slurm of one's own on one machine: munge, a controller and some virtual nodes. It listens on 127.0.0.1
# only, needs no systemd and no cgroups, keeps everything in one folder and writes nothing outside it.
#
#   slurm-local.sh start [FOLDER]    bring it up (a second start only adds what is not running)
#   slurm-local.sh env [FOLDER]      what a shell needs:  eval "$(slurm-local.sh env FOLDER)"
#   slurm-local.sh status [FOLDER]   nodes and jobs
#   slurm-local.sh stop [FOLDER]     cancel the jobs, then end the daemons that this folder started
#
# FOLDER is $SLURM_LOCAL, or /tmp/slurm-local-USER. Before the first start: SLURM_NODES (2), SLURM_NODE_CPUS (2),
# SLURM_NODE_MB (4000), SLURM_PORT (the first free block of ports above 20000). Debian packages: install.sh.
set -euo pipefail

verb=${1:-help}
me=$(id -un)
home=${2:-${SLURM_LOCAL:-/tmp/slurm-local-$me}}
nodes=${SLURM_NODES:-2} cpus=${SLURM_NODE_CPUS:-2} megabytes=${SLURM_NODE_MB:-4000}
machine=$(uname -n)
machine=${machine%%.*}
PATH=$PATH:/usr/sbin:/sbin

say() { echo "slurm-local: $*"; }
fail() { say "$*" >&2; exit 1; }

# A daemon is ours when its recorded process is still a program of that name (process ids are used again), and
# no zombie (the first process of a container may never ask how its children ended).
running() {
  local file=$home/run/$2.pid pid
  [ -s "$file" ] && read -r pid <"$file" && grep -q "^$pid ($1) [^ZX]" "/proc/$pid/stat" 2>/dev/null
}

# patiently SECONDS COMMAND...: again and again until it succeeds.
patiently() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

listening() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The controller takes the first port of the block, node number i the port i after it.
free_block() {
  local first port
  for _ in $(seq 50); do
    first=$((20000 + RANDOM % 10000))
    for port in $(seq "$first" $((first + nodes))); do
      listening "$port" && continue 2
    done
    echo "$first"
    return 0
  done
  return 1
}

write_settings() {
  local port node
  mkdir -p "$home"/{run,log,state,spool}
  chmod 755 "$home" "$home"/{run,log,state,spool}
  (umask 077 && head -c 128 /dev/urandom >"$home/munge.key")
  port=${SLURM_PORT:-$(free_block)} || fail "no free ports between 20000 and 30000"
  {
    cat <<SETTINGS
ClusterName=local
SlurmctldHost=$machine(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$home/run/munge
SlurmctldPidFile=$home/run/slurmctld.pid
SlurmdPidFile=$home/run/%n.pid
SlurmctldLogFile=$home/log/slurmctld.log
SlurmdLogFile=$home/log/%n.log
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool/%n
# Without cgroups: processes are followed by their parents, memory is reckoned with but not watched.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=500
# Virtual nodes may claim more processors than the machine has.
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
KillWait=5
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
SETTINGS
    for node in $(seq "$nodes"); do
      mkdir -p "$home/spool/node$node"
      echo "NodeName=node$node NodeHostname=$machine NodeAddr=127.0.0.1 Port=$((port + node))" \
        "CPUs=$cpus RealMemory=$megabytes State=UNKNOWN"
    done
    echo "PartitionName=main Nodes=ALL Default=YES DefaultTime=60 MaxTime=1440 State=UP"
  } >"$home/slurm.conf"
}

names() { sed -n 's/^NodeName=\([^ ]*\).*/\1/p' "$home/slurm.conf"; }
all_idle() { [ "$(sinfo -h -N -o '%T' | grep -c idle)" = "$(names | wc -l)" ]; }

start() {
  local program node
  for program in munged slurmctld slurmd sbatch; do
    command -v "$program" >/dev/null || fail "$program is missing; $(dirname "$0")/install.sh installs it"
  done
  [ "${#home}" -le 80 ] || fail "$home is too long a name: a socket in it would not open"
  case $home in *[!A-Za-z0-9._/-]*) fail "$home: Slurm's settings allow only plain letters, digits, . _ - in a folder's name" ;; esac
  [ -s "$home/slurm.conf" ] || write_settings
  running munged munged || munged --force --num-threads=2 --key-file="$home/munge.key" --socket="$home/run/munge" \
    --pid-file="$home/run/munged.pid" --log-file="$home/log/munged.log" --seed-file="$home/run/munge.seed"
  patiently 20 munge -S "$home/run/munge" -n || fail "munged does not answer: $home/log/munged.log"
  running slurmctld slurmctld || slurmctld -c # forgets the jobs of an earlier life
  patiently 30 scontrol ping || fail "slurmctld does not answer: $home/log/slurmctld.log"
  for node in $(names); do
    running slurmd "$node" || slurmd -N "$node"
  done
  patiently 30 all_idle || { sinfo -N; fail "nodes do not come up: $home/log"; }
  say "up in $home: $(names | wc -l) nodes; eval \"\$($0 env $home)\""
}

ended() { ! running "$@"; }

# end NAME=FILE...: ask these daemons to end, all at once, and wait for them.
end() {
  local one pid left=0
  for one; do
    running "${one%=*}" "${one#*=}" || continue
    read -r pid <"$home/run/${one#*=}.pid"
    kill "$pid" 2>/dev/null || true
  done
  for one; do
    patiently 20 ended "${one%=*}" "${one#*=}" || { say "${one%=*} ($home/run/${one#*=}.pid) does not end" >&2; left=1; }
  done
  return "$left"
}

no_jobs() { [ -z "$(squeue -h)" ]; }

stop() {
  local left=0
  [ -s "$home/slurm.conf" ] || { say "nothing in $home"; return 0; }
  if running slurmctld slurmctld; then
    timeout 10 scancel --user="$me" || true
    patiently 20 no_jobs || say "some jobs do not end: $(squeue -h -o '%i %T' | tr '\n' ' ')" >&2
  fi
  # shellcheck disable=SC2046 # one word for each node
  end slurmctld=slurmctld $(names | sed 's/^/slurmd=/') || left=1
  end munged=munged || left=1
  say "stopped; logs stay in $home/log"
  return "$left"
}

export SLURM_CONF=$home/slurm.conf
case $verb in
  start) start ;;
  env) printf 'export SLURM_CONF=%q\n' "$SLURM_CONF" ;;
  status) sinfo -N -o '%N %T %c %m' && squeue ;;
  stop) stop ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
