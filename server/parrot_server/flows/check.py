"""A Flow file -> a Flow, or everything that is wrong with it: each problem with its line and its key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeVar, cast

from parrot_server.flows import templates
from parrot_server.flows.definition import (
    FLOW_ID,
    ID,
    SKILL,
    AgentName,
    AgentStep,
    CheckpointMode,
    CommandStep,
    Defaults,
    ErrorRule,
    Flow,
    FlowStep,
    OnError,
    Parameter,
    ParameterType,
    ParameterValue,
)
from parrot_server.flows.shells import program_text
from parrot_server.flows.toml_lines import Path, key_lines, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import StrEnum

MAX_STEPS = 200
MAX_RETRIES = 10

RESERVED_PARAMETERS = frozenset({"data_dir", "flow_id", "run_id", "step_id", "token", "workspace"})
"""As environment variables they would be read by Parrot itself, or say something else already."""

_Word = TypeVar("_Word", bound="StrEnum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong; ``str()`` is how it is told: ``flow.toml:12: steps[1].timeout: ...``."""

    file: str
    line: int
    key: str
    detail: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {f'{self.key}: ' if self.key else ''}{self.detail}"


class BadFlow(ValueError):
    """A Flow file that cannot be used, with all its problems in the order of their lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def parse_flow(text: str, *, file: str) -> Flow:
    """The Flow that a file defines; ``file`` is what problems call it. Raises BadFlow, before anything runs."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise BadFlow([Problem(file=file, line=line, key="", detail=f"not TOML: {error}")]) from error
    except RecursionError:
        raise BadFlow([Problem(file=file, line=1, key="", detail="not TOML: nested too deeply")]) from None
    checker = _Checker(file=file, lines=key_lines(text))
    flow = checker.flow(document)
    if checker.problems or flow is None:
        raise BadFlow(checker.problems)
    return flow


@dataclass(slots=True)
class _Table:
    """A table being read: whatever is taken from it is known, whatever is left is an unknown key."""

    values: dict[str, Any]
    path: Path
    taken: set[str] = field(default_factory=set[str])


