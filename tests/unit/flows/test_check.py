"""A Flow file is either right, or every mistake in it is named with file, line and key before anything runs."""

from __future__ import annotations

import textwrap

import pytest

from parrot_server.flows.check import BadFlow, parse_flow
from parrot_server.flows.definition import (
    AgentName,
    AgentStep,
    BadParameterValue,
    CheckpointMode,
    CommandStep,
    ErrorRule,
    as_text,
    bind_parameters,
)

WHOLE = """\
id = "csv-export"
title = "CSV export on the reporting page"
description = "Plan, implement and verify the export."

[[parameters]]
name = "branch"
type = "string"
required = false
default = "main"

[defaults]
checkpoints = "auto"
max_minutes = 60
max_cost_usd = 5.25

[[steps]]
id = "plan"
name = "Plan"
skill = "plan"
run = ["sh", "-c", "echo planning on \\"$PARROT_BRANCH\\""]

[[steps]]
id = "implement"
agent = "claude-code"
prompt = "Carry out this plan: {{ steps.plan.result }} on {{ parameters.branch }}"

[[steps]]
id = "open_request"
name = "Open pull request"
skill = "create-pr"
checkpoint = true
run = ["make", "test", "BRANCH={{ params.branch }}"]
on_error = "retry:2"
timeout = "1h30m"
when = "steps.implement.status == 'completed' and steps.plan.result.startswith('planning')"
artifacts = ["report.html"]
"""


def test_every_key_of_a_flow_file_arrives_typed() -> None:
    flow = parse_flow(WHOLE, file="flow.toml")
    assert (flow.id, flow.title) == ("csv-export", "CSV export on the reporting page")
    assert flow.defaults.checkpoints is CheckpointMode.AUTO
    assert (flow.defaults.max_minutes, flow.defaults.max_cost_micros) == (60, 5_250_000)
    plan, implement, request = flow.steps
    assert isinstance(plan.work, CommandStep)
    assert plan.skill == "plan"
    assert isinstance(implement.work, AgentStep)
    assert (implement.work.agent, implement.name) == (AgentName.CLAUDE_CODE, "Implement")
    assert (request.timeout_s, request.checkpoint, request.artifacts) == (5400, True, ("report.html",))
    assert (request.on_error.rule, request.on_error.retries) == (ErrorRule.RETRY, 2)


STEP = '\n[[steps]]\nid = "plan"\nrun = ["true"]\n'

