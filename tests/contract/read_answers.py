"""Reads answers with the generated Python package: `python read_answers.py FOLDER PACKAGE ANSWERS`.

Runs in the environment of the generator, with nothing of this project. Prints what it could not read.
"""

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import httpx


def main(folder: str, package: str, answers: str) -> int:
    sys.path.insert(0, folder)
    api = importlib.import_module(f"{package}.api")
    modules = {
        module.name.rsplit(".", 1)[1]: module.name for module in pkgutil.walk_packages(api.__path__, f"{package}.api.")
    }
    client: Any = importlib.import_module(f"{package}.client").Client(
        base_url="http://unused", raise_on_unexpected_status=True
    )
    bad = 0
    for answer in json.loads(Path(answers).read_text()):
        if answer["operation"] not in modules:  # the generator has left it out, and has said so
            continue
        operation: Any = importlib.import_module(modules[answer["operation"]])
        response = httpx.Response(
            answer["status"], json=answer["body"], headers={"content-type": answer["media"]},
            request=httpx.Request("GET", "http://unused"),
        )  # fmt: skip
        try:
            read = operation._parse_response(client=client, response=response)
            assert type(read).__name__ == answer["schema"], f"read as {type(read).__name__}, not {answer['schema']}"
        except Exception as error:
            bad += 1
            sys.stdout.write(f"{answer['operation']} {answer['status']}: {type(error).__name__}: {error}"[:600] + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
