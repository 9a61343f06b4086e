"""Templates place values, and nothing that a step printed can do more than be placed."""

from __future__ import annotations

import pytest

from parrot_server.flows.templates import BadTemplate, Names, check_condition, check_template, holds, render

VALUES = {
    "parameters": Names({"branch": "feat/x", "items": "3", "deep": False, "none": None}),
    "params": Names({"branch": "feat/x"}),
    "steps": Names(
        {"plan": Names({"status": "completed", "result": "{{ 7 * 7 }}; rm -rf", "error": None, "exit_code": 0})}
    ),
}
KNOWN = {
    "parameters": frozenset({"branch", "items", "deep", "none"}),
    "steps": frozenset({"plan"}),
    "later": frozenset({"end"}),
}


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("plain", "plain"),
        ("{{ parameters.branch }}", "feat/x"),
        ("{{ params['branch'] | upper }}", "FEAT/X"),
        ("{{ parameters.items }}", "3"),
        ("{{ steps.plan.result }}", "{{ 7 * 7 }}; rm -rf"),
        ("{{ parameters.deep }}|{{ parameters.none }}", "false|"),
        ("{% if steps.plan.exit_code == 0 %}good{% else %}bad{% endif %}", "good"),
        ("{{ parameters.branch | replace('/', '-') }}", "feat-x"),
        ("{{ parameters.branch.split('/')[0] }}\n", "feat\n"),
        ("{{ parameters.none or 'nobody' }}", "nobody"),
    ],
)
def test_values_are_placed(template: str, rendered: str) -> None:
    check_template(template, **KNOWN)
    assert render(template, VALUES) == rendered


@pytest.mark.parametrize(
    "condition",
    [
        "steps.plan.status == 'completed'",
        "not parameters.deep and steps.plan.exit_code in (0, 3)",
        "steps.plan.result | length > 3",
        "parameters.branch.startswith('feat/')",
        "steps.plan.error is none",
    ],
)
def test_conditions_look_back_at_steps_and_parameters(condition: str) -> None:
    check_condition(condition, **KNOWN)
    assert holds(condition, VALUES)


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(9) %}x{% endfor %}",
        "{{ range(10) }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ parameters.branch.__class__ }}{{ ''.__class__.__mro__ }}",
        "{{ parameters.branch.format('x') }}",
        "{{ parameters.branch | center(99) }}",
        "{{ parameters.branch | map('upper') }}",
        "{{ steps }}",
        "{{ steps.plan }}",
        "{{ steps.plan.secret }}",
        "{{ steps[parameters.branch].result }}",
        "{{ parameters }}",
        "{{ cycler('a') }}",
        "{{ self }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "x" * 70_000,
    ],
    ids=lambda template: template[:40],
)
def test_what_is_not_a_value_or_a_condition_is_refused_before_anything_runs(template: str) -> None:
    with pytest.raises(BadTemplate):
        check_template(template, **KNOWN)


@pytest.mark.parametrize(
    "template",
    [
        "{{ parameters.branch * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ 'a' % 3 }}",
        "{{ parameters.branch | replace('', 'x') }}",
    ],
)
def test_a_value_cannot_be_grown_without_bound(template: str) -> None:
    check_template(template, **KNOWN)
    with pytest.raises(BadTemplate):
        render(template, VALUES)


def test_a_text_over_the_bound_is_refused_while_it_is_made() -> None:
    values = {"steps": Names({"plan": Names({"result": "y" * 90_000})})}
    with pytest.raises(BadTemplate, match="longer than"):
        render("{{ steps.plan.result }}" * 20, values)
