"""Claude Code transcripts, line by line: the shapes of formats that cost readers time or a wrong total."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.corpus.prices import Usage
from benchmarks.corpus.text import text
from benchmarks.corpus.truth import Response

if TYPE_CHECKING:
    import random

    from benchmarks.corpus.mixes import Mix

MODELS = (
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
    "claude-opus-4-7",
    "claude-opus-4-1-20250805",
)
_BANDED = (("claude-sonnet-4-20250514", 200_000), ("claude-haiku-5-5", 100_000))
_TOOLS = (b"Bash", b"Read", b"Edit", b"Grep", b"Write")
_REQUEST_ID = re.compile(rb'"requestId":"[^"]*",')
_ALIENS = (
    b"",
    b"\r",
    b"not json at all",
    b"[1,2,3]",
    b"17",
    b"null",
    b'{"type":"a-kind-from-the-future","payload":{"deep":[1,{"x":null}]}}',
    b'{"type":"user","message":null,"uuid":null,"timestamp":null}',
    b'{"type":"assistant","message":{"id":null,"usage":null,"content":null}}',
    b'{"type":"queue-operation","operation":"enqueue","content":"bytes \xff\xfe that are no text"}',
    b'{"type":"summary","summary":"Of another session","leafUuid":"00000000-0000-4000-8000-00000000dead"}',
)


def uuid(rng: random.Random) -> bytes:
    bits = b"%032x" % rng.getrandbits(128)
    return b"%b-%b-4%b-a%b-%b" % (bits[:8], bits[8:12], bits[13:16], bits[17:20], bits[20:])


def stamp(ms: int) -> bytes:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6].encode() + b"Z"


def slug(cwd: bytes) -> str:
    """The folder that a working directory's sessions are filed under."""
    return re.sub(r"[^A-Za-z0-9-]", "-", cwd.decode())


@dataclass(slots=True)
class Line:
    """One line of a file, without its newline; a record of the tool's has a uuid and a time."""

    data: bytes
    uuid: str | None = None
    at_ms: int = 0
    response: Response | None = None


