"""The running suite from outside, and stores of a test's own."""
import contextlib
import glob
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLIC = os.environ["PUBLIC_URL"]


def control(method, path, body=None):
    """A control of the sandbox."""
    answer = requests.request(method, os.environ["SANDBOX_URL"] + "/control" + path, json=body, timeout=20)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def eventually(look, within=60):
    """Repeats `look` until it finds something, and returns that."""
    end = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)
    return found


def run(*command, **more):
    """Runs a command that must succeed, and returns its output."""
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, timeout=120,
                          stdin=subprocess.DEVNULL, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def binaries():
    return ROOT / ".build" / "debug"


class Customer:
    """A new user who is signed in."""

    def __init__(self):
        answer = requests.post(PUBLIC + "/auth/register", timeout=20, json={
            "email": f"operations-{uuid.uuid4().hex}@example.com", "password": "a quiet mountain lake"})
        assert answer.status_code == 201, answer.text
        self.id = answer.json()["user"]["id"]
        self.headers = {"Authorization": "Bearer " + answer.json()["access_token"]}

    def call(self, method, path, body=None):
        key = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        return requests.request(method, PUBLIC + path, timeout=20, json=body, headers={**self.headers, **key})

    def buy_ten_minutes(self):
        packs = requests.get(PUBLIC + "/billing/packs", timeout=20).json()["items"]
        pack = next(pack for pack in packs if pack["talktime_ms"] == 600_000)
        order = self.call("POST", "/billing/orders", {"pack_id": pack["id"]}).json()
        payment = control("POST", f"/razorpay/orders/{order['razorpay_order_id']}/pay", {"outcome": "captured"})
        eventually(lambda: self.call("POST", "/billing/payments/verify", payment).json().get("status") == "captured")

    def talk(self):
        """Starts a talk, and is charged for some of it; returns its id and what was charged so far."""
        answer = self.call("POST", "/sessions", {})
        assert answer.status_code == 201, answer.text
        talk = answer.json()
        control("POST", f"/elevenlabs/conversations/{talk['conversation_id']}/begin", {})
        seq = 0
        while True:
            seq += 1
            beat = requests.post(f"{PUBLIC}/sessions/{talk['id']}/heartbeat?seq={seq}", timeout=20,
                                 headers=self.headers)
            assert beat.status_code == 200, beat.text
            if beat.json()["charged_ms"] >= 1_000:
                return talk["id"], beat.json()["charged_ms"]
            time.sleep(0.5)


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def as_postgres(*command):
    """Postgres refuses to run as root."""
    if os.getuid() == 0:
        command = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *command)
    return run(*command, cwd="/")


@contextlib.contextmanager
def empty_postgres():
    """A server of its own with an empty database, whose owner makes roles and is no superuser; yields the address."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="talktime-", dir="/tmp"))
    tools = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))[-1])
    port, password = free_port(), uuid.uuid4().hex
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        as_postgres(tools / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "-E", "UTF8",
                    "--locale=C.UTF-8", "--no-sync")
        as_postgres(tools / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o",
                    f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off", "start")
        for statement in (f"CREATE ROLE talktime LOGIN CREATEROLE PASSWORD '{password}'",
                          "CREATE DATABASE talktime OWNER talktime"):
            run("psql", "-XqAt", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "postgres", "-c", statement)
        # What follows needs the password.
        rules = folder / "data" / "pg_hba.conf"
        rules.write_text("host all talktime,talktime_auth,talktime_billing,talktime_session,talktime_task 127.0.0.1/32"
                         " scram-sha-256\nhost all postgres 127.0.0.1/32 trust\n")
        as_postgres(tools / "pg_ctl", "-D", folder / "data", "reload")
        yield f"postgresql://talktime:{password}@127.0.0.1:{port}/talktime"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            as_postgres(tools / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(command, **more):
    """A process that is ended afterwards."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, **more)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


@contextlib.contextmanager
def redis(folder):
    """A Redis with the project's configuration and the data in a folder; yields its address."""
    port, password = free_port(), uuid.uuid4().hex
    configuration = folder / "redis.conf"
    configuration.write_text(f'include "{ROOT}/Deploy/redis.conf"\nport {port}\nbind 127.0.0.1\ndir "{folder}"\n'
                             f"requirepass {password}\n")
    with running(["redis-server", configuration]):
        def answers():
            done = subprocess.run(["redis-cli", "-p", str(port), "ping"], text=True, capture_output=True,
                                  env={**os.environ, "REDISCLI_AUTH": password}, timeout=10)
            return "PONG" in done.stdout
        eventually(answers, within=20)
        yield f"redis://:{password}@127.0.0.1:{port}/0"


def sql(address, statement):
    """The rows of a statement as text, in the role of an address's user."""
    return run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", statement).strip()
