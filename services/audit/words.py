"""Messages and notes: each is named by an event, with the digest of its words; and each event's words are there."""

from services.audit.files import Entry, File, Findings, Found, Words
from shared.log.payloads import Said
from shared.log.payloads.monitor import ClockAcknowledged
from shared.log.payloads.routing import ReportResponded


def messages(file: File) -> Findings:
    told = set()
    for event in file.history:
        if event.said is None:
            continue
        message = file.messages.get(event.said.message)
        if message is None:
            yield Found(event.seq, "the message that it names is not there")
            continue
        told.add(message.id)
        yield from _differs(event, event.said, message, erased=message.erased and file.person_erased)
    for id in file.messages.keys() - told:
        yield Found(None, f"message {id} is named by none of its events")


def _differs(event: Entry, said: Said, message: Words, *, erased: bool) -> Findings:
    if said.digest != message.digest and not erased:
        yield Found(event.seq, "the words of its message, or their salt, were changed")
    told = (said.kind, said.agency, event.actor, event.occurred_at)
    if told != (message.kind, message.agency, message.author, message.at):
        yield Found(event.seq, "kind, agency, author or time of its message were changed")
    responded = event.carries(ReportResponded)
    if (None if responded is None else responded.corrects) != message.corrects:
        yield Found(event.seq, "which response its message puts right was changed")


def acknowledgements(file: File) -> Findings:
    told = set()
    for event in file.history:
        said = event.carries(ClockAcknowledged)
        if said is None:
            continue
        note = file.acknowledgements.get(said.escalation)
        if note is None:
            yield Found(event.seq, "the acknowledgement that it tells of is not there")
            continue
        told.add(note.id)
        digest = said.digest if note.erased and file.person_erased else note.digest
        if (said.digest, event.actor, event.occurred_at) != (digest, note.author, note.at):
            yield Found(event.seq, "its acknowledgement was changed")
    for id in file.acknowledgements.keys() - told:
        yield Found(None, f"the acknowledgement of escalation {id} is told by none of its events")
