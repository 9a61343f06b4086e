"""Where the server looks for work, in words."""

from __future__ import annotations

from parrot_desktop.controllers.sources import indexing_of
from parrot_wire.answers import SourceReport
from parrot_wire.values import SourceState


def test_where_it_looks_is_told_by_proper_names() -> None:
    report = SourceReport(
        name="goose",
        root="/data/goose",
        state=SourceState.MISSING,
        files=0,
        files_done=0,
        sessions=0,
        bytes=0,
        problems=(),
    )
    indexing = indexing_of([report])
    assert indexing is not None
    assert indexing.places == ("Goose: nothing at /data/goose",)
