"""A backup of the running suite, restored into empty stores, has all the money and the talk that was live."""
import contextlib
import datetime
import os
import pathlib
import re
import subprocess

import pytest
from suite import ROOT, Customer, binaries, empty_postgres, eventually, free_port, redis, run, running, sql

BACKUP, RESTORE = ROOT / "Deploy" / "backup" / "backup", ROOT / "Deploy" / "backup" / "restore"
LEDGER = "SELECT kind, available_delta_ms, held_delta_ms, reference FROM ledger WHERE user_id = '{}' ORDER BY id"
WALLET = "SELECT available_ms, held_ms, owed_ms FROM wallets WHERE user_id = '{}'"


def fails(*command, **environment):
    """Runs a command that must fail, and returns what it says."""
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, timeout=60,
                          env={**os.environ, **environment})
    assert done.returncode != 0, done.stdout
    return done.stderr


@pytest.fixture(scope="module", autouse=True)
def a_copy_begins_at_once():
    """Redis waits for five seconds whether somebody else wants a copy, too."""
    script = '. "$1"; use_redis "$REDIS_URL"; "${redis[@]}" config set repl-diskless-sync-delay "$2"'
    for seconds in (0, 5):
        assert "OK" in run("bash", "-euc", script, "test", ROOT / "Deploy" / "backup" / "addresses", seconds)
        if seconds == 0:
            yield


@pytest.fixture(scope="module")
def customer():
    customer = Customer()
    customer.buy_ten_minutes()
    return customer


@pytest.fixture(scope="module")
def saved(customer, tmp_path_factory):
    """The backup's folder, the talk that was live, and the customer's entries of before."""
    talk, charged = customer.talk()
    entries = sql(os.environ["DATABASE_ADMIN_URL"], LEDGER.format(customer.id))
    folder = tmp_path_factory.mktemp("backups")
    made = pathlib.Path(run(BACKUP, folder, "14").strip())
    assert [path.name for path in folder.iterdir()] == [made.name]
    assert {path.name for path in made.iterdir()} == {"redis.rdb", "postgres.dump", "moments", "checksums"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [made, *made.iterdir()])
    moments = dict(line.split("=") for line in (made / "moments").read_text().splitlines())
    assert moments["redis_at"] <= moments["postgres_at"]
    return made, talk, charged, entries


@contextlib.contextmanager
def session_service(environment):
    """The session service alone: it finds auth's keys in Redis, as when auth is down."""
    port = free_port()
    environment = {**environment, "HTTP_PORT": str(port), "SESSION_LINK_PORT": str(free_port()),
                   "AUTH_SERVICE_URL": f"http://127.0.0.1:{free_port()}"}
    with running([binaries() / "SessionService"], env=environment):
        yield


def test_the_money_and_the_live_talk_come_back(customer, saved, tmp_path):
    made, talk, charged, entries = saved
    store = tmp_path / "redis"
    store.mkdir()
    with empty_postgres() as database:
        run(RESTORE, made, store, env={**os.environ, "DATABASE_ADMIN_URL": database})
        with redis(store) as memory:
            environment = {**os.environ, "DATABASE_ADMIN_URL": database, "DATABASE_URL": database, "REDIS_URL": memory}
            secret = tmp_path / "secret"
            secret.write_text("a password of the services")
            told = run(binaries() / "talktime", "migrate", "--directory", ROOT / "Migrations",
                       "--service-password-file", secret, env=environment)
            assert "up to date" in told
            run(binaries() / "talktime", "ledger", "verify", env=environment)
            assert sql(database, LEDGER.format(customer.id)) == entries
            assert talk in run(binaries() / "talktime", "sessions", "live", env=environment)
            # The session service goes on where it was: the client is silent, so that the talk ends and is settled.
            server = database.split("@")[1]
            environment["SESSION_DATABASE_URL"] = (
                f"postgresql://talktime_session:a%20password%20of%20the%20services@{server}")
            with session_service(environment):
                eventually(lambda: sql(database, WALLET.format(customer.id)).split("|")[1] == "0")
            available, held, owed = (int(figure) for figure in sql(database, WALLET.format(customer.id)).split("|"))
            # At most one beat more than the client heard of.
            assert (held, owed) == (0, 0) and charged <= 600_000 - available <= charged + 10_000
            run(binaries() / "talktime", "ledger", "verify", env=environment)


