"""Whoever owns the database can change every row past the triggers: what `lapor audit verify` finds of it, what not."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.audit.walk import Findings, verify_on
from tests.conftest import clone, drop
from tests.services.demo.lives import Lives, lived


@pytest.fixture(scope="module")
async def lives(server: URL, template: URL) -> AsyncIterator[Lives]:
    url = await clone(server, template)
    async with lived(url) as found:
        yield found
    await drop(server, url)


async def manipulated(lives: Lives, *statements: str) -> Findings:
    """In a transaction that is rolled back; the triggers are off."""
    async with lives.engine.connect() as connection:
        transaction = await connection.begin()
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await _carried_out(connection, lives, *statements)
        findings = await verify_on(connection)
        await transaction.rollback()
    return findings


async def _carried_out(connection: AsyncConnection, lives: Lives, *statements: str) -> None:
    parameters = {name: getattr(lives, name) for name in ("answered", "late", "hidden", "merged")}
    for statement in statements:
        for name, value in parameters.items():  # a DO block takes no parameters
            statement = statement.replace(f":{name}", f"'{value}'")
        done = await connection.exec_driver_sql(statement)
        assert done.rowcount != 0, "the manipulation changed nothing"


async def test_nothing_is_found_where_nobody_changed_anything(lives: Lives) -> None:
    findings = await manipulated(lives)

    assert (findings.breaks, findings.registry_breaks) == ([], [])
    assert (findings.reports, findings.events > 25, findings.registry_changes > 25) == (4, True, True)


_LAST = "(SELECT max(seq) FROM events WHERE report_id = :{0})"

#: What the log contradicts: the statements, and how it is named.
FOUND = {
    # words
    "title": ("UPDATE reports SET title = 'Jalan bagus' WHERE id = :answered", "title or body"),
    "body": ("UPDATE reports SET body = body || '.' WHERE id = :answered", "title or body"),
    "title and body moved into each other": (
        "UPDATE reports SET title = title || left(body, 1), body = substr(body, 2) WHERE id = :answered",
        "title or body",
    ),
    "region that was found": (
        "UPDATE reports SET found_region_code = (SELECT min(code) FROM regions) WHERE id = :answered",
        "the stored found_region_code",
    ),
    "region that an officer set": (
        "UPDATE reports SET set_region_code = (SELECT min(code) FROM regions) WHERE id = :answered",
        "the stored set_region_code",
    ),
    "region that strangers learn": (
        "UPDATE reports SET shown_region_code = (SELECT max(code) FROM regions) WHERE id = :late",
        "the stored shown_region_code",
    ),
    "salt": ("UPDATE reports SET salt = sha256(salt) WHERE id = :answered", "title or body, or their salt"),
    "verifier's title": ("UPDATE reports SET verified_title = 'Lain' WHERE id = :answered", "the verifier's title"),
    "verifier's title removed": (
        "UPDATE reports SET verified_title = NULL WHERE id = :answered",
        "the verifier's title",
    ),
    "title of an unverified one": ("UPDATE reports SET verified_title = 'X' WHERE id = :late", "the verifier's title"),
    "answer edited": (
        "UPDATE messages SET body = 'Sudah beres.' WHERE report_id = :answered AND kind = 'final_response'",
        "words of its message",
    ),
    "salt of a message": (
        "UPDATE messages SET salt = '' WHERE report_id = :answered AND kind = 'reply'",
        "words of its message",
    ),
    "message deleted": (
        "DELETE FROM messages WHERE report_id = :answered AND kind = 'reply'",
        "the message that it names is not there",
    ),
    "message invented": (
        "INSERT INTO messages (id, report_id, kind, body, salt, author, created_at)"
        " SELECT gen_random_uuid(), :late, kind, body, salt, author, created_at FROM messages LIMIT 1",
        "named by none of its events",
    ),
    "message given to another report": (
        "UPDATE messages SET report_id = :late WHERE report_id = :answered AND kind = 'reply'",
        "named by none of its events",
    ),
    "note made public": (
        "UPDATE messages SET kind = 'response' WHERE report_id = :hidden AND kind = 'note'",
        "kind, agency, author",
    ),
    "author": (
        "UPDATE messages SET author = 'liaison_officer:x' WHERE report_id = :answered AND kind = 'response'",
        "kind, agency, author or time",
    ),
    "time of an answer": (
        "UPDATE messages SET created_at = created_at - interval '10 days' WHERE kind = 'final_response'",
        "kind, agency, author or time",
    ),
    "public text": (
        "UPDATE public_texts SET body = 'Semua beres.' WHERE report_id = :answered",
        "its public text is not its words",
    ),
    "public title": ("UPDATE public_texts SET title = 'X' WHERE report_id = :answered", "its public text is not"),
    "public text under another version of masking": (
        "UPDATE public_texts SET body = 'Semua beres.', masking = 0 WHERE report_id = :answered",
        "its public text is not its words",
    ),
    "public answer under another version of masking": (
        "UPDATE messages SET public_body = 'Beres.', masking = 0"
        " WHERE report_id = :answered AND kind = 'final_response'",
        "what is public of message",
    ),
    "mask beyond the words": (
        "UPDATE public_texts SET masking = 0, masks = masks ||"
        ' \'[{"field": "body", "start": 90000, "end": 90009, "type": "name", "source": "machine", "lifted": false}]\''
        " WHERE report_id = :answered",
        "lies outside of its words",
    ),
    "public text of no report": (
        "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)"
        " SELECT gen_random_uuid(), title, body, masks, masking, masked_at, masked_by FROM public_texts LIMIT 1",
        "the report is not there, but something that belongs to it is",
    ),
    "support of no report": (
        "INSERT INTO report_supports (report_id, supporter_hash, supported_at) VALUES (gen_random_uuid(), 'x', now())",
        "the report is not there, but something that belongs to it is",
    ),
    "mask lifted": (
        "UPDATE public_texts SET masks = (SELECT jsonb_agg(m || '{\"lifted\": true}')"
        " FROM jsonb_array_elements(masks) AS m) WHERE report_id = :late",
        "a mask of its public text was lifted",
    ),
    "public answer": (
        "UPDATE messages SET public_body = 'Beres.' WHERE report_id = :answered AND kind = 'final_response'",
        "what is public of message",
    ),
    # flags, class, place, times
    "secret": ("UPDATE reports SET secret = false WHERE id = :hidden", "the stored secret is False"),
    "anonymous": ("UPDATE reports SET anonymous = false WHERE id = :hidden", "the stored anonymous is False"),
    "secret from the start": ("UPDATE reports SET secret = true WHERE id = :late", "the stored secret is True"),
    "anonymous from the start": ("UPDATE reports SET anonymous = true WHERE id = :late", "the stored anonymous"),
    "classification": (
        "UPDATE reports SET classification = 'aspiration' WHERE id = :answered",
        "the stored classification",
    ),
    "supervisory": ("UPDATE reports SET supervisory = true WHERE id = :answered", "the stored supervisory"),
    "category": ("UPDATE reports SET category_code = 'health' WHERE id = :answered", "the stored category_code"),
    "status": ("UPDATE reports SET status = 'closed' WHERE id = :answered", "the stored status is closed"),
    "holder": (
        "UPDATE reports SET holder_agency_code = 'SAMARINDA-DINKES' WHERE id = :answered",
        "the stored holder is agency",
    ),
    "agency": ("UPDATE reports SET agency_code = 'SAMARINDA-DINKES' WHERE id = :answered", "the stored agency_code"),
    "received_at": (
        "UPDATE reports SET received_at = received_at + interval '1 day' WHERE id = :late",
        "the stored received_at",
    ),
    "recorded_at": (
        "UPDATE reports SET recorded_at = recorded_at + interval '1us' WHERE id = :late",
        "the stored recorded_at",
    ),
    "published_at": ("UPDATE reports SET published_at = NULL WHERE id = :answered", "the stored published_at is none"),
    "published though hidden": (
        "UPDATE reports SET published_at = received_at WHERE id = :hidden",
        "the stored published_at",
    ),
    "region": ("UPDATE reports SET region_code = '64.71' WHERE id = :answered", "the stored region_code is 64.71"),
    "pin": ("UPDATE reports SET latitude = -1.2, longitude = 116.8 WHERE id = :answered", "the place, the day"),
    "location text": ("UPDATE reports SET location_text = 'Pasar' WHERE id = :answered", "the place, the day"),
    "day of the event": ("UPDATE reports SET occurred_on = '2026-01-01' WHERE id = :answered", "the place, the day"),
    "named agency": (
        "UPDATE reports SET target_agency_code = 'BALIKPAPAN' WHERE id = :answered",
        "the agency that the reporter",
    ),
    "channel": ("UPDATE reports SET channel = 'letter' WHERE id = :answered", "the stored channel is letter"),
    "imported": ("UPDATE reports SET imported = true WHERE id = :late", "the stored imported is True"),
    "round": ("UPDATE reports SET round = 7 WHERE id = :answered", "the stored round is 7"),
    "held from": ("UPDATE reports SET held_from = 'verified' WHERE id = :merged", "the stored held_from is verified"),
    # who
    "access code": ("UPDATE reports SET access_code_hash = sha256('MINE') WHERE id = :answered", "the access code"),
    "private salt": ("UPDATE reports SET private_salt = sha256('') WHERE id = :answered", "the salt of it"),
    "account of the app": (
        "UPDATE reports SET reporter_reference_hash = sha256('mine') WHERE id = :late",
        "the account of the app",
    ),
    "account taken away": (
        "UPDATE reports SET reporter_reference_hash = NULL WHERE id = :answered",
        "the account of the app",
    ),
    "reporter of another": (
        "UPDATE reports SET reporter_id = (SELECT reporter_id FROM reports WHERE id = :hidden) WHERE id = :answered",
        "the reporter's name or contact",
    ),
    "reporter's phone": (
        "UPDATE reporters SET sealed_phone = sealed_name WHERE sealed_phone IS NOT NULL",
        "the reporter's name or contact",
    ),
    "reporter deleted": ("DELETE FROM reporters", "the reporter's name or contact"),
    "reporter forgotten": ("UPDATE reports SET reporter_id = NULL WHERE id = :answered", "the reporter's name"),
    "tracking number": ("UPDATE reports SET tracking_number = '0000000000' WHERE id = :late", "the tracking number"),
    "client": ("UPDATE reports SET client_id = 'another' WHERE id = :late", "the tracking number, the client"),
    "external reference": ("UPDATE reports SET external_reference = 'R-1' WHERE id = :late", "its reference"),
    "entered by": ("UPDATE reports SET entered_by = 'pu-1' WHERE id = :late", "who entered it"),
    # merges
    "merged into another": ("UPDATE reports SET merged_into = :late WHERE id = :merged", "the stored merged_into"),
    "merged from": (
        "UPDATE reports SET merged_from = 'assigned' WHERE id = :merged",
        "the stored merged_from is assigned",
    ),
    "merged at": ("UPDATE reports SET merged_at = now() WHERE id = :merged", "the stored merged_at"),
    # clocks and escalations
    "clock moved": (
        "UPDATE clocks SET due_at = due_at + interval '10 days' WHERE report_id = :late AND stage = 'verification'",
        "due_at of its clock verification were changed",
    ),
    "clock closed": (
        "UPDATE clocks SET state = 'stopped', outcome = 'met', stopped_at = started_at"
        " WHERE report_id = :late AND stage = 'verification'",
        "stopped_at, state, outcome of its clock verification were changed",
    ),
    "ladder ended": (
        "UPDATE clocks SET next_step = NULL, next_step_at = NULL WHERE report_id = :answered",
        "next_step, next_step_at of its clock",
    ),
    "breach forgotten": (
        "UPDATE clocks SET breached_at = NULL, level = 0 WHERE report_id = :late AND stage = 'verification'",
        "breached_at, level of its clock verification",
    ),
    "recipients": (
        "UPDATE clocks SET step_recipients = '{}' WHERE report_id = :answered AND stage = 'first_response'",
        "step_recipients of its clock first_response",
    ),
    "clock deleted": (
        "DELETE FROM clocks WHERE report_id = :late AND stage = 'verification'",
        "its clock verification is not there",
    ),
    "all clocks deleted": ("DELETE FROM clocks WHERE report_id = :late", "its clocks do not know its last events"),
    "clock invented": (
        'INSERT INTO clocks SELECT (jsonb_populate_record(c, \'{"stage": "disposition"}\')).* FROM clocks c'
        " WHERE report_id = :late AND stage = 'verification'",
        "its clock disposition does not follow from its events",
    ),
    "clocks put back behind the log": (
        "UPDATE clocks SET computed_seq = 0 WHERE report_id = :late",
        "its clocks do not know its last events",
    ),
    "escalation invented": (
        "INSERT INTO escalations (id, report_id, stage, opened_seq, step_code, kind, level, step_at, recorded_at,"
        " recipients, late_entry, notify) VALUES (gen_random_uuid(), :answered, 'resolution', 2, 3, 'escalation', 2,"
        " now(), now(), '', false, false)",
        "is told by none of its events",
    ),
    "escalation deleted": (
        "DELETE FROM escalations WHERE report_id = :late AND kind = 'escalation'",
        "tells of is not there",
    ),
    "escalation revoked": (
        "UPDATE escalations SET revoked_at = now() WHERE report_id = :late AND kind = 'escalation'",
        "was changed",
    ),
    "escalation to nobody": (
        "UPDATE escalations SET recipients = '', notify = false WHERE report_id = :late",
        "its escalation was changed",
    ),
    "acknowledgement": ("UPDATE acknowledgements SET note = 'Tidak.'", "its acknowledgement was changed"),
    "acknowledgement deleted": ("DELETE FROM acknowledgements", "acknowledgement that it tells of is not there"),
    # the log itself
    "event changed": ("UPDATE events SET actor = 'operator:x' WHERE report_id = :late AND seq = 2", "was changed"),
    "event moved in time": (
        "UPDATE events SET occurred_at = occurred_at - interval '1 day' WHERE report_id = :late AND seq = 1",
        "its hash is not that of its content",
    ),
    "event removed": ("DELETE FROM events WHERE report_id = :answered AND seq = 3", "event 3 is missing"),
    "last event removed": (
        f"DELETE FROM events WHERE report_id = :answered AND seq = {_LAST.format('answered')}",
        "the chain head says",
    ),
    "chain head": ("UPDATE chains SET fact_seq = 1 WHERE report_id = :answered", "the chain head says fact_seq"),
    # supports
    "support invented": (
        "INSERT INTO report_supports (report_id, supporter_hash, supported_at) VALUES (:answered, 'x', now())",
        "people are said to support it",
    ),
    "support invented and counted": (
        "WITH more AS (INSERT INTO report_supports (report_id, supporter_hash, supported_at)"
        " VALUES (:answered, 'x', now())) UPDATE support_chains SET supports = supports + 1",
        "nobody gave it",
    ),
    "support invented where there was none": (
        "INSERT INTO report_supports (report_id, supporter_hash, supported_at) VALUES (:late, 'x', now())",
        "1 do",
    ),
    "support given to another": (
        "UPDATE report_supports SET supporter_hash = sha256(supporter_hash) WHERE report_id = :answered",
        "nobody gave it",
    ),
    "support moved to another report": (
        "UPDATE report_supports SET report_id = :late WHERE report_id = :answered",
        "people are said to support it",
    ),
    "support deleted": (
        "WITH less AS (DELETE FROM report_supports WHERE report_id = :answered) UPDATE support_chains SET supports = 0",
        "not taken back, is not there",
    ),
    "support dated back": (
        "UPDATE report_supports SET supported_at = supported_at - interval '1 day' WHERE report_id = :answered",
        "the time of a support",
    ),
    "count raised": ("UPDATE support_chains SET supports = supports + 5", "people are said to support it"),
    "first entry of supports deleted": (
        "DELETE FROM support_log WHERE report_id = :answered AND seq = 1",
        "entry 1 of its supports' log is missing",
    ),
    "last entry of supports deleted": (
        "DELETE FROM support_log WHERE report_id = :answered AND seq = 4",
        "there are 3",
    ),
    "log of supports deleted": ("DELETE FROM support_log WHERE report_id = :answered", "there are 0"),
    "support deleted with its entry": (
        "WITH less AS (DELETE FROM support_log WHERE seq = 4), fewer AS (UPDATE support_chains SET seq = 3)"
        " INSERT INTO report_supports SELECT report_id, 'x', now() FROM support_chains",
        "the head of its supports' log",
    ),
    "taking back made a giving": (
        "UPDATE support_log SET kind = 'given' WHERE report_id = :answered AND kind = 'withdrawn'",
        "entry 4 of its supports' log was changed",
    ),
    "entries of supports swapped": (
        "UPDATE support_log l SET supporter = o.supporter FROM support_log o WHERE o.report_id = l.report_id"
        " AND (l.seq, o.seq) IN ((1, 2), (2, 1))",
        "entry 1 of its supports' log was changed",
    ),
    "head of supports deleted": ("DELETE FROM support_chains", "says 0 entries, there are 4"),
    "report deleted, its events left": (
        "DELETE FROM reports WHERE id = :late",
        "the report is not there, but something that belongs to it is",
    ),
}


@pytest.mark.parametrize("name", FOUND)
async def test_what_contradicts_the_log_is_found_and_named(lives: Lives, name: str) -> None:
    statement, what = FOUND[name]

    findings = await manipulated(lives, statement)

    assert findings.broken >= 1
    assert what in " / ".join(found.what for found in findings.breaks)


#: What the log of the registry contradicts.
FOUND_IN_THE_REGISTRY = {
    "agency below another instansi": (
        "UPDATE agencies SET parent_code = 'BALIKPAPAN' WHERE code = 'SAMARINDA-PU'",
        "agencies",
        "SAMARINDA-PU",
        "parent_code is not what the log says",
    ),
    "agency invented": (
        "INSERT INTO agencies (code, name, kind, time_zone, level) VALUES ('X', 'X', 'dinas', 'Asia/Makassar',"
        " 'agency')",
        "agencies",
        "X",
        "it is there, and the log does not say so",
    ),
    "agency deleted": (
        "DELETE FROM agencies WHERE code = 'BALIKPAPAN-PU'",
        "agencies",
        "BALIKPAPAN-PU",
        "it is not there",
    ),
    "policy in force with 500 days": (
        "UPDATE policies SET document = replace(document::text, '14', '500')::jsonb WHERE code = 'ID-SP4N-2018'",
        "policies",
        "ID-SP4N-2018",
        "document is not what the log says",
    ),
    "officer invented": (
        "INSERT INTO officers (id, role, name, email, created_at) VALUES ('00000000-0000-7000-8000-000000000001',"
        " 'national_admin', 'X', 'x@x.example', now())",
        "officers",
        "00000000-0000-7000-8000-000000000001",
        "it is there",
    ),
    "officer's address": (
        "UPDATE officers SET email = 'mine@x.example'",
        "officers",
        "00000000-0000-7000-8000-000000000002",
        "person is",
    ),
    "category": ("UPDATE categories SET active = false WHERE code = 'roads'", "categories", "roads", "active is not"),
    "rule of the set in force": ("UPDATE rules SET result = '{}'", "rules", "1", "digest is not what the log says"),
    "rule set taken out of force": ("UPDATE rule_sets SET state = 'retired'", "rule_sets", "1", "state is not"),
    "day off invented": (
        "INSERT INTO calendar_days (calendar_id, day, kind, name_id, name_en) VALUES (1, '2026-03-05', 'holiday', 'X',"
        " 'X')",
        "calendar_days",
        "1",
        "digest, rows is not what the log says",
    ),
    "calendar": ("UPDATE calendars SET weekend = '{7}'", "calendars", "1", "weekend is not what the log says"),
    "limit of an agency": (
        "INSERT INTO agency_limits VALUES ('SAMARINDA-PU', 'resolution', 1, NULL, 'operator:x', now())",
        "agency_limits",
        "SAMARINDA-PU/resolution",
        "it is there",
    ),
    "client": ("INSERT INTO clients VALUES ('mine', 'Mine', '{sms}')", "clients", "mine", "it is there"),
    "region": (
        "UPDATE regions SET parent_code = '35' WHERE code = '64.72'",
        "regions",
        "64",
        "digest is not what the log says",
    ),
    "change rewritten": (
        "UPDATE registry_events SET actor = 'operator:x' WHERE subject = 'policies'",
        "policies",
        "ID-SP4N-2018",
        "its hash is not that of its content",
    ),
    "change removed": ("DELETE FROM registry_events WHERE seq = 2", "regions", "64", "change 2 is missing"),
}


@pytest.mark.parametrize("name", FOUND_IN_THE_REGISTRY)
async def test_what_contradicts_the_log_of_the_registry_is_found_and_named(lives: Lives, name: str) -> None:
    statement, subject, key, what = FOUND_IN_THE_REGISTRY[name]

    findings = await manipulated(lives, statement)

    found = [one.what for one in findings.registry_breaks if (one.subject, one.key) == (subject, key)]
    assert found
    assert found[0].startswith(what)
    assert not findings.whole


async def test_a_change_by_hand_with_its_triggers_on_is_in_the_log_under_the_account(lives: Lives) -> None:
    async with lives.engine.connect() as connection:
        transaction = await connection.begin()
        await connection.execute(text("SET LOCAL application_name = 'psql'"))
        await connection.execute(text("UPDATE agencies SET parent_code = 'BALIKPAPAN' WHERE code = 'SAMARINDA-PU'"))
        findings = await verify_on(connection)
        await transaction.rollback()

    (found,) = findings.registry_breaks
    assert (found.subject, found.key) == ("agencies", "SAMARINDA-PU")
    assert found.what.startswith("it was changed by hand, by the account ")


#: Every hash of a report's chain anew, as whoever can read the source can compute it.
_HASHED_ANEW = """
    DO $$
    DECLARE
        one uuid;
        previous bytea := decode(repeat('00', 32), 'hex');
    BEGIN
        FOR one IN SELECT id FROM events WHERE report_id = {report} ORDER BY seq LOOP
            UPDATE events SET previous_hash = previous, hash = event_hash(
                previous, id, report_id, seq, type, occurred_at, recorded_at, actor, data::text)
            WHERE id = one RETURNING hash INTO previous;
        END LOOP;
        UPDATE chains SET seq = (SELECT max(seq) FROM events WHERE report_id = {report}), hash = previous,
            fact_seq = (SELECT max(seq) FROM events WHERE report_id = {report} AND type NOT LIKE 'clock.%')
        WHERE report_id = {report};
    END $$
