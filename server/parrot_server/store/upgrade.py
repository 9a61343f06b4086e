"""Making the tables, or bringing older ones up to date."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, planner, schema, workspace

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

KEPT_TOMBSTONES = 100_000
"""So many deletions back can a stream resume, and are records kept out that are older than their session's deletion."""

_version = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))


class DatabaseTooNew(RuntimeError):
    """A newer version of Parrot has written the database."""


def bring_up_to_date(engine: Engine) -> None:
    """Leave the tables as ``schema`` says, and drop what is very old.

    Alembic is imported only where something must be changed, since that takes 0.2 s.
    Raises DatabaseTooNew.
    """
    with engines.writing(engine) as conn, conn.begin():
        version = _stored_version(conn)
        if version is None:
            _make(conn)
        elif version != schema.SCHEMA_VERSION:
            from parrot_server.store.migrations import run

            if not run.is_known(version):
                raise DatabaseTooNew(
                    f"{engine.url.database} was written by a newer version of Parrot (schema {version}, this one is "
                    f"{schema.SCHEMA_VERSION}): update Parrot, or choose another database"
                )
            run.upgrade(conn)
            planner.seed(conn)
        workspace.prune_tombstones(conn, keep=KEPT_TOMBSTONES)


def _stored_version(conn: Connection) -> str | None:
    if not sa.inspect(conn).has_table(_version.name):
        return None
    return conn.execute(sa.select(_version.c.version_num)).scalar_one()


def _make(conn: Connection) -> None:
    schema.metadata.create_all(conn, checkfirst=False)
    for statement in schema.SEARCH_INDEX:
        conn.exec_driver_sql(statement)
    planner.seed(conn)
    _version.create(conn)
    conn.execute(sa.insert(_version), {"version_num": schema.SCHEMA_VERSION})
    conn.execute(
        sa.insert(schema.workspace),
        {
            "workspace_id": engines.WORKSPACE,
            "public_id": f"w-{_random_word()}",
            "name": "Workspace",
            "spend_tracking": 1,
            "feed": _random_word(),
            "seq": 0,
            "floor": 0,
        },
    )


def _random_word() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
