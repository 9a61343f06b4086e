"""F12: a transcript of 5,000 messages and 50 MB: first screen, scrolling, memory, find.

The messages lie in a file as the server would send them, a page of 100 a line, and are decoded when the view asks for
them: what it holds on to is its own.
"""

from __future__ import annotations

import os
import random
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from benchmarks.figure import Limit, Measurement, quantile, summarise
from benchmarks.processes import memory_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from parrot_wire.session import Message

MESSAGES = 5_000
SIZE = 50_000_000
PAGE = 100
FRAMES = 300

_WORDS = re.findall(
    r"\w+",
    "the export parser writes quoted cells with commas and newlines so that readers agree on the format of each row "
    "while the report streams one page at a time and never holds more than it shows",
)
_CODE = """```python
def parse(rows):
    out = []
    for row in rows:
        if not row:
            continue
        out.append([cell.strip() for cell in row.split(",")])
    return out
```
"""


def measure(work: Path) -> Sequence[Measurement]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    file = work / "transcript.ndjson"
    size = _write(file)
    # As in the application: garbage is collected between frames.
    from parrot_desktop.garbage import collected_in_this_thread

    with collected_in_this_thread():
        return [*_view(file, size), _find(file)]


def _view(file: Path, size: int) -> Iterator[Measurement]:
    from PySide6.QtWidgets import QApplication

    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.words import EnglishWords
    from parrot_desktop.theme.theme import Theme, ThemeChoice
    from parrot_desktop.views.transcript.view import TranscriptView

    app = QApplication([])
    theme = Theme(choice=ThemeChoice.DARK)
    pages = _Pages(file)
    _warm_up(app, theme)
    before_mb = memory_mb(os.getpid())
    started = time.perf_counter()
    view = TranscriptView(theme, Captions(EnglishWords(), person="Sarah Chen"))
    view.resize(860, 760)

    def load(first: int, last: int) -> None:
        view.put_messages(pages.read(first, last))

    view.range_needed.connect(load)
    view.set_place(folder="/work/app", is_live=False)
    view.set_total(MESSAGES)
    view.put_messages(pages.read(1, PAGE))
    view.show()
    _settle(app)
    yield summarise(
        "first screen",
        [(time.perf_counter() - started) * 1_000],
        unit="ms",
        limit=Limit(median=150),
        messages=MESSAGES,
        megabytes=round(size / 1e6, 1),
    )
    bar = view.verticalScrollBar()
    for what, step in (("wheel", 40), ("fling", 280)):
        bar.setValue(bar.maximum() // 3)
        _settle(app)
        frames = [_frame(app, lambda by=step: bar.setValue(bar.value() + by)) for _ in range(FRAMES)]
        cpu = [each.cpu for each in frames]
        yield summarise(
            f"{what} frame", [each.wall for each in frames], unit="ms", limit=Limit(p99=16), cpu_p99=quantile(cpu, 0.99)
        )
    chance = random.Random(7)
    jumps = [_frame(app, lambda: bar.setValue(chance.randrange(bar.maximum()))) for _ in range(60)]
    yield summarise(
        "jump to anywhere, its page decoded",
        [each.wall for each in jumps],
        unit="ms",
        limit=Limit(text="-"),
        judged=False,
    )
    for at in range(0, bar.maximum(), max(1, bar.maximum() // 400)):
        bar.setValue(at)
        app.processEvents()
    yield Measurement(
        what="more memory after all of it was seen",
        unit="MB",
        limit=Limit(median=60),
        median=round(memory_mb(os.getpid()) - before_mb, 1),
    )
    view.hide()
    view.deleteLater()
    _settle(app)


def _find(file: Path) -> Measurement:
    from parrot_desktop.domain.transcript.find import find

    messages = [message for page in _Pages(file).all() for message in page]
    values: list[float] = []
    count = 0
    for needle in ("parser", "quoted cells", "no such words", "Return Out", "e"):
        started = time.perf_counter()
        count += sum(part.count for part in find(messages, needle))
        values.append((time.perf_counter() - started) * 1_000)
    return summarise("find over all of it", values, unit="ms", limit=Limit(p99=300), matches=count)


class _Pages:
    """Pages of the file, decoded when they are read."""

    def __init__(self, file: Path) -> None:
        from parrot_wire.session import Message

        self._file = file
        self._decoder = msgspec.json.Decoder(list[Message])
        self._starts = [0]
        with file.open("rb") as lines:
            for line in lines:
                self._starts.append(self._starts[-1] + len(line))

    def read(self, first: int, last: int) -> list[Message]:
        found: list[Message] = []
        with self._file.open("rb") as data:
            for page in range((first - 1) // PAGE, (last - 1) // PAGE + 1):
                data.seek(self._starts[page])
                found.extend(self._decoder.decode(data.read(self._starts[page + 1] - self._starts[page])))
        return found

    def all(self) -> Iterator[list[Message]]:
        for page in range(MESSAGES // PAGE):
            yield self.read(page * PAGE + 1, (page + 1) * PAGE)


def _write(file: Path) -> int:
    """Returns the bytes written."""
    if file.exists():
        return file.stat().st_size
    chance = random.Random(3)
    with file.open("wb") as out:
        for page in range(MESSAGES // PAGE):
            numbers = range(page * PAGE + 1, (page + 1) * PAGE + 1)
            out.write(msgspec.json.encode([_message(n, chance) for n in numbers]) + b"\n")
    return file.stat().st_size


def _message(n: int, chance: random.Random) -> dict[str, Any]:
    """Of five messages one is a prompt, two are answers with calls, two hold what the calls answered."""
    at = f"2026-11-22T{9 + n // 600 % 12:02d}:{n // 10 % 60:02d}:{n % 10 * 6:02d}.000Z"
    kind = n % 5
    if kind == 0:
        return {
            "n": n,
            "id": f"m{n}",
            "role": "user",
            "at": at,
            "parts": [{"type": "text", "text": _prose(chance, 40)}],
        }
    if kind in {1, 3}:
        text = f"**Step {n}**\n\n{_prose(chance, 90)}\n\n- one *item*\n- another `item`\n\n"
        text += _CODE if chance.random() < 0.4 else ""
        call = {"type": "tool_call", "call_id": f"c{n}", "name": "Bash", "input": {"command": f"pytest -q tests/{n}"}}
        parts = [{"type": "thinking", "text": _prose(chance, 60)}, {"type": "text", "text": text}, call]
        return {"n": n, "id": f"m{n}", "role": "assistant", "at": at, "turn": n, "model": "sonnet", "parts": parts}
    # Most of a long transcript is what tools printed.
    text = "\n".join(f"{at:5d}  {_prose(chance, 9)}" for at in range(chance.randrange(80, 650)))[:63_000]
    result = {"type": "tool_result", "call_id": f"c{n - 1}", "ok": True, "text": text, "duration": 420}
    return {"n": n, "id": f"m{n}", "role": "tool", "at": at, "parts": [result]}


def _prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(words))


def _warm_up(app: Any, theme: Any) -> None:
    """A first view loads fonts and code; the figure is of opening a transcript, not of starting the application."""
    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.words import EnglishWords
    from parrot_desktop.views.transcript.view import TranscriptView
    from parrot_wire.session import Message, Text
    from parrot_wire.values import MessageRole

    view = TranscriptView(theme, Captions(EnglishWords(), person=""))
    at = "2026-11-22T09:00:00.000Z"
    view.set_total(1)
    view.put_messages([Message(n=1, id="w", role=MessageRole.USER, at=at, parts=(Text(text=_CODE),))])
    view.show()
    _settle(app)
    view.hide()
    view.deleteLater()
    _settle(app)


def _settle(app: Any) -> None:
    for _ in range(4):
        app.processEvents()


class _Frame(NamedTuple):
    """Milliseconds from an act to its pixels, and of the processor within them."""

    wall: float
    cpu: float


def _frame(app: Any, act: Callable[[], object]) -> _Frame:
    started, cpu = time.perf_counter(), time.thread_time()
    act()
    app.processEvents()
    return _Frame((time.perf_counter() - started) * 1_000, (time.thread_time() - cpu) * 1_000)
