"""The proxy that we ship an example for takes it."""

import shutil
import subprocess

import pytest

from services.database import PROJECT

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


@pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed here: apt install haproxy to check its example.")
def test_the_example_is_valid() -> None:
    assert HAPROXY is not None
    checked = subprocess.run(
        [HAPROXY, "-c", "-f", PROJECT / "deploy" / "haproxy.cfg"], capture_output=True, text=True, timeout=30
    )

    assert checked.returncode == 0, checked.stderr
