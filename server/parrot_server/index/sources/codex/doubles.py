"""One prompt, or one answer, that is written down in several ways is still one."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from parrot_server.store.ownership import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parrot_server.index.sources.codex.lines import Voice

_REMEMBERED = 16


class Heard(msgspec.Struct, array_like=True):
    """A thing said: in which voices so far, and what the listener noted with it."""

    key: bytes
    voices: int
    note: int = 0
    is_latest: bool = True
    """Nothing else was said since."""


class Doubles:
    """Tells a new thing from another voice of one that was heard.

    Another voice is the same text in a voice that this thing was not heard in; or, where the texts differ (one voice
    leaves out images, another the editor's words), the thing right before it.
    """

    def __init__(self, heard: Iterable[Heard] = ()) -> None:
        self._heard: deque[Heard] = deque(heard, maxlen=_REMEMBERED)

    def hear(self, text: str, voice: Voice) -> Heard | None:
        """The thing that this is another voice of; None where it is new, then say `add`."""
        key = fingerprint(text.strip())
        match = next((each for each in self._heard if each.key == key and not each.voices & voice), None)
        if match is None and self._heard:
            last = self._heard[-1]
            if last.is_latest and not last.voices & voice:
                match = last
        if match is not None:
            match.voices |= voice
        return match

    def add(self, text: str, voice: Voice, note: int = 0) -> Heard:
        heard = Heard(key=fingerprint(text.strip()), voices=int(voice), note=note)
        self._heard.append(heard)
        return heard

    def interrupt(self) -> None:
        """Something else was said: what comes now is told apart by its text."""
        if self._heard:
            self._heard[-1].is_latest = False

    def dump(self) -> list[Heard]:
        return list(self._heard)