"""
_LATE, _ANSWERED = _HASHED_ANEW.format(report=":late"), _HASHED_ANEW.format(report=":answered")

_GENESIS = "decode(repeat('00', 32), 'hex')"
_DIGEST = "salted_digest(private_salt, 'support', encode('x'::bytea, 'hex'))"
_HASH = (
    f"sha256({_GENESIS} || convert_to(framed('2') || framed('support') || framed(id::text) || framed('1')"
    f" || framed('given') || framed({_DIGEST})"
    " || framed((extract(epoch FROM timestamptz '2026-03-03Z') * 1000000)::bigint::text), 'UTF8'))"
)

#: What contradicts nothing: only something outside of the database finds it (checkpoints that were published), or
#: nothing at all, because the log does not speak of it. docs/decisions/0003-event-log.md promises no more.
NOT_FOUND = {
    "tail cut off, everything set back": (
        "DELETE FROM acknowledgements",
        "DELETE FROM events WHERE type = 'clock.acknowledged'",
        _LATE,
    ),
    "whole chain hashed anew, another actor": (
        "UPDATE events SET actor = 'coordinator:nobody' WHERE report_id = :answered AND type = 'report.assigned'",
        _ANSWERED,
    ),
    "event with a true hash appended by hand": (
        "INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)"
        " SELECT gen_random_uuid(), :late, max(seq) + 1, 'reporter.consented', max(recorded_at), max(recorded_at),"
        ' \'reporter\', \'{"by":"code","granted":true,"purpose":"ombudsman"}\', \'\', \'\''
        " FROM events WHERE report_id = :late",
        _LATE,
        "UPDATE clocks SET computed_seq = (SELECT seq FROM chains WHERE report_id = :late) WHERE report_id = :late",
    ),
    "report deleted with everything that belongs to it": (
        "DELETE FROM acknowledgements",
        "DELETE FROM escalations WHERE report_id = :late",
        "DELETE FROM clocks WHERE report_id = :late",
        "DELETE FROM events WHERE report_id = :late",
        "DELETE FROM chains WHERE report_id = :late",
        "DELETE FROM public_texts WHERE report_id = :late",
        "DELETE FROM reports WHERE id = :late",
    ),
    "triggers switched off": ("ALTER TABLE events DISABLE TRIGGER ALL",),
    "order of the feed": ("UPDATE events SET transaction_id = 1 WHERE report_id = :answered",),
    "support invented, entered and hashed": (
        "INSERT INTO report_supports (report_id, supporter_hash, supported_at) VALUES (:late, 'x', '2026-03-03Z')",
        "INSERT INTO support_log (report_id, seq, kind, supporter, recorded_at, previous_hash, hash)"
        f" SELECT id, 1, 'given', {_DIGEST}, '2026-03-03Z', {_GENESIS}, {_HASH} FROM reports WHERE id = :late",
        "INSERT INTO support_chains (report_id, seq, hash, supports)"
        " SELECT report_id, seq, hash, 1 FROM support_log WHERE report_id = :late",
    ),
    "when a row was changed": ("UPDATE reports SET changed_at = now() WHERE id = :answered",),
}


@pytest.mark.parametrize("name", NOT_FOUND)
async def test_what_contradicts_nothing_only_something_outside_can_find(lives: Lives, name: str) -> None:
    findings = await manipulated(lives, *NOT_FOUND[name])

    assert findings.breaks == []
