"""What is said in the sample's transcripts: short conversations that read like work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_wire.session import Part, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from parrot_server.simulate.team import Project

_PROMPTS = (
    "{title}. Keep it small enough to ship on its own.",
    "Can you look into this: {title}",
    "{title}\n\nThe failing case is in `{test}`.",
    "We promised this for the release: {title}. Start with the tests, please.",
    "{title}. If you need to touch `{file}`, say why first.",
)
_FOLLOW_UPS = (
    "Good. Split the format check into its own plan.",
    "Looks right. Can you add a test for the empty case?",
    "Why not reuse what is in `{file}`?",
    "Fine with me, go on.",
    "What happens when the input is twice as large?",
    "Please keep the public names as they are.",
    "Could this break the nightly run?",
    "Nice. Summarise it for the pull request.",
)
_THOUGHTS = (
    "The list is read in one go here. If it is paged already, the change is a loop; else the interface must change.",
    "Two callers. One passes a default that was never used. That is probably the bug.",
    "The test names the symptom, not the cause. Look at what writes the value first.",
    "This could be a migration, but a view would do and can be taken back.",
)
_ANSWERS = (
    "The endpoint streams rows already, so the change can reuse the page filter. I add the route and its test.",
    "Found it: `{file}` compares local time with UTC, so the last hour of the day is lost.",
    "There are three callers. Two pass the same value, so it can be the default, and the third gets a test of its own.",
    "Done. The change is 38 lines in `{file}`; the tests cover the empty case, one row and a page boundary.",
    "I would not change the schema for this. A partial index does it, and it can be dropped again without a migration.",
    "The log is already paged, so the first step can stream it as it is:\n\n```{language}\n{code}\n```",
    "It fails because the retry keeps the old token. Refreshing it before the second try is enough; a test shows it.",
    "Here is the shape I suggest:\n\n"
    "1. read the page filter once\n2. stream one page at a time\n3. write the footer when the last page is done",
    "Measured: 840 ms before, 120 ms after, with the same rows. Most of it was one query for each line.",
)
_CODE = {
    "python": """\
def export_rows(query: Query) -> Iterator[Row]:
    # one page at a time: the report may not fit in memory
    yield from query.stream(page_size=500)""",
    "typescript": """\
export async function* pages(query: Query) {
  for (let page = await query.first(); page; page = await page.next()) {
    yield page.rows;
  }
}""",
    "go": """\
func (p Policy) Next(attempt int) time.Duration {
\td := p.Base << attempt
\tif d > p.Max {
\t\treturn p.Max
\t}
\treturn d
}""",
    "rust": """\
pub fn decode(cursor: &str) -> Result<Cursor, BadCursor> {
    let bytes = BASE32.decode(cursor.as_bytes())?;
    Cursor::try_from(bytes.as_slice())
}""",
    "terraform": """\
resource "aws_autoscaling_schedule" "night" {
  desired_capacity = 0
  recurrence       = "0 20 * * 1-5"
}""",
}
_RUNS = (
    (
        "pytest tests/reports -q",
        "....................                                     [100%]\n20 passed in 1.84s",
        0,
    ),
    ("pytest tests/audit -q", "..F.F\n2 failed, 3 passed in 0.92s", 1),
    ("npm test -- --run", "Test Files  14 passed (14)\n     Tests  96 passed (96)", 0),
    ("go test ./...", "ok  acme/ingest/internal/retry  0.412s\nok  acme/ingest/internal/dedupe  0.288s", 0),
    ("cargo test paging", "test result: ok. 11 passed; 0 failed; 0 ignored", 0),
    ("make lint", "All checks passed!", 0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a story. ``turn``: it answers a request to the model, so it has a cost."""

    role: MessageRole
    parts: tuple[Part, ...]
    turn: bool = False


def conversation(rng: random.Random, title: str, project: Project, *, asks: bool = False) -> Iterator[Line]:
    """A chat without an end: a prompt, the agent's work on it, a follow-up, and so on."""
    yield _typed(_filled(rng, rng.choice(_PROMPTS), title, project) if not asks else title)
    while True:
        yield from work(rng, title, project, edits=not asks)
        yield _typed(_filled(rng, rng.choice(_FOLLOW_UPS), title, project))


def work(rng: random.Random, title: str, project: Project, *, edits: bool = True) -> Iterator[Line]:
    """The agent at work: looks, thinks, changes, runs, and says what came of it."""
    call = rng.getrandbits(40)
    for kind in rng.sample(("Search", "Read", "Read"), rng.randint(1, 3)):
        call += 1
        yield from _looked(rng, kind, f"call_{call:x}", title, project)
    if edits:
        call += 1
        yield from _edited(rng, f"call_{call:x}", project)
        if rng.random() < 0.8:
            call += 1
            yield from _ran(rng, f"call_{call:x}")
    yield Line(
        role=MessageRole.ASSISTANT,
        parts=(Text(text=_filled(rng, rng.choice(_ANSWERS), title, project)),),
        turn=True,
    )


def _looked(rng: random.Random, kind: str, call_id: str, title: str, project: Project) -> Iterator[Line]:
    file = rng.choice(project.files)
    if kind == "Search":
        pattern = rng.choice(title.split()).strip("?.").lower()
        given, text = (
            {"pattern": pattern},
            f"{rng.randint(2, 40)} lines in {rng.randint(2, 14)} files\n{file}:{rng.randint(8, 300)}",
        )
    else:
        given, text = {"file_path": file, "offset": 1, "limit": 220}, f"1-{rng.randint(80, 220)}"
    thinking = (Thinking(text=rng.choice(_THOUGHTS)),) if rng.random() < 0.3 else ()
    call = ToolCall(call_id=call_id, name=kind, input=given)
    yield Line(role=MessageRole.ASSISTANT, parts=(*thinking, call), turn=True)
    yield _result(call_id, text, ok=True, duration=rng.randint(8, 90))


def _edited(rng: random.Random, call_id: str, project: Project) -> Iterator[Line]:
    file = rng.choice(project.files)
    code = _CODE[project.language]
    given = {"file_path": file, "old_string": code.splitlines()[0], "new_string": code}
    yield Line(role=MessageRole.ASSISTANT, parts=(ToolCall(call_id=call_id, name="Edit", input=given),), turn=True)
    yield _result(call_id, f"The file {file} has been updated.", ok=True, duration=rng.randint(5, 30))


def _ran(rng: random.Random, call_id: str) -> Iterator[Line]:
    command, output, code = rng.choice(_RUNS)
    call = ToolCall(call_id=call_id, name="Bash", input={"command": command})
    yield Line(role=MessageRole.ASSISTANT, parts=(call,), turn=True)
    yield _result(call_id, output, ok=code == 0, exit_code=code, duration=rng.randint(400, 9_000))


def _result(call_id: str, text: str, *, ok: bool, exit_code: int | None = None, duration: int) -> Line:
    part = ToolResult(call_id=call_id, ok=ok, text=text, exit_code=exit_code, duration=duration)
    return Line(role=MessageRole.TOOL, parts=(part,))


def _typed(text: str) -> Line:
    return Line(role=MessageRole.USER, parts=(Text(text=text),))


def _filled(rng: random.Random, pattern: str, title: str, project: Project) -> str:
    tests = [file for file in project.files if "test" in file]
    return pattern.format(
        title=title,
        file=rng.choice(project.files),
        test=rng.choice(tests or project.files),
        language=project.language,
        code=_CODE[project.language],
    )
