# Sourced by ./dev: plays days of a thousand talkers, one after the other, and prints what each day leaves behind. The
# database's clock moves forward by a day each time; the services publish, read, delete and trim as usual.

growth_sql() { as_owner talktime -qAtX -F " " "$@"; }
growth_redis() { REDISCLI_AUTH=$(secret redis) redis-cli -p "$(port redis)" "$@"; }
growth_memory() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$(head -n 1 "$state/run/$1-1.pid")/status"; }
growth_entries() {
  total=0
  for context in identity billing talk tasks; do total=$((total + $(growth_redis XLEN "tt:{bus}:events:$context"))); done
  echo $total
}

# - $1 days, $2 the shortest time of a day in seconds, $3 the divisor of a day's volume.
play_days() {
  printf '%4s %8s %8s %8s %8s %8s %8s %8s %8s %6s | %8s %8s %6s | %5s %7s %7s %5s\n' day outbox inbox answers revoked \
    devices tasks webhooks mails "pg MB" entries dead "redis" auth billing session task
  day=1
  while [ $day -le "$1" ]; do
    begun=$(date +%s)
    growth_sql -v day=$day -v divisor="$3" -f "$root/Benchmarks/GrowthBench/day.sql" >/dev/null
    # Dead letters from a month ago up to today. Redis uses its own clock, so the newer half stays.
    number=0
    while [ $number -lt 20 ]; do
      moment=$((($(date +%s) - ($1 - day) * 86400) * 1000 + number))
      echo "XADD tt:{bus}:dead:talk $moment-0 stream tt:{bus}:events:talk group task entry 1-0 error bench event {}"
      number=$((number + 1))
    done | growth_redis >/dev/null
    await "day $day" 600 growth_done || die "day $day: something is not published or not deleted"
    while [ $(($(date +%s) - begun)) -lt "$2" ]; do sleep 1; done
    # shellcheck disable=SC2046
    printf '%4s %8s %8s %8s %8s %8s %8s %8s %8s %6s | %8s %8s %6s | %5s %7s %7s %5s\n' $day \
      $(growth_sql -f "$root/Benchmarks/GrowthBench/sizes.sql") "$(growth_entries)" "$(growth_redis XLEN 'tt:{bus}:dead:talk')" \
      "$(growth_redis INFO memory | awk -F: '/^used_memory:/ { printf "%.1f", $2 / 1048576 }')" \
      "$(growth_memory auth)" "$(growth_memory billing)" "$(growth_memory session)" "$(growth_memory task)"
    day=$((day + 1))
  done
}

growth_done() { [ "$(growth_sql -f "$root/Benchmarks/GrowthBench/waiting.sql")" = 0 ]; }
