"""The same HTTP manners in every service: problems, health, metrics, documentation, lifespan."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from shared.actors import MONITOR, ROUTING, SERVICES
from shared.clock import now_dependency
from shared.database import create_sessions
from shared.errors import Unavailable
from shared.http import docs_pages, idempotency, origins, problems
from shared.http.door import turns
from shared.http.door.door import Door
from shared.http.door.rules import Rules
from shared.http.door.visitors import Limits
from shared.http.hardening import Hardening
from shared.http.limits.counters import Counters
from shared.http.limits.rules import Limit, counted_by, rules_of
from shared.http.limits.telling import kept_told
from shared.http.middleware import Manners
from shared.http.openapi import document
from shared.http.openapi.said import Said
from shared.http.openly import Openly
from shared.http.origins import Hosts
from shared.http.prefix import Prefix
from shared.http.privacy import Privacy
from shared.http.readers import reads_as
from shared.http.reads import Reads
from shared.http.standings import Picture
from shared.http.tokens import Signer, Tokens
from shared.http.wire import Answer
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.metrics import Metrics
from shared.pooler import FORGETFUL_POOLER, Pooler
from shared.revision import REVISION
from shared.settings import Settings

Now = Annotated[datetime, Depends(now_dependency)]

READY_SECONDS = 5.0

Running = Callable[[FastAPI], AbstractAsyncContextManager[None]]

#: In no document: they are for whoever runs the services.
health = APIRouter(include_in_schema=False)
figures = APIRouter(include_in_schema=False)


class Health(Answer):
    status: str = "ok"


@health.get("/healthz")
async def healthz() -> Health:
    """The process is alive."""
    return Health()


@health.get("/readyz", responses=problems.documented(503))
async def readyz(request: Request) -> Health:
    """The database can be reached and has the tables that this release needs."""
    state = request.app.state
    engine: AsyncEngine = state.jobs_engine  # what requests do to theirs is no reason to send none here
    async with asyncio.timeout(READY_SECONDS), engine.connect() as connection:
        revision = await applied_revision(connection)
    async with asyncio.timeout(READY_SECONDS):
        if not await state.pooler.keeps_statements():
            raise Unavailable(FORGETFUL_POOLER, code="statements_forgotten")
    if revision is None or revision < REVISION:
        raise Unavailable("The database is not migrated; run `lapor migrate`.", code="not_migrated")
    return Health()


async def applied_revision(connection: Any) -> str | None:
    """The newest migration of this database; revisions are dates, so that they compare."""
    if (await connection.execute(text("SELECT to_regclass('alembic_version')"))).scalar() is None:
        return None
    revision: str | None = (await connection.execute(text("SELECT max(version_num) FROM alembic_version"))).scalar()
    return revision


@figures.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Figures for Prometheus. While the database is away, its figures keep their last values."""
    state = request.app.state
    try:
        async with asyncio.timeout(READY_SECONDS):
            await state.metrics.read_outbox(state.jobs_engine, (ROUTING, MONITOR))
            for read in state.metric_readers:
                await read()
    except Exception as error:
        if not problems.is_away(error):
            raise
    return Response(generate_latest(state.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@asynccontextmanager
async def nothing_running(_app: FastAPI) -> AsyncIterator[None]:
    yield


def create_app(
    name: str,
    engine: AsyncEngine,
    settings: Settings,
    *routers: APIRouter,
    said: Said,
    running: Running = nothing_running,
    rules: Rules | None = None,
    public: Iterable[str] = (),
    reference: Iterable[str] = (),
    jobs: AsyncEngine | None = None,
    first: Callable[[FastAPI], None] = lambda app: None,
) -> FastAPI:
    """An application that runs `running` and then closes its connections. `name` prefixes its operation ids.

    `rules` say where an operation differs from what the door takes otherwise; `jobs` are the connections of what is no
    request; `public` are the routes that answer everybody alike, so that a cache may keep what they say; `reference`
    those of them that repeat nothing of the request (see openly.py); `first` adds the routes that are tried before
    those of the routers.
    """

    app = _described(name, settings, said, running)
    _give_state(app, name, engine, jobs or engine, settings, rules or {}, counted_by(name))
    app.state.reads_as = reads_as(settings.database_url)
    problems.install_problem_handlers(app)
    docs_pages.install_docs_pages(app, settings)
    app.add_exception_handler(idempotency.Replay, idempotency.replayed)
    first(app)
    for router in (*routers, health):
        app.include_router(router)
    if not settings.metrics_port:  # else they are answered there alone, see services/figures.py
        app.include_router(figures)
    _wrap(app, name, settings, public=public, reference=reference)
    document.install_document(app, said)
    return app


def _described(name: str, settings: Settings, said: Said, running: Running) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = app.state
        async with state.standings.kept_current(), kept_told(state.counters), state.reads.running(), running(app):
            yield
        await app.state.engine.dispose()
        await app.state.jobs_engine.dispose()

    def operation_id(route: APIRoute) -> str:
        return f"{name}_{route.name}"

    return FastAPIOffline(
        title=said.title,
        description=said.description,
        version="1",
        root_path=settings.root_path,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        responses=problems.documented(HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS),
        static_url=docs_pages.STATIC,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would name whatever host the request named
        telemetry={"tracing": False, "metrics": False, "logs": False},  # asks three providers with each request
    )


def _give_state(
    app: FastAPI,
    name: str,
    engine: AsyncEngine,
    jobs: AsyncEngine,
    settings: Settings,
    rules: Rules,
    counted: Iterable[Limit],
) -> None:
    """What requests and jobs find in `app.state`; the services add theirs."""
    app.state.engine = engine
    app.state.sessions = create_sessions(engine)
    app.state.jobs_engine = jobs
    app.state.jobs = create_sessions(app.state.jobs_engine)
    app.state.pooler = Pooler(app.state.jobs_engine, settings)
    app.state.read_seconds = settings.statement_seconds
    app.state.settings = settings
    keys = app.state.keys = Keys(settings)
    production = settings.environment == "production"
    app.state.signer = Signer(lambda: keys.current(KeyPurpose.SERVICE))
    here, issuer = SERVICES.get(name, name), settings.issuer_url
    app.state.tokens = Tokens(lambda: keys.public, issuer=issuer, production=production, service=here)
    app.state.metrics = Metrics()
    app.state.standings = Picture(lambda: app.state.jobs, app.state.metrics.registry)
    app.state.tokens.standings = app.state.standings
    app.state.reads = Reads(name, lambda: app.state.jobs, app.state.metrics.registry)
    app.state.metric_readers = []
    app.state.wake = lambda: None
    app.state.indonesian = {}
    app.state.rules = rules
    app.state.shares = turns.shares(settings.pool_size)
    app.state.limits = Limits(settings)
    app.state.counters = Counters(app.state.jobs, keys, rules_of(settings, counted), unlimited=settings.unlimited)


def _wrap(app: FastAPI, name: str, settings: Settings, *, public: Iterable[str], reference: Iterable[str]) -> None:
    """The last of them sees a request first."""
    app.add_middleware(
        Door,
        service=app,
        tokens=app.state.tokens,
        rules=app.state.rules,
        limits=app.state.limits,
        at_once=settings.requests_at_once,
        shares=app.state.shares,
        counters=app.state.counters,
    )
    app.add_middleware(Openly, paths=reference)
    app.add_middleware(Privacy, public=public)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=origins.METHODS,
            allow_headers=origins.TAKEN,
            expose_headers=origins.EXPOSED,
            max_age=600,
        )
    if settings.host_names:
        app.add_middleware(Hosts, names=settings.host_names)
    hardening = Hardening(production=settings.environment == "production")
    app.add_middleware(Manners, metrics=app.state.metrics, hardening=hardening, reads=app.state.reads)
    app.add_middleware(Prefix, name=name)


def add_behind_log(app: FastAPI, middleware: Callable[[ASGIApp], ASGIApp]) -> None:
    """It sees all that the door, and what is behind it, answers; the log and the figures see what it makes of that."""
    kinds: list[object] = [one.cls for one in app.user_middleware]
    place = kinds.index(Manners)
    app.user_middleware.insert(place + 1, Middleware(middleware))


#: What an operation may answer besides its success, by what it does.
def errors_of(
    *, reads: bool = False, needs_token: bool = True, acts: bool = False, extra: Sequence[int] = ()
) -> dict[int | str, dict[str, Any]]:
    """The documented problems of an operation. `reads` one report (404); `acts` on it (409, 412)."""
    statuses = {400, 422, 503, *extra}
    if needs_token:
        statuses |= {401, 403}
    if reads or acts:
        statuses |= {404}
    if acts:
        statuses |= {409, 412, 413}
    return problems.documented(*statuses)
