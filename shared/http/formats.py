"""What an answer is written in, by the Accept header."""

HTML, JSON = "text/html", "application/json"


def prefers_html(accept: str | None) -> bool:
    """JSON, unless HTML is asked for by name and nothing of ours more."""
    weights: dict[str, float] = {}
    for one in (accept or "").split(","):
        kind, *parameters = (part.strip() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            weights[kind.lower()] = float(weight)
        except ValueError:
            continue
    html = weights.get(HTML, 0.0)
    return html > 0 and html >= weights.get(JSON, weights.get("*/*", 0.0))
