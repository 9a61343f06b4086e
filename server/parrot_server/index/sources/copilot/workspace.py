"""``workspace.yaml``: what Copilot CLI calls a session, and where it works.

The file is a flat mapping of texts, written by a machine. So much of YAML is read, and no more: plain and quoted
values, values that go on in indented lines, and blocks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parrot_server.index.jsonl import parse

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 1 << 20
_ENTRY = re.compile(r"([A-Za-z_][\w.-]*):(?:[ \t]+(.*))?$")
_BLOCK = re.compile(r"([|>])[+-]?\d*[+-]?$")
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


def read_workspace(path: Path) -> dict[str, str]:
    """The texts of the file by name; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except OSError:
        return {}
    return parse_workspace(data.decode("utf-8-sig", "replace"))


def parse_workspace(text: str) -> dict[str, str]:
    """Names -> values that are not empty."""
    found: dict[str, str] = {}
    name, lines = "", list[str]()
    for line in text.splitlines():
        if not line.strip():
            lines.append("")
        elif line[0] in " \t":
            lines.append(line)
        elif line[0] != "#":
            _keep(found, name, lines)
            match = _ENTRY.match(line)
            name, lines = (match[1], [match[2] or ""]) if match is not None else ("", [])
    _keep(found, name, lines)
    return found


def _keep(found: dict[str, str], name: str, lines: list[str]) -> None:
    value = _value(lines) if name else ""
    if value not in _EMPTY:
        found[name] = value


def _value(lines: list[str]) -> str:
    first, *rest = (line.strip() for line in lines)
    block = _BLOCK.match(first)
    if block is not None:
        return ("\n" if block[1] == "|" else " ").join(rest).strip()
    whole = " ".join((first, *(line for line in rest if line)))
    if whole.startswith('"'):
        return _double_quoted(whole)
    if whole.startswith("'"):
        end = re.match(r"'((?:[^']|'')*)'", whole)
        return end[1].replace("''", "'") if end is not None else whole[1:]
    return re.split(r"\s#", whole, maxsplit=1)[0].strip()


def _double_quoted(text: str) -> str:
    end = re.match(r'"(?:[^"\\]|\\.)*"', text)
    if end is None:
        return text[1:]
    # YAML has more escapes than JSON, but a machine that writes names uses these.
    value = parse(end[0].encode("utf-8", "replace"))
    return value if isinstance(value, str) else end[0][1:-1]
