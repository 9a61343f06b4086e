"""Finding an action by a few letters."""

from __future__ import annotations

from parrot_desktop.domain.fuzzy import fuzzy_score

COMMANDS = (
    "Open in editor",
    "Search titles",
    "Search all transcripts",
    "Clear filters",
    "Copy resume command",
    "Command palette",
    "Theme: dark",
)


def best(query: str) -> str:
    scored = [(score, command) for command in COMMANDS if (score := fuzzy_score(query, command)) is not None]
    return max(scored)[1]


def test_what_one_means_comes_first() -> None:
    """Starts of words and letters in a row win over letters that are merely there."""
    assert best("sat") == "Search all transcripts"
    assert best("cf") == "Clear filters"
    assert best("dark") == "Theme: dark"
    assert best("resume") == "Copy resume command"
    assert best("OPEN ED") == "Open in editor"


def test_letters_have_to_be_there_in_order() -> None:
    assert fuzzy_score("xyz", "Clear filters") is None
    assert fuzzy_score("fc", "Clear filters") is None
    assert fuzzy_score("", "anything") == 0
