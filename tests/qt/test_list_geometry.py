"""Where things are in a row: inside it, beside each other, mirrored, and giving way in the order that was drawn."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect

from parrot_desktop.views.delegates.paint_step_strip import strip_plan
from parrot_desktop.views.delegates.row_geometry import Density, RowGeometry, row_geometry, row_height

ANY_GEOMETRY = st.builds(
    row_geometry,
    st.integers(40, 4_000),
    st.sampled_from(Density),
    st.sampled_from([0.9, 1.0, 1.1, 1.25, 1.5]),
    is_mirrored=st.booleans(),
)
ALTERNATIVES = {"progress_alone": {"progress", "cost"}, "age_alone": {"age", "elapsed"}}


def rects(geometry: RowGeometry) -> dict[str, QRect]:
    found = {field.name: getattr(geometry, field.name) for field in fields(geometry)}
    return {name: value for name, value in found.items() if isinstance(value, QRect) and not value.isEmpty()}


@given(ANY_GEOMETRY)
def test_everything_is_inside_the_row(geometry: RowGeometry) -> None:
    inside = QRect(0, 0, geometry.width, geometry.height)
    # A row too narrow for the kind's tile keeps it and lets the time go over it: nobody reads such a row.
    if geometry.width >= 240:
        assert {name: rect for name, rect in rects(geometry).items() if not inside.contains(rect)} == {}


@given(ANY_GEOMETRY)
def test_nothing_lies_over_something_else(geometry: RowGeometry) -> None:
    if geometry.width < 240:
        return
    for (name, rect), (other, other_rect) in combinations(rects(geometry).items(), 2):
        if other in ALTERNATIVES.get(name, set()) or name in ALTERNATIVES.get(other, set()):
            continue
        assert not rect.intersects(other_rect), (name, other)


@given(ANY_GEOMETRY)
def test_mirroring_twice_is_the_same_row(geometry: RowGeometry) -> None:
    assert geometry.mirrored().mirrored() == geometry
    assert geometry.mirrored().title.width() == geometry.title.width()


@pytest.mark.parametrize("density", Density)
@pytest.mark.parametrize("scale", [0.9, 1.0, 1.5])
def test_columns_give_way_in_the_order_that_was_drawn(density: Density, scale: float) -> None:
    """The action's label, the short id, the cost, the elapsed time; then the progress, the action, the status."""

    def shown(geometry: RowGeometry) -> list[bool]:
        return [
            geometry.shows_action_label,
            geometry.shows_short_id,
            geometry.shows_cost,
            geometry.shows_elapsed,
            not geometry.progress_alone.isEmpty(),
            not geometry.action.isEmpty(),
            not geometry.status.isEmpty(),
        ]

    assert all(shown(row_geometry(1_400, density, scale)))
    seen: list[list[bool]] = []
    for width in range(1_400, 200, -10):
        now = shown(row_geometry(width, density, scale))
        assert now == sorted(now), f"at {width} something stays that should have gone before"
        if now not in seen:
            seen.append(now)
    assert len(seen) == 8


@pytest.mark.parametrize("width", [640, 930, 1360])
def test_the_title_keeps_room(width: int) -> None:
    """At 640 wide the row still reads."""
    geometry = row_geometry(width, Density.COMFORTABLE)
    assert geometry.title.width() >= {640: 200, 930: 360, 1360: 600}[width]


def test_the_row_follows_the_text() -> None:
    assert row_height(Density.COMFORTABLE, 1.0) == 64
    assert row_height(Density.COMFORTABLE, 1.5) == 96
    assert row_height(Density.COMPACT, 1.0) == 48
    assert row_geometry(930, Density.COMFORTABLE, 1.5).tile.width() == 48


@given(st.integers(0, 40), st.integers(10, 300), st.sampled_from([1.0, 1.5]), st.booleans())
def test_a_strip_stays_in_its_room_or_is_not_drawn(count: int, width: int, scale: float, mirrored: bool) -> None:
    plan = strip_plan(count, width, round(20 * scale), scale, is_mirrored=mirrored)
    inside = QRect(0, 0, width, round(20 * scale))
    assert len(plan.dots) in (0, count)
    assert all(inside.contains(dot) for dot in plan.dots)
    assert not any(one.intersects(other) for one, other in combinations(plan.dots, 2))
    for number, dot in enumerate(plan.dots):
        assert plan.dot_at(dot.center().x(), dot.center().y()) == number


def test_how_many_steps_a_strip_holds() -> None:
    def plan(count: int) -> tuple[bool, bool]:
        found = strip_plan(count, 156, 20, 1.0, is_mirrored=False)
        return bool(found.dots), found.has_glyphs

    assert plan(4) == (True, True)
    assert plan(6) == (True, True)
    assert plan(7) == (True, False)
    assert plan(14) == (True, False)
    assert plan(30) == (False, False)
