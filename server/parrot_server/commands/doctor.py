"""`parrot doctor`: what is where, and what is wrong with it. It starts nothing and changes nothing."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from parrot_client.data_dir import LOCK, OWNER_TOKEN, SERVER_JSON, default_data_dir, is_private, read_server_json
from parrot_client.errors import ParrotError
from parrot_server.version import VERSION
from parrot_wire.codec import encode

if TYPE_CHECKING:
    import argparse

    from parrot_wire.answers import ServerInfo, SourceReport


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="default: PARROT_DATA_DIR, or the user's own")
    parser.add_argument("--json", action="store_true", help="one object")


@dataclass(slots=True, kw_only=True)
class Findings:
    """What was found; ``problems`` are sentences, empty where all is well."""

    data_dir: str
    lock: str
    server: str
    versions: dict[str, str]
    sources: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])


def run(arguments: argparse.Namespace) -> int:
    folder: Path = (arguments.data_dir or default_data_dir()).expanduser().absolute()
    findings = _examine(folder)
    if arguments.json:
        print(encode(findings).decode())
    else:
        _say(findings)
    return 1 if findings.problems else 0


def _examine(folder: Path) -> Findings:
    findings = Findings(
        data_dir=str(folder),
        lock="free",
        server="not running",
        versions={
            "parrot": VERSION,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(terse=True),
        },
    )
    if not folder.is_dir():
        findings.data_dir += " (not there yet)"
        findings.sources = _tools()
        return findings
    _check_privacy(folder, findings)
    held = _is_held(folder)
    findings.lock = "held" if held else "free"
    info = read_server_json(folder)
    if info is None:
        if held:
            findings.problems.append("A server holds the lock, but does not say where it is.")
        findings.sources = _tools()
        return findings
    asyncio.run(_ask(info, held=held, findings=findings))
    return findings


def _tools() -> list[str]:
    """Where the tools of this machine would be read, when no server says what it found."""
    from parrot_server.index.tools import TOOLS

    roots = [(tool.name, tool.default_root(os.environ, Path.home())) for tool in TOOLS]
    return [f"{name}  {'found' if root.is_dir() else 'not there'}  {root}" for name, root in roots]


def _check_privacy(folder: Path, findings: Findings) -> None:
    for name in (SERVER_JSON, OWNER_TOKEN):
        path = folder / name
        try:
            if path.exists() and not is_private(path):
                findings.problems.append(f"{path} can be read by others: chmod 600 it.")
        except OSError as error:
            findings.problems.append(f"{path} cannot be looked at: {error}")


def _is_held(folder: Path) -> bool:
    path = folder / LOCK
    if not path.exists():
        return False
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    lock.release()
    return False


async def _ask(info: ServerInfo, *, held: bool, findings: Findings) -> None:
    """What the server that names itself there says."""
    from parrot_client.client import Client

    findings.server = f"{info.url}, process {info.pid}, version {info.version}"
    try:
        async with Client(info.url, info.token) as client:
            await client.me()
            sources = await client.sources()
    except ParrotError as error:
        gone = "it was probably killed" if not held else "its process holds the lock"
        findings.problems.append(f"The server at {info.url} does not answer ({error}); {gone}.")
        return
    for source in sources.items:
        findings.sources.append(_source_line(source))
        findings.problems += (
            f"{source.name}: {problem.file}{f':{problem.line}' if problem.line else ''}: {problem.detail}"
            for problem in source.problems
        )


def _source_line(source: SourceReport) -> str:
    read = f"{source.files_done} of {source.files} files, {source.sessions} sessions, {source.bytes / 1e6:.1f} MB"
    return f"{source.name}  {source.state}  {source.root}  ({read})"


def _say(findings: Findings) -> None:
    print(f"Data directory  {findings.data_dir}")
    print(f"Lock            {findings.lock}")
    print(f"Server          {findings.server}")
    for number, line in enumerate(findings.sources):
        print(f"{'Sources' if number == 0 else '':16}{line}")
    print(f"Versions        {', '.join(f'{name} {version}' for name, version in findings.versions.items())}")
    for problem in findings.problems:
        print(f"Problem: {problem}", file=sys.stderr)
    print(f"{len(findings.problems) or 'No'} problem{'s' if len(findings.problems) != 1 else ''} found.")
