# One at a time: the turn in a suite, the ports of a machine, and downloads that stall. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

# A command that changes a suite holds its lock; others wait for it. The kernel frees the lock with its last open
# descriptor, so that a killed command leaves nothing behind. Daemons get the descriptor closed.
take_turn() {
  # Called by a command that holds it: the tests stop and start services of the suite they run against.
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

# A port is free until somebody listens: of all suites on this machine one at a time looks for ports and begins to listen.
# Ports are the machine's, so that this stands where every suite of this user finds it, whatever its TMPDIR is.
take_ports() {
  exec 8>>"$claims.lock"
  flock -n 8 || { say "waiting for another suite to have its ports"; flock 8; }
}

leave_ports() { exec 8>&-; }

# Downloads may stall: each try has an end, and there are three of them. The last lines of the log are shown in vain.
# - $1 names the log, $2 the seconds of a try; the rest is the command.
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
