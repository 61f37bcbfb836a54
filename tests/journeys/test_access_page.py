"""The commands of the page on access run as they stand."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.journeys.processes import environment, serving

PAGE = Path(__file__).parents[2] / "docs" / "access.md"


def test_the_commands_of_the_page_run_as_they_stand(tmp_path: Path) -> None:
    commands = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(commands) >= 7
    (tmp_path / "data-on-demand").write_text(f'#!/bin/sh\nexec {sys.executable} -m gateway "$@"\n')
    (tmp_path / "data-on-demand").chmod(0o755)
    (tmp_path / "admin-key").write_text("k" * 32)
    with serving(tmp_path / "data", admin_key_file=str(tmp_path / "admin-key")) as service:
        variables = environment() | {
            "SERVICE": service.url,
            "DATA_ON_DEMAND_DATA_DIR": str(tmp_path / "data"),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "PYTHONPATH": str(PAGE.parents[1]),
        }
        script = "set -euo pipefail\n" + "\n".join(commands)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
        )
        log = service.log.read_text()
    assert done.returncode == 0, done.stderr
    assert '{"Patient":{},"Meta":' in done.stdout
    assert '"token_type":"Bearer","expires_in":300,"scope":"query"' in done.stdout
    assert '"revoked":true' in done.stdout
    secrets = [json.loads((tmp_path / name).read_text())["secret"] for name in ("portal.json", "new.json")]
    assert not any(secret in log for secret in (*secrets, (tmp_path / "admin-key").read_text().strip()))
