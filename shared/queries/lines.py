"""The line of an agency: itself and all above it, as a part of a statement WITH RECURSIVE. A loop in the data ends."""

#: Longer than any line there is.
_DEEPEST = 20


def line_of(agency: str) -> str:
    """`line (code, parent_code)` of one agency, named by an expression."""
    return f"""line (code, parent_code) AS (
        SELECT a.code, a.parent_code FROM agencies a WHERE a.code = {agency}
        UNION
        SELECT a.code, a.parent_code FROM line l JOIN agencies a ON a.code = l.parent_code
    )"""


def lines_of(agencies: str) -> str:
    """`line (start, code, depth)` of each agency that a SELECT names in its one column."""
    return f"""line (start, code, depth) AS (
        SELECT a.code, a.code, 0 FROM ({agencies}) AS a (code)
        UNION ALL
        SELECT l.start, a.parent_code, l.depth + 1 FROM line l JOIN agencies a ON a.code = l.code
        WHERE a.parent_code IS NOT NULL AND l.depth < {_DEEPEST}
    )"""