MISTAKES = [
    ('id = "a"\nbogus = 1' + STEP, 2, "bogus", "unknown key"),
    ('id = "Csv Export"' + STEP, 1, "id", "lower-case"),
    ('title = "no id"' + STEP, 1, "id", "is missing"),
    ('id = "a"', 1, "steps", "at least one"),
    ('id = "a"\nsteps = "x"', 2, "steps", "must be tables"),
    ('id = "a"\ntitle = 3' + STEP, 2, "title", "must be a text, not a number"),
    ('id = "a"\n[defaults]\nmax_minutes = "60"' + STEP, 3, "defaults.max_minutes", "must be a number, not a text"),
    ('id = "a"\n[defaults]\nmax_cost_usd = -1' + STEP, 3, "defaults.max_cost_usd", "above 0"),
    ('id = "a"\n[defaults]\nmax_minutes = nan' + STEP, 3, "defaults.max_minutes", "above 0"),
    ('id = "a"\n[defaults]\ncheckpoints = "never"' + STEP, 3, "defaults.checkpoints", "manual, auto"),
    ('id = "a"\n[[parameters]]\nname = "Branch"' + STEP, 3, "parameters[0].name", "[a-z][a-z0-9_]*"),
    ('id = "a"\n[[parameters]]\nname = "n"\ntype = "int"' + STEP, 4, "parameters[0].type", "string, number, boolean"),
    ('id = "a"\n[[parameters]]\nname = "n"\ndefault = 3' + STEP, 4, "parameters[0].default", "must be a string"),
    ('id = "a"\n[[parameters]]\nname = "token"' + STEP, 3, "parameters[0].name", "PARROT_TOKEN"),
    ('id = "a"\n[[parameters]]\nname = "step_x"' + STEP, 3, "parameters[0].name", "is taken"),
    (
        'id = "a"\n[[parameters]]\nname = "n"\nrequired = true\ndefault = "x"' + STEP,
        5,
        "parameters[0].default",
        "no default",
    ),
    ('id = "a"\n[[steps]]\nid = "open-pr"\nrun = ["true"]', 3, "steps[0].id", "[a-z][a-z0-9_]*"),
    ('id = "a"' + STEP + STEP, 7, "steps[1].id", "twice"),
    ('id = "a"\n[[steps]]\nid = "p"', 2, "steps[0]", "either run"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["true"]\nagent = "codex"\nprompt = "x"', 2, "steps[0]", "either run"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = "make test"', 4, "steps[0].run", "must be a list"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = []', 4, "steps[0].run", "must name a command"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = [\n  "make",\n  3,\n]', 6, "steps[0].run[1]", "must be a text"),
    ('id = "a"\n[[steps]]\nid = "p"\nagent = "gpt"\nprompt = "x"', 4, "steps[0].agent", "claude-code, codex"),
    ('id = "a"\n[[steps]]\nid = "p"\nagent = "codex"', 4, "steps[0].agent", "needs a prompt"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\nprompt = "x"', 5, "steps[0].prompt", "only a step with an agent"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\ncheckpoint = "yes"', 5, "steps[0].checkpoint", "true or false"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\ntimeout = 600', 5, "steps[0].timeout", "must be a text"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\ntimeout = "10 min"', 5, "steps[0].timeout", '"10m"'),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\non_error = "retry:0"', 5, "steps[0].on_error", "retry:N"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\nskill = "Make it"', 5, "steps[0].skill", "lower-case"),
    ('id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\nartifacts = ["../x"]', 5, "steps[0].artifacts[0]", "inside"),
    (
        'id = "a"\n[[steps]]\nid = "p"\nrun = ["x"]\nwhen = "steps.q.status == 1"' + STEP.replace("plan", "q"),
        5,
        "steps[0].when",
        "does not come before",
    ),
    ('id = "a"' + STEP.replace('"true"', '"echo", "{{ steps.plan.result }}"'), 4, "steps[0].run[1]", "not come before"),
    ('id = "a"' + STEP.replace('"true"', '"echo", "{{ steps.old.result }}"'), 4, "steps[0].run[1]", "no step 'old'"),
    ('id = "a"' + STEP.replace('"true"', '"echo", "{{ parameters.x }}"'), 4, "steps[0].run[1]", "no parameter 'x'"),
    ('id = "a"' + STEP.replace('"true"', '"echo", "{{ oops"'), 4, "steps[0].run[1]", "unexpected"),
    ('id = "a"' + STEP.replace('"true"', '"echo", "{{ other }}"'), 4, "steps[0].run[1]", "not known here"),
    ('id = "a"' + STEP + 'when = "1 =="', 5, "steps[0].when", "unexpected"),
    ('id = "a"' + STEP + 'when = "{{ true }}"', 5, "steps[0].when", "without braces"),
    ('id = "a"' + STEP + 'when = "1 2"', 5, "steps[0].when", "one expression"),
    ('id = "a"\n[[steps]\n', 2, "", "not TOML"),
]


@pytest.mark.parametrize(("text", "line", "key", "says"), MISTAKES, ids=[f"{m[2]}: {m[3]}" for m in MISTAKES])
def test_a_mistake_is_named_with_its_file_line_and_key(text: str, line: int, key: str, says: str) -> None:
    with pytest.raises(BadFlow) as caught:
        parse_flow(text, file="my.toml")
    told = [str(problem) for problem in caught.value.problems]
    start = f"my.toml:{line}: {key}: " if key else f"my.toml:{line}: "
    assert any(each.startswith(start) and says in each for each in told), told


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = 'id = 3\nextra = true\n[[steps]]\nid = "p"\nrun = ["x"]\ntimeout = "soon"\n'
    with pytest.raises(BadFlow) as caught:
        parse_flow(text, file="f.toml")
    assert [problem.line for problem in caught.value.problems] == [1, 2, 6]


