"""`parrot` at a terminal: token, member and doctor, against this machine's server and a named one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.server import RunningServer


def parrot(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "parrot_server", *words],
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with serve(tmp_path_factory.mktemp("workspace")) as running:
        yield running


def test_members_and_tokens_of_this_machine_s_workspace(server: RunningServer) -> None:
    where = ("--data-dir", str(server.data_dir))
    added = parrot("member", "add", "Grace Hopper", "--email", "grace@example.com", *where)
    assert added.returncode == 0, added.stderr
    made = parrot("token", "create", "grace@example.com", "--name", "laptop", *where)
    token = made.stdout.strip()
    assert token.startswith("parrot_")
    assert server.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).json()["member"]["role"] == "member"
    assert parrot("member", "role", "Grace Hopper", "lead", *where).returncode == 0
    listed = [json.loads(line) for line in parrot("member", "list", "--json", *where).stdout.splitlines()]
    assert [member["role"] for member in listed if member["name"] == "Grace Hopper"] == ["lead"]
    tokens = parrot("token", "list", *where).stdout
    assert "laptop" in tokens
    assert token.split("_", 2)[2] not in tokens
    assert parrot("token", "revoke", token.split("_")[1], *where).returncode == 0
    assert server.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    unknown = parrot("member", "role", "Nobody", "lead", *where)
    assert (unknown.returncode, "no member is called 'Nobody'" in unknown.stderr) == (1, True)


def test_a_named_workspace_with_a_token_from_the_environment_or_a_file(server: RunningServer, tmp_path: Path) -> None:
    where = ("--workspace", server.url)
    assert parrot("member", "list", *where, PARROT_TOKEN=server.token).returncode == 0
    assert parrot("member", "list", PARROT_WORKSPACE=server.url, PARROT_TOKEN=server.token).returncode == 0
    file = tmp_path / "token"
    file.write_text(server.token + "\n")
    file.chmod(0o644)
    open_to_all = parrot("member", "list", *where, "--token-file", str(file))
    assert (open_to_all.returncode, "chmod 600" in open_to_all.stderr) == (1, True)
    file.chmod(0o600)
    assert parrot("member", "list", *where, "--token-file", str(file)).returncode == 0
    without = parrot("member", "list", *where)
    assert (without.returncode, "PARROT_TOKEN" in without.stderr) == (1, True)
    wrong = parrot("member", "list", *where, PARROT_TOKEN="parrot_wrong")
    assert (wrong.returncode, "unknown, expired or revoked" in wrong.stderr) == (1, True)
    nobody = parrot("member", "list", "--workspace", "http://127.0.0.1:9", PARROT_TOKEN="x")
    assert (nobody.returncode, "cannot be reached" in nobody.stderr) == (1, True)


def test_the_doctor_says_what_is_where(server: RunningServer, tmp_path: Path) -> None:
    well = parrot("doctor", "--data-dir", str(server.data_dir), "--json")
    found = json.loads(well.stdout)
    assert well.returncode == 0
    assert (found["lock"], found["problems"]) == ("held", [])
    assert found["server"].startswith(server.url)
    assert set(found["versions"]) == {"parrot", "python", "sqlite", "system"}
    empty = parrot("doctor", "--data-dir", str(tmp_path / "nothing"))
    assert (empty.returncode, "not running" in empty.stdout) == (0, True)
    assert not (tmp_path / "nothing").exists()
    assert server.token not in well.stdout


@pytest.mark.parametrize(
    ("words", "code"), [(["--version"], 0), (["--help"], 0), ([], 2), (["sing"], 2), (["token", "--help"], 0)]
)
def test_help_and_mistakes(words: list[str], code: int) -> None:
    done = parrot(*words)
    assert done.returncode == code
    assert done.stdout if code == 0 else done.stderr.startswith("parrot")
