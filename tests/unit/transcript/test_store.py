"""What of a transcript is at hand: pages that come and go, calls and results that find each other, search, heights."""

from hypothesis import given
from hypothesis import strategies as st

from parrot_desktop.domain.transcript.find import (
    Found,
    Match,
    Matches,
    PartFilter,
    Seek,
    SeekKind,
    find,
    seek_in,
)
from parrot_desktop.domain.transcript.heights import Heights
from parrot_desktop.domain.transcript.pieces import Heading, PartPiece, TurnLine, View, pieces_of
from parrot_desktop.domain.transcript.store import PAGE, PartPlace, TranscriptStore
from parrot_wire.session import ErrorPart, Notice, Text, Thinking
from tests.helpers.messages import answer, call, message, prompt, result


def test_a_result_is_shown_by_its_call_whichever_comes_first() -> None:
    store = TranscriptStore()
    store.put([result(2, 1, "out")])
    assert store.call_of(PartPlace(2, 0)) is None
    assert store.put([call(1)]) >= {1, 2}  # the result's message looks different now
    assert store.call_of(PartPlace(2, 0)) == PartPlace(1, 0)
    found = store.result_of(PartPlace(1, 0))
    assert found is not None
    assert found[1].text == "out"


def test_an_id_that_comes_again_belongs_to_the_call_before_it() -> None:
    store = TranscriptStore()
    store.put([call(1, call_id="run"), result(2, "run", "first"), call(3, call_id="run"), result(4, "run", "second")])
    texts = [found[1].text for n in (1, 3) if (found := store.result_of(PartPlace(n, 0))) is not None]
    assert texts == ["first", "second"]


def test_pages_read_longest_ago_are_let_go() -> None:
    store = TranscriptStore(max_chars=5 * PAGE * 300)
    store.total = 10 * PAGE
    for page in range(10):
        store.put(prompt(n, "x" * 100) for n in range(page * PAGE + 1, (page + 1) * PAGE + 1))
        store.touch(1, 1)  # the first page is being read
    gone = store.evict()
    assert store.get(1) is not None
    assert store.get(10 * PAGE) is not None
    assert gone
    assert store.missing(1, 10 * PAGE)
    assert {n for first, last in store.missing(1, 10 * PAGE) for n in range(first, last + 1)} == set(gone)


def test_a_heading_for_each_speaker_and_a_line_for_each_further_turn() -> None:
    store = TranscriptStore()
    store.put([prompt(1), call(2), result(3, 2), answer(4, turn=4), prompt(5)])
    kinds = [[type(piece) for piece in pieces_of(each, store, View())] for each in store.held(1, 5)]
    assert kinds == [
        [Heading, PartPiece],
        [Heading, PartPiece],
        [],  # the result stands in its call
        [TurnLine, PartPiece],
        [Heading, PartPiece],
    ]


def test_how_long_a_thought_took_is_the_pause_before_it() -> None:
    store = TranscriptStore()
    store.put([prompt(1), message(9, "assistant", Thinking(text="hm"))])
    store.put([message(8, "system", Notice(kind="info", text="x"))])
    piece = pieces_of(message(9, "assistant", Thinking(text="hm")), store, View())[-1]
    assert isinstance(piece, PartPiece)
    assert piece.thought_ms == 1_000


def test_a_filter_shows_one_kind_of_part() -> None:
    store = TranscriptStore()
    store.put(
        [prompt(1), call(2), result(3, 2, "boom", ok=False), answer(4), message(5, "assistant", ErrorPart(text="x"))]
    )

    def shown(parts: PartFilter) -> list[int]:
        return [each.n for each in store.held(1, 5) if pieces_of(each, store, View(parts))]

    assert shown(PartFilter.PROMPTS) == [1]
    assert shown(PartFilter.ANSWERS) == [4]
    assert shown(PartFilter.TOOLS) == [2]
    assert shown(PartFilter.ERRORS) == [2, 5]
    store.put([message(6, "assistant", Text(text="x"), step="verify")])
    assert [each.n for each in store.held(1, 6) if pieces_of(each, store, View(step="verify"))] == [6]


def test_find_looks_everywhere_and_ignores_case() -> None:
    found = find([prompt(1, "The PLAN, a plan"), call(2, "Edit", file_path="plan.md"), result(3, 2, "no")], "Plan")
    assert found == [Found(1, 0, 2), Found(2, 0, 1)]
    assert find([prompt(1)], "") == []


def test_emphasis_does_not_hide_what_is_looked_for() -> None:
    assert find([answer(1, "a **bold** word, `Query.stream`")], "bold word") == [Found(1, 0, 1)]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2), st.integers(1, 4)), unique_by=lambda each: each[:2]))
def test_every_match_has_a_number(found: list[tuple[int, int, int]]) -> None:
    """Whatever the order in which stretches were looked through, numbers go through the text from top to bottom."""
    matches = Matches()
    for each in found:
        matches.add([Found(*each)])
    every = [Match(n, index, k) for n, index, count in sorted(found) for k in range(count)]
    assert [matches.at(number) for number in range(len(matches))] == every
    assert [matches.number_of(match) for match in every] == list(range(len(every)))


def test_jumps_go_to_the_call_whose_result_failed() -> None:
    store = TranscriptStore()
    messages = [prompt(1), call(2), result(3, 2, "boom", ok=False), prompt(4)]
    store.put(messages)
    sought = [seek_in(each, Seek(SeekKind.ERROR, PartPlace(1, 0)), store) for each in messages]
    assert sought == [None, None, PartPlace(2, 0), None]
    assert seek_in(messages[3], Seek(SeekKind.PROMPT, PartPlace(1, 0)), store) == PartPlace(4, 0)
    assert seek_in(messages[0], Seek(SeekKind.PROMPT, PartPlace(4, 0), -1), store) == PartPlace(1, 0)


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 50)), max_size=40),
    st.integers(-5, 3_200),
)
def test_heights_are_the_sums_of_a_list(heights: list[int], changes: list[tuple[int, int]], y: int) -> None:
    tree = Heights()
    for height in heights:
        tree.extend(1, height)
    for index, height in changes:
        if index < len(heights):
            assert tree.set(index, height) == height - heights[index]
            heights[index] = height
    tops = [sum(heights[:index]) for index in range(len(heights) + 1)]
    assert [tree.top(index) for index in range(len(heights) + 1)] == tops
    at = tree.at(y)
    if 0 <= y < tree.total:
        assert tops[at] <= y < tops[at + 1]
    tree.shrink(len(heights) // 2)
    assert tree.total == tops[len(heights) // 2]