class _Checker:
    def __init__(self, *, file: str, lines: Mapping[Path, int]) -> None:
        self._file = file
        self._lines = lines
        self.problems: list[Problem] = []

    def flow(self, document: dict[str, Any]) -> Flow | None:
        table = _Table(document, ())
        flow_id = self._text(table, "id", required=True, pattern=FLOW_ID, says="lower-case letters, digits, - and _")
        title = self._text(table, "title")
        description = self._text(table, "description")
        parameters = [self._parameter(each) for each in self._tables(table, "parameters")]
        names = [parameter.name for parameter in parameters if parameter]
        self._refuse_twins(names, "parameters", "name")
        defaults = self._defaults(table)
        step_tables = self._tables(table, "steps", required=True)
        if len(step_tables) > MAX_STEPS:
            self._problem(("steps",), f"a Flow has at most {MAX_STEPS} steps, not {len(step_tables)}")
        ids = [each.values.get("id") for each in step_tables]
        self._refuse_twins(ids, "steps", "id")
        steps = [
            self._step(
                each,
                parameters=frozenset(names),
                earlier=frozenset(i for i in ids[:index] if isinstance(i, str)),
                later=frozenset(i for i in ids[index:] if isinstance(i, str)) - frozenset(ids[:index]),
            )
            for index, each in enumerate(step_tables)
        ]
        self._refuse_unknown(table)
        if self.problems or flow_id is None or defaults is None:
            return None
        return Flow(
            id=flow_id,
            title=title or flow_id,
            description=description,
            parameters=tuple(parameter for parameter in parameters if parameter),
            defaults=defaults,
            steps=tuple(step for step in steps if step),
        )

    def _parameter(self, table: _Table) -> Parameter | None:
        name = self._text(table, "name", required=True, pattern=ID, says="[a-z][a-z0-9_]*")
        kind = self._word(table, "type", ParameterType) or ParameterType.STRING
        required = self._boolean(table, "required")
        default = self._default(table, kind)
        self._refuse_unknown(table)
        if name is None:
            return None
        if name in RESERVED_PARAMETERS or name.startswith("step_"):
            self._problem(
                (*table.path, "name"), f"{name!r} is taken: steps find PARROT_{name.upper()} in their environment"
            )
        if required and default is not None:
            self._problem((*table.path, "default"), "a required parameter has no default")
        return Parameter(name=name, type=kind, required=required, default=default)

    def _default(self, table: _Table, kind: ParameterType) -> ParameterValue:
        value = self._take(table, "default")
        path = (*table.path, "default")
        match kind, value:
            case _, None:
                return None
            case (ParameterType.STRING, str()) | (ParameterType.BOOLEAN, bool()):
                if isinstance(value, str) and "\0" in value:
                    self._problem(path, "a text cannot hold a zero byte")
                return value
            case ParameterType.NUMBER, int() | float() if not isinstance(value, bool):
                return value
            case _:
                self._problem(path, f"must be a {kind}, as its type says, not {_kind_of(value)}")
                return None

    def _defaults(self, table: _Table) -> Defaults | None:
        value = self._take(table, "defaults")
        if value is None:
            return Defaults()
        if not isinstance(value, dict):
            self._problem(("defaults",), f"must be a table, not {_kind_of(value)}")
            return None
        inner = _Table(cast("dict[str, Any]", value), ("defaults",))
        checkpoints = self._word(inner, "checkpoints", CheckpointMode) or CheckpointMode.MANUAL
        minutes = self._amount(inner, "max_minutes")
        cost = self._amount(inner, "max_cost_usd")
        self._refuse_unknown(inner)
        micros = None if cost is None else int((cost * 1_000_000).to_integral_value())
        return Defaults(
            checkpoints=checkpoints,
            max_minutes=None if minutes is None else float(minutes),
            max_cost_micros=micros,
        )

    def _step(
        self, table: _Table, *, parameters: frozenset[str], earlier: frozenset[str], later: frozenset[str]
    ) -> FlowStep | None:
        def check(text: str, path: Path, how: Callable[..., None] = templates.check_template) -> bool:
            """Whether the text holds a template, after its problems were noted."""
            try:
                how(text, parameters=parameters, steps=earlier, later=later)
            except templates.BadTemplate as error:
                self._problem(path, str(error))
            return templates.has_template(text)

        step_id = self._text(table, "id", required=True, pattern=ID, says="[a-z][a-z0-9_]*")
        name = self._text(table, "name")
        skill = self._text(table, "skill", pattern=SKILL, says="lower-case words joined by -, like create-pr")
        checkpoint = self._boolean(table, "checkpoint")
        on_error = self._on_error(table)
        timeout_s = self._timeout(table)
        when = self._text(table, "when")
        if when is not None:
            check(when, (*table.path, "when"), templates.check_condition)
        artifacts = self._texts(table, "artifacts")
        for index, artifact in enumerate(artifacts):
            path = (*table.path, "artifacts", index)
            check(artifact, path)
            if artifact.startswith(("/", "\\", "~")) or ".." in re.split(r"[\\/]", artifact) or artifact[1:2] == ":":
                self._problem(path, "must be a path inside the working directory")
        work = self._work(table, check)
        self._refuse_unknown(table)
        if step_id is None or work is None:
            return None
        return FlowStep(
            id=step_id,
            name=name or step_id.replace("_", " ").capitalize(),
            work=work,
            skill=skill,
            checkpoint=checkpoint,
            on_error=on_error,
            timeout_s=timeout_s,
            when=when,
            artifacts=tuple(artifacts),
        )

    def _work(self, table: _Table, check: Callable[[str, Path], bool]) -> CommandStep | AgentStep | None:
        has_run = "run" in table.values
        argv = self._texts(table, "run")
        agent = self._word(table, "agent", AgentName)
        prompt = self._text(table, "prompt")
        if has_run == ("agent" in table.values):
            self._problem(table.path, "a step has either run (a command) or agent (and its prompt)")
            return None
        if has_run:
            if prompt is not None:
                self._problem((*table.path, "prompt"), "only a step with an agent has a prompt")
            if not argv:
                if isinstance(table.values["run"], list):
                    self._problem((*table.path, "run"), "must name a command")
                return None
            if not argv[0]:
                self._problem((*table.path, "run", 0), "must name a command")
            has = [check(argument, (*table.path, "run", index)) for index, argument in enumerate(argv)]
            bad = program_text(argv, has)
            if bad is not None:
                self._problem((*table.path, "run", bad), _PROGRAM_TEXT if bad else _COMMAND_NAME)
            return CommandStep(argv=tuple(argv))
        if prompt is None:
            if "prompt" not in table.values:
                self._problem((*table.path, "agent"), "a step with an agent needs a prompt")
            return None
        check(prompt, (*table.path, "prompt"))
        return AgentStep(agent=agent, prompt=prompt) if agent else None

    def _on_error(self, table: _Table) -> OnError:
        text = self._text(table, "on_error")
        if text is None or text == ErrorRule.STOP:
            return OnError()
        if text == ErrorRule.SKIP:
            return OnError(rule=ErrorRule.SKIP)
        retry = re.fullmatch(r"retry:(\d{1,3})", text)
        if retry and 1 <= int(retry[1]) <= MAX_RETRIES:
            return OnError(rule=ErrorRule.RETRY, retries=int(retry[1]))
        self._problem(
            (*table.path, "on_error"),
            f'must be "stop", "skip" or "retry:N" with N from 1 to {MAX_RETRIES}, not "{text}"',
        )
        return OnError()

    def _timeout(self, table: _Table) -> float | None:
        text = self._text(table, "timeout")
        if text is None:
            return None
        parts = re.fullmatch(r"(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?", text)
        seconds = sum(int(n or 0) * unit for n, unit in zip(parts.groups(), (3600, 60, 1), strict=True)) if parts else 0
        if seconds <= 0:
            self._problem((*table.path, "timeout"), f'must be a time like "90s", "10m" or "1h30m", not "{text}"')
            return None
        return float(seconds)

    def _amount(self, table: _Table, key: str) -> Decimal | None:
        """A number above zero, exactly as it was written."""
        value = self._take(table, key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._problem((*table.path, key), f"must be a number, not {_kind_of(value)}")
            return None
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            amount = Decimal(0)
        if not amount.is_finite() or not 0 < amount <= 1_000_000_000:
            self._problem((*table.path, key), f"must be a number above 0, not {value}")
            return None
        return amount

    def _text(
        self, table: _Table, key: str, *, required: bool = False, pattern: re.Pattern[str] | None = None, says: str = ""
    ) -> str | None:
        value = self._take(table, key)
        path = (*table.path, key)
        if value is None:
            if required:
                self._problem(path, "is missing")
            return None
        if not isinstance(value, str):
            self._problem(path, f"must be a text, not {_kind_of(value)}")
            return None
        if not value.strip():
            self._problem(path, "must not be empty")
            return None
        if "\0" in value:
            self._problem(path, "cannot hold a zero byte")
            return None
        if pattern and not pattern.match(value):
            self._problem(path, f"must be {says}, not {value!r}")
            return None
        return value

    def _texts(self, table: _Table, key: str) -> list[str]:
        value = self._take(table, key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._problem((*table.path, key), f"must be a list of texts, not {_kind_of(value)}")
            return []
        found: list[str] = []
        for index, item in enumerate(cast("list[Any]", value)):
            if isinstance(item, str) and "\0" not in item:
                found.append(item)
            else:
                wrong = "a text with a zero byte" if isinstance(item, str) else _kind_of(item)
                self._problem((*table.path, key, index), f"must be a text, not {wrong}")
        return found

    def _boolean(self, table: _Table, key: str) -> bool:
        value = self._take(table, key)
        if value is not None and not isinstance(value, bool):
            self._problem((*table.path, key), f"must be true or false, not {_kind_of(value)}")
        return value is True

    def _word(self, table: _Table, key: str, words: type[_Word]) -> _Word | None:
        text = self._text(table, key)
        if text is None:
            return None
        try:
            return words(text)
        except ValueError:
            self._problem((*table.path, key), f"must be one of {', '.join(words)}, not {text!r}")
            return None

    def _tables(self, table: _Table, key: str, *, required: bool = False) -> list[_Table]:
        value = self._take(table, key)
        if value is None or value == []:
            if required:
                self._problem((*table.path, key), "is missing: a Flow has at least one [[steps]]")
            return []
        if not isinstance(value, list):
            self._problem((*table.path, key), f"must be tables, [[{key}]], not {_kind_of(value)}")
            return []
        found: list[_Table] = []
        for index, item in enumerate(cast("list[Any]", value)):
            path: Path = (*table.path, key, index)
            if isinstance(item, dict):
                found.append(_Table(cast("dict[str, Any]", item), path))
            else:
                self._problem(path, f"must be a table, [[{key}]], not {_kind_of(item)}")
        return found

    def _refuse_twins(self, names: list[Any], table: str, key: str) -> None:
        seen: set[str] = set()
        for index, name in enumerate(names):
            if isinstance(name, str):
                if name in seen:
                    self._problem((table, index, key), f"{name!r} is there twice")
                seen.add(name)

    def _refuse_unknown(self, table: _Table) -> None:
        for key in table.values:
            if key not in table.taken:
                known = ", ".join(sorted(table.taken))
                self._problem((*table.path, key), f"unknown key; there are {known}")

    def _take(self, table: _Table, key: str) -> Any:
        table.taken.add(key)
        return table.values.get(key)

    def _problem(self, path: Path, detail: str) -> None:
        self.problems.append(Problem(file=self._file, line=line_of(self._lines, path), key=_said(path), detail=detail))


_COMMAND_NAME = "the command itself cannot be a template: a value would choose what runs"
_PROGRAM_TEXT = (
    "a template here would let a value become a command; read it from the environment"
    ' (like "$PARROT_BRANCH" or "$PARROT_STEP_PLAN_RESULT"), or pass it as an argument after the script'
)


def _said(path: Path) -> str:
    """``("steps", 1, "run", 2)`` -> ``steps[1].run[2]``."""
    said = ""
    for part in path:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else part
    return said


def _kind_of(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"
