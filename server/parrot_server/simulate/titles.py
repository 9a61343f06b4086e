"""What sessions are called: thousands of different titles that a team could have written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from parrot_server.simulate.team import Project

_WORK = (
    "Add {a} {t} to {where}",
    "Fix the {t} when {when}",
    "Speed up the {t}",
    "Refactor the {t} behind an interface",
    "Cover the {t} with tests",
    "Move the {t} out of {where}",
    "Log what the {t} decides",
    "Make the {t} idempotent",
    "Retry the {t} after a timeout",
    "Document the {t} for {who}",
    "Delete the old {t}",
    "Migrate the {t} to {version}",
    "Rate-limit the {t}",
    "Show errors of the {t} to {who}",
    "Guard the {t} against {when}",
    "Split the {t} in two",
    "Cache the {t} for {span}",
    "Feature-flag the {t}",
    "Back-port the {t} fix to {version}",
    "Tidy up the {t} module",
    "Measure the {t} under load",
    "Validate input of the {t}",
    "Stream the {t} instead of buffering",
    "Rename the {t} settings",
)
_CHATS = (
    "Why does the {t} fail when {when}?",
    "How does the {t} work?",
    "Explain the flaky {t} test",
    "Where is the {t} configured?",
    "Draft three plans for the {t}",
    "Review my change to the {t}",
    "Compare two ways to build the {t}",
    "Find what slows the {t} down",
    "Write the release note for the {t}",
    "Sketch the schema of the {t}",
    "Walk me through the {t}",
    "Reproduce the {t} bug of {who}",
    "What breaks if we drop the {t}?",
    "Pair on the {t}",
    "Turn the {t} spec into tasks",
    "Clean up the {t} branch",
    "Is the {t} safe when {when}?",
    "Make sense of the {t} logs",
)
_ASKS = (
    "What owns the {t}?",
    "Who calls the {t}?",
    "When did the {t} change last?",
    "Is there a test for the {t}?",
    "Which service writes the {t}?",
    "What does the {t} cost us?",
    "Where do errors of the {t} end up?",
    "How long do we keep the {t}?",
    "Does anything still use the {t}?",
)
_TASKS = (
    "Search the code for {t}",
    "List the callers of the {t}",
    "Read the {t} tests",
    "Summarise the {t} history",
    "Check the {t} against the docs",
    "Find similar code to the {t}",
)
_WHERE = (
    "the reporting page",
    "the admin area",
    "the API",
    "the mobile app",
    "the nightly job",
    "the settings",
    "the public site",
)
_WHEN = (
    "the list is empty",
    "two people save at once",
    "the clock changes",
    "a name has an accent",
    "the network drops",
    "the file is huge",
    "the token expires",
    "the cache is cold",
    "a retry comes late",
    "the month has 31 days",
)
_WHO = ("support", "new colleagues", "the finance team", "operators", "customers", "the mobile team")
_VERSIONS = ("v2", "v3", "4.1", "4.2", "the new API", "the shared library")
_SPANS = ("a minute", "an hour", "the session", "a day")
_A = ("a", "another", "an optional", "a smaller")
FLOW_PREFIXES = ("Full SDLC · ", "", "", "Nightly · ", "Review · ", "Hotfix · ")


def work_title(rng: random.Random, project: Project) -> str:
    """What a Flow run is about."""
    return _filled(rng, rng.choice(_WORK), project)


def chat_title(rng: random.Random, project: Project) -> str:
    return _filled(rng, rng.choice(_CHATS), project)


def ask_title(rng: random.Random, project: Project) -> str:
    return _filled(rng, rng.choice(_ASKS), project)


def task_title(rng: random.Random, project: Project) -> str:
    """What a subagent is sent to do."""
    return _filled(rng, rng.choice(_TASKS), project)


def _filled(rng: random.Random, pattern: str, project: Project) -> str:
    return pattern.format(
        t=rng.choice(project.things),
        where=rng.choice(_WHERE),
        when=rng.choice(_WHEN),
        who=rng.choice(_WHO),
        version=rng.choice(_VERSIONS),
        span=rng.choice(_SPANS),
        a=rng.choice(_A),
    )
