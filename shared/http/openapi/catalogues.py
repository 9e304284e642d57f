"""What a service keeps in data/ for its document: examples, and the words in Indonesian."""

from fastapi import FastAPI

from shared.http.openapi import examples, translated


def install_catalogues(app: FastAPI, package: str) -> None:
    examples.install_examples(app, package)
    app.state.indonesian = translated.written(package)
