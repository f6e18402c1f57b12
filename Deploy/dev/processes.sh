# Background processes, and whether they are alive. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

alive() {
  [ -s "$state/run/$1.pid" ] || return 1
  pid=$(head -n 1 "$state/run/$1.pid")
  kill -0 "$pid" 2>/dev/null || { [ "$(id -u)" != 0 ] && [ -d "/proc/$pid" ]; } || return 1
  # Another process may have the number now.
  grep -q . "/proc/$pid/cmdline" 2>/dev/null && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qi "$(cat "$state/run/$1.mark" 2>/dev/null || echo .)"
}

# Runs the command in its own session, with only the three standard streams open. Otherwise a program that waits for the
# end of one of the starter's pipes would wait for the daemon.
detach='
  POSIX::setsid();
  opendir(my $open, "/proc/self/fd");
  for (grep { /^\d+$/ && $_ > 2 } readdir $open) { POSIX::close($_) }
  exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";'

launch() {
  name=$1 mark=$2
  shift 2
  mkdir -p "$state/run" "$state/log"
  echo "$mark" >"$state/run/$name.mark"
  (
    while IFS= read -r line; do export "${line?}"; done <"$state/env"
    exec perl -MPOSIX -e "$detach" -- "$@" >>"$state/log/$name.log" 2>&1 </dev/null
  ) &
  echo $! >"$state/run/$name.pid"
  # This shell must not report the process's end.
  disown $!
}

await() {
  what=$1 limit=$2
  shift 2
  end=$(($(date +%s) + limit))
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt $end ] || return 1
    sleep 0.1
  done
}
