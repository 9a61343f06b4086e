"""parrot:// links given to the real program, where it runs and where it does not."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.e2e.desktop.test_real_desktop import flow, program
from tests.helpers.server import serve, wait_until
from tests.helpers.virtual_desktop import virtual_desktop

if TYPE_CHECKING:
    from pathlib import Path


def test_a_link_opens_its_session_cold_and_warm_and_is_refused_elsewhere(tmp_path: Path) -> None:
    """What was linked to stands in front; a link into a workspace that is not one's own opens nothing."""
    with virtual_desktop(tmp_path, "openbox") as desktop, serve(tmp_path / "server") as server:
        flow(server, "Nightly", "completed")
        flow(server, "Billing", "completed")
        workspace = server.get("/v1/me")["workspace"]["id"]
        links = {row["title"]: f"parrot://{workspace}/sessions/{row['id']}" for row in server.rows()}
        elsewhere = links["Billing"].replace(workspace, "w-elsewhere")
        log = tmp_path / "desk" / "desktop" / "logs" / "parrot-desktop.log"

        parrot = desktop.start(program(server, tmp_path, links["Nightly"]), output="parrot.txt")
        wait_until(lambda: desktop.shows("Nightly — Parrot"), "the linked session", within_s=30)
        wait_until(lambda: desktop.active() == "Nightly — Parrot", "it in front")
        later = subprocess.run(program(server, tmp_path, elsewhere), env=desktop.environment, timeout=20, check=False)
        assert later.returncode == 0
        wait_until(lambda: "link into w-elsewhere was refused" in log.read_text(), "the refusal")
        assert not desktop.shows("Billing — Parrot")
        subprocess.run(program(server, tmp_path, links["Billing"]), env=desktop.environment, timeout=20, check=True)
        wait_until(lambda: desktop.active() == "Billing — Parrot", "the second session in front")
        parrot.terminate()
        assert parrot.wait(10) == 0
        assert (tmp_path / "parrot.txt").read_text() == ""

        cold = desktop.start(program(server, tmp_path, elsewhere), output="parrot.txt")
        wait_until(lambda: log.read_text().count("link into w-elsewhere was refused") == 2, "the refusal", within_s=30)
        cold.terminate()
        assert cold.wait(10) == 0
