"""What the server keeps on disk, where it listens, and who its owner is."""

from __future__ import annotations

import os
import stat
import subprocess
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from parrot_client.credentials import find_token, forget_token, remember_token
from parrot_client.errors import NoToken
from parrot_server.data_dir import DataDir, Held, write_private
from parrot_server.identity import machine_owner
from parrot_server.listening import CannotListen, bind, url_of
from parrot_server.version import VERSION
from parrot_wire.answers import ServerInfo
from tests.helpers.memory_keyring import memory_keyring

if TYPE_CHECKING:
    from pathlib import Path

INFO = ServerInfo(url="http://127.0.0.1:1", token="t", pid=1, version="x")
posix = pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")


def test_the_version_is_the_distribution_s() -> None:
    assert version("parrot-server") == VERSION


@posix
def test_a_private_file_is_private_from_its_first_byte_and_whole(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_private(tmp_path / "secret", b"one")
        write_private(tmp_path / "secret", b"two")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert (tmp_path / "secret").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_directory_has_one_server_and_is_tidy_after_it(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with DataDir(tmp_path).take() as held:
        held.announce(INFO, ready_file=ready)
        with pytest.raises(Held, match="process 1 at http://"):
            DataDir(tmp_path).take()
        assert ready.exists()
    assert not ready.exists()
    assert not (tmp_path / "server.json").exists()
    with DataDir(tmp_path).take():
        pass


def test_what_a_killed_server_left_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_bytes(b'{"url":"http://127.0.0.1:1","token":"t","pid":1,"version":"x"}')
    with DataDir(tmp_path).take():
        assert not (tmp_path / "server.json").exists()


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")],
)
def test_the_address_that_is_told(host: str, expected: str) -> None:
    try:
        listener = bind(host, 0)
    except CannotListen:
        pytest.skip(f"this machine has no {host}")
    with listener:
        assert url_of(host, listener) == f"http://{expected}:{listener.getsockname()[1]}"


def test_an_address_of_another_machine_cannot_be_served() -> None:
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1"):
        bind("192.0.2.1", 0)


def test_the_owner_is_git_s_user_else_the_system_s(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = own_home / ".gitconfig"
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    subprocess.run(["git", "config", "--file", str(config), "user.name", "Grace Hopper"], check=True)
    subprocess.run(["git", "config", "--file", str(config), "user.email", "grace@example.com"], check=True)
    try:
        assert machine_owner() == ("Grace Hopper", "grace@example.com")
    finally:
        config.unlink()
    name, email = machine_owner()
    assert name
    assert email is None


def test_a_token_is_kept_in_the_keyring_by_workspace() -> None:
    with memory_keyring() as kept:
        remember_token("https://parrot.acme.example/", "secret")
        assert find_token("https://parrot.acme.example") == "secret"
        with pytest.raises(NoToken, match="PARROT_TOKEN"):
            find_token("https://other.example")
        for _ in range(2):
            forget_token("https://parrot.acme.example")
        assert kept == {}
