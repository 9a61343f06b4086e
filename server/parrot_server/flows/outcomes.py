"""How steps came out, and how later steps see it: in templates and in their environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parrot_server.flows.definition import ParameterValue, as_text
from parrot_server.flows.processes import RUN_ID_VARIABLE, STEP_ID_VARIABLE
from parrot_server.flows.templates import Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_wire.values import Status

WITHHELD = frozenset({"PARROT_TOKEN"})
"""What a step does not inherit: with the workspace's token an agent could approve its own checkpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a step came out. ``result`` is the last line of its output, or its agent's final message."""

    status: Status
    result: str = ""
    error: str | None = None
    exit_code: int | None = None


def template_values(parameters: Mapping[str, ParameterValue], outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """What templates and conditions can name."""
    values = Names(parameters)
    steps = {
        step_id: Names(
            {
                "status": str(outcome.status),
                "result": outcome.result,
                "error": outcome.error,
                "exit_code": outcome.exit_code,
            }
        )
        for step_id, outcome in outcomes.items()
    }
    return {"parameters": values, "params": values, "steps": Names(steps)}


def step_environment(
    inherited: Mapping[str, str],
    *,
    run_id: str,
    flow_id: str,
    step_id: str,
    parameters: Mapping[str, ParameterValue],
    outcomes: Mapping[str, Outcome],
) -> dict[str, str]:
    """The environment of a step: ours, the ids, every parameter and every earlier step's status and result."""
    env = {name: value for name, value in inherited.items() if name not in WITHHELD}
    env |= {RUN_ID_VARIABLE: run_id, STEP_ID_VARIABLE: step_id, "PARROT_FLOW_ID": flow_id}
    for name, value in parameters.items():
        env[f"PARROT_{name.upper()}"] = as_text(value)
    for earlier, outcome in outcomes.items():
        env[f"PARROT_STEP_{earlier.upper()}_STATUS"] = str(outcome.status)
        env[f"PARROT_STEP_{earlier.upper()}_RESULT"] = outcome.result.replace("\0", "")
    return env
