"""The migration that this release needs, and the first that is kept; tests compare them with the files."""

REVISION = "20261128_1805"
#: A database that stands before this is older than the first release: nothing leads from it to here.
BASE = "20261128_0321"
