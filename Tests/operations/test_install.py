"""docs/deploy.md's way to a database: a release, the samples of the settings filled in, and the operator's command."""
import os
import subprocess

import pytest
from suite import ROOT, binaries, empty_postgres, sql

ROLES = ("auth", "billing", "session", "task")


@pytest.fixture
def release(tmp_path):
    """The folders of a release, which are links here."""
    folder = tmp_path / "release"
    folder.mkdir()
    os.symlink(ROOT / "Migrations", folder / "Migrations")
    os.symlink(binaries(), folder / "bin")
    # No link: the command finds its release by its own place.
    (folder / "Deploy").mkdir()
    (folder / "Deploy" / "talktime").write_text((ROOT / "Deploy" / "talktime").read_text())
    (folder / "Deploy" / "talktime").chmod(0o755)
    return folder


def test_the_owner_makes_the_tables_and_lets_the_services_in(release, tmp_path):
    settings = tmp_path / "settings"
    settings.mkdir()
    with empty_postgres() as database:
        for sample in (ROOT / "Deploy" / "settings").glob("*.env"):
            text = sample.read_text().replace("postgresql://talktime:@127.0.0.1:5432/talktime", database)
            (settings / sample.name).write_text(text)
        environment = {**os.environ, "TALKTIME_SETTINGS": str(settings)}
        for name in ("DATABASE_URL", "DATABASE_ADMIN_URL"):
            environment.pop(name, None)

        def talktime(*arguments, **more):
            done = subprocess.run([release / "Deploy" / "talktime", *arguments], text=True, capture_output=True,
                                  timeout=120, env=environment, **more)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        told = talktime("migrate", "--service-password-file", "-", input="a password of the services\n")
        assert "applied 1\n" in told
        talktime("ledger", "verify")
        assert talktime("packs", "list") != ""
        server = database.split("@")[1]
        for role in ROLES:
            service = f"postgresql://talktime_{role}:a%20password%20of%20the%20services@{server}"
            assert sql(service, "SELECT current_user, current_setting('statement_timeout')") == f"talktime_{role}|5s"
