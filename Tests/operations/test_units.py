"""The units, the samples of the settings, and the operator's command with them."""
import json
import os
import re
import subprocess

import pytest
from suite import ROOT, binaries, run

SYSTEMD, SETTINGS = ROOT / "Deploy" / "systemd", ROOT / "Deploy" / "settings"
SERVICES = {"auth": "AuthService", "billing": "BillingService", "session": "SessionService", "task": "TaskService"}
UNITS = [f"talktime-{name}.service" for name in (*SERVICES, "backup")]


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """The folder as it is installed. Programs that are not on this machine are another one that is."""
    folder = tmp_path_factory.mktemp("units")
    run("cp", "-r", f"{SYSTEMD}/.", folder)
    for unit in folder.glob("*.service"):
        unit.write_text(re.sub(r"/opt/talktime/current/\S+/[\w-]+(?= |$)", "/bin/true", unit.read_text(), flags=re.M))
    return folder


def analyze(units, *command):
    # The colon adds the machine's own units.
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}
    done = subprocess.run(["systemd-analyze", *command], text=True, capture_output=True, timeout=60, env=environment)
    return done.returncode, done.stdout + done.stderr


def test_systemd_finds_nothing_wrong_with_the_units(units):
    names = sorted(str(path) for path in units.iterdir() if path.suffix in (".service", ".target", ".timer"))
    assert len(names) == 7
    assert analyze(units, "verify", "--man=no", *names) == (0, "")
    # The unit of Caddy's package, with what is added to it.
    assert analyze(units, "verify", "--man=no", "caddy.service") == (0, "")
    # An unknown word is found, so this test sees what it looks at.
    broken = units / "talktime-broken.service"
    broken.write_text((units / "talktime-auth.service").read_text() + "Unknown=yes\n")
    assert analyze(units, "verify", "--man=no", str(broken))[1] != ""
    broken.unlink()


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_exposed_to_little(units, unit):
    code, told = analyze(units, "security", "--offline=true", "--threshold=20", unit)
    assert code == 0, told


def sections(path):
    """The values of each name of a unit, in their order."""
    found = {}
    for line in path.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_its_own_program_and_settings(name):
    unit = sections(SYSTEMD / f"talktime-{name}.service")
    assert unit["ExecStart"] == [f"/opt/talktime/current/bin/{SERVICES[name]}"]
    assert unit["EnvironmentFile"] == [f"/etc/talktime/{file}.env" for file in ("talktime", "stores", name)]
    assert unit["Type"] == ["notify"]


def rows():
    """Each name of docs/settings.md with its default, its format, and who reads it."""
    for line in (ROOT / "docs" / "settings.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 5:
            readers = cells[3].replace("all four", ", ".join(SERVICES)).split(", ")
            yield cells[0].strip("`"), cells[1], cells[2], readers


def names(file):
    """The names in a sample, also those that are a comment."""
    return re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (SETTINGS / f"{file}.env").read_text(), flags=re.M)


def set_by_unit(name):
    words = " ".join(sections(SYSTEMD / f"talktime-{name}.service").get("Environment", []))
    return re.findall(r"([A-Z_]+)=", words)


@pytest.mark.parametrize("name", SERVICES)
def test_the_samples_have_what_a_service_requires(name):
    has = {*names("talktime"), *names("stores"), *names(name), *set_by_unit(name)}
    # Each of these stands for another name.
    others = {"DATABASE_URL": f"{name.upper()}_DATABASE_URL", "FLASK_SECRET_KEY": "SECRET_KEY"}
    required = {others.get(row[0], row[0]) for row in rows() if row[1].startswith("required") and name in row[3]}
    assert len(required) > 4
    assert required - has == set()


def test_the_samples_keep_secrets_from_those_who_need_them_not():
    known = {row[0]: row for row in rows()}
    for file in ("talktime", "stores", *SERVICES, "operator"):
        for setting in names(file):
            assert setting in known, f"{setting} of {file}.env is in no row of docs/settings.md"
            secret = "secret" in known[setting][2]
            assert not (secret and file == "talktime"), f"{setting} is a secret, and everybody reads talktime.env"
            if file in SERVICES:
                assert file in known[setting][3], f"{file} does not read {setting}"
            if file == "stores":
                assert set(SERVICES) <= set(known[setting][3])


