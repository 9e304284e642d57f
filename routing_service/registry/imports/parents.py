"""What stands above what, as a file names it: there may be loops. Pure."""

from collections.abc import Iterable, Mapping


def in_loops(parents: Mapping[str, str | None]) -> frozenset[str]:
    """The nodes from which one comes back to oneself. Each edge is walked twice at most."""
    settled = set[str]()
    loops = set[str]()
    for start in parents:
        path: dict[str, int] = {}
        code: str | None = start
        while code is not None and code not in settled and code not in path:
            path[code] = len(path)
            code = parents.get(code)
        if code is not None and code in path:
            loops |= {one for one, place in path.items() if place >= path[code]}
        settled.update(path)
    return frozenset(loops)


def downwards(codes: Iterable[str], parents: Mapping[str, str | None]) -> list[str]:
    """Parents before their children; no loops."""
    depths: dict[str, int] = {}

    def depth(code: str) -> int:
        line = []
        up: str | None = code
        while up is not None and up not in depths:
            line.append(up)
            up = parents.get(up)
        above = -1 if up is None else depths[up]
        for one in reversed(line):
            above += 1
            depths[one] = above
        return depths[code]

    return sorted(codes, key=lambda code: (depth(code), code))
