"""Clients that generators make of the documents, unmodified, compile and read what the running services answer.

`make contract` runs them; they install what they need on first use, and take minutes.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.contract import tools
from tests.contract.conftest import NAMES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs generators and compiles clients"
    ),
]

#: What a client of this kind does not know; these are left out of it, the rest is whole.
UNKNOWN_TO_PYTHON = (
    "text/csv", "application/zip", "openxmlformats", "application/offset+octet-stream", "application/pdf", "image/png",
)  # fmt: skip

#: The generator's own code, alike whatever the document says: it passes `*args: object` on to httpx.
SAME_FOR_ALL = "lapor_client/client.py"

#: All that must be among the answers, so that a client that reads nothing is not taken for one that reads all.
READ = {
    "intake": {"ReportReceipt", "OwnReport", "PublicReport", "OwnItemPage", "PublicItemPage", "CodeLists", "Problem"},
    "routing": {"Problem"},
    "sla": {"Problem"},
}


def rows(told: dict[str, Path], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told[name].read_text())
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_are_those_that_every_client_reads(told: dict[str, Path], name: str) -> None:
    schemas = {row["schema"] for row in rows(told, name)}

    assert READ.get(name, READ["intake"]) <= schemas
    assert len(schemas) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_typescript_takes_the_document_and_the_answers(
    files: dict[str, Path], told: dict[str, Path], tmp_path: Path, name: str
) -> None:
    programs = tools.npm()
    tools.succeed(programs / "openapi-typescript", files[name], "-o", tmp_path / "api.d.ts")
    lines = ['import type { paths } from "./api.d.ts";']
    for at, row in enumerate(rows(told, name)):
        place = [row["path"], row["method"], "responses", row["status"], "content", row["media"]]
        type_of = "".join(f"[{json.dumps(part)}]" for part in place)
        lines.append(f"export const a{at}: paths{type_of} = {json.dumps(row['body'])};")
    (tmp_path / "answers.ts").write_text("\n".join(lines))

    strict = ("--strict", "--noEmit", "--target", "es2022", "--module", "nodenext")
    tools.succeed(programs / "tsc", *strict, "answers.ts", cwd=tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_python_client_is_typed_and_reads_the_answers(
    files: dict[str, Path], told: dict[str, Path], tmp_path: Path, name: str
) -> None:
    programs = tools.python()
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"  # it formats with ruff, if it finds it
    package = tmp_path / "lapor_client"
    said = tools.succeed(
        programs / "openapi-python-client", "generate", "--meta", "none", "--path", files[name],
        "--output-path", package, PATH=path,
    )  # fmt: skip
    typed = tools.run(programs / "mypy", "--strict", "--no-incremental", package.name, cwd=tmp_path).stdout
    assert "checked" in typed or "Success" in typed, typed
    assert [line for line in typed.splitlines() if ": error:" in line and not line.startswith(SAME_FOR_ALL)] == []
    left_out = [part for part in said.split("WARNING parsing")[1:] if not any(one in part for one in UNKNOWN_TO_PYTHON)]
    assert left_out == []

    program = Path(__file__).with_name("read_answers.py")
    tools.succeed(programs / "python", program, tmp_path, package.name, told[name])


def test_kotlin_models_compile_and_read_the_answers(
    files: dict[str, Path], told: dict[str, Path], tmp_path: Path
) -> None:
    java = tools.needed("java")
    tools.python()
    gson = tools.gson()
    options = "serializationLibrary=gson,library=jvm-okhttp4,packageName=lapor."
    adapters = "Serializer.kt:LocalDateAdapter.kt:LocalDateTimeAdapter.kt:OffsetDateTimeAdapter.kt:ByteArrayAdapter.kt"
    for name in NAMES:
        tools.succeed(
            java, "-Xmx1g", "-jar", tools.jar("openapi-generator.jar"), "generate", "-g", "kotlin",
            "-i", files[name], "-o", tmp_path / name, f"--additional-properties={options}{name}",
            f"--global-property=models,modelDocs=false,modelTests=false,supportingFiles={adapters}",
        )  # fmt: skip
    sources = sorted(tmp_path.rglob("*.kt"))
    kotlin = [tools.jar(f"kotlin-{part}-*.jar") for part in ("stdlib", "reflect")]
    libraries = os.pathsep.join(str(one) for one in (*kotlin, gson))
    tools.succeed(
        java, "-Xmx2g", "-cp", f"{kotlin[0].parent}/*", "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-no-stdlib",
        "-no-reflect", "-nowarn", "-cp", libraries, "-d", tmp_path / "classes",
        Path(__file__).with_name("Reader.kt"), *sources,
    )  # fmt: skip

    pairs = [part for name in NAMES for part in (f"lapor.{name}", str(told[name]))]
    said = tools.succeed(java, "-cp", f"{tmp_path / 'classes'}{os.pathsep}{libraries}", "ReaderKt", *pairs)
    assert f"{sum(len(rows(told, name)) for name in NAMES)} read, 0 of them badly" in said
