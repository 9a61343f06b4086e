"""Ids and their numbers, as a dict has them, in a tenth of its memory."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from parrot_server.index.id_map import MOST, IdMap
from parrot_server.store.ownership import fingerprint

IDS = st.text(max_size=8)
NUMBERS = st.integers(0, MOST)


@given(st.lists(st.tuples(IDS, NUMBERS)), st.lists(IDS))
def test_it_holds_what_a_dict_holds(written: list[tuple[str, int]], others: list[str]) -> None:
    ids, truth = IdMap(), dict[str, int]()
    for key, number in written:
        ids[key] = truth[key] = number
    assert len(ids) == len(truth)
    assert {key: ids.get(key) for key in (*truth, *others)} == {key: truth.get(key) for key in (*truth, *others)}


@given(st.lists(st.tuples(IDS, NUMBERS)), st.lists(st.tuples(IDS, NUMBERS)))
def test_it_goes_on_from_what_was_dumped(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    ids, truth = IdMap(), dict[str, int]()
    for key, number in before:
        ids[key] = truth[key] = number
    restored = IdMap(ids.dump())
    for key, number in after:
        restored[key] = truth[key] = number
    assert {key: restored.get(key) for key in truth} == truth


def test_what_an_earlier_version_wrote_is_read_and_the_last_of_two_counts() -> None:
    pack = struct.Struct(">8sI").pack
    ids = IdMap(pack(fingerprint("a"), 1) + pack(fingerprint("b"), 2) + pack(fingerprint("a"), 3))
    assert (ids.get("a"), ids.get("b"), ids.get("c")) == (3, 2, None)


def test_a_hundred_thousand_ids_take_little() -> None:
    ids = IdMap()
    for number in range(100_000):
        ids[f"msg_{number:024}"] = number
    assert ids.memory < 26 * len(ids)
    assert all(ids.get(f"msg_{number:024}") == number for number in range(0, 100_000, 997))
