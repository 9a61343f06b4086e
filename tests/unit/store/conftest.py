"""A real database in a temporary folder, and short words for what sources say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_server.store import members
from parrot_server.store.database import Database
from parrot_server.store.ingest import LOCAL_TOKEN, Sender
from parrot_wire.values import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parrot_server.stored import Commit


@pytest.fixture
def commits() -> list[Commit]:
    """What the database told of its commits, in their order."""
    return []


@pytest.fixture
def db(tmp_path: Path, commits: list[Commit]) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path / 'parrot.db'}", on_commit=commits.append, readers=1)
    yield database
    database.close()


@pytest.fixture(scope="module")
def reused_db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for many examples; ``words.emptied`` makes it new."""
    database = Database.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'parrot.db'}", readers=0)
    yield database
    database.close()


@pytest.fixture
def owner(db: Database) -> Sender:
    """The person at the machine, whose local sources write."""
    member = db.write_blocking(members.ensure, name="Sarah Chen", email="sarah@acme.example", role=Role.OWNER)
    return Sender(token_id=LOCAL_TOKEN, member_id=member.id, any_owner=True)


@pytest.fixture
def colleague(db: Database) -> Sender:
    """Somebody who may send their own work alone."""
    member = db.write_blocking(members.ensure, name="Tom Reyes", email="tom@acme.example", role=Role.MEMBER)
    return Sender(token_id="token-of-tom", member_id=member.id, any_owner=False)
