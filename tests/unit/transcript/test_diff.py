"""Changes of files: compared texts, unified diffs, agents' patches."""

from parrot_desktop.domain.transcript.diff import (
    MAX_COMPARED_LINES,
    Change,
    LineKind,
    compare,
    created,
    parse_patch,
    parse_unified,
)


def signs(lines: object) -> str:
    return "".join(line.kind.value for line in lines)  # type: ignore[attr-defined]


def test_two_texts_show_what_changed_between_them() -> None:
    lines = compare("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n")
    assert signs(lines) == " -+  +"
    assert [line.text for line in lines] == ["a", "b", "B", "c", "d", "e"]


def test_the_changed_part_of_a_line_is_marked() -> None:
    old, new = compare("total = price * 2\n", "total = price * count\n")
    assert old.mark is not None
    assert new.mark is not None
    assert old.text[slice(*old.mark)] == "2"
    assert new.text[slice(*new.mark)] == "count"


def test_endless_texts_are_not_compared_line_by_line() -> None:
    lines = compare("x\n" * MAX_COMPARED_LINES, "y\n" * 10)
    assert signs(lines) == "-" * MAX_COMPARED_LINES + "+" * 10


def test_a_new_file_is_numbered() -> None:
    assert [(line.new, line.text) for line in created("one\ntwo\n")] == [(1, "one"), (2, "two")]


def test_a_unified_diff_is_read_with_its_numbers() -> None:
    text = (
        "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -10,3 +10,3 @@ def f\n keep\n--- old\n+++ new\n end\n"
        "diff --git a/n b/n\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+first\n\\ No newline at end of file\n"
    )
    first, second = parse_unified(text)
    assert (first.path, first.change, first.added, first.removed) == ("x.py", Change.UPDATED, 1, 1)
    # A removed line that begins with dashes is no header of another file.
    assert [(line.kind, line.old, line.new, line.text) for line in first.lines[1:]] == [
        (LineKind.SAME, 10, 10, "keep"),
        (LineKind.REMOVED, 11, None, "-- old"),
        (LineKind.ADDED, None, 11, "++ new"),
        (LineKind.SAME, 12, 12, "end"),
    ]
    assert (second.path, second.change, second.added) == ("n", Change.ADDED, 1)


def test_an_agents_patch_names_every_file() -> None:
    files = parse_patch(
        "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@ fn main\n-old\n+new\n kept\n"
        "*** Add File: c.rs\n+one\n+two\n*** Delete File: d.rs\n*** End Patch"
    )
    assert [(file.path, file.change, file.moved_to) for file in files] == [
        ("a.rs", Change.MOVED, "b.rs"),
        ("c.rs", Change.ADDED, None),
        ("d.rs", Change.DELETED, None),
    ]
    assert signs(files[0].lines) == "@-+ "
    assert [line.new for line in files[1].lines] == [1, 2]


def test_what_is_no_diff_has_no_files() -> None:
    assert parse_unified("just some words\n- and a list\n") == ()
