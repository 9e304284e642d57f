"""What keys are for. Each has one purpose, and each service holds those that it needs. Pure."""

from collections.abc import Mapping
from enum import StrEnum, auto

from shared.actors import INTAKE, MONITOR, ROUTING


class KeyPurpose(StrEnum):
    ACCESS_CODES = auto()  #: derives the access codes of reports that were submitted with an Idempotency-Key
    REFERENCES = auto()  #: hashes accounts: of reporters, and of supporters
    IDEMPOTENCY = auto()  #: hashes and seals what an Idempotency-Key remembers
    CURSORS = auto()  #: seals cursors that would tell too much
    LIMITS = auto()  #: counts callers without naming them
    IDENTITIES = auto()  #: wraps the data keys of names and contacts
    EVIDENCE = auto()  #: wraps the data keys of files
    ADDRESSES = auto()  #: signs the addresses at which files are fetched
    INDEX = auto()  #: finds phones and addresses of mail without reading them
    UNSUBSCRIBING = auto()  #: signs the addresses in mails to reporters by which they want no more of them
    QR_CODES = auto()  #: signs printed codes, and the forms of the page that they lead to
    ACCOUNTS = auto()  #: seals second factors
    WEBHOOKS = auto()  #: wraps the data keys of secrets that webhooks are signed with
    SERVICE = auto()  #: a pair: signs what one service sends to another
    TOKENS = auto()  #: a pair: signs the tokens that the issuer gives out
    DEVELOPMENT = auto()  #: a pair: signs the tokens of `lapor token`, which no production accepts
    LOG = auto()  #: a pair: signs checkpoints of the transparency log


PAIRS = frozenset({KeyPurpose.SERVICE, KeyPurpose.TOKENS, KeyPurpose.DEVELOPMENT, KeyPurpose.LOG})

#: Whose keys may sign a token.
SIGNERS = frozenset({KeyPurpose.SERVICE, KeyPurpose.TOKENS, KeyPurpose.DEVELOPMENT})

_ALL = {KeyPurpose.SERVICE, KeyPurpose.IDEMPOTENCY, KeyPurpose.CURSORS, KeyPurpose.LIMITS}
_OF_INTAKE = {
    KeyPurpose.ACCESS_CODES, KeyPurpose.REFERENCES, KeyPurpose.IDENTITIES, KeyPurpose.INDEX, KeyPurpose.EVIDENCE,
    KeyPurpose.ADDRESSES, KeyPurpose.UNSUBSCRIBING, KeyPurpose.QR_CODES,
}  # fmt: skip
HELD: Mapping[str, frozenset[KeyPurpose]] = {
    INTAKE: frozenset({*_ALL, *_OF_INTAKE}),
    ROUTING: frozenset({*_ALL, KeyPurpose.TOKENS, KeyPurpose.ACCOUNTS, KeyPurpose.WEBHOOKS}),
    MONITOR: frozenset({*_ALL, KeyPurpose.LOG}),
}
