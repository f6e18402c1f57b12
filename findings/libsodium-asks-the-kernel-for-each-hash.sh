#!/usr/bin/env bash
# Guess:   the time of an Argon2id hash is that of its arithmetic, so that the library with the faster code (libsodium,
#          AVX2 or AVX-512) makes about twice as many as the one with SSE2 (argon2-cffi), also on a busy server.
# Really:  libsodium maps the 19 MiB of each hash anew and gives them back after it; it takes no buffer from its caller.
#          The kernel clears and frees 4,864 small pages each time, which is nearly half of the time of a hash here, in
#          system mode. argon2-cffi takes its memory from malloc, which keeps it after the second hash: nothing of its time
#          is the kernel's, and 19 MiB stay with the process. With transparent huge pages for every mapping (`always` in
#          /sys/kernel/mm/transparent_hugepage/enabled, and not `madvise`) the kernel's share falls to a sixth, and a hash
#          takes a third less.
# Version: PyNaCl 1.6.2 (with its own libsodium) and argon2-cffi 25.1.0 with argon2-cffi-bindings 25.1.0 (PyPI), Python
#          3.11, Linux 6.18, glibc 2.36.
# Source:  libsodium, crypto_pwhash/argon2/argon2-core.c, `allocate_memory` (mmap with MAP_POPULATE); mallopt(3) on the
#          threshold of malloc that grows.
# Seen:    libsodium 8.7 ms user, 7.2 ms system, keeps 0 MiB; libargon2 18.2 ms user, 0.0 ms system, keeps 19 MiB
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check PyNaCl==1.6.2 argon2-cffi==25.1.0 \
  argon2-cffi-bindings==25.1.0
cat >"$folder/try.py" <<'PYTHON'
import resource

import nacl.pwhash.argon2id
from argon2.low_level import Type, hash_secret_raw

PASSWORD, SALT, PASSES, KIB = b"a quiet mountain lake", b"0123456789abcdef", 2, 19_456
TIMES = 40


def libsodium():
    return nacl.pwhash.argon2id.kdf(32, PASSWORD, SALT, opslimit=PASSES, memlimit=KIB * 1_024)


def libargon2():
    return hash_secret_raw(PASSWORD, SALT, PASSES, KIB, 1, 32, Type.ID)


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1_024


def cost(make):
    """Milliseconds of user and of system time a hash, and the MiB that the process has more afterwards."""
    before = resident()
    make(), make()
    begun = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(TIMES):
        make()
    ended = resource.getrusage(resource.RUSAGE_SELF)
    user, system = ended.ru_utime - begun.ru_utime, ended.ru_stime - begun.ru_stime
    return user / TIMES * 1_000, system / TIMES * 1_000, resident() - before


assert libsodium() == nacl.pwhash.argon2id.kdf(32, PASSWORD, SALT, opslimit=PASSES, memlimit=KIB * 1_024)
sodium, argon = cost(libsodium), cost(libargon2)
assert libsodium() == libargon2()
print("; ".join(
    f"{name} {user:.1f} ms user, {system:.1f} ms system, keeps {kept:.0f} MiB"
    for name, (user, system, kept) in [("libsodium", sodium), ("libargon2", argon)]))
assert sodium[2] < 5 and argon[2] > 15
assert sodium[1] > 5 * argon[1] and sodium[1] > 0.1 * sodium[0]
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