def test_with_an_empty_redis_nothing_of_the_money_is_lost(customer, saved, tmp_path):
    made, _, _, entries = saved
    store = tmp_path / "redis"
    store.mkdir()
    with empty_postgres() as database, redis(store) as memory:
        run(RESTORE, made, env={**os.environ, "DATABASE_ADMIN_URL": database})
        assert sql(database, LEDGER.format(customer.id)) == entries
        environment = {**os.environ, "DATABASE_ADMIN_URL": database, "REDIS_URL": memory}
        run(binaries() / "talktime", "ledger", "verify", env=environment)
        moments = dict(line.split("=") for line in (made / "moments").read_text().splitlines())
        first = datetime.datetime.fromisoformat(moments["redis_at"][:-1]) - datetime.timedelta(minutes=1)
        told = run(binaries() / "talktime", "streams", "replay", "--from", first.isoformat() + "Z", "--until",
                   moments["postgres_at"], env=environment)
        assert re.search(r"^replayed [1-9]\d* events$", told, flags=re.M), told


def test_a_second_restore_changes_nothing(saved, tmp_path):
    made = saved[0]
    assert "has tables of Talktime" in fails(RESTORE, made)
    store = tmp_path / "redis"
    (store / "appendonlydir").mkdir(parents=True)
    assert "has data" in fails(RESTORE, made, store)


def test_a_damaged_backup_is_refused(saved, tmp_path):
    made = saved[0]
    copy = tmp_path / made.name
    run("cp", "-r", made, copy)
    with open(copy / "postgres.dump", "r+b") as dump:
        dump.seek(-10, os.SEEK_END)
        dump.write(b"\0\0\0")
    assert "damaged" in fails(RESTORE, copy)


def test_a_backup_that_fails_leaves_nothing(tmp_path):
    unreachable = f"redis://:secret@127.0.0.1:{free_port()}/0"
    assert "Redis was not copied" in fails(BACKUP, tmp_path, REDIS_URL=unreachable)
    wrong = os.environ["DATABASE_ADMIN_URL"].replace("/talktime", "/nothing").rsplit("?")[0]
    told = fails(BACKUP, tmp_path, DATABASE_ADMIN_URL=wrong)
    assert "Postgres was not copied" in told
    assert list(tmp_path.iterdir()) == []


def test_old_backups_go_and_the_others_stay(tmp_path):
    for name in ("2020-01-01T000000Z", "2020-01-02T000000Z", "somebody's folder"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "2020-01-01T000000Z", (0, 0))
    os.utime(tmp_path / "somebody's folder", (0, 0))
    made = pathlib.Path(run(BACKUP, tmp_path, "14").strip())
    assert {path.name for path in tmp_path.iterdir()} == {"2020-01-02T000000Z", "somebody's folder", made.name}


@pytest.mark.parametrize("address, want", [
    ("postgresql://u:p@ss#w/o:r%25d@db.example:6543/name?sslmode=verify-full&pgbouncer=true",
     ["db.example", "6543", "u", "p@ss#w/o:r%d", "name", "verify-full"]),
    ("postgres://u:50%@[::1]/name", ["::1", "5432", "u", "50%", "name", ""]),
    (r"postgres://u:back\nslash@h/name", ["h", "5432", "u", r"back\nslash", "name", ""]),
    ("host=h port=1 user=u password=p dbname=name sslmode=require", ["h", "1", "u", "p", "name", "require"]),
])
def test_addresses_of_postgres_are_read_as_the_services_read_them(address, want):
    script = ('. "$1"; use_postgres "$2"; printf "%s\\n" "$PGHOST" "$PGPORT" "$PGUSER" "$PGPASSWORD" "$PGDATABASE" '
              '"${PGSSLMODE:-}"')
    told = run("bash", "-euc", script, "test", ROOT / "Deploy" / "backup" / "addresses", address)
    assert told.split("\n")[:-1] == want


@pytest.mark.parametrize("address, want", [
    ("redis://:p@ss@h:6380/0", ["p@ss", "redis-cli -h h -p 6380 --no-auth-warning"]),
    ("redis://h", ["", "redis-cli -h h -p 6379 --no-auth-warning"]),
    ("rediss://someone:p%40ss@h", ["p@ss", "redis-cli -h h -p 6379 --no-auth-warning --user someone --tls"]),
])
def test_addresses_of_redis_are_read_as_the_services_read_them(address, want):
    script = '. "$1"; use_redis "$2"; printf "%s\\n" "${REDISCLI_AUTH:-}" "${redis[*]}"'
    told = run("bash", "-euc", script, "test", ROOT / "Deploy" / "backup" / "addresses", address)
    assert told.split("\n")[:-1] == want