def test_lines_are_right_past_comments_multiline_texts_and_dotted_keys() -> None:
    text = textwrap.dedent(
        """\
        # a Flow ["with", brackets]
        "id" = 'a'
        description = \"\"\"
        [[steps]]
        id = "not a step" \\
           # not a comment
        \"\"\"
        defaults.checkpoints = "auto"   # fine
        defaults."max_minutes" = '''
        sixty'''

        [[steps]]
        id = "p"
        run = [ # who
          'a#b', "c\\"]", # what
          "d",
        ]
        when = 4
        """
    )
    with pytest.raises(BadFlow) as caught:
        parse_flow(text, file="f.toml")
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (9, "defaults.max_minutes"),
        (18, "steps[0].when"),
    ]


SAFE = [
    ["echo", "{{ parameters.x }}"],
    ["sh", "-c", 'echo "$1"', "sh", "{{ parameters.x }}"],
    ["bash", "-o", "pipefail", "-ec", 'echo "$1"', "bash", "{{ parameters.x }}"],
    ["python3", "-X", "dev", "tool.py", "-c", "{{ parameters.x }}"],
    ["sh", "script.sh", "{{ parameters.x }}"],
    ["git", "switch", "--", "{{ parameters.x }}"],
]

UNSAFE = [
    (["sh", "-c", "echo {{ parameters.x }}"], 2),
    (["/bin/bash", "-euo", "pipefail", "-c", "echo {{ parameters.x }}"], 4),
    (["bash", "-lc", "{% if parameters.x %}ls{% endif %}"], 2),
    (["sh", "-c", "-e", "echo {{ parameters.x }}"], 3),
    (["sh", "{{ parameters.x }}", "x"], 1),
    (["env", "A=b", "sh", "-c", "echo {{ parameters.x }}"], 4),
    (["docker", "exec", "box", "bash", "-c", "echo {{ parameters.x }}"], 5),
    (["python3.11", "-c", "print('{{ parameters.x }}')"], 2),
    (["node", "--eval", "{{ parameters.x }}"], 2),
    (["perl", "-ne", "{{ parameters.x }}"], 2),
    (["cmd.exe", "/c", "dir", "{{ parameters.x }}"], 3),
    (["awk", "-F", ":", "{{ parameters.x }}"], 3),
    (["{{ parameters.x }}", "y"], 0),
]


def _with_run(run: list[str]) -> str:
    quoted = ", ".join("'''" + each + "'''" for each in run)
    return f'id = "a"\n[[parameters]]\nname = "x"\n[[steps]]\nid = "p"\nrun = [{quoted}]\n'


@pytest.mark.parametrize("run", SAFE, ids=" ".join)
def test_a_template_as_plain_data_of_a_command_is_fine(run: list[str]) -> None:
    parse_flow(_with_run(run), file="f.toml")


@pytest.mark.parametrize(("run", "index"), UNSAFE, ids=[" ".join(run) for run, _ in UNSAFE])
def test_a_template_can_never_become_a_command(run: list[str], index: int) -> None:
    with pytest.raises(BadFlow) as caught:
        parse_flow(_with_run(run), file="f.toml")
    assert [problem.key for problem in caught.value.problems] == [f"steps[0].run[{index}]"]


def test_parameters_are_bound_by_their_types_and_defaults() -> None:
    text = """id = "a"
parameters = [
  {name = "branch", default = "main"}, {name = "count", type = "number"},
  {name = "deep", type = "boolean", default = false}, {name = "who", required = true},
]
[[steps]]
id = "p"
run = ["true"]
"""
    flow = parse_flow(text, file="f.toml")
    values = bind_parameters(flow, {"count": "3", "who": "Tom", "deep": "true"})
    assert values == {"branch": "main", "count": 3, "deep": True, "who": "Tom"}
    assert [as_text(value) for value in (None, True, 2.5, "x")] == ["", "true", "2.5", "x"]
    for given, says in (
        ({}, "--param who=... is required"),
        ({"who": "x", "brnch": "y"}, "no such parameter; it has: branch, count, deep, who"),
        ({"who": "x", "count": "many"}, "must be a number"),
        ({"who": "x", "deep": "yes"}, "must be true or false"),
    ):
        with pytest.raises(BadParameterValue, match=says.replace(".", r"\.")):
            bind_parameters(flow, given)