def test_only_root_reads_the_secrets(tmp_path):
    folder = tmp_path / "etc" / "talktime"
    folder.mkdir(parents=True)
    (tmp_path / "usr").mkdir()
    for sample in SETTINGS.glob("*.env"):
        (folder / sample.name).write_text(sample.read_text())
    run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "sysusers.conf")
    run("systemd-tmpfiles", f"--root={tmp_path}", "--create", SYSTEMD / "tmpfiles.conf")
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes.pop("talktime.env") == 0o644
    assert len(modes) == 6 and set(modes.values()) == {0o600}
    user = re.search(r"^talktime:x:(\d+):", (tmp_path / "etc" / "passwd").read_text(), flags=re.M)
    backups = (tmp_path / "var" / "backups" / "talktime").stat()
    assert (backups.st_mode & 0o777, str(backups.st_uid)) == (0o700, user[1])


@pytest.fixture
def release(tmp_path):
    """A release as it is installed, with settings, but with a command that shows what it gets."""
    for folder in ("release/bin", "release/Deploy", "settings"):
        (tmp_path / folder).mkdir(parents=True)
    command = tmp_path / "release" / "bin" / "talktime"
    command.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$*" "$SECRET_KEY" "$MAIL_FROM_NAME"\n')
    command.chmod(0o755)
    run("cp", ROOT / "Deploy" / "talktime", tmp_path / "release" / "Deploy")
    for sample in SETTINGS.glob("*.env"):
        text = sample.read_text().replace("SECRET_KEY=\n", "SECRET_KEY=a=b#c %d$e\n")
        (tmp_path / "settings" / sample.name).write_text(text.replace("NAME=Talktime", "NAME=Talk time"))
    return tmp_path


def operator(release, *arguments):
    environment = {**os.environ, "TALKTIME_SETTINGS": str(release / "settings")}
    return subprocess.run([release / "release" / "Deploy" / "talktime", *arguments], text=True, capture_output=True,
                          timeout=20, env=environment)


def test_the_operators_command_has_the_settings_of_the_services(release):
    release.chmod(0o755)
    done = operator(release, "ledger", "verify")
    assert done.stdout.splitlines() == [
        str(release / "release"), "ledger verify", "a=b#c %d$e", "Talk time"], done.stderr


@pytest.mark.parametrize("line", ['A="hidden"', "A=hidden\\n", "A= hidden", "A=hidden ", "export A=hidden", "A"])
def test_a_line_that_systemd_reads_otherwise_is_refused(release, line):
    file = release / "settings" / "auth.env"
    file.write_text(file.read_text() + line + "\n")
    done = operator(release, "doctor")
    assert done.returncode == 1 and done.stdout == ""
    assert f"auth.env, line {len(file.read_text().splitlines())}: " in done.stderr
    # The value may be a secret.
    assert "hidden" not in done.stderr


def test_the_services_start_with_the_samples_filled_in(tmp_path):
    """A service whose settings are complete says nothing of them; the ports of its stores are closed here."""
    fill = {"GOOGLE_CLIENT_ID": "client", "RAZORPAY_KEY_ID": "rzp_live_key", "AGENT_ID": "agent"}
    for name, program in SERVICES.items():
        environment = {}
        for file in ("talktime", "stores", name):
            for line in (SETTINGS / f"{file}.env").read_text().splitlines():
                if re.match("[A-Z]", line):
                    setting, value = line.split("=", 1)
                    environment[setting] = value or fill.get(setting, "x" * 32)
        environment["REDIS_URL"] = "redis://:secret@127.0.0.1:1/0"
        environment |= {setting: "0" for setting in set_by_unit(name)}
        # Port 0 is the one thing that is wrong, so that the service ends.
        done = subprocess.run([binaries() / program], text=True, capture_output=True, timeout=20, env=environment)
        wrong = [line for line in done.stderr.splitlines() if line.startswith("  - ")]
        assert done.returncode == 1 and wrong, done.stderr
        assert {re.sub(" is not a port", "", line[4:]) for line in wrong} == set(set_by_unit(name)), done.stderr


def test_the_front_door_starts_with_the_samples():
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    for line in (SETTINGS / "talktime.env").read_text().splitlines():
        if re.match("[A-Z]", line):
            setting, value = line.split("=", 1)
            environment[setting] = value
    # Its own web root and files, wherever they are installed.
    environment["WEB_ROOT"] = str(ROOT / "Web")
    adapted = json.loads(run(os.environ["CADDY_BIN"], "adapt", "--config", ROOT / "Deploy" / "Caddyfile.production",
                             "--adapter", "caddyfile", env=environment))
    hosts = {host for server in adapted["apps"]["http"]["servers"].values() for route in server["routes"]
             for match in route.get("match", []) for host in match.get("host", [])}
    assert hosts == {"talktime.example"}
    unit = sections(SYSTEMD / "caddy.service.d" / "talktime.conf")
    assert unit["ExecStart"] == [
        "", "/usr/bin/caddy run --config /opt/talktime/current/Deploy/Caddyfile.production --adapter caddyfile"]
