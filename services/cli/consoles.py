"""Where commands write: results to standard output, progress and troubles to standard error."""

from services.cli.speaking import SpeakingConsole

output = SpeakingConsole(soft_wrap=True)
errors = SpeakingConsole(stderr=True, soft_wrap=True)