@dataclass(slots=True, kw_only=True)
class ClaudeFile:
    """A transcript as it is being written.

    `agent` is the id of a subagent, whose lines carry the parent's session. `sidechain` marks lines of a subagent that
    stand in its parent's own file, as tools of 2025 wrote them. `bare`: no request ids. `hour_cache`: the cache is
    written for an hour instead of five minutes.
    """

    rng: random.Random
    mix: Mix
    session_id: bytes
    cwd: bytes
    now_ms: int
    agent: bytes | None = None
    sidechain: bool = False
    version: bytes = b"2.1.114"
    branch: bytes = b"main"
    bare: bool = False
    hour_cache: bool = False
    models: tuple[str, ...] = MODELS[:1]
    pace_ms: tuple[int, int] = (40, 9_000)
    """How much later each record is than the one before: from, to."""
    lines: list[Line] = field(default_factory=list[Line])
    size: int = 0
    last_uuid: bytes | None = None

    # What is written

    def exchange(self, rounds: int) -> None:
        """A prompt, some rounds of tool use, an answer."""
        self.prompt(text(self.rng, self.rng.randrange(20, 700)))
        for _ in range(rounds):
            self._noise()
            call = self.assistant(tool=True)
            self.tool_result(call)
        self.assistant(tool=False)

    def prompt(self, words: bytes) -> None:
        self._record(b'"promptSource":"typed","type":"user","message":{"role":"user","content":"%b"}' % words)

    def assistant(self, *, tool: bool) -> bytes:
        """One answered request over one line or several; the id of its tool call, if any."""
        rng, mix = self.rng, self.mix
        message_id = b"msg_%024x" % rng.getrandbits(96)
        request_id = None if self.bare else b"req_%024x" % rng.getrandbits(96)
        call = b"toolu_%024x" % rng.getrandbits(96)
        blocks: list[bytes] = []
        if rng.random() < 0.4:
            thought = text(rng, rng.randrange(80, 1500)) if rng.random() < 0.5 else b""
            blocks.append(b'{"type":"thinking","thinking":"%b","signature":"%b"}' % (thought, b"EqRk" * 75))
        if not tool or rng.random() < 0.5:
            blocks.append(b'{"type":"text","text":"%b"}' % text(rng, rng.randrange(40, 1200)))
        if tool:
            blocks.append(
                b'{"type":"tool_use","id":"%b","name":"%b","input":{"command":"%b","description":"%b"}}'
                % (call, rng.choice(_TOOLS), text(rng, rng.randrange(20, 700)), text(rng, 40))
            )
        model, usage = self._usage()
        charge: int | None = None
        odd = rng.random() < mix.odd
        if odd and rng.random() < 0.3:
            # A whole number of micro-dollars: what is stated is not rounded again.
            charge = rng.randrange(1, 900_000)
            blocks = [blocks[-1]]
        response = Response(
            id=message_id.decode(),
            request_id=request_id.decode() if request_id else None,
            model=model,
            usage=usage,
            charge=charge,
        )
        as_text = odd and charge is None and rng.random() < 0.3
        self._message_lines(message_id, request_id, blocks, response, stop=not tool, as_text=as_text)
        if odd and request_id and charge is None and rng.random() < 0.3:
            # Another answer under the same message id: only the request id tells them apart.
            other = b"req_%024x" % rng.getrandbits(96)
            again = Response(
                id=response.id, request_id=other.decode(), model=model, usage=Usage(input=7, output=usage.output + 3)
            )
            self._message_lines(message_id, other, blocks[-1:], again, stop=not tool, as_text=False)
        return call

    def tool_result(self, call: bytes, agent: bytes | None = None) -> None:
        """What a tool gave back: bytes to megabytes. `agent` links to the subagent that the call started."""
        rng = self.rng
        size = rng.randrange(200_000, 2_000_000) if rng.random() < self.mix.huge else min(60_000, self._pareto())
        body = text(rng, size)
        failed = rng.random() < 0.06
        if agent is not None:
            result = b'{"status":"completed","agentId":"%b","totalDurationMs":%d}' % (agent, rng.randrange(99_999))
        elif failed:
            result = b'"Error: Exit code 1"'
        else:
            shown = body if size < 30_000 else text(rng, 20_000)
            result = b'{"stdout":"%b","stderr":"","interrupted":false,"isImage":false}' % shown
        self._record(
            b'"type":"user","message":{"role":"user","content":[{"tool_use_id":"%b","type":"tool_result","content":"%b",'
            b'"is_error":%b}]},"toolUseResult":%b' % (call, body, b"true" if failed else b"false", result)
        )

    def api_error(self) -> None:
        """A failed request as the tool itself notes it: a turn without tokens."""
        message_id = uuid(self.rng)
        self._record(
            b'"type":"assistant","isApiErrorMessage":true,"message":{"id":"%b","model":"<synthetic>","role":"assistant",'
            b'"type":"message","stop_reason":"stop_sequence","usage":{"input_tokens":0,"output_tokens":0,'
            b'"cache_creation_input_tokens":0,"cache_read_input_tokens":0},"content":[{"type":"text",'
            b'"text":"API Error: 529 overloaded"}]}' % message_id,
            Response(id=message_id.decode(), model="<synthetic>", usage=Usage()),
        )

    def title(self, words: bytes) -> None:
        self._plain(b'{"type":"ai-title","aiTitle":"%b","sessionId":"%b"}' % (words, self.session_id))

    def fork(self, session_id: bytes, keep: int, rng: random.Random) -> ClaudeFile:
        """A new session that repeats the first `keep` lines: same uuids, ids and times, another session id."""
        copy = ClaudeFile(
            rng=rng,
            mix=self.mix,
            session_id=session_id,
            cwd=self.cwd,
            now_ms=self.now_ms + rng.randrange(3_600_000, 7_200_000),
            version=self.version,
            branch=self.branch,
            hour_cache=self.hour_cache,
            models=self.models,
        )
        old, new = b'"sessionId":"' + self.session_id, b'"sessionId":"' + session_id
        ids = {(line.response.id, line.response.request_id) for line in self.lines[:keep] if line.response}
        answers = Counter(message_id for message_id, _ in ids)
        for line in self.lines[:keep]:
            data, response = line.data.replace(old, new), line.response
            # Two answers under one message id stay two only while both keep their request ids.
            strip = response is not None and response.request_id is not None and answers[response.id] == 1
            if strip and response is not None and rng.random() < self.mix.bare:
                data = _REQUEST_ID.sub(b"", data)
                response = Response(id=response.id, model=response.model, usage=response.usage, charge=response.charge)
            copy._append(Line(data, line.uuid, line.at_ms, response))
            if line.uuid is not None:
                copy.last_uuid = line.uuid.encode()
        return copy

    # What is known of it

    def responses(self) -> list[Response]:
        """Each answered request once, with the figures of its largest snapshot, of equals the last."""
        best: dict[tuple[str, str | None], Response] = {}
        for line in self.lines:
            response = line.response
            if response is None:
                continue
            # A copy can lack the request id on some of a message's lines.
            key = (response.id, response.request_id)
            if response.request_id is None:
                key = next((known for known in best if known[0] == response.id), key)
            elif (response.id, None) in best:
                key = (response.id, None)
            known = best.get(key)
            if known is None or response.usage.output >= known.usage.output:
                best[key] = response
        return list(best.values())

    def records(self) -> list[tuple[str, int]]:
        return [(line.uuid, line.at_ms) for line in self.lines if line.uuid is not None]

    def data(self, *, torn: bool = False, bom: bool = False) -> bytes:
        """The file's bytes; `torn` adds the first half of one more answer, which nobody may count yet."""
        whole = b"\n".join(line.data for line in self.lines) + b"\n"
        if torn:
            mark = len(self.lines)
            self.assistant(tool=False)
            half = self.lines[mark].data
            del self.lines[mark:]
            whole += half[: len(half) * 2 // 3]
        return (b"\xef\xbb\xbf" if bom else b"") + whole

    # How it is put together

    def _usage(self) -> tuple[str, Usage]:
        rng, mix = self.rng, self.mix
        model = rng.choice(self.models)
        write, read = rng.randrange(4000), rng.randrange(90_000)
        fresh, output = rng.randrange(20), rng.randrange(8, 2500)
        hour = self.hour_cache
        if rng.random() < mix.banded:
            model, band = rng.choice(_BANDED)
            read = band + rng.randrange(1, 60_000) if rng.random() < 0.8 else band - write - fresh
            # One model has no price for an hour's cache in its band: what it would cost there nobody says.
            hour = hour and model != "claude-sonnet-4-20250514"
            if rng.random() < 0.2:
                model += "[1m]"
        elif rng.random() < mix.odd:
            model = rng.choice(("claude-quokka-9", "my-local-model:7b"))
        return model, Usage(
            input=fresh,
            output=output,
            cache_read=max(read, 0),
            cache_write_5m=0 if hour else write,
            cache_write_1h=write if hour else 0,
        )

    def _message_lines(
        self,
        message_id: bytes,
        request_id: bytes | None,
        blocks: list[bytes],
        response: Response,
        *,
        stop: bool,
        as_text: bool,
    ) -> None:
        """A line a block, or one for all; earlier lines can show fewer tokens than the last."""
        rng = self.rng
        if len(blocks) > 1 and rng.random() >= self.mix.split:
            blocks = [b",".join(blocks)]
        growing, changing = rng.random() < 0.5, rng.random() < self.mix.odd
        usage = response.usage
        for at, block in enumerate(blocks):
            last = at == len(blocks) - 1
            shown = usage
            if growing and not last:
                output = min(usage.output, 1 + usage.output * at // len(blocks))
                shown = Usage(usage.input, output, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h)
            elif changing and not last:
                shown = Usage(usage.input + 1, usage.output, usage.cache_read)
            body = (
                b'"message":{"model":"%b","id":"%b","type":"message","role":"assistant","content":[%b],"stop_reason":%b,'
                b'"stop_sequence":null,"usage":%b}'
                % (
                    (response.model or "").encode(),
                    message_id,
                    block,
                    (b'"end_turn"' if stop else b'"tool_use"') if last else b"null",
                    _usage_json(shown, as_text=as_text),
                )
            )
            if response.charge is not None:
                body += b',"costUSD":%d.%06d' % divmod(response.charge, 1_000_000)
            if request_id is not None:
                body += b',"requestId":"%b"' % request_id
            self._record(
                body + b',"type":"assistant"',
                Response(
                    id=response.id,
                    request_id=response.request_id,
                    model=response.model,
                    usage=shown,
                    charge=response.charge,
                ),
            )

    def _noise(self) -> None:
        """Lines between messages that carry no figures: progress, hooks, snapshots, and what is no record at all."""
        rng = self.rng
        if rng.random() < 0.15:
            for _ in range(rng.randrange(1, 6)):
                self._record(
                    b'"type":"progress","data":{"type":"hook_progress","elapsed":%d,"detail":"%b"}'
                    % (rng.randrange(999), text(rng, 120))
                )
        if rng.random() < 0.05:
            self._plain(
                b'{"type":"file-history-snapshot","messageId":"%b","snapshot":{"trackedFileBackups":{}}}' % uuid(rng)
            )
        if rng.random() < self.mix.alien:
            self._plain(rng.choice(_ALIENS))

    def _record(self, body: bytes, response: Response | None = None) -> None:
        rng = self.rng
        self.now_ms += rng.randrange(*self.pace_ms)
        own = uuid(rng)
        self._append(
            Line(
                b'{"parentUuid":%b,"isSidechain":%b,%b"userType":"external","cwd":"%b","sessionId":"%b","version":"%b",'
                b'"gitBranch":"%b",%b,"uuid":"%b","timestamp":"%b"}'
                % (
                    b'"%b"' % self.last_uuid if self.last_uuid else b"null",
                    b"true" if self.agent or self.sidechain else b"false",
                    b'"agentId":"%b",' % self.agent if self.agent else b"",
                    self.cwd,
                    self.session_id,
                    self.version,
                    self.branch,
                    body,
                    own,
                    stamp(self.now_ms),
                ),
                own.decode(),
                self.now_ms,
                response,
            )
        )
        self.last_uuid = own

    def _plain(self, data: bytes) -> None:
        self._append(Line(data))

    def _append(self, line: Line) -> None:
        self.lines.append(line)
        self.size += len(line.data) + 1

    def _pareto(self) -> int:
        return int(self.rng.paretovariate(0.9) * 350)


def _usage_json(usage: Usage, *, as_text: bool) -> bytes:
    number = b'"%d"' if as_text else b"%d"
    return (
        b'{"input_tokens":'
        + number
        + b',"cache_creation_input_tokens":'
        + number
        + b',"cache_read_input_tokens":'
        + number
        + b',"output_tokens":'
        + number
        + b',"service_tier":"standard","cache_creation":'
        b'{"ephemeral_5m_input_tokens":' + number + b',"ephemeral_1h_input_tokens":' + number + b"}}"
    ) % (
        usage.input,
        usage.cache_write_5m + usage.cache_write_1h,
        usage.cache_read,
        usage.output,
        usage.cache_write_5m,
        usage.cache_write_1h,
    )
