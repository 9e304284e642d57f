"""Messages and notes: each is named by an event, with the digest of its words; and each event's words are there."""

from services.audit.files import Entry, File, Findings, Found, Words


def messages(file: File) -> Findings:
    told = set()
    for event in file.said:
        message = next((one for id, one in file.messages.items() if str(id) == event.data["message"]), None)
        if message is None:
            yield Found(event.seq, "the message that it names is not there")
            continue
        told.add(message.id)
        yield from _differs(event, message)
    for id in file.messages.keys() - told:
        yield Found(None, f"message {id} is named by none of its events")


def _differs(event: Entry, message: Words) -> Findings:
    if event.data["digest"] != message.digest:
        yield Found(event.seq, "the words of its message, or their salt, were changed")
    said = (event.data["message_kind"], event.data["message_agency"], event.actor, event.occurred_at)
    if said != (message.kind, message.agency, message.author, message.at):
        yield Found(event.seq, "kind, agency, author or time of its message were changed")
    if event.data.get("corrects") != (message.corrects and str(message.corrects)):
        yield Found(event.seq, "which response its message puts right was changed")


def acknowledgements(file: File) -> Findings:
    told = set()
    for event in file.history:
        if event.type != "clock.acknowledged":
            continue
        note = next((one for id, one in file.acknowledgements.items() if str(id) == event.data["escalation"]), None)
        if note is None:
            yield Found(event.seq, "the acknowledgement that it tells of is not there")
            continue
        told.add(note.id)
        if (event.data["digest"], event.actor, event.occurred_at) != (note.digest, note.author, note.at):
            yield Found(event.seq, "its acknowledgement was changed")
    for id in file.acknowledgements.keys() - told:
        yield Found(None, f"the acknowledgement of escalation {id} is told by none of its events")
