"""NDJSON as it arrives: unpacked, cut into lines and decoded a block at a time, never held whole."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from parrot_server.problems import ApiProblem
from parrot_wire.records import Record, Refused
from parrot_wire.times import normalise

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

MAX_LINE_BYTES = 16_000_000
"""A longer line is refused and passed over."""
MAX_TOTAL_BYTES = 512_000_000
"""Of one call, unpacked."""
BLOCK_BYTES = 256_000
_UNPACK_STEP = 1_000_000

_decoder = msgspec.json.Decoder(Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some records with their line numbers (from 1), and what could not be read."""

    records: list[Record]
    lines: list[int]
    refused: list[Refused]


async def unpack(chunks: AsyncIterator[bytes], encoding: str) -> AsyncGenerator[bytes]:
    """The body's bytes. encoding: the Content-Encoding, empty for none.

    However small its input, gzip is unpacked in steps with the loop free in between, and no further than the limit.
    Raises ApiProblem: 415 for another encoding, 400 for broken gzip, 413 past the limit.
    """
    name = encoding.strip().lower()
    if name not in {"", "identity", "gzip", "x-gzip"}:
        raise ApiProblem(
            415, f"The encoding {encoding!r} is not understood: send gzip or none.", headers={"accept-encoding": "gzip"}
        )
    total = 0
    steps = _gunzip(chunks) if name.endswith("gzip") else chunks
    async for chunk in steps:
        total += len(chunk)
        if total > MAX_TOTAL_BYTES:
            raise ApiProblem(413, f"More than {MAX_TOTAL_BYTES} bytes in one call; what came before that was taken.")
        yield chunk


async def _gunzip(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    unpacker = zlib.decompressobj(31)
    begun = False
    try:
        async for chunk in chunks:
            rest = chunk
            while rest:
                if unpacker.eof:  # files joined together are one file, says gzip
                    unpacker = zlib.decompressobj(31)
                begun = True
                yield unpacker.decompress(rest, _UNPACK_STEP)
                await asyncio.sleep(0)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
        while begun and not unpacker.eof and (held := unpacker.decompress(b"", _UNPACK_STEP)):
            yield held
    except zlib.error as error:
        raise ApiProblem(400, f"The body is not gzip: {error}") from error
    if begun and not unpacker.eof:
        raise ApiProblem(400, "The gzip breaks off; the lines before that were taken.")


async def blocks(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Block]:
    """Records in blocks of about BLOCK_BYTES of lines. A line that is no record is refused, and only that one."""
    line = 1
    held: list[bytes] = []
    size = 0
    skipping = False
    async for chunk in chunks:
        at = 0
        if skipping:
            at = chunk.find(b"\n") + 1
            if at == 0:
                continue
            skipping = False
            line += 1
        held.append(chunk[at:])
        size += len(chunk) - at
        if size < BLOCK_BYTES:
            continue
        data = b"".join(held)
        end = data.rfind(b"\n") + 1
        if end:
            yield _decode(data[:end], line)
            line += data.count(b"\n", 0, end)
        held = [data[end:]]
        size = len(data) - end
        if size > MAX_LINE_BYTES:
            yield Block(records=[], lines=[], refused=[_too_long(line)])
            held, size, skipping = [], 0, True
    if size:
        yield _decode(b"".join(held), line)


def _decode(data: bytes, first_line: int) -> Block:
    """Whole lines (the last one may lack its line end). Blank ones count and say nothing."""
    records: list[Record] = []
    lines: list[int] = []
    refused: list[Refused] = []
    for number, text in enumerate(data.split(b"\n"), first_line):
        if not text or text.isspace():
            continue
        if len(text) > MAX_LINE_BYTES:
            refused.append(_too_long(number))
            continue
        try:
            record = _decoder.decode(text)
            at = normalise(record.at)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refused.append(Refused(line=number, detail=str(error)))
        except ValueError:
            refused.append(Refused(line=number, detail="at: must be an RFC 3339 time"))
        else:
            records.append(record if at == record.at else msgspec.structs.replace(record, at=at))
            lines.append(number)
    return Block(records=records, lines=lines, refused=refused)


def _too_long(line: int) -> Refused:
    return Refused(line=line, detail=f"longer than {MAX_LINE_BYTES} bytes")
