"""Who works at Acme, and on what."""

from __future__ import annotations

import random
from dataclasses import dataclass

from parrot_wire.values import Role

WORKSPACE_NAME = "Acme workspace (sample)"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role: Role
    share: float
    """How much of the team's work is theirs, relative to the others."""


@dataclass(frozen=True, slots=True)
class Project:
    """A repository, and the words of its trade: what its titles and transcripts speak of."""

    title: str
    repository: str
    language: str
    things: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Initiative:
    title: str
    project: str
    plans: tuple[str, ...]


PEOPLE = (
    Person("Sarah Chen", "sarah.chen@acme.example", Role.OWNER, 1.3),
    Person("Priya Patel", "priya.patel@acme.example", Role.LEAD, 1.2),
    Person("Tom Asare", "tom.asare@acme.example", Role.MEMBER, 1.0),
    Person("Lena Ortiz", "lena.ortiz@acme.example", Role.MEMBER, 1.0),
    Person("Jonas Weber", "jonas.weber@acme.example", Role.MEMBER, 0.8),
    Person("Marcus Webb", "marcus.webb@acme.example", Role.MEMBER, 0.6),
)

_FIRST = [
    "Aiko",
    "Amara",
    "Ben",
    "Carla",
    "Dario",
    "Elif",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jamal",
    "Kira",
    "Leo",
    "Mina",
    "Nils",
    "Olga",
    "Pavel",
    "Quinn",
    "Rosa",
    "Samir",
    "Tara",
    "Uma",
    "Viktor",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zoe",
    "Anton",
    "Bella",
    "Cem",
    "Dora",
    "Emil",
    "Fiona",
    "Goran",
    "Hana",
    "Ivo",
    "Jule",
    "Karim",
    "Luz",
    "Milan",
]
_LAST = [
    "Adeyemi",
    "Bauer",
    "Costa",
    "Diaz",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kaya",
    "Larsen",
    "Moreau",
    "Novak",
    "Okafor",
    "Park",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Vargas",
    "Weiss",
    "Xu",
    "Yilmaz",
    "Zhou",
    "Abbas",
    "Brandt",
    "Conti",
    "Dunne",
    "Ekman",
    "Ferrari",
    "Gruber",
    "Holm",
    "Ivanov",
    "Jung",
]

