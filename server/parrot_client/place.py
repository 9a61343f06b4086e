"""Where a client stands in a workspace's changes."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Everything up to ``seq`` of the ``feed`` is known. A page of the list says both."""

    seq: int
    feed: str
