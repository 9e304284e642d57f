"""`make audit`: whether a pinned library of production has a known vulnerability. pip-audit lives in .audit/, apart."""

import json
import subprocess
import sys
import venv
from pathlib import Path

HOME = Path(__file__).parents[1]
FOLDER = HOME / ".audit"
PINNED, TOOL = HOME / "requirements" / "runtime.txt", HOME / "requirements" / "audit.txt"
SECONDS = 600


def main() -> int:
    try:
        asked = _ask(_installed())
    except subprocess.TimeoutExpired:
        return _skip("no index answered in time")
    except subprocess.CalledProcessError:
        return _skip("pip-audit could not be installed")
    return judged(asked.stdout)


def judged(answer: str) -> int:
    """What the command ends with: 1 only where a vulnerability was found. `answer`: the JSON of pip-audit."""
    try:
        libraries = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return _skip("no index answered that knows of vulnerabilities")
    found = [(one, weak) for one in libraries for weak in one.get("vulns", ())]
    for one, weak in found:
        fixed = ", ".join(weak["fix_versions"]) or "no release yet"
        sys.stdout.write(f"{one['name']} {one['version']}: {weak['id']}, mended in {fixed}\n")
    unknown = [one["name"] for one in libraries if "skip_reason" in one]
    if len(unknown) == len(libraries):
        return _skip("no index answered that knows of vulnerabilities")
    if unknown:
        _skip(f"the index does not know {', '.join(sorted(unknown))}")
    sys.stdout.write(f"Known vulnerabilities of the {len(libraries) - len(unknown)} others: {len(found)}.\n")
    return 1 if found else 0


def _installed() -> Path:
    """pip-audit, in a folder of its own: none of what it needs gets beside what runs."""
    python, done = FOLDER / "bin" / "python", FOLDER / f"done-{TOOL.stat().st_mtime_ns}"
    if not done.exists():
        venv.create(FOLDER, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*command, "-r", str(TOOL)], check=True, timeout=SECONDS)
        done.touch()
    return python


def _ask(python: Path) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "pip_audit", "--requirement", str(PINNED), "--require-hashes", "--disable-pip",
               "--progress-spinner", "off", "--format", "json"]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def _skip(why: str) -> int:
    sys.stdout.write(f"Skipped: {why}. Whether there is a known vulnerability was not found out.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
