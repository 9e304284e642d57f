"""Why the log goes no further: somebody has to look. Pure."""


class LogRefused(Exception):
    """What would be signed contradicts what was published. `code` is stable; the sentence says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def went_back(size: int, known: int) -> LogRefused:
    return LogRefused(
        "log_went_back",
        f"The log of the database has {size} entries, and a checkpoint of {known} was published: the database was "
        "restored from a backup. Nothing is published until an operator has followed docs/proof.md.",
    )


def replaced(known: int) -> LogRefused:
    return LogRefused(
        "log_replaced",
        f"The log of the database is another one than that whose checkpoint of {known} entries was published. Nothing "
        "is published until an operator has followed docs/proof.md.",
    )


def renamed(origin: str) -> LogRefused:
    return LogRefused(
        "log_renamed",
        f"The log was published as {origin}: set LAPOR_LOG_ORIGIN to that again, for a log keeps its name.",
    )


def torn(what: str) -> LogRefused:
    return LogRefused(
        "log_torn", f"The log of the database contradicts itself ({what}); `lapor audit verify` says more."
    )


def unreadable(path: object) -> LogRefused:
    return LogRefused(
        "log_memory_unreadable",
        f"The last checkpoint that was published cannot be read from {path}; put it right, or take the file away "
        "once you have compared the log with what others keep of it.",
    )
