"""The migration that this release needs; a test compares it with the newest one."""

REVISION = "20261128_0301"
