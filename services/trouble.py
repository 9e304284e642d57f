"""What stops a command, in one sentence that says what to do about it."""


class CannotRun(Exception):
    """Shown to the user as it is, without a traceback; the exit code is not 0."""

    exit_code = 1
