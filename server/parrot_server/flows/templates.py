"""Templates and conditions of a Flow: Jinja2's sandbox, cut down to values, conditions and bounded filters.

What a step printed is data, and a template only ever places data. There are no loops, macros or calls that could
grow without bound, so that rendering takes time and memory in proportion to the template and its values.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.parser import Parser
from jinja2.runtime import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

MAX_SOURCE_CHARS = 64_000
MAX_RENDERED_CHARS = 1_000_000

STEP_FIELDS = frozenset({"status", "result", "error", "exit_code"})
"""What a template may read of an earlier step: ``steps.plan.result``."""

ROOTS = frozenset({"steps", "parameters", "params"})
"""The names a template knows; ``params`` is ``parameters`` in short."""

_STRING_METHODS = frozenset(
    {"startswith", "endswith", "strip", "lstrip", "rstrip", "lower", "upper", "split", "splitlines"}
)
_FILTERS = frozenset(
    {
        "abs", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length", "list",
        "lower", "round", "string", "title", "tojson", "trim", "truncate", "upper",
    }
)  # fmt: skip
_TESTS = frozenset(
    {
        "boolean", "defined", "divisibleby", "eq", "equalto", "even", "false", "ge", "gt", "in", "integer", "le",
        "lower", "lt", "ne", "none", "number", "odd", "string", "true", "undefined", "upper",
    }
)  # fmt: skip
_STATEMENTS = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If)


class BadTemplate(ValueError):
    """A template or condition that cannot be used; the message says why, for the author of the Flow."""


class Names:
    """Values by name, for templates: ``parameters.items`` is the parameter called items, not a method of a dict."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]


class _Sandbox(ImmutableSandboxedEnvironment):
    """Knows values, strings' harmless methods, and arithmetic that cannot grow a value out of all proportion."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, finalize=_said)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS} | {"replace": _replace}
        self.tests = {name: self.tests[name] for name in _TESTS}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return isinstance(obj, str) and attr in _STRING_METHODS

    def is_safe_callable(self, obj: Any) -> bool:
        return isinstance(getattr(obj, "__self__", None), str) and getattr(obj, "__name__", "") in _STRING_METHODS

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"{operator} is for numbers only")
        if operator == "**" and (abs(left) > 1_000_000 or abs(right) > 20):
            raise SecurityError("this power is out of bounds")
        return super().call_binop(context, operator, left, right)


def _said(value: Any) -> Any:
    """How a value reads: nothing for a parameter that was not given, ``true`` and ``false`` for booleans."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _replace(text: object, old: str, new: str) -> str:
    said = str(text)
    if not old:
        raise SecurityError("replace needs something to replace")
    if len(said) + said.count(old) * len(new) > MAX_RENDERED_CHARS:
        raise SecurityError(f"replace would make more than {MAX_RENDERED_CHARS:,} characters")
    return said.replace(old, new)


_environment = _Sandbox()


def has_template(text: str) -> bool:
    """Whether a text holds anything that rendering would change."""
    return bool(re.search(r"\{[{%#]", text))


def check_template(text: str, *, parameters: frozenset[str], steps: frozenset[str], later: frozenset[str]) -> None:
    """Read a template without running it: its syntax, its names, and that it looks back only. Raises BadTemplate."""
    with _explained(text):
        _check(_environment.parse(text), parameters=parameters, steps=steps, later=later)


