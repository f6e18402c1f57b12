"""What sign-ins cost and tell, measured over HTTP at two instances of the auth service.

    accounts.py FIRST_URL SECOND_URL PROCESS [logins|flood|timing|revocation]

PROCESS is the id of the first instance's process, for its processor time.
"""

import asyncio
import collections
import http.client
import json
import os
import random
import statistics
import sys
import threading
import time
import urllib.parse

from argon2.low_level import Type, hash_secret, verify_secret

PASSWORD = "a quiet mountain lake"
FIRST, SECOND, PROCESS = sys.argv[1], sys.argv[2], sys.argv[3]
TAG = f"{os.getpid()}-{int(time.time())}"


class Client:
    """One connection to a service."""

    def __init__(self, url, network="198.51.100.1"):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        self.network = network

    def ask(self, method, path, body=None, token=None):
        headers = {"X-Forwarded-For": self.network}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}


def register(name):
    body = {"email": f"{name}-{TAG}@example.com", "password": PASSWORD}
    status, answer = Client(FIRST).ask("POST", "/auth/register", body)
    assert status == 201, answer
    return body, answer["access_token"]


def processor_seconds():
    """The time that the first instance has used, in user and in system mode."""
    with open(f"/proc/{PROCESS}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


# Logins beside argon2-cffi


def for_a_while(seconds, threads, work):
    """How often the threads do the work, and the seconds that it takes."""
    stop, counts = threading.Event(), [0] * threads

    def run(number):
        step = work(number)
        while not stop.is_set():
            step()
            counts[number] += 1

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    begun = time.perf_counter()
    for thread in running:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in running:
        thread.join()
    return sum(counts), time.perf_counter() - begun


def logins(turns=6, seconds=6):
    """Sixteen connections that sign in, and as many threads of argon2-cffi as there are cores, in turns."""
    bodies = [register(f"login{number}")[0] for number in range(8)]
    stored = hash_secret(PASSWORD.encode(), b"0123456789abcdef", 2, 19456, 1, 32, Type.ID)

    def login(number):
        client = Client(FIRST)

        def step():
            status, answer = client.ask("POST", "/auth/login", bodies[number % 8])
            assert status == 200, answer

        return step

    def compare(_):
        return lambda: verify_secret(stored, PASSWORD.encode(), Type.ID)

    ratios = []
    for _ in range(turns):
        before = processor_seconds()
        count, taken = for_a_while(seconds, 16, login)
        ours = count / taken
        cost = (processor_seconds() - before) / count * 1_000
        before = time.process_time()
        count, taken = for_a_while(seconds, os.cpu_count(), compare)
        theirs = count / taken
        hash_cost = (time.process_time() - before) / count * 1_000
        ratios.append(ours / theirs)
        print(
            f"{ours:.1f} logins/s at {cost:.1f} ms of processor, {theirs:.1f} argon2-cffi/s at {hash_cost:.1f} ms: "
            f"ratio {ours / theirs:.2f}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f}")


# A flood of wrong passwords from one network


async def exchange(connection, method, path, body=b"", network="203.0.113.7", more=""):
    reader, writer = connection
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {network}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{more}\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    status, length = int((await reader.readline()).split()[1]), 0
    while (line := await reader.readline()) != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return status


async def connect():
    place = urllib.parse.urlsplit(FIRST)
    return await asyncio.open_connection(place.hostname, place.port)


def crowd(seconds):
    """A thousand connections with wrong passwords, in a process of its own at a lower priority, so that what is measured
    is the server and not its load."""
    os.nice(10)
    codes = collections.Counter()

    async def wrong(number, end):
        body = json.dumps({"email": f"nobody{number}-{TAG}@example.com", "password": "wrong " + PASSWORD}).encode()
        connection = await connect()
        while time.time() < end:
            status = await exchange(connection, "POST", "/auth/login", body)
            codes[status] += 1
            # A client that is told to wait and does not, except for a moment.
            await asyncio.sleep(0.5 if status in (429, 503) else 0)

    async def run():
        end = time.time() + seconds
        await asyncio.gather(*(wrong(number, end) for number in range(1_000)))

    asyncio.run(run())
    print(f"the flood got {dict(codes)}", flush=True)


def flood(seconds=15):
    body, token = register("flood")
    network, login = "198.51.100.1", json.dumps(body).encode()

    async def ask_me(until, times):
        connection = await connect()
        while time.time() < until:
            begun = time.perf_counter()
            more = f"Authorization: Bearer {token}\r\n"
            assert await exchange(connection, "GET", "/auth/me", network=network, more=more) == 200
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(0.01)

    async def sign_in(until, times):
        connection = await connect()
        while time.time() < until:
            begun = time.perf_counter()
            assert await exchange(connection, "POST", "/auth/login", login, network=network) == 200
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(0.05)

    async def measure():
        idle, busy, logins = [], [], []
        await ask_me(time.time() + 5, idle)
        child = os.fork()
        if child == 0:
            pid_done(crowd, seconds + 3)
        await asyncio.sleep(2)
        end = time.time() + seconds
        await asyncio.gather(ask_me(end, busy), sign_in(end, logins))
        os.waitpid(child, 0)
        print(
            f"/auth/me p99 {quantile(idle, 0.99) * 1_000:.1f} ms idle, {quantile(busy, 0.99) * 1_000:.1f} ms in the flood "
            f"(x{quantile(busy, 0.99) / quantile(idle, 0.99):.1f}); another network's login p50 "
            f"{quantile(logins, 0.5) * 1_000:.0f} ms, at most {max(logins) * 1_000:.0f} ms, of {len(logins)}"
        )

    asyncio.run(measure())


def pid_done(work, *arguments):
    """Runs the work in a forked process, which ends with it."""
    try:
        # The loop of the parent is not the child's.
        asyncio.events._set_running_loop(None)
        work(*arguments)
    finally:
        os._exit(0)


# Whether the time of an answer tells who has an account


def interval(differences, rounds=2_000):
    """A bootstrap interval of 95 % for the median."""
    chosen = random.Random(1)
    medians = sorted(statistics.median(chosen.choices(differences, k=len(differences))) for _ in range(rounds))
    return medians[int(rounds * 0.025)], medians[int(rounds * 0.975)]


def timing(pairs=1_200):
    """Known and unknown addresses in turns, each with addresses of its own so that no limit is met."""
    client = Client(FIRST)
    addresses = pairs // 10
    known = [register(f"timing{number}")[0]["email"] for number in range(addresses)]
    stored = hash_secret(PASSWORD.encode(), b"0123456789abcdef", 2, 19456, 1, 32, Type.ID)
    begun = time.perf_counter()
    for _ in range(20):
        verify_secret(stored, PASSWORD.encode(), Type.ID)
    print(f"one hash of argon2-cffi {(time.perf_counter() - begun) / 20 * 1_000:.1f} ms")
    for path, expected, body in [
        ("/auth/login", 401, lambda email: {"email": email, "password": "wrong " + PASSWORD}),
        ("/auth/password/forgot", 202, lambda email: {"email": email}),
    ]:
        times = {True: [], False: []}
        for number in range(pairs + 20):
            # Which of the two comes first changes at random.
            for is_known in random.sample([True, False], 2):
                email = known[number % addresses] if is_known else f"nobody{number % addresses}-{TAG}@example.com"
                begun = time.perf_counter()
                status, answer = client.ask("POST", path, body(email))
                taken = (time.perf_counter() - begun) * 1_000
                assert status == expected, (status, answer)
                if number >= 20:
                    times[is_known].append(taken)
        differences = [one - other for one, other in zip(times[True], times[False])]
        low, high = interval(differences)
        print(
            f"{path}: known {statistics.median(times[True]):.2f} ms, unknown {statistics.median(times[False]):.2f} ms, "
            f"difference {statistics.median(differences):+.3f} ms, 95 % between {low:+.3f} and {high:+.3f}",
            flush=True,
        )


# How soon another instance refuses a token


def revocation(times=200):
    body, _ = register("revoked")
    first, second = Client(FIRST), Client(SECOND)
    waits = []
    for _ in range(times):
        status, answer = first.ask("POST", "/auth/login", body)
        assert status == 200, answer
        token = answer["access_token"]
        assert second.ask("GET", "/auth/me", token=token)[0] == 200
        status, answer = first.ask("POST", "/auth/logout", token=token)
        assert status == 204, answer
        begun = time.perf_counter()
        while second.ask("GET", "/auth/me", token=token)[0] != 401:
            pass
        waits.append((time.perf_counter() - begun) * 1_000)
    print(f"refused by the second instance after p50 {quantile(waits, 0.5):.1f} ms, p99 {quantile(waits, 0.99):.1f} ms")


PARTS = {"logins": logins, "flood": flood, "timing": timing, "revocation": revocation}

if __name__ == "__main__":
    for name in sys.argv[4:] or PARTS:
        print(f"--- {name}", flush=True)
        PARTS[name]()
