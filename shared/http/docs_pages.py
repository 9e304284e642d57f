"""The pages about the API, with scripts of our own: they work with no internet, and load nothing from it."""

import base64
import hashlib
import json
import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import fastapi_offline
from fastapi import FastAPI, Header, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from shared.domain.wording import Language
from shared.errors import NotFound
from shared.http import languages, start_page
from shared.http.conditional import is_known
from shared.http.openapi import examples, translated
from shared.settings import Settings

STATIC = "/static-offline-docs"
#: Where the issuer sends whoever logs in from the page.
REDIRECT = "/docs/oauth2-redirect"
OPENER = "Cross-Origin-Opener-Policy"
#: Redoc as it is delivered shows a picture from another host.
_PICTURE_ELSEWHERE = "https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_PICTURE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

#: A token that was given once is kept by the browser, operations can be looked for, schemas are shut, and a link to
#: an operation opens it.
SWAGGER = {
    "persistAuthorization": True,
    "filter": True,
    "defaultModelsExpandDepth": 0,
    "docExpansion": "list",
    "deepLinking": True,
    "displayRequestDuration": True,
}

#: Swagger UI itself looks for tags alone, and only as they are written; operators know what an operation does. And it
#: puts a link into a button, of which screen readers tell neither.
_FILTER = """
    plugins: [{wrapComponents: {
        DeepLink: (_, {React}) => ({text}) => React.createElement("span", null, text),
    }, fn: {opsFilter: (tags, phrase) => {
        const sought = phrase.toLowerCase();
        const fits = (tag, one) => [tag, one.get("path"), one.getIn(["operation", "summary"], "")]
            .some(said => said.toLowerCase().includes(sought));
        return tags.map((of, tag) => of.update("operations", all => all.filter(one => fits(tag, one))))
            .filter(of => of.get("operations").size > 0);
    }}}],
"""


#: What Swagger UI draws without: which elements, the attribute, its value.
_LACKING = (
    ("pre.microlight, .highlight-code pre, .headerline, .scopes", "tabindex", "0"),
    ("#servers", "aria-label", "Servers"),
    (".close-modal", "aria-label", "Close"),
    (".copy-to-clipboard button", "aria-label", "Copy to clipboard"),
)


def install_docs_pages(app: FastAPI, settings: Settings) -> None:
    """The pages of an application that serves the files below STATIC, and the document that they show."""
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != app.openapi_url]
    written = _Written(app, settings.examples_file)

    @app.get(app.openapi_url or "", include_in_schema=False)
    async def document(
        request: Request, lang: Language = Language.EN, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        content, tag = written.of(request.scope.get("root_path", ""), lang)
        headers = {"ETag": f"W/{tag}", "Cache-Control": "no-cache", "Content-Language": lang}
        if if_none_match is not None and is_known(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="application/json", headers=headers)

    _install_swagger(app, settings)
    _install_redoc(app)
    _install_start(app, settings)


def _install_swagger(app: FastAPI, settings: Settings) -> None:
    @app.get("/docs", include_in_schema=False)
    async def swagger(request: Request, lang: Language = Language.EN) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}?lang={lang}",
            title=f"{app.title} - Swagger UI",
            swagger_js_url=f"{root}{STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{root}{STATIC}/favicon.png",
            swagger_ui_parameters=SWAGGER,
            oauth2_redirect_url=f"{root}{REDIRECT}",
            init_oauth={"clientId": settings.docs_client, "usePkceWithAuthorizationCodeGrant": True},
        )
        said = _for_everybody(_in_language(_found_by_words(page), lang), lang)
        shown = with_policy(said, connects=_origin(settings.issuer_url))
        shown.headers[OPENER] = "same-origin-allow-popups"  # of the issuer, which sends its answer back to this page
        return shown

    @app.get(REDIRECT, include_in_schema=False)
    async def logged_in() -> HTMLResponse:
        page = with_policy(get_swagger_ui_oauth2_redirect_html())
        page.headers[OPENER] = "unsafe-none"
        return page


def _install_redoc(app: FastAPI) -> None:
    @app.get("/redoc", include_in_schema=False)
    async def redoc(request: Request, lang: Language = Language.EN) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_redoc_html(
            openapi_url=f"{root}{app.openapi_url}?lang={lang}",
            title=f"{app.title} - ReDoc",
            redoc_js_url=f"{root}/redoc.js",
            with_google_fonts=False,
            redoc_favicon_url=f"{root}{STATIC}/favicon.png",
        )
        return with_policy(_in_language(page, lang))

    @app.get("/redoc.js", include_in_schema=False)
    async def redoc_script() -> Response:
        return Response(_redoc(), media_type="text/javascript")


