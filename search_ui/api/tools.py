"""The functions as MCP tools, and for `gradio_client`: a fault is an answer there, too."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from search_ui.api.functions import Function
from search_ui.api.http import answered
from search_ui.server.guard import MCP


def publish(functions: tuple[Function, ...]) -> None:
    """Publish the functions on the Gradio page that is being built."""
    for function in functions:
        # Heavy calls start at once, and wait in the line that they share with the other doors.
        limit: Any = None if function.is_heavy else "default"
        gr.api(_by_position(function), api_name=function.name, concurrency_limit=limit)


def _by_position(function: Function) -> Any:
    """Return a function of plain parameters, in the order of the fields, as Gradio calls it."""
    fields = function.request.model_fields

    def answer(*given: Any) -> dict[str, Any]:
        return function.answer_to(dict(zip(fields, given, strict=True))).model_dump()

    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if field.is_required() else field.default,
            annotation=field.annotation,
        )
        for name, field in fields.items()
    ]
    answer.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        parameters, return_annotation=dict[str, Any]
    )
    answer.__annotations__ = {each.name: each.annotation for each in parameters}
    arguments = "\n".join(f"    {name}: {field.description}" for name, field in fields.items())
    answer.__doc__ = f"{function.description}\n\nArgs:\n{arguments}"
    return answer


class Tools:
    """The functions as tools of an MCP server over streamable HTTP, stateless."""

    def __init__(self, functions: tuple[Function, ...], version: str) -> None:
        self._functions = {each.name: each for each in functions}
        self._server: Server[Any, Any] = Server("score-sense", version=version)
        self._server.list_tools()(self._listed)
        self._server.call_tool(validate_input=False)(self._called)
        self._sessions: StreamableHTTPSessionManager | None = None

    def add_routes(self, app: FastAPI) -> None:
        """Serve the tools, and their schemas, which Gradio's page of the API reads."""
        for path in (MCP, f"{MCP}/"):
            app.router.routes.append(Route(path, endpoint=self))
        app.add_api_route(f"{MCP}/schema", self._schemas, include_in_schema=False)

    @asynccontextmanager
    async def running(self, _app: FastAPI) -> AsyncIterator[None]:
        """Answer until the block ends."""
        self._sessions = StreamableHTTPSessionManager(self._server, stateless=True)
        async with self._sessions.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a browser that looks in is sent to the documentation."""
        request = Request(scope, receive)
        if request.method == "GET" and "text/event-stream" not in request.headers.get("accept", ""):
            await RedirectResponse("../../docs")(scope, receive, send)
        elif self._sessions:
            await self._sessions.handle_request(scope, receive, send)

    async def _listed(self) -> list[types.Tool]:
        return [
            types.Tool(
                name=name,
                description=function.description,
                inputSchema=function.request.model_json_schema(),
            )
            for name, function in self._functions.items()
        ]

    async def _schemas(self) -> JSONResponse:
        return JSONResponse(
            [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "inputSchema": tool.inputSchema,
                    "meta": {"file_data_present": False, "mcp_type": "tool"},
                    "endpoint_name": tool.name,
                }
                for tool in await self._listed()
            ]
        )

    async def _called(self, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        if name not in self._functions:
            raise ValueError(f"The tools here are {', '.join(self._functions)}.")
        request = cast(Request, self._server.request_context.request)
        answer = (await answered(request, self._functions[name].answer_to, arguments)).model_dump()
        text = types.TextContent(type="text", text=json.dumps(answer, ensure_ascii=False))
        return types.CallToolResult(content=[text], isError="error" in answer)
