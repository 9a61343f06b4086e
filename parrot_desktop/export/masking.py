"""Secrets in texts made unreadable: keys and tokens of well-known shapes, passwords where they are named as such.

It errs on the side of masking. The start of a key stays, so that it can be told which one it was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from parrot_wire.session import ErrorPart, Notice, Text, Thinking, ToolCall, ToolResult

if TYPE_CHECKING:
    from parrot_wire.session import Message, Part

MASK = "•••masked•••"

_KEYS = re.compile(
    r"""
    \b(?:
        sk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{16,}        # OpenAI, Anthropic, OpenRouter
      | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}              # Stripe
      | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
      | glpat-[A-Za-z0-9_-]{16,} | gl(?:dt|rt|ptt)-[A-Za-z0-9_-]{16,}
      | (?:AKIA|ASIA|AGPA|AROA|AIDA)[A-Z0-9]{12,}                # AWS
      | AIza[A-Za-z0-9_-]{30,} | ya29\.[A-Za-z0-9_-]{20,}        # Google
      | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}  # Slack
      | npm_[A-Za-z0-9]{30,} | pypi-[A-Za-z0-9_-]{30,}
      | hf_[A-Za-z0-9]{20,} | r8_[A-Za-z0-9]{20,} | gsk_[A-Za-z0-9]{20,}
      | dop_v1_[a-f0-9]{32,} | shpat_[a-f0-9]{20,} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
      | parrot_[A-Za-z0-9_-]{20,} | dckr_pat_[A-Za-z0-9_-]{20,} | lin_api_[A-Za-z0-9]{20,}
      | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*  # JSON Web Tokens
    )
    """,
    re.VERBOSE,
)
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----).*?(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_IN_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]{0,80}:)([^\s/@'\"]{1,200})(@)", re.IGNORECASE)
_BEARER = re.compile(r"\b((?:Bearer|Basic|Token)\s+)([A-Za-z0-9._~+/=-]{12,})", re.IGNORECASE)
_NAMED = re.compile(
    r"""
    (?P<name>
        [\w.-]{0,40}
        (?:passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token
           |private[_-]?key|client[_-]?secret|session[_-]?token|credentials?|_token|_pwd|_pass)
        [\w-]{0,20}
        \\?["']?\s{0,3}(?:=>|:=|=|:)\s{0,3}
    )
    (?P<quote>\\?["'`]?)
    (?P<value>[^\s"'`\\,;<>(){}\[\]]{4,})
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Words that stand where a secret would, and are none.
_HARMLESS = re.compile(
    r"(?:none|null|nil|undefined|true|false|str|string|bytes|int|any|optional|required|secret\w*|password|passwd|token|"
    r"\$\{?\w+\}?|<\w+>|\*+|•+.*|x{4,}|\.{3,}|process\.env\S*|os\.environ\S*|self\.\S*|env\S*|getenv\S*|settings\.\S*|"
    r"config\.\S*|args\.\S*|your[_-]\S*|example\S*|redacted\S*|masked\S*)",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with its secrets masked."""
    if len(text) < 8:
        return text
    text = _PRIVATE_KEY.sub(rf"\1 {MASK} \2", text)
    text = _KEYS.sub(lambda found: found[0][:4] + MASK, text)
    if "://" in text:
        text = _IN_ADDRESS.sub(rf"\1{MASK}\3", text)
    text = _BEARER.sub(rf"\1{MASK}", text)
    return _NAMED.sub(_named, text)


def mask_value(value: Any) -> Any:
    """JSON with the secrets in its texts masked; a value whose key names a secret is masked whole."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked_field(str(key), each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [mask_value(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def mask_message(message: Message) -> Message:
    """The message with the secrets of all its parts masked."""
    return msgspec.structs.replace(message, parts=tuple(_masked_part(part) for part in message.parts))


def _masked_part(part: Part) -> Part:
    match part:
        case Text() | Thinking() | ErrorPart() | Notice() | ToolResult():
            return msgspec.structs.replace(part, text=mask(part.text))
        case ToolCall():
            return msgspec.structs.replace(part, input=mask_value(part.input))
        case _:
            return part


def _masked_field(key: str, value: Any) -> Any:
    if isinstance(value, str) and value and _NAMED.match(f"{key}={value}") and _HARMLESS.fullmatch(value) is None:
        return MASK
    return mask_value(value)


def _named(found: re.Match[str]) -> str:
    value = found["value"]
    if MASK in value or _HARMLESS.fullmatch(value) is not None:
        return found[0]
    return f"{found['name']}{found['quote']}{MASK}"
