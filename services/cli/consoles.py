"""Where commands write: results to standard output, progress and troubles to standard error."""

from rich.console import Console

output = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)
