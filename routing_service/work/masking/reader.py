"""A process that masks texts for another, asked over its standard input.

Run as `python -m routing_service.work.masking.reader`.

Masking keeps a processor busy for milliseconds, and for a second where somebody makes it hard on purpose. Here it takes
no turn from the requests and the delivery of the service. It ends when its input does, so with whoever started it.
"""

import os
import pickle
import signal
import sys
from typing import BinaryIO

from routing_service.work.masking.making import Made, Original, make_all

LENGTH_BYTES = 4
#: Requests come first, where processors are few.
NICENESS = 5


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    while length := source.read(LENGTH_BYTES):
        originals: list[Original] = pickle.loads(source.read(int.from_bytes(length)))
        sink.write(framed(make_all(originals)))
        sink.flush()


def framed(content: list[Original] | list[Made]) -> bytes:
    packed = pickle.dumps(content)
    return len(packed).to_bytes(LENGTH_BYTES) + packed


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; whoever started us ends us
    os.nice(NICENESS)
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(0)  # whoever asked was killed: nobody hears it, and what is left to send is not tried once more


if __name__ == "__main__":
    main()
