"""Whether a changed session belongs to a stream: the list's filter, as a function of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.store.titles import fold
from parrot_wire.values import Kind, RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_server.store.queries import RecordLock
    from parrot_wire.query import Filter
    from parrot_wire.session import Row


def in_record(row: Row, lock: RecordLock) -> bool:
    """Whether the row is linked to the record."""
    match lock.kind:
        case RecordKind.PROJECT:
            link = row.project
        case RecordKind.INITIATIVE:
            link = row.initiative
        case RecordKind.PLAN:
            link = row.plan
    return link is not None and link.id == lock.id


def compile_filter(where: Filter) -> Callable[[Row], bool]:
    """The filter as one test, which asks only for what the filter narrows; cheap fields first."""
    kinds = where.effective_kinds
    tests: list[Callable[[Row], bool]] = [_kind_test(kinds)]
    if where.owners:
        tests.append(lambda row: row.owner in where.owners)
    statuses = where.effective_statuses
    if statuses is not None:
        tests.append(lambda row: row.status in statuses)
    if where.projects:
        tests.append(lambda row: row.project is not None and row.project.id in where.projects)
    if where.initiatives:
        tests.append(lambda row: row.initiative is not None and row.initiative.id in where.initiatives)
    if where.plans:
        tests.append(lambda row: row.plan is not None and row.plan.id in where.plans)
    if where.among_owners or where.among_sessions:
        tests.append(lambda row: row.owner in where.among_owners or row.id in where.among_sessions)
    after, before = where.active_after, where.active_before
    if after is not None:
        tests.append(lambda row: row.last_activity_at >= after)
    if before is not None:
        tests.append(lambda row: row.last_activity_at < before)
    if where.words:
        words = [fold(word) for word in where.words]

        def has_words(row: Row) -> bool:
            title = fold(row.title)
            return all(word in title for word in words)

        tests.append(has_words)
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _kind_test(kinds: frozenset[Kind]) -> Callable[[Row], bool]:
    """Tasks hang under a parent and are listed all the same where they are asked for; nothing else with a parent is."""
    return lambda row: row.kind in kinds and (row.parent is None or row.kind is Kind.TASK)
