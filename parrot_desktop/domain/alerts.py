"""What deserves to be told, once: from rows of an unfiltered stream to alerts, and from alerts to what is said.

Pure: no clock, no disk, no Qt. The controller keeps `Known` on disk, so that nothing is said twice after a reconnect
or a restart, and what happened while the application was closed becomes one summary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from parrot_wire.times import Timestamp  # noqa: TC001  read at run time, by whoever decodes these classes
from parrot_wire.values import Action, Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Row

MAX_KNOWN = 20_000
"""Sessions whose last known status is kept; past it the ones that moved longest ago are forgotten."""


class AlertKind(StrEnum):
    FAILED = "failed"
    WAITING = "waiting"
    FINISHED = "finished"
    SPEND = "spend"


class Audience(StrEnum):
    """Whose sessions an alert kind speaks of. ``watched`` takes in one's own."""

    NOBODY = "nobody"
    MINE = "mine"
    WATCHED = "watched"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class AlertRules:
    """For whom each kind speaks, and from what cost of one session on the spend alert does (None: never)."""

    audience: Mapping[AlertKind, Audience] = field(
        default_factory=lambda: {
            AlertKind.FAILED: Audience.ALL,
            AlertKind.WAITING: Audience.ALL,
            AlertKind.FINISHED: Audience.NOBODY,
            AlertKind.SPEND: Audience.ALL,
        }
    )
    spend_limit_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Watching:
    """Who looks on, and what they starred."""

    me: str
    sessions: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to tell. ``step`` is where a click leads; ``checkpoint`` is set where one can approve at once."""

    kind: AlertKind
    session_id: str
    title: str
    owner: str
    at: Timestamp
    detail: str = ""
    step: str | None = None
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class KnownSession:
    """What was last known of a session; ``spend_told`` keeps the limit from being told at each turn."""

    status: Status
    waiting_for: str | None
    last_activity_at: Timestamp
    spend_told: bool = False


@dataclass(slots=True)
class Known:
    """What was last known of a workspace: of which feed, up to which seq, when, and each session's status."""

    feed: str = ""
    seq: int = 0
    until: Timestamp = ""
    sessions: dict[str, KnownSession] = field(default_factory=dict[str, KnownSession])


class AlertBook:
    """Compares rows with what was last known of them.

    ``since``: when this start was; a row that was never known, and last moved before it and before the time up to
    which an earlier run of the application looked on, is no news.
    """

    def __init__(self, known: Known, *, since: Timestamp) -> None:
        self.known = known
        self._start = since
        self._since = known.until or since
        self._from_before: frozenset[str] = frozenset(known.sessions)

    def start_feed(self, feed: str) -> None:
        """Another feed is another database: what was known of the old one says nothing."""
        if feed != self.known.feed:
            self.known.feed, self.known.seq, self.known.until = feed, 0, ""
            self._since = self._start
            self.known.sessions.clear()
            self._from_before = frozenset[str]()

    def learn(self, rows: Iterable[Row]) -> None:
        """Takes rows as known without telling anything: the first page of a workspace never seen before."""
        for row in rows:
            self._keep(row, spend_told=False)

    def consider(self, row: Row, rules: AlertRules, watching: Watching) -> Alert | None:
        """The alert that this newest state of a row deserves, if any; the row is known from now on."""
        before = self.known.sessions.get(row.id)
        spend_told = before is not None and before.spend_told
        kind = self._kind_of(row, before)
        if kind is None and not spend_told and self._is_over(row, rules) and self._is_news(row):
            kind = AlertKind.SPEND
            spend_told = True
        self._keep(row, spend_told=spend_told)
        if kind is None or not _concerns(row, rules.audience.get(kind, Audience.NOBODY), watching):
            return None
        return _alert(kind, row)

    def forget(self, session_id: str) -> None:
        self.known.sessions.pop(session_id, None)

    def reach(self, seq: int, at: Timestamp) -> None:
        """Everything up to ``seq`` was considered, now."""
        self.known.seq = max(self.known.seq, seq)
        self.known.until = at

    def trim(self) -> None:
        """Forgets the sessions that moved longest ago, past MAX_KNOWN."""
        if len(self.known.sessions) > MAX_KNOWN:
            newest = sorted(self.known.sessions.items(), key=lambda item: item[1].last_activity_at, reverse=True)
            self.known.sessions = dict(newest[:MAX_KNOWN])

    def _kind_of(self, row: Row, before: KnownSession | None) -> AlertKind | None:
        if not self._is_news(row):
            return None
        wait = _waiting_for(row)
        # A wait that ended (somebody decided) is no news; what comes of it changes the status.
        if before is not None and before.status is row.status and wait in {before.waiting_for, None}:
            return None
        waits_as_before = before is not None and wait is not None and wait == before.waiting_for
        match row.status:
            case Status.FAILED | Status.REJECTED:
                return AlertKind.FAILED
            case Status.PAUSED | Status.BLOCKED:
                # A run that comes to its checkpoint is paused a moment later: one thing to tell.
                return None if waits_as_before else AlertKind.WAITING
            case Status.COMPLETED | Status.MERGED | Status.REVIEWED:
                return AlertKind.FINISHED
            case _:
                return AlertKind.WAITING if row.waiting is not None else None

    def _is_news(self, row: Row) -> bool:
        """It moved after this start or while the application was closed, or an earlier run left it in another state.

        A row first seen by this run grows piece by piece while old work is indexed: its changes are no news.
        """
        return row.last_activity_at >= self._since or row.id in self._from_before

    def _is_over(self, row: Row, rules: AlertRules) -> bool:
        limit = rules.spend_limit_micros
        return limit is not None and row.cost is not None and row.cost.micros > limit

    def _keep(self, row: Row, *, spend_told: bool) -> None:
        self.known.sessions[row.id] = KnownSession(row.status, _waiting_for(row), row.last_activity_at, spend_told)


