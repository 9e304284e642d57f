"""TCP ports on this machine."""

import random
import socket

#: Below the range from which Linux and macOS take the ports of outgoing connections.
FREE_RANGE = range(15_000, 32_000)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As a server would: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port that is free now. Random, so that two processes that ask at once hardly get the same."""
    while True:
        port = random.choice(FREE_RANGE)
        if is_free(port):
            return port
