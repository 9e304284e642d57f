"""Where commands write: results to standard output, progress and troubles to standard error."""

from services.cli.speaking import SpeakingConsole

output = SpeakingConsole(soft_wrap=True)
errors = SpeakingConsole(stderr=True, soft_wrap=True)


def say(*sentences: str) -> None:
    """As they are: what looks like markup or a number is neither."""
    for sentence in sentences:
        output.print(sentence, markup=False, highlight=False)