def _waiting_for(row: Row) -> str | None:
    """Tells one wait from the next: two checkpoints of a run are two things to tell."""
    return None if row.waiting is None else row.waiting.checkpoint or row.waiting.since


def _concerns(row: Row, audience: Audience, watching: Watching) -> bool:
    match audience:
        case Audience.NOBODY:
            return False
        case Audience.ALL:
            return True
        case Audience.MINE:
            return row.owner == watching.me or _asks(row, watching)
        case Audience.WATCHED:
            return (
                row.owner == watching.me
                or _asks(row, watching)
                or row.id in watching.sessions
                or row.owner in watching.owners
            )


def _asks(row: Row, watching: Watching) -> bool:
    """A checkpoint that waits for this very person concerns them, whoever's run it is."""
    return row.waiting is not None and row.waiting.assignee == watching.me


def _alert(kind: AlertKind, row: Row) -> Alert:
    stopped = next((step for step in row.steps if step.status.group is StatusGroup.NEEDS_LOOK), None)
    detail = row.status_detail or ""
    if row.waiting is not None and kind is AlertKind.WAITING:
        detail = row.waiting.reason
    elif stopped is not None and kind is AlertKind.FAILED:
        detail = f"{stopped.name}: {stopped.error}" if stopped.error else stopped.name
    can_decide = row.waiting is not None and Action.DECIDE in row.actions
    return Alert(
        kind=kind,
        session_id=row.id,
        title=row.title,
        owner=row.owner,
        at=row.last_activity_at,
        detail=detail,
        step=stopped.id if stopped is not None and kind is AlertKind.FAILED else None,
        checkpoint=row.waiting.checkpoint if can_decide and row.waiting is not None else None,
    )


def still_waits(alert: Alert, row: Row) -> bool:
    """Whether a session waits still for what an alert of kind WAITING said."""
    if alert.checkpoint is not None:
        return row.waiting is not None and row.waiting.checkpoint == alert.checkpoint
    return row.waiting is not None or row.status.group is StatusGroup.WAITING


def newest_of_each(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """What happened to a session in steps is one thing to tell: the newest of each session and kind, in their order."""
    newest = {(alert.session_id, alert.kind): alert for alert in alerts}
    return tuple(newest.values())


@dataclass(frozen=True, slots=True)
class Saying:
    """What one notification says. ``alert`` is set where it speaks of one session, so that a click can open it."""

    title: str
    text: str
    alert: Alert | None = None


def say(alerts: Sequence[Alert], words: Words) -> Saying:
    """One notification for the alerts of a few seconds; ``alerts`` holds at least one."""
    if len(alerts) == 1:
        alert = alerts[0]
        return Saying(_headline(alert.kind, 1, words), _body(alert, words), alert)
    counts = _counted(alerts)
    title = words.listed([_headline(kind, n, words) for kind, n in counts.items()])
    shown = [alert.title for alert in alerts[:3]]
    if len(alerts) > len(shown):
        shown.append(words.plural(len(alerts) - len(shown), "and {n} more", "and {n} more"))
    return Saying(title, "\n".join(shown))


def say_while_away(alerts: Sequence[Alert], words: Words) -> Saying:
    """The one notification about all that happened while the application was closed."""
    counts = words.listed([_headline(kind, n, words) for kind, n in _counted(alerts).items()])
    saying = say(alerts, words)
    return Saying(words.tr("While you were away: {what}", what=counts), saying.text, saying.alert)


def _counted(alerts: Sequence[Alert]) -> dict[AlertKind, int]:
    return {kind: n for kind in AlertKind if (n := sum(alert.kind is kind for alert in alerts))}


def _headline(kind: AlertKind, n: int, words: Words) -> str:
    match kind:
        case AlertKind.FAILED:
            return words.plural(n, "{n} run failed", "{n} runs failed") if n > 1 else words.tr("A run failed")
        case AlertKind.WAITING:
            return words.plural(n, "{n} waits", "{n} wait") if n > 1 else words.tr("A run waits for you")
        case AlertKind.FINISHED:
            return words.plural(n, "{n} run finished", "{n} runs finished") if n > 1 else words.tr("A run finished")
        case AlertKind.SPEND:
            return (
                words.plural(n, "{n} is over the limit", "{n} are over the limit")
                if n > 1
                else words.tr("A session is over the spend limit")
            )


def _body(alert: Alert, words: Words) -> str:
    return words.tr("{title}\n{detail}", title=alert.title, detail=alert.detail) if alert.detail else alert.title
