# Locks: one command at a time in a suite, one search for ports on a machine, and downloads with a time limit. Sourced
# by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

# A command that changes a suite holds its lock; others wait for it. The kernel releases the lock with its last open
# descriptor, so a killed command leaves nothing behind. Daemons get the descriptor closed.
take_turn() {
  # The caller already holds the lock: the tests stop and start services of their own suite.
  [ "${TALKTIME_TURN:-}" != "$state" ] || return 0
  mkdir -p "$state"
  exec 9>>"$state/turn"
  if ! flock -n 9; then
    say "waiting for another ./dev: $(cat "$state/turn.holder" 2>/dev/null || echo "of this folder")"
    flock 9
  fi
  TALKTIME_TURN=$state
  export TALKTIME_TURN
  echo "$1, process $$, since $(date +%T)" >"$state/turn.holder"
}

# A port counts as free until a process listens on it. So only one of all suites on this machine may look for ports and
# begin to listen. Ports belong to the machine, so the lock is where every suite of this user finds it, whatever its
# TMPDIR is.
take_ports() {
  exec 8>>"$claims.lock"
  flock -n 8 || { say "waiting for another suite to have its ports"; flock 8; }
}

leave_ports() { exec 8>&-; }

# Downloads may stall: each of three attempts has a time limit. If all fail, the last lines of the log are printed.
# - $1 names the log, $2 is the limit of an attempt in seconds; the rest is the command.
download() {
  name=$1 limit=$2 tries=0
  shift 2
  mkdir -p "$state/log"
  until timeout "$limit" "$@" >"$state/log/$name.log" 2>&1 </dev/null 8>&- 9>&-; do
    tries=$((tries + 1))
    if [ $tries -ge 3 ]; then
      tail -n 20 "$state/log/$name.log" >&2
      die "$name failed three times; the whole log is $state/log/$name.log"
    fi
    say "$name failed or stalled; once more"
  done
}
