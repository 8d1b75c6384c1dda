"""The functions over HTTP: one request, one answer; and the page that documents them."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import anyio
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

import search_core as sc
from search_ui.api.functions import Function, error_answer
from search_ui.api.models import Answer, ErrorAnswer, misfit
from search_ui.rendering import render
from search_ui.server.queue_limits import DISCONNECTED

ROOT = "/api/v1"
FAULTS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "The request can't be used."},
    413: {"model": ErrorAnswer, "description": "The body is too large."},
    422: {"model": ErrorAnswer, "description": "A field is missing, unknown or of the wrong type."},
    500: {
        "model": ErrorAnswer,
        "description": "A bug; the message has the id under which it is logged.",
    },
    503: {"model": ErrorAnswer, "description": "Too busy; try again after `Retry-After` seconds."},
}
THREADS = 60  # all that may work or wait for a turn, so that one more is refused at once

Endpoint = Callable[..., Awaitable[Answer | JSONResponse]]


def path_of(function: Function) -> str:
    """Return the address of a function."""
    return f"{ROOT}/{function.name.replace('_', '-')}"


def add_routes(app: FastAPI, functions: tuple[Function, ...]) -> None:
    """Serve every function over HTTP, and `/docs`, which describes them."""
    by_path = {path_of(each): each for each in functions}
    for path, function in by_path.items():
        summary, _, description = function.description.partition("\n")
        app.add_api_route(
            path,
            _endpoint(function),
            methods=["POST"],
            summary=summary,
            description=description.strip(),
            response_model=function.answer,
            responses=FAULTS,
        )

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, fault: RequestValidationError) -> JSONResponse:
        first = fault.errors()[0]
        first["loc"] = first["loc"][1:] if first["type"] != "json_invalid" else ()
        return _refusal(422, error_answer(misfit(by_path[request.url.path].request, first)))

    @app.exception_handler(HTTPException)
    async def refuse_body(_request: Request, fault: HTTPException) -> JSONResponse:
        explained = sc.InputError(f"{fault.detail}; send a JSON object.")
        return _refusal(fault.status_code, error_answer(explained))

    @app.api_route("/docs", methods=["GET", "HEAD"], include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(_docs_page(app))


def _endpoint(function: Function) -> Endpoint:
    async def endpoint(asked: Any, request: Request) -> Answer | JSONResponse:
        try:
            return await answered(request, function, asked)
        except Exception as fault:
            return _refusal(*function.fault(fault))

    # FastAPI reads from the signature what the body holds.
    asked, request = inspect.signature(endpoint).parameters.values()
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [asked.replace(annotation=function.request), request.replace(annotation=Request)]
    )
    return endpoint


async def answered(request: Request, work: Callable[..., Answer], *given: Any) -> Answer:
    """Do work in a thread, and let it know once the client closes the connection."""
    disconnected = threading.Event()
    DISCONNECTED.set(disconnected)

    async def watch() -> None:
        try:
            while (await request.receive())["type"] != "http.disconnect":
                pass
        finally:  # also where whoever serves this request gives it up
            disconnected.set()

    outcome: Answer | Exception
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        try:
            outcome = await anyio.to_thread.run_sync(work, *given, limiter=_threads())
        except Exception as fault:  # raised in here, it would come out as a group of faults
            outcome = fault
        tasks.cancel_scope.cancel()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@cache
def _threads() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(THREADS)


def _refusal(status: int, answer: ErrorAnswer) -> JSONResponse:
    return JSONResponse(answer.model_dump(), status)


@cache
def _docs_page(app: FastAPI) -> str:
    """Write the OpenAPI document out as a page that needs no other host and no script."""
    document = app.openapi()
    schemas = document["components"]["schemas"]
    functions = [methods["post"] for methods in document["paths"].values()]
    messages = [each["requestBody"] for each in functions]
    messages += [each["responses"]["200"] for each in functions]
    named = {type_words(each["content"]["application/json"]["schema"]) for each in messages}
    return render(
        "api_docs.html",
        document=document,
        type_words=type_words,
        schema_of=lambda each: schemas[type_words(each)],
        types={name: schema for name, schema in schemas.items() if name not in named},
    )


def type_words(schema: Mapping[str, Any]) -> str:
    """Return a type of JSON Schema in words, such as "list of string, or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return ", or ".join(type_words(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    bounds = {
        "minimum": "from {:g}", "maximum": "to {:g}", "maxLength": "of at most {:,} characters",
        "maxItems": "(at most {:,})",
    }  # fmt: skip
    limits = [words.format(schema[name]) for name, words in bounds.items() if name in schema]
    kind = schema.get("type", "any")
    if kind == "array":
        kind = f"list of {type_words(schema['items'])}"
    return " ".join([str(kind), *limits])
