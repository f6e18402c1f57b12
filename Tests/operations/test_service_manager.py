"""A service under a service manager, of which the test is the socket."""
import os
import socket
import subprocess
import time

from suite import run


def reports(manager, end, within=40):
    """The reports until one begins with `end`, and that one."""
    manager.settimeout(within)
    found = []
    limit = time.monotonic() + within
    while not found or not found[-1].startswith(end):
        assert time.monotonic() < limit, found
        found.append(manager.recv(4096).decode())
    return found


def test_a_service_says_that_it_serves_lives_and_stops(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0talktime-" + tmp_path.name)
        name = "@talktime-" + tmp_path.name
        dev = os.environ["TALKTIME_DEV"]
        run(dev, "start", "billing", "2", f"NOTIFY_SOCKET={name}", "WATCHDOG_USEC=400000")
        try:
            waiting = [text for text in reports(manager, "READY=1")[:-1] if text != "WATCHDOG=1"]
            assert all(text.startswith("EXTEND_TIMEOUT_USEC=") for text in waiting)
            for _ in range(3):
                assert reports(manager, "WATCHDOG=1")[:-1] == []
            stop = subprocess.Popen([dev, "stop", "billing", "2"], stdin=subprocess.DEVNULL)
            told = reports(manager, "STOPPING=1")
            assert set(told[:-1]) <= {"WATCHDOG=1"}
            # The signs of life go on while requests in progress end.
            reports(manager, "WATCHDOG=1")
            assert stop.wait(30) == 0
        finally:
            subprocess.run([dev, "kill", "billing", "2"], capture_output=True, timeout=30)


def test_a_service_that_waits_for_redis_says_so_and_is_ready_afterwards(tmp_path):
    path = tmp_path / "manager"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        dev = os.environ["TALKTIME_DEV"]
        run(dev, "kill", "redis")
        try:
            start = subprocess.Popen([dev, "start", "session", "2", f"NOTIFY_SOCKET={path}"], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            told = [""]
            while not told[-1].endswith("redis"):
                told += reports(manager, "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=waiting for ")
            assert not any(text.startswith("READY=1") for text in told)
        finally:
            run(dev, "start", "redis")
        reports(manager, "READY=1\nSTATUS=serving")
        assert start.wait(40) == 0
        run(dev, "stop", "session", "2")

