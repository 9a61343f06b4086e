"""Codex rollouts: the generation with repeated `token_count` events, and the one with a usage record a response."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.corpus.claude import stamp
from benchmarks.corpus.prices import Usage
from benchmarks.corpus.text import text
from benchmarks.corpus.truth import Response

if TYPE_CHECKING:
    import random

    from benchmarks.corpus.mixes import Mix

_MODELS = ("gpt-5.2-codex", "gpt-5.1-codex")
_ZERO = (0, 0, 0, 0)


@dataclass(slots=True, kw_only=True)
class CodexFile:
    """A rollout as it is being written. `paginated`: the newer generation. A fork begins with a copy of its parent."""

    rng: random.Random
    mix: Mix
    thread_id: bytes
    cwd: bytes
    now_ms: int
    paginated: bool
    responses: list[Response] = field(default_factory=list[Response])
    lines: list[bytes] = field(default_factory=list[bytes])
    size: int = 0
    totals: tuple[int, int, int, int] = _ZERO
    """Input, cached, output and reasoning tokens so far, copies included."""

    def begin(self, *, forked_from: bytes | None = None, spawned_by: bytes | None = None) -> None:
        """The first line; a thread is a fork of another, or an agent that another thread started, or neither."""
        fork = b'"forked_from_id":"%b",' % forked_from if forked_from else b""
        source = b'"cli"'
        if spawned_by is not None:
            source = (
                b'{"subagent":{"thread_spawn":{"parent_thread_id":"%b","depth":1,"agent_nickname":"Finch",'
                b'"agent_role":"explorer"}}}' % spawned_by
            )
        self._line(
            b"session_meta",
            b'{"id":"%b",%b"timestamp":"%b","cwd":"%b","originator":"codex_cli_rs","cli_version":"%b","source":%b,'
            b'"model_provider":"openai"%b,"git":{"commit_hash":"4d1e","branch":"main","repository_url":"https://example.org/r.git"}}'
            % (
                self.thread_id,
                fork,
                stamp(self.now_ms),
                self.cwd,
                b"0.169.0" if self.paginated else b"0.98.0",
                source,
                b',"history_mode":"paginated"' if self.paginated else b"",
            ),
        )

    def copy_of(self, parent: CodexFile) -> None:
        """Repeat the parent's lines, stamped anew, under this thread's first line: none of it counts again."""
        for line in parent.lines:
            # Every line begins {"timestamp":"2026-01-01T10:00:00.000Z",
            self.lines.append(line[:14] + stamp(self.now_ms) + line[38:])
            self.size += len(line) + 1
        self.totals = parent.totals

    def exchange(self, rounds: int) -> None:
        """A prompt, some commands, an answer."""
        rng = self.rng
        turn_id = b"turn-%032x" % rng.getrandbits(128)
        model = self._model()
        words = text(rng, rng.randrange(20, 700))
        self._event(b'{"type":"task_started","turn_id":"%b"}' % turn_id)
        self._line(
            b"turn_context",
            b'{"turn_id":"%b","cwd":"%b","approval_policy":"never","model":"%b"}' % (turn_id, self.cwd, model.encode()),
        )
        self._item(b'{"type":"message","role":"user","content":[{"type":"input_text","text":"%b"}]}' % words)
        if self.paginated:
            self._event(
                b'{"type":"item_completed","turn_id":"%b","item":{"type":"UserMessage","content":[{"type":"text","text":"%b"}]}}'
                % (turn_id, words)
            )
        else:
            self._event(b'{"type":"user_message","message":"%b"}' % words)
        for _ in range(rounds):
            self._command(turn_id, model)
        self._answer(turn_id, model)
        self._event(b'{"type":"task_complete","turn_id":"%b","last_agent_message":"Done"}' % turn_id)

    def data(self, *, torn: bool = False) -> bytes:
        """The file's bytes; `torn` adds the first half of one more usage record."""
        whole = b"\n".join(self.lines) + b"\n"
        if torn:
            mark, counted, totals = len(self.lines), len(self.responses), self.totals
            self._usage(b"turn-torn", self._model())
            whole += self.lines[mark][: len(self.lines[mark]) // 2]
            del self.lines[mark:], self.responses[counted:]
            self.totals = totals
        return whole

    def _command(self, turn_id: bytes, model: str) -> None:
        rng = self.rng
        call = b"call_%024x" % rng.getrandbits(96)
        self._item(
            b'{"type":"reasoning","summary":[{"type":"summary_text","text":"%b"}],"encrypted_content":"%b"}'
            % (text(rng, 90), b"gAAA" * 60)
        )
        self._item(
            b'{"type":"function_call","name":"exec_command","arguments":"{\\"cmd\\":\\"ls\\"}","call_id":"%b"}' % call
        )
        size = rng.randrange(200_000, 900_000) if rng.random() < self.mix.huge else int(rng.paretovariate(0.9) * 300)
        output = text(rng, min(size, 900_000))
        self._item(
            b'{"type":"function_call_output","call_id":"%b","output":"Process exited with code 0\\nOutput:\\n%b"}'
            % (call, output)
        )
        self._usage(turn_id, model)

    def _answer(self, turn_id: bytes, model: str) -> None:
        rng = self.rng
        words = text(rng, rng.randrange(60, 1500))
        self._item(b'{"type":"message","role":"assistant","content":[{"type":"output_text","text":"%b"}]}' % words)
        if self.paginated:
            self._event(
                b'{"type":"item_completed","turn_id":"%b","item":{"type":"AgentMessage","content":[{"type":"Text","text":"%b"}]}}'
                % (turn_id, words)
            )
        else:
            self._event(b'{"type":"agent_message","message":"%b"}' % words)
        self._usage(turn_id, model)

    def _usage(self, turn_id: bytes, model: str) -> None:
        """One response's tokens: cached ones stand inside input, reasoning inside output."""
        rng = self.rng
        cached = rng.randrange(60_000)
        if rng.random() < self.mix.banded:
            cached = 272_000 + rng.randrange(40_000)
        fresh, output = rng.randrange(1, 6_000), rng.randrange(20, 2_000)
        shown = (fresh + cached, cached, output, rng.randrange(output))
        self.totals = (
            self.totals[0] + shown[0],
            self.totals[1] + shown[1],
            self.totals[2] + shown[2],
            self.totals[3] + shown[3],
        )
        response_id = b"resp_%024x" % rng.getrandbits(96)
        self.responses.append(
            Response(id=response_id.decode(), model=model, usage=Usage(input=fresh, output=output, cache_read=cached))
        )
        if self.paginated:
            self._line(
                b"token_usage_record",
                b'{"thread_id":"%b","turn_id":"%b","response_id":"%b","usage":%b}'
                % (self.thread_id, turn_id, response_id, _counts(shown)),
            )
        elif rng.random() < 0.1:
            self._event(b'{"type":"token_count","info":null,"rate_limits":{"primary":{"used_percent":3.0}}}')
        count = b'{"type":"token_count","info":{"total_token_usage":%b,"last_token_usage":%b},"rate_limits":{}}' % (
            _counts(self.totals),
            _counts(shown),
        )
        self._event(count)
        if not self.paginated:
            # The older generation says it again when the limits are refreshed: an unchanged total is no new turn.
            self._event(count)

    def _model(self) -> str:
        if self.rng.random() < self.mix.banded:
            return "gpt-5.4"
        if self.rng.random() < self.mix.odd:
            return "gpt-quokka-codex"
        return self.rng.choice(_MODELS)

    def _event(self, payload: bytes) -> None:
        self._line(b"event_msg", payload)

    def _item(self, payload: bytes) -> None:
        self._line(b"response_item", payload)

    def _line(self, kind: bytes, payload: bytes) -> None:
        self.now_ms += self.rng.randrange(20, 3_000)
        ordinal = b'"ordinal":%d,' % len(self.lines) if self.paginated else b""
        line = b'{"timestamp":"%b",%b"type":"%b","payload":%b}' % (stamp(self.now_ms), ordinal, kind, payload)
        self.lines.append(line)
        self.size += len(line) + 1


def _counts(counts: tuple[int, int, int, int]) -> bytes:
    read, cached, output, reasoning = counts
    return (
        b'{"input_tokens":%d,"cached_input_tokens":%d,"cache_write_input_tokens":0,"output_tokens":%d,'
        b'"reasoning_output_tokens":%d,"total_tokens":%d}' % (read, cached, output, reasoning, read + output)
    )
