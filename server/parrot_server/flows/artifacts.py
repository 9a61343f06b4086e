"""What a run leaves behind: files that its steps name, and pull requests whose addresses show up in its output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parrot_wire.session import Artifact, PullRequest
from parrot_wire.values import ArtifactKind

if TYPE_CHECKING:
    from pathlib import Path

_PULL_REQUEST = re.compile(
    r"https://[\w.-]+(?::\d+)?/([\w.~/-]+?)/(?:-/)?(?:pull|pulls|merge_requests|pull-requests|pullrequest)/(\d{1,9})\b"
)
MAX_PULL_REQUESTS = 20


def file_artifact(path: str, cwd: Path, *, is_plan: bool) -> Artifact | None:
    """The artifact for a file (or folder) that a step names; None where it is not there."""
    whole = cwd / path
    if not whole.exists():
        return None
    kind = ArtifactKind.PLAN if is_plan else ArtifactKind.FILE
    return Artifact(id=f"file:{path}", kind=kind, title=path, url=whole.resolve().as_uri())


class PullRequests:
    """Finds the addresses of pull requests in text, each once, up to `MAX_PULL_REQUESTS`."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def look(self, text: str) -> list[tuple[Artifact, PullRequest]]:
        """Those that were not seen before."""
        found: list[tuple[Artifact, PullRequest]] = []
        for match in _PULL_REQUEST.finditer(text) if "https://" in text else ():
            url, repository, number = match[0], match[1], int(match[2])
            if url in self._seen or len(self._seen) >= MAX_PULL_REQUESTS:
                continue
            self._seen.add(url)
            title = f"{repository} #{number}"
            artifact = Artifact(id=f"pull_request:{url}", kind=ArtifactKind.PULL_REQUEST, title=title, url=url)
            found.append((artifact, PullRequest(number=number, url=url)))
        return found