def _install_start(app: FastAPI, settings: Settings) -> None:
    @app.get("/", include_in_schema=False)
    async def start(
        request: Request,
        lang: Language | None = None,
        accept_language: Annotated[str | None, Header(max_length=200)] = None,
    ) -> HTMLResponse:
        language = lang or languages.preferred(accept_language)
        behind_one_host = bool(request.scope.get("root_path"))
        services = [
            start_page.Service(_base(settings, name, behind_one_host=behind_one_host), name, does)
            for name, does in start_page.DOES.items()
        ]
        page = HTMLResponse(start_page.start_page(language, services), headers={"Content-Language": language})
        return with_policy(page)

    @app.get("/guides/{name}", include_in_schema=False)
    async def guide(name: str) -> PlainTextResponse:
        if name not in start_page.guides():
            raise NotFound("There is no such guide; `/` lists them.")
        return PlainTextResponse((start_page.GUIDES / name).read_text("utf-8"))


def _base(settings: Settings, service: str, *, behind_one_host: bool) -> str:
    return f"/{start_page.PREFIXES[service]}" if behind_one_host else settings.url_of(service)


class _Written:
    """The document as bytes, for each root and language: writing it takes longer than a hundred submissions."""

    MOST = 8

    def __init__(self, app: FastAPI, examples_file: Path | None) -> None:
        self._app = app
        self._file = examples_file
        self._mark: int | None = None
        self._kept: dict[tuple[str, Language], tuple[bytes, str]] = {}

    def of(self, root: str, language: Language) -> tuple[bytes, str]:
        """And its tag."""
        mark = self._file.stat().st_mtime_ns if self._file is not None and self._file.exists() else None
        if mark != self._mark or len(self._kept) > self.MOST:
            self._kept, self._mark = {}, mark
        found = self._kept.get((root, language))
        if found is None:
            shown = _shown(self._app, self._file, language)
            shown = {**shown, "servers": [{**shown["servers"][0], "url": root or "/"}]}
            content = json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()
            found = self._kept[root, language] = content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        return found


def _shown(app: FastAPI, file: Path | None, language: Language) -> dict[str, Any]:
    shown = examples.on_this_stack(app.openapi(), file)
    return translated.into_indonesian(shown, app.state.indonesian) if language is Language.ID else shown


@cache
def _redoc() -> bytes:
    script = Path(fastapi_offline.__file__).parent / "static" / "redoc.standalone.js"
    return script.read_bytes().replace(_PICTURE_ELSEWHERE.encode(), _NO_PICTURE.encode())


def _found_by_words(page: HTMLResponse) -> HTMLResponse:
    return HTMLResponse(bytes(page.body).decode().replace("SwaggerUIBundle({", "SwaggerUIBundle({" + _FILTER, 1))


def _for_everybody(page: HTMLResponse, language: Language) -> HTMLResponse:
    """With its own words in the language of the document, and within reach of whoever sees or types otherwise."""
    text, before = bytes(page.body).decode(), "<script>\n    const ui ="
    text = text.replace("</head>", f"<style>{_file('page.css')}</style>\n    </head>", 1)
    return HTMLResponse(text.replace(before, f"<script>{_script(language)}</script>\n    {before}", 1))


@cache
def _script(language: Language) -> str:
    words = json.loads(_file("words_id.json")) if language is Language.ID else {}
    given = (json.dumps(one, ensure_ascii=False) for one in (words, _LACKING))
    return f"{_file('page.js').rstrip()}({', '.join(given)});"


def _file(name: str) -> str:
    return (resources.files("shared") / "data" / "docs" / name).read_text("utf-8")


def _in_language(page: HTMLResponse, language: Language) -> HTMLResponse:
    return HTMLResponse(bytes(page.body).decode().replace("<html>", f'<html lang="{language}">', 1))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def with_policy(page: HTMLResponse, connects: str = "") -> HTMLResponse:
    """Scripts are those of our files and the ones that stand in the page as we made it. `connects`: where they ask."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(bytes(page.body).decode()))
    inline = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    page.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"font-src 'self' data:; connect-src 'self' {connects}; worker-src blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return page
