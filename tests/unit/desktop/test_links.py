"""Links to sessions, which may come from anywhere."""

from __future__ import annotations

import pytest

from parrot_desktop.links import BadLink, SessionLink, parse_link


@pytest.mark.parametrize(
    "link",
    [
        SessionLink("acme", "7c3a2f10"),
        SessionLink("acme-2", "abc", message=12),
        SessionLink("acme", "abc", step="open pr/1"),
    ],
)
def test_a_made_link_reads_as_itself(link: SessionLink) -> None:
    """What Copy link gives opens the same place."""
    assert parse_link(str(link)) == link


@pytest.mark.parametrize(
    "text",
    [
        "https://acme/sessions/a",
        "parrot://acme",
        "parrot:///sessions/a",
        "parrot://Acme Corp/sessions/a",
        "parrot://acme/plans/a",
        "parrot://acme/sessions/a/b",
        "parrot://acme/sessions/..%2F..%2Fetc",
        "parrot://acme/sessions/a?message=-1",
        "parrot://acme/sessions/a?message=1e9999",
        "parrot://[bad/sessions/a",
        "",
    ],
)
def test_a_strange_link_is_refused(text: str) -> None:
    """Whatever is not exactly a link to a session is refused with a reason, never guessed."""
    with pytest.raises(BadLink):
        parse_link(text)
