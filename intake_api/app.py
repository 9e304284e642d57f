"""Puts intake_api together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from intake_api import door
from intake_api.channels.open311 import endpoints as open311
from intake_api.channels.open311.document import install_refusals
from intake_api.channels.open311.keys import ApiKeys
from intake_api.channels.open311.media import Fetching, fetching
from intake_api.channels.open311.refusals import RefusedAsOpen311
from intake_api.channels.qr import endpoints as qr
from intake_api.channels.qr.printed import endpoints as qr_printed
from intake_api.channels.qr.refusals import of_codes
from intake_api.channels.qr.service import PageForms
from intake_api.channels.sms import endpoints as sms
from intake_api.channels.sms.desk import TextDesk
from intake_api.channels.sms.gateways import Gateways
from intake_api.channels.sms.jobs import texting
from intake_api.channels.sms.service import Messages, SmsMetrics
from intake_api.documents import SAID
from intake_api.erasure import endpoints as erasure
from intake_api.evidence import endpoints as evidence
from intake_api.evidence.addresses import Addresses
from intake_api.evidence.files import Files
from intake_api.evidence.media.jobs import limits_of, looking, scanner_of
from intake_api.evidence.media.metrics import MediaMetrics
from intake_api.evidence.media.service import Looking
from intake_api.evidence.store import Store
from intake_api.feed import endpoints as feed
from intake_api.identities import endpoints as identities
from intake_api.identities.jobs import add_jobs
from intake_api.identities.sealing import Identities
from intake_api.keys.jobs import create_scheduler
from intake_api.notifications.choices import endpoints as news_choices
from intake_api.notifications.jobs import telling
from intake_api.notifications.metrics import NewsMetrics
from intake_api.notifications.post import Post
from intake_api.notifications.stops import endpoints as news_stops
from intake_api.notifications.texts import endpoints as news_texts
from intake_api.notifications.tokens import UNSUBSCRIBE
from intake_api.pages import counter, files, open_map
from intake_api.pages import endpoints as pages
from intake_api.pages.jobs import add_drawing
from intake_api.pages.refusals import of_mailbox
from intake_api.reference import endpoints as reference
from intake_api.reporters import endpoints as reporters
from intake_api.reports import endpoints as reports
from intake_api.similar import endpoints as similar
from intake_api.slips import endpoints as slips
from intake_api.submissions import endpoints as submissions
from intake_api.submissions.service import Submissions
from intake_api.supports import endpoints as supports
from intake_api.taken import endpoints as taken
from intake_api.tallies.jobs import add_folding
from intake_api.uploads import endpoints as uploads
from intake_api.uploads.jobs import add_collector
from intake_api.uploads.service import Uploads
from shared.actors import INTAKE, MONITOR, ROUTING
from shared.database import Pool, create_engine
from shared.http import lifting, web
from shared.http.door.turns import Share
from shared.http.openapi import catalogues
from shared.http.readers import reads_as
from shared.log.delivery import Relays
from shared.outgoing import Outgoing
from shared.pages import answers as page_answers
from shared.pages import places
from shared.pages.look import Look
from shared.pages.outlines import Outlines
from shared.pages.refused import RefusedAsPage
from shared.settings import IntakeSettings

#: The public list and the reference data.
REFERENCE = ("/v1/categories", "/v1/regions", "/v1/regions/tree", "/v1/agencies", "/v1/codes")
#: What belongs to the app that submitted it, to whoever got a mail about it, or has a signed address: their conditions
#: alone know it.
WHOLE = (
    "/v1/events", f"{UNSUBSCRIBE}/{{token}}", "/v1/evidence/{evidence_id}/{variant}", files.EVIDENCE, *open311.TOKENS,
)  # fmt: skip
PUBLIC = ("/v1/reports", places.MAP, *REFERENCE)


#: In the order of the documents.
ROUTERS = tuple(
    noun.router
    for noun in (
        reports, reporters, news_choices, news_stops, news_texts, slips, similar, supports, taken, feed, reference,
        identities, erasure, pages, counter, files, open_map, evidence, uploads, lifting, qr, qr_printed, open311,
        sms,
    )
)  # fmt: skip


def create_app(settings: IntakeSettings) -> FastAPI:
    engine = create_engine(settings, INTAKE)
    app = web.create_app(
        "intake",
        engine,
        settings,
        *ROUTERS,
        said=SAID,
        running=partial(_running, settings=settings),
        rules=door.door_rules(settings),
        public=PUBLIC,
        reference=(*REFERENCE, places.MAP),
        jobs=create_engine(settings, INTAKE, pool=Pool.JOBS),
        first=_install_submissions,  # routes are tried in order, and these are asked most
    )
    app.state.reads_as = reads_as(settings.database_url, whole=WHOLE)
    app.state.read_seconds = settings.public_statement_seconds
    app.state.submissions = Submissions(engine, app.state.keys, app.state.counters, days=settings.idempotency_days)
    app.state.news = NewsMetrics(app.state.metrics.registry, enabled=settings.sends_mail)
    app.state.metric_readers.append(partial(app.state.news.read_figures, app.state.jobs))
    _take_evidence(app, settings)
    app.state.qr_pages = PageForms(app.state.submissions, app.state.counters, app.state.keys)
    app.state.api_keys = ApiKeys(lambda: app.state.jobs)
    web.add_behind_log(app, RefusedAsOpen311)
    app.add_middleware(RefusedAsPage, telling_of=lambda scope: of_mailbox(scope) or of_codes(scope))
    install_refusals(app)
    _take_text_messages(app, settings)
    catalogues.install_catalogues(app, "intake_api")
    page_answers.install(app, Look("intake_api"))
    app.state.outlines = Outlines()
    return app


def _install_submissions(app: FastAPI) -> None:
    open311.install_form_routes(app)
    submissions.install_submit_route(app)


def _take_evidence(app: FastAPI, settings: IntakeSettings) -> None:
    """Where files lie, how they come in, and who looks them through."""
    state = app.state
    state.files = Files(Store.of(settings), state.keys)
    state.addresses = Addresses(state.keys, seconds=settings.evidence_address_seconds)
    turns = state.shares[Share.ACTING]
    state.uploads = Uploads(state.files, state.keys, lambda: state.sessions, turns, state.counters, settings)
    media = MediaMetrics(state.metrics.registry)
    state.looking = Looking(state.jobs, state.files, state.keys, limits_of(settings), scanner_of(settings), media)
    state.metric_readers.append(partial(media.read, state.jobs))
    outgoing = Outgoing(production=settings.environment == "production", own_hosts=settings.own_hosts, connections=1)
    state.fetching = Fetching(state.jobs, state.uploads, outgoing, state.keys, settings.evidence_per_report)


def _take_text_messages(app: FastAPI, settings: IntakeSettings) -> None:
    """By which gateways they come, and how reporters are told by them."""
    state = app.state
    messages = Messages(
        state.sessions, state.submissions, state.counters, state.keys, settings, SmsMetrics(state.metrics.registry),
        lambda: state.wake(),
    )  # fmt: skip
    state.text_desk = TextDesk.of(messages, Gateways.of(settings.sms_gateways_file))
    state.post = Post(settings, state.keys, state.text_desk.carriers)


@asynccontextmanager
async def _running(app: FastAPI, *, settings: IntakeSettings) -> AsyncIterator[None]:
    state = app.state
    relays = Relays(
        state.jobs,
        process=INTAKE,
        followers=(ROUTING, MONITOR),
        settings=settings,
        signer=state.signer,
        metrics=state.metrics,
    )
    scheduler = create_scheduler(state.jobs, settings)
    add_jobs(scheduler, state.jobs, Identities(state.keys))
    add_collector(scheduler, state.jobs, state.files.store)
    add_folding(scheduler, state.jobs)
    add_drawing(scheduler, state.jobs, state.outlines)
    looks = looking(state.looking, at_once=settings.evidence_looked_at_once)
    media, texts = fetching(state.fetching), texting(state.text_desk)
    async with relays, telling(state.jobs, state.post, state.news), looks, media, texts:
        state.wake = relays.wake
        scheduler.start()
        yield
        scheduler.shutdown(wait=False)
