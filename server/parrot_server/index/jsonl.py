"""JSON Lines as agents really leave them: torn, glued, with alien lines, wrong types and broken text.

A block of whole lines is decoded in one call. Only where that fails is it taken line by line, and only the line that
is beyond help becomes a problem. What was repaired on the way: a byte order mark, NULs, invalid UTF-8, lone
surrogates, raw control characters, NaN, numbers as strings, a record glued to the torn rest of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar, cast

import msgspec

T = TypeVar("T")

MAX_LINE_BYTES = 64 << 20
"""A line longer than this is a problem and is passed over: no tool writes one, and it is not held whole."""

_BOM = b"\xef\xbb\xbf"
_PADDING = b"\x00 \t\r\n" + _BOM
_BLANK = ord(" ")
_MAX_REPAIRS = 64
_PATH = re.compile(r" - at `\$((?:\.[^`.\[\]]+|\[\d+\]|\[\.\.\.\])*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_SURROGATE = re.compile("[\ud800-\udfff]")

Report = Callable[[int, str], None]
"""Told (line, what is wrong); the line counts from 1 within the block."""


class Lines(Generic[T]):
    """Decodes lines into one shape (a struct whose fields all have defaults)."""

    def __init__(self, shape: type[T]) -> None:
        self._shape = shape
        self._decoder = msgspec.json.Decoder(shape)

    def decode(self, block: bytes, report: Report) -> list[T]:
        """The records of whole lines, in order."""
        try:
            records = self._decoder.decode_lines(block)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return [record for _, _, record in self._each(block, report)]
        return records

    def located(self, block: bytes, report: Report) -> list[tuple[int, int, T]]:
        """(offset in the block, length, record) of each record, in order."""
        try:
            records = self._decoder.decode_lines(block)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return list(self._each(block, report))
        found: list[tuple[int, int, T]] = []
        at = number = 0
        while at < len(block):
            end = block.find(b"\n", at)
            end = len(block) if end < 0 else end
            # A record hardly ever begins with a blank: looking at one byte saves copying the line.
            if end > at and (block[at] > _BLANK or not block[at:end].isspace()):
                if number == len(records):
                    return list(self._each(block, report))
                found.append((at, end - at, records[number]))
                number += 1
            at = end + 1
        # Two records on one line: their places have to be looked for.
        return found if number == len(records) else list(self._each(block, report))

    def _each(self, block: bytes, report: Report) -> Iterator[tuple[int, int, T]]:
        at = 0
        for number, line in enumerate(block.split(b"\n"), 1):
            body = line.strip(_PADDING)
            if body:
                start = at + line.find(body)
                for offset, length, record in self._line(body, number, report):
                    yield start + offset, length, record
            at += len(line) + 1

    def _line(self, body: bytes, number: int, report: Report) -> list[tuple[int, int, T]]:
        try:
            return [(0, len(body), self._decoder.decode(body))]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        pieces = split_glued(body)
        if not pieces:
            report(number, "not JSON")
            return []
        if pieces[0][0] > 0:
            report(number, "torn: a record was cut off and another begins behind it")
        found: list[tuple[int, int, T]] = []
        for offset, length in pieces:
            value = parse(body[offset : offset + length])
            record = as_shape(value, self._shape) if isinstance(value, dict) else None
            if record is None:
                report(number, "not a JSON object")
            else:
                found.append((offset, length, record))
        return found


def parse(data: bytes) -> Any:
    """One JSON value, read as forgivingly as can be; None where it is none."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _without_surrogates(json.loads(data.decode("utf-8", "replace"), strict=False))
    except (ValueError, RecursionError):
        return None


def parse_object(data: bytes) -> dict[str, Any]:
    """``parse`` for an object; empty where it is none."""
    value = parse(data)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_shape(value: Any, shape: type[T]) -> T | None:
    """Plain data as a struct: numbers may be strings, and a field of a wrong type is as if it were missing.

    ``value`` is changed on the way. None where no object of that shape can be made of it.
    """
    for _ in range(_MAX_REPAIRS):
        try:
            return msgspec.convert(value, shape, strict=False)
        except msgspec.ValidationError as error:
            if not _drop(value, str(error)):
                return None
        except RecursionError:
            return None
    return None


def split_glued(line: bytes) -> list[tuple[int, int]]:
    """Where the JSON objects of one line lie, as (offset, length): several, or one behind a torn beginning.

    What has no object that ends with the line has none at all: a piece inside a torn record is no record.
    """
    text = line.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder(strict=False)
    for begin in _candidates(text):
        at = begin
        pieces: list[tuple[int, int]] = []
        while at < len(text):
            try:
                _, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                break
            pieces.append((at, end))
            at = end
            while at < len(text) and text[at] in " \t\r\x00":
                at += 1
        if pieces and at >= len(text):
            return [
                (_bytes_before(text, start), len(text[start:end].encode("utf-8", "surrogateescape")))
                for start, end in pieces
            ]
    return []


def _candidates(text: str) -> Iterator[int]:
    yield 0
    at = text.find('{"', 1)
    for _ in range(_MAX_REPAIRS):
        if at < 0:
            return
        yield at
        at = text.find('{"', at + 1)


def _bytes_before(text: str, at: int) -> int:
    return len(text[:at].encode("utf-8", "surrogateescape"))


def _drop(value: Any, complaint: str) -> bool:
    """Take out of ``value`` what msgspec complains of; False where it names no place."""
    match = _PATH.search(complaint)
    if match is None or not match.group(1):
        return False
    steps: list[str | int] = [name if name else int(index) for name, index in _STEP.findall(match.group(1))]
    holder = value
    for step in steps[:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):
            return False
    last = steps[-1]
    try:
        wrong = holder[last]
    except (KeyError, IndexError, TypeError):
        return False
    if isinstance(wrong, float) and wrong.is_integer() and "`int" in complaint:
        holder[last] = int(wrong)
    else:
        del holder[last]
    return True


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [_without_surrogates(each) for each in cast("list[Any]", value)]
        case dict():
            return {
                _without_surrogates(key): _without_surrogates(each)
                for key, each in cast("dict[str, Any]", value).items()
            }
        case _:
            return value