PROJECTS = (
    Project(
        "insights",
        "acme/insights",
        "python",
        (
            "CSV export",
            "report filter",
            "dashboard cache",
            "audit log",
            "saved report",
            "chart legend",
            "date range picker",
            "scheduled report",
            "column chooser",
            "row-level permission",
            "report preview",
            "timezone setting",
            "pivot table",
            "share link",
            "drill-down",
        ),
        (
            "src/reports/export.py",
            "src/reports/filters.py",
            "src/audit/log.py",
            "src/audit/export.py",
            "src/charts/legend.py",
            "src/reports/schedule.py",
            "tests/reports/test_export.py",
            "tests/audit/test_log.py",
            "src/reports/query.py",
        ),
    ),
    Project(
        "billing",
        "acme/billing",
        "typescript",
        (
            "webhook",
            "invoice PDF",
            "proration",
            "tax rate lookup",
            "dunning e-mail",
            "credit note",
            "usage meter",
            "price table",
            "refund flow",
            "payment retry",
            "ledger entry",
            "currency rounding",
            "trial period",
            "subscription pause",
        ),
        (
            "src/webhooks/v3.ts",
            "src/invoices/render.ts",
            "src/ledger/entries.ts",
            "src/tax/rates.ts",
            "src/retry/policy.ts",
            "test/webhooks.test.ts",
            "test/ledger.test.ts",
            "src/meters/usage.ts",
        ),
    ),
    Project(
        "ingest",
        "acme/ingest",
        "go",
        (
            "nightly import",
            "retry policy",
            "dead-letter queue",
            "back-pressure",
            "schema registry",
            "partition key",
            "dedupe window",
            "batch size",
            "consumer lag",
            "checkpoint file",
            "gzip path",
            "poison message",
            "offset commit",
            "rate limiter",
        ),
        (
            "cmd/importer/main.go",
            "internal/retry/policy.go",
            "internal/queue/deadletter.go",
            "internal/dedupe/window.go",
            "internal/import/nightly.go",
            "internal/import/nightly_test.go",
            "internal/batch/writer.go",
        ),
    ),
    Project(
        "search",
        "acme/search",
        "rust",
        (
            "public search endpoint",
            "synonym list",
            "cursor paging",
            "typo tolerance",
            "result ranking",
            "facet count",
            "index swap",
            "query parser",
            "highlighting",
            "stop word list",
            "suggestion box",
            "cold start",
            "shard rebalancing",
            "score explanation",
        ),
        (
            "src/api/search.rs",
            "src/index/swap.rs",
            "src/query/parser.rs",
            "src/rank/score.rs",
            "src/paging/cursor.rs",
            "tests/paging.rs",
            "tests/ranking.rs",
            "benches/query.rs",
        ),
    ),
    Project(
        "web-app",
        "acme/web-app",
        "typescript",
        (
            "sign-in page",
            "settings panel",
            "websocket client",
            "notification bell",
            "dark theme",
            "shortcut overview",
            "empty state",
            "upload dialog",
            "session list",
            "breadcrumb",
            "form validation",
            "onboarding tour",
            "language switcher",
            "avatar upload",
        ),
        (
            "app/session/list.tsx",
            "app/settings/panel.tsx",
            "app/lib/socket.ts",
            "app/theme/dark.ts",
            "app/upload/dialog.tsx",
            "app/lib/socket.test.ts",
            "app/signin/page.tsx",
            "app/i18n/index.ts",
        ),
    ),
    Project(
        "platform",
        "acme/platform",
        "terraform",
        (
            "staging cluster",
            "release pipeline",
            "log retention",
            "secret rotation",
            "preview environment",
            "container image",
            "TLS renewal",
            "alert rule",
            "backup restore",
            "node pool",
            "cost report",
            "deploy gate",
            "feature flag store",
            "cache warm-up",
        ),
        (
            "modules/cluster/main.tf",
            "pipelines/release.yml",
            "scripts/rotate.sh",
            "alerts/rules.yml",
            "docker/Dockerfile",
            "scripts/restore_test.sh",
            "modules/dns/main.tf",
        ),
    ),
)

INITIATIVES = (
    Initiative(
        "CSV Export on the Reporting Page",
        "insights",
        ("Audit export endpoint", "Export route and test", "Format check"),
    ),
    Initiative("Billing webhooks v3", "billing", ("Dual-write events", "Move consumers", "Retire v2")),
    Initiative("Search that keeps up", "search", ("Rate limits", "Cursor paging", "Index swap without downtime")),
    Initiative("Imports you can trust", "ingest", ("Skip report", "Dead-letter replay", "Idempotent batches")),
    Initiative("4.2 release", "web-app", ("Docs sweep", "Upgrade notes", "Translation freeze")),
    Initiative("Cheaper staging", "platform", ("Sleep at night", "Smaller images")),
    Initiative("Accessible by default", "web-app", ("Keyboard paths", "Contrast audit", "Screen reader labels")),
    Initiative("Faster first paint", "web-app", ("Bundle diet", "Stream the shell")),
)


def team_of(size: int, seed: int) -> tuple[Person, ...]:
    """The six, and further made-up people where more are asked for."""
    if size <= len(PEOPLE):
        return PEOPLE[: max(size, 1)]
    rng = random.Random(f"team {seed}")
    known = {person.name for person in PEOPLE}
    more: list[Person] = []
    number = 1
    while len(PEOPLE) + len(more) < size:
        name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
        if name in known:
            number += 1
            name = f"{name} {number}"
        known.add(name)
        email = f"{name.lower().replace(' ', '.')}@acme.example"
        more.append(Person(name, email, Role.MEMBER, rng.uniform(0.3, 1.2)))
    return (*PEOPLE, *more)


def project_named(title: str) -> Project:
    """Raises KeyError."""
    for project in PROJECTS:
        if project.title == title:
            return project
    raise KeyError(title)
