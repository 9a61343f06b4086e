"""The rows that the next start paints before it asks anybody."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from parrot_desktop.last_known import MAX_ROWS, LastKnown, last_known_path, load_last_known, save_last_known
from parrot_wire.answers import Me, Workspace
from parrot_wire.query import Filter
from parrot_wire.session import Member
from parrot_wire.values import Kind, Role, Scope
from tests.unit.desktop.test_csv_export import COST, row

if TYPE_CHECKING:
    from pathlib import Path

ME = Member(id="m1", name="Sarah Chen", role=Role.LEAD)
KNOWN = LastKnown(
    filter=Filter(kinds=frozenset({Kind.CHAT})),
    rows=(row("One", COST), row("Two", None)),
    members=(ME,),
    me=Me(
        member=ME,
        workspace=Workspace(id="acme", name="Acme", spend_tracking=True),
        scopes=(Scope.SESSIONS_READ,),
        feed="f",
    ),
)


def test_it_comes_back_whole_and_private(tmp_path: Path) -> None:
    """What was kept is there again, readable by its owner alone, and not more than three screens of it."""
    path = last_known_path(tmp_path, "")
    save_last_known(path, KNOWN)
    assert load_last_known(path) == KNOWN
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    many = msgspec.structs.replace(KNOWN, rows=(row("One", COST),) * (MAX_ROWS + 5))
    save_last_known(path, many)
    found = load_last_known(path)
    assert found is not None
    assert len(found.rows) == MAX_ROWS
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_each_workspace_has_its_own(tmp_path: Path) -> None:
    paths = {last_known_path(tmp_path, url) for url in ("", "https://a.example", "https://b.example")}
    assert len(paths) == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"rows": 3}', b"\xff\xfe"])
def test_a_torn_file_counts_as_none(tmp_path: Path, content: bytes) -> None:
    """Another version, a full disk, a stranger's file: the window starts without rows."""
    path = tmp_path / "last-known-local.json"
    assert load_last_known(path) is None
    path.write_bytes(content)
    assert load_last_known(path) is None


def test_a_disk_that_refuses_is_no_reason_to_fail(tmp_path: Path) -> None:
    save_last_known(tmp_path / "no" / "such" / "folder.json", KNOWN)
