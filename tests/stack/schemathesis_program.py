"""schemathesis as a program that takes one command after another: loading it costs more than most of them."""

import json
import sys

import schemathesis as library
from click.testing import CliRunner
from schemathesis.cli import schemathesis

#: As tus calls bytes.
library.serializer.alias("application/offset+octet-stream", "application/octet-stream")


def main() -> None:
    """Each line of input is a command, each line of output the exit code and what was said."""
    for line in sys.stdin:
        result = CliRunner().invoke(schemathesis, json.loads(line))
        sys.stdout.write(json.dumps([result.exit_code, f"{result.output}\n{result.exception!r}"]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