def check_condition(text: str, *, parameters: frozenset[str], steps: frozenset[str], later: frozenset[str]) -> None:
    """The same for a bare expression, like ``steps.plan.status == 'completed'``. Raises BadTemplate."""
    if has_template(text):
        raise BadTemplate("a condition is an expression without braces")
    with _explained(text):
        parser = Parser(_environment, text, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            raise BadTemplate("a condition is one expression")
        _check(expression, parameters=parameters, steps=steps, later=later)


def render(text: str, values: Mapping[str, Any]) -> str:
    """The text with its templates filled in. Raises BadTemplate."""
    if not has_template(text):
        return text
    try:
        return "".join(_bounded(_environment.from_string(text).generate(**values)))
    except UndefinedError as error:
        raise BadTemplate(f"{error.message}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise BadTemplate(f"{error}") from error


def holds(condition: str, values: Mapping[str, Any]) -> bool:
    """Whether a condition is true. Raises BadTemplate."""
    try:
        expression = _environment.compile_expression(condition, undefined_to_none=False)
        return bool(expression(**values))
    except UndefinedError as error:
        raise BadTemplate(f"{error.message}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise BadTemplate(f"{error}") from error


def _bounded(chunks: Iterator[str]) -> Iterator[str]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > MAX_RENDERED_CHARS:
            raise SecurityError(f"the text would be longer than {MAX_RENDERED_CHARS:,} characters")
        yield chunk


@contextmanager
def _explained(text: str) -> Generator[None]:
    """Turns what Jinja2's parser raises into BadTemplate."""
    if len(text) > MAX_SOURCE_CHARS:
        raise BadTemplate(f"longer than {MAX_SOURCE_CHARS:,} characters")
    try:
        yield
    except TemplateSyntaxError as error:
        raise BadTemplate(f"{error.message}") from error
    except RecursionError:
        raise BadTemplate("nested too deeply") from None


def _check(tree: nodes.Node, *, parameters: frozenset[str], steps: frozenset[str], later: frozenset[str]) -> None:
    complete: set[int] = set()
    for node in _descendants(tree):
        match node:
            case nodes.Stmt() if not isinstance(node, _STATEMENTS):
                raise BadTemplate("templates hold values and {% if %}; this is another statement")
            case nodes.Filter(name=name) if name not in _environment.filters:
                raise BadTemplate(
                    f"there is no filter {name!r} here; there are {', '.join(sorted(_environment.filters))}"
                )
            case nodes.Test(name=name) if name not in _environment.tests:
                raise BadTemplate(f"there is no test {name!r} here; there are {', '.join(sorted(_environment.tests))}")
            case nodes.Call(node=called) if not (isinstance(called, nodes.Getattr) and called.attr in _STRING_METHODS):
                raise BadTemplate(f"only these can be called, on a text: {', '.join(sorted(_STRING_METHODS))}")
            case nodes.Getattr(attr=name) if name.startswith("_"):
                raise BadTemplate(f"{name!r} cannot be read here")
            case nodes.Getattr() | nodes.Getitem():
                _check_reference(node, complete, parameters=parameters, steps=steps, later=later)
            case nodes.Name(name=name) if name not in ROOTS:
                hint = f"; write parameters.{name}" if name in parameters else ""
                hint = f"; write steps.{name}.result" if name in steps else hint
                raise BadTemplate(f"{name!r} is not known here{hint}")
            case nodes.Name(name=name) if id(node) not in complete:
                whole = "steps.<id>.result" if name == "steps" else f"{name}.<name>"
                raise BadTemplate(f"{name!r} stands alone; write {whole}")
            case _:
                pass


def _check_reference(
    node: nodes.Getattr | nodes.Getitem,
    complete: set[int],
    *,
    parameters: frozenset[str],
    steps: frozenset[str],
    later: frozenset[str],
) -> None:
    """``parameters.x`` and ``steps.x.field``; a root that was reached through one is noted in ``complete``."""
    root = node.node
    name = _member(node)
    if isinstance(root, nodes.Name) and root.name in ("parameters", "params"):
        if name is None or name not in parameters:
            known = ", ".join(sorted(parameters)) or "none"
            raise BadTemplate(f"there is no parameter {name!r}; there are: {known}" if name else "name the parameter")
        complete.add(id(root))
    elif isinstance(root, nodes.Name) and root.name == "steps":
        if name is None:
            raise BadTemplate("name the step, like steps.plan.result")
        if name in later:
            raise BadTemplate(f"step {name!r} does not come before this one")
        if name not in steps:
            raise BadTemplate(f"there is no step {name!r} before this one")
        if id(node) not in complete:
            raise BadTemplate(f"say what of the step: steps.{name}.{'|'.join(sorted(STEP_FIELDS))}")
        complete.add(id(root))
    elif isinstance(root, nodes.Getattr | nodes.Getitem) and _is_steps(root.node):
        if name not in STEP_FIELDS:
            raise BadTemplate(f"a step has {', '.join(sorted(STEP_FIELDS))}, not {name!r}")
        complete.add(id(root))


def _is_steps(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "steps"


def _member(node: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        return node.arg.value
    return None


def _descendants(node: nodes.Node) -> Iterator[nodes.Node]:
    """Every node, outer ones first, so that a reference is met before its root."""
    yield node
    for child in node.iter_child_nodes():
        yield from _descendants(child)
