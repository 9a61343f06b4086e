"""A Flow as its file defines it, checked and typed. `check.py` makes these from TOML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

ID = re.compile(r"[a-z][a-z0-9_]*\Z")
"""Ids of Flows, steps and parameters; a Flow's own may hold hyphens besides."""

FLOW_ID = re.compile(r"[a-z][a-z0-9_-]*\Z")
SKILL = re.compile(r"[a-z][a-z0-9-]*\Z")

ParameterValue = str | int | float | bool | None
"""None is a parameter that is not required and was not given: it reads as an empty text."""


class ParameterType(StrEnum):
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"


class AgentName(StrEnum):
    """The agents that the runner can start."""

    CLAUDE_CODE = "claude-code"
    CODEX = "codex"
    GEMINI = "gemini"
    OPENCODE = "opencode"


class CheckpointMode(StrEnum):
    """Whether a person decides at a checkpoint, or the runner passes it and says so."""

    MANUAL = "manual"
    AUTO = "auto"


class ErrorRule(StrEnum):
    STOP = "stop"
    SKIP = "skip"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnError:
    """What follows a failed step; ``retries`` is how often it is tried again before the run fails."""

    rule: ErrorRule = ErrorRule.STOP
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    type: ParameterType = ParameterType.STRING
    required: bool = False
    default: ParameterValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    checkpoints: CheckpointMode = CheckpointMode.MANUAL
    max_minutes: float | None = None
    max_cost_micros: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStep:
    """``argv`` may hold templates, but never where a shell reads its program."""

    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStep:
    agent: AgentName
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One step. ``when`` is a condition over what came before, ``artifacts`` are paths in the working directory."""

    id: str
    name: str
    work: CommandStep | AgentStep
    skill: str | None = None
    checkpoint: bool = False
    on_error: OnError = OnError()
    timeout_s: float | None = None
    when: str | None = None
    artifacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    id: str
    title: str
    steps: tuple[FlowStep, ...]
    description: str | None = None
    parameters: tuple[Parameter, ...] = ()
    defaults: Defaults = Defaults()

    def index_of(self, step_id: str) -> int:
        """Raises KeyError for a step that the Flow does not have."""
        for index, step in enumerate(self.steps):
            if step.id == step_id:
                return index
        raise KeyError(step_id)


class BadParameterValue(ValueError):
    """A ``--param`` that the Flow does not know or cannot use."""


def bind_parameters(flow: Flow, given: dict[str, str]) -> dict[str, ParameterValue]:
    """Texts of the command line -> the Flow's parameters, by name, defaults filled in. Raises BadParameterValue."""
    known = {parameter.name: parameter for parameter in flow.parameters}
    for name in given:
        if name not in known:
            there_are = ", ".join(known) or "none"
            raise BadParameterValue(f"--param {name}: this Flow has no such parameter; it has: {there_are}")
    values: dict[str, ParameterValue] = {}
    for name, parameter in known.items():
        if name in given:
            values[name] = _typed(parameter, given[name])
        elif parameter.required:
            raise BadParameterValue(f"--param {name}=... is required by this Flow")
        else:
            values[name] = parameter.default
    return values


def as_text(value: ParameterValue) -> str:
    """How a parameter reads in an environment variable."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _typed(parameter: Parameter, text: str) -> ParameterValue:
    match parameter.type:
        case ParameterType.STRING:
            if "\0" in text:
                raise BadParameterValue(f"--param {parameter.name}: a text cannot hold a zero byte")
            return text
        case ParameterType.BOOLEAN:
            if text not in ("true", "false"):
                raise BadParameterValue(f"--param {parameter.name}: must be true or false, not {text!r}")
            return text == "true"
        case ParameterType.NUMBER:
            if re.fullmatch(r"[-+]?\d{1,18}", text):
                return int(text)
            if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?", text):
                return float(text)
            raise BadParameterValue(f"--param {parameter.name}: must be a number, not {text!r}")
