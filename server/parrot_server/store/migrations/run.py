"""Alembic, driven from code: there is no ini file and no second way in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection


def config_for(conn: Connection | None) -> Config:
    """What ``env.py`` works with; the transaction is the caller's."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def is_known(version: str) -> bool:
    """Whether this version of Parrot has a revision of that name."""
    return version in {script.revision for script in ScriptDirectory.from_config(config_for(None)).walk_revisions()}


def upgrade(conn: Connection, revision: str = "head") -> None:
    """Run what is between the stored revision and this one."""
    command.upgrade(config_for(conn), revision)
