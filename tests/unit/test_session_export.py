"""A session as a file: it stands alone, holds no secrets, and shows when it was changed."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from typing_extensions import override

from parrot_desktop.domain.session_facts import Fact
from parrot_desktop.domain.transcript.captions import Captions
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.domain.words import EnglishWords
from parrot_desktop.export.masking import MASK, mask, mask_value
from parrot_desktop.export.session_export import ExportedImage, ExportKind, SessionExport, verify, write_export
from parrot_wire.session import Detail, ErrorPart, Image, Message, Notice, Text, Thinking, Tokens, ToolCall
from parrot_wire.values import Kind, Status
from tests.helpers.messages import answer, call, message, prompt, result

SECRETS = [
    "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWx",
    "ghp_" + "a1B2c3D4e5" * 4,
    "AKIA" + "IOSFODNN7EXAMPLE",
    "xoxb-" + "123456789012-abcdefABCDEF",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "parrot_abcdefghij_" + "k" * 40,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_keys_of_well_known_shapes_are_masked(secret: str) -> None:
    masked = mask(f"export KEY and then {secret} or so")
    assert secret not in masked
    assert masked.startswith("export KEY and then")
    assert masked.endswith("or so")


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        ("PASSWORD=hunter22 make", "PASSWORD=", "hunter22"),
        ('{"api_key": "abcd1234efgh"}', '{"api_key": "', "abcd1234efgh"),
        ("client_secret: 's3cr3tvalue'", "client_secret: '", "s3cr3tvalue"),
        ("postgres://app:pa55w0rd@db/x", "postgres://app:", "pa55w0rd"),
        ("Authorization: Bearer abcdefghijklmnop", "Bearer ", "abcdefghijklmnop"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "BEGIN RSA", "MIIEow"),
        (r"{\"password\": \"longenough\"}", "password", "longenough"),
    ],
)
def test_what_is_named_a_secret_is_masked(text: str, kept: str, gone: str) -> None:
    masked = mask(text)
    assert kept in masked
    assert gone not in masked


@pytest.mark.parametrize(
    "text",
    [
        "password: str",
        "api_key = os.environ['KEY']",
        "token=None",
        "The password is required",
        "a secret=${SECRET}",
        "sketch-book and mask-work",
        "https://example.com:8080/path@v2",
        "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


def test_fields_of_tool_calls_are_masked_by_their_names() -> None:
    assert mask_value({"password": "hunter22", "path": "a", "env": ["TOKEN_SECRET=abcd1234"]}) == {
        "password": MASK,
        "path": "a",
        "env": [f"TOKEN_SECRET={MASK}"],
    }


def export(*messages: Message) -> SessionExport:
    detail = Detail(
        id="s1",
        short_id="s1",
        seq=1,
        kind=Kind.CHAT,
        title="Plans </title><script>alert(1)</script>",
        owner="me",
        status=Status.ENDED,
        source="test",
        native_id="n1",
        steps=(),
        message_count=1,
        tool_call_count=0,
        cost=None,
        started_at="2026-11-22T09:00:00.000Z",
        last_activity_at="2026-11-22T09:00:00.000Z",
        actions=(),
        models=(),
        tokens=Tokens(),
        own_cost=None,
        turn_count=0,
        event_count=0,
        children=(),
    )
    return SessionExport(
        detail=detail,
        facts=(Fact("Title", detail.title),),
        messages=messages,
        turns=(),
        timeline=None,
        captions=Captions(EnglishWords(), person="Sarah"),
        exported_at="2026-11-22T10:00:00Z",
        images={PartPlace(9, 0): ExportedImage(media_type="image/png", data=b"\x89PNG")},
    )


def everything() -> list[Message]:
    return [
        prompt(1, f"Use {SECRETS[0]}\nsecond line"),
        answer(2, "<script>alert(1)</script> [x](javascript:alert(2)) ![i](https://evil.example/pixel) **bold**"),
        message(3, "assistant", Thinking(text="hm"), ToolCall(call_id="c3", name="Bash", input={"command": "ls"})),
        result(4, 3, f"\x1b[31mred\x1b[0m {SECRETS[1]} <b>", ok=False, exit_code=1),
        call(5, "Edit", file_path="a.py", old_string="a", new_string="<b>"),
        result(6, 5, "ok"),
        message(7, "assistant", ErrorPart(text="529 <overloaded>")),
        message(8, "system", Notice(kind="compaction", text="summed up")),
        message(9, "user", Image(media_type="image/png")),
        answer(10, "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n"),
    ]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_html_stands_alone_and_runs_nothing() -> None:
    page = write_export(export(*everything()), ExportKind.HTML, masked=True).decode()
    tags = Tags()
    tags.feed(page)
    assert not {"script", "iframe", "object", "link", "form"} & {tag for tag, _ in tags.tags}
    addresses = [value for _, attributes in tags.tags for name, value in attributes.items() if name in {"href", "src"}]
    assert all(address and address.startswith(("https:", "http:", "data:image/")) for address in addresses)
    assert "evil.example" not in "".join(value or "" for value in addresses)
    assert not any(name.startswith("on") for _, attributes in tags.tags for name in attributes)
    assert "default-src 'none'" in page
    assert "\x1b" not in page
    for secret in SECRETS[:2]:
        assert secret not in page
    for shown in ("second line", "529 &lt;overloaded&gt;", "<table>", "exit 1"):
        assert shown in page


def test_markdown_and_json_hold_the_same_and_no_secrets() -> None:
    whole = export(*everything())
    text = write_export(whole, ExportKind.MARKDOWN, masked=True).decode()
    assert "### Sarah" in text
    assert "```sh\nls\n```" in text
    document = json.loads(write_export(whole, ExportKind.JSON, masked=True))
    assert [each["n"] for each in document["session"]["messages"]] == list(range(1, 11))
    for data in (text, json.dumps(document)):
        assert SECRETS[0] not in data
        assert SECRETS[1] not in data


def test_secrets_stay_where_masking_is_switched_off() -> None:
    assert SECRETS[0].encode() in write_export(export(*everything()), ExportKind.JSON, masked=False)


@pytest.mark.parametrize("kind", [ExportKind.HTML, ExportKind.MARKDOWN])
def test_the_stamp_tells_a_changed_file(kind: ExportKind) -> None:
    data = write_export(export(*everything()), kind, masked=True)
    assert verify(data)
    assert not verify(data.replace(b"second", b"Second", 1))


def test_the_stamp_of_json_is_of_its_session_as_written() -> None:
    import hashlib

    text = write_export(export(prompt(1)), ExportKind.JSON, masked=True).decode()
    found = re.fullmatch(r'\{"export": (\{.*?\}),\n"session": (.*)\}\n', text, re.DOTALL)
    assert found is not None
    head: dict[str, Any] = json.loads(found[1])
    assert head["sha256"] == hashlib.sha256(found[2].encode()).hexdigest()


def test_fences_in_a_text_do_not_break_out() -> None:
    fenced = call(1, "Bash", command="cat x")
    data = write_export(export(fenced, result(2, 1, "```\n# not a heading\n```")), ExportKind.MARKDOWN, masked=True)
    assert b"````\n```\n# not a heading\n```\n````" in data


def test_a_text_part_is_whole_in_every_kind() -> None:
    long = Text(text="word " * 20_000)
    for kind in ExportKind:
        assert write_export(export(message(1, "user", long)), kind, masked=True).count(b"word") >= 20_000
