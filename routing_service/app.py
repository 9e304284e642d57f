"""Puts routing_service together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from routing_service import door
from routing_service.access.federation import endpoints as federation
from routing_service.access.federation.provider import Provider
from routing_service.access.login import endpoints as login
from routing_service.access.mails.jobs import posting
from routing_service.access.mails.metrics import MailMetrics
from routing_service.access.management import endpoints as access
from routing_service.access.management import mapping_endpoints as mappings
from routing_service.access.oauth import authorize, issuer
from routing_service.access.oauth import endpoints as oauth
from routing_service.access.oauth.jobs import forgetting
from routing_service.access.oauth.pages import PagesOfServices
from routing_service.competence.boundaries import endpoints as boundaries
from routing_service.competence.knowledge import Knowledge
from routing_service.competence.models import endpoints as models
from routing_service.competence.models.jobs import Renewal
from routing_service.competence.rule_sets import endpoints as rules
from routing_service.documents import SAID
from routing_service.pages import endpoints as pages
from routing_service.pages import home, identities, public_endpoints, work
from routing_service.pages.rules import endpoints as rule_pages
from routing_service.registry.agencies import endpoints as registry
from routing_service.registry.categories import endpoints as categories
from routing_service.registry.changes import endpoints as changes
from routing_service.registry.health import endpoints as gaps
from routing_service.registry.imports import endpoints as imports
from routing_service.registry.officers import endpoints as officers
from routing_service.registry.officers.activity import Activity
from routing_service.registry.reorganisations import endpoints as reorganisations
from routing_service.report.feed import endpoints as feed
from routing_service.report.readers import endpoints as readers
from routing_service.report.readers import jobs as old_reads
from routing_service.report.reading import custody_endpoints as custody
from routing_service.report.reading import endpoints as reports
from routing_service.report.reading.identities import IntakeIdentities
from routing_service.webhooks.deliveries import endpoints as deliveries
from routing_service.webhooks.jobs import Webhooks
from routing_service.webhooks.metrics import WebhookMetrics
from routing_service.webhooks.sending.claiming import MOST_PROBES
from routing_service.webhooks.sending.sender import MOST
from routing_service.webhooks.subscriptions import endpoints as webhooks
from routing_service.work.actions import endpoints as actions
from routing_service.work.chores.jobs import Workers
from routing_service.work.chores.metrics import ChoreMetrics
from routing_service.work.decisions import endpoints as decisions
from routing_service.work.decisions.advice import Advising
from routing_service.work.evidence import endpoints as evidence
from routing_service.work.evidence.jobs import demanding_evidence
from routing_service.work.inbox import endpoints as inbox
from routing_service.work.masking import endpoints as texts
from routing_service.work.masking.answers import endpoints as answers
from routing_service.work.merging import endpoints as merging
from routing_service.work.notes import endpoints as notes
from shared.actors import MONITOR, ROUTING
from shared.database import Pool, create_engine
from shared.http import lifting, web
from shared.http.openapi import catalogues
from shared.http.readers import reads_as
from shared.log.delivery import Relays
from shared.outgoing import Outgoing
from shared.pages import answers as page_answers
from shared.pages.look import Look
from shared.settings import RoutingSettings

#: In the order of the documents.
ROUTERS = tuple(
    noun.router
    for noun in (
        reports, readers, actions, notes, merging, evidence, texts, answers, decisions, registry, boundaries, rules,
        models, reorganisations, categories, imports, gaps, changes, officers, access, feed, webhooks,
        deliveries, inbox, oauth, authorize, login, federation, mappings, custody, home, pages, public_endpoints,
        identities, work, rule_pages,
    )
)  # fmt: skip

#: Counts alone; and what custodians may know of every report.
WHOLE = (
    "/v1/registry/health", "/v1/identity-requests", pages.REPORT, public_endpoints.PUBLIC, public_endpoints.COVERING,
    identities.IDENTITIES,
)  # fmt: skip


def create_app(settings: RoutingSettings) -> FastAPI:
    app = web.create_app(
        "routing",
        create_engine(settings, ROUTING),
        settings,
        *ROUTERS,
        lifting.router,
        said=SAID,
        running=partial(_running, settings=settings),
        rules=door.door_rules(settings),
        jobs=create_engine(settings, ROUTING, pool=Pool.JOBS),
        public=(issuer.METADATA, issuer.METADATA + "/{path:path}", issuer.JWKS),
        reference=(issuer.METADATA, issuer.JWKS),
    )
    app.state.reads_as = reads_as(settings.database_url, whole=WHOLE)
    app.state.issuer = issuer.Issuer(settings, app.state.keys)
    app.add_middleware(PagesOfServices, settings=settings)
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    app.state.identities = IntakeIdentities(settings, app.state.signer)
    app.state.activity = Activity()
    _work_and_tell(app, settings)
    app.state.metric_readers.append(partial(MailMetrics(app.state.metrics.registry).read, app.state.jobs))
    app.state.metric_readers.append(partial(ChoreMetrics(app.state.metrics.registry).read, app.state.jobs))
    catalogues.install_catalogues(app, "routing_service")
    page_answers.install(app, Look("routing_service"))
    return app


def _work_and_tell(app: FastAPI, settings: RoutingSettings) -> None:
    """What decides on new reports, and what tells webhooks."""
    state = app.state
    state.knowledge = Knowledge(state.metrics.registry)
    state.workers = Workers(
        state.jobs,
        advising=Advising(state.knowledge, settings.most_returns),
        automatic_assignment=settings.automatic_assignment,
        woke=lambda: state.wake(),
        learn=Renewal(state.jobs, settings, state.metrics.registry).turn,
    )
    state.outgoing = Outgoing(
        production=settings.environment == "production", own_hosts=settings.own_hosts, connections=MOST + MOST_PROBES
    )
    told = WebhookMetrics(state.metrics.registry)
    state.webhooks = Webhooks(state.jobs, state.outgoing, state.keys, settings, told)
    state.metric_readers.append(partial(told.read, state.jobs))


@asynccontextmanager
async def _running(app: FastAPI, *, settings: RoutingSettings) -> AsyncIterator[None]:
    state = app.state
    relays = Relays(
        state.jobs,
        process=ROUTING,
        followers=(ROUTING, MONITOR),
        settings=settings,
        signer=state.signer,
        metrics=state.metrics,
    )
    async with relays:
        state.wake = relays.wake
        warming = asyncio.create_task(state.knowledge.warm_up(state.jobs))
        old = asyncio.create_task(old_reads.forgetting(state.jobs, days=settings.reads_days))
        demanding = demanding_evidence(state.jobs, settings, lambda: state.wake())
        async with (
            state.workers.running(), forgetting(state.jobs), posting(state.jobs, settings), state.webhooks.running(),
            demanding,
        ):  # fmt: skip
            yield
        warming.cancel()
        old.cancel()
    await state.outgoing.close()
    await state.identities.close()
    if state.provider is not None:
        await state.provider.close()
