"""The functions through the real app: over HTTP, by Gradio's client and by MCP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from search_ui.api.models import SearchRequest
from tests.api.rows import score_rows
from tests.browser.serving import served
from tests.server.calls import inputs_of, to_search

pytestmark = pytest.mark.slow

NAMES = {
    "search", "explain_score", "normalize", "convert_score", "fit_calibrator", "apply_calibrator",
    "compare_indexes", "translate_threshold", "watch_threshold",
}  # fmt: skip
CATS = ["A fluffy cat naps.", "The dog chased the ball.", "The sun is shining brightly."]
Result = TypeVar("Result")


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False, analytics_enabled=False)


def over_http(address: str, name: str, body: Any) -> httpx.Response:
    """Send a body to a function over HTTP, and return the answer."""
    path = f"{address}/api/v1/{name.replace('_', '-')}"
    return httpx.post(path, json=body, timeout=60)


def by_gradio(address: str, name: str, body: Any) -> httpx.Response:
    """Call a function by Gradio, and return a refusal, or the stream of the result."""
    place = f"{address}/gradio_api/call/{name}"
    sent = httpx.post(place, json=body, timeout=60)
    if sent.status_code != 200:
        return sent
    return httpx.get(f"{place}/{sent.json()['event_id']}", timeout=60)


def result_of(answer: httpx.Response) -> Any:
    event, data = answer.text.strip().splitlines()[-2:]
    assert event == "event: complete"
    return json.loads(data.removeprefix("data: "))[0]


def with_mcp(address: str, ask: Callable[[ClientSession], Awaitable[Result]]) -> Result:
    """Open a session at the MCP server of the app, and ask."""

    async def session() -> Result:
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp/") as (read, write, *_),
            ClientSession(read, write) as opened,
        ):
            await opened.initialize()
            return await ask(opened)

    return asyncio.run(session())


def test_programs_see_the_functions_and_nothing_of_the_page(address: str, client: Client) -> None:
    published = client.view_api(return_format="dict", print_info=False)
    assert {name.lstrip("/") for name in published["named_endpoints"]} == NAMES
    assert published["unnamed_endpoints"] == {}
    tools = with_mcp(address, lambda session: session.list_tools()).tools
    assert {tool.name for tool in tools} == NAMES


def test_every_tool_and_every_argument_is_described(address: str) -> None:
    for tool in with_mcp(address, lambda session: session.list_tools()).tools:
        assert tool.description is not None
        assert "An error is returned as" in tool.description
        for name, schema in tool.inputSchema["properties"].items():
            assert schema["description"], (tool.name, name)


def test_http_client_and_mcp_give_one_answer(address: str, client: Client) -> None:
    arguments = {"query": "A feline relaxes.", "documents": CATS, "k": 2}
    answer = over_http(address, "search", arguments)
    assert answer.status_code == 200
    by_client = client.predict(**arguments, api_name="/search")
    by_position = result_of(
        by_gradio(address, "search", {"data": inputs_of(SearchRequest, **arguments)})
    )
    by_name = result_of(by_gradio(address, "v2/search", arguments))
    told = with_mcp(address, lambda session: session.call_tool("search", arguments))
    by_mcp = json.loads(told.content[0].text)  # type: ignore[union-attr]
    assert answer.json() == by_client == by_position == by_name == by_mcp
    assert by_client["hits"][0]["text"] == CATS[0]


def test_what_a_fit_returns_is_taken_back_through_the_wire(client: Client) -> None:
    fitted = client.predict(score_rows(), "platt", api_name="/fit_calibrator")
    stated = client.predict(
        fitted["calibrator"], [{"query": "a", "score": s} for s in (0.1, 0.9)],
        api_name="/apply_calibrator",
    )  # fmt: skip
    assert stated["values"][0] < stated["values"][1]


def test_a_fault_is_data_by_client_http_and_mcp(address: str, client: Client) -> None:
    error = client.predict([1, 2], "up", api_name="/normalize")["error"]
    assert error == {
        "type": "InputError",
        "message": "direction is 'up'; choose one of higher, lower.",
        "row": None,
        "column": None,
        "faults": [],
    }
    body = {"scores": [1, 2], "direction": "up"}
    answer = over_http(address, "normalize", body)
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    assert result_of(by_gradio(address, "v2/normalize", body))["error"] == error
    told = with_mcp(address, lambda session: session.call_tool("normalize", body))
    assert json.loads(told.content[0].text)["error"] == error  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("nosuch", {"data": []}, 404),
        ("v2/nosuch", {}, 404),
        ("_ui_open", {"data": []}, 404),
        ("v2/search", {}, 400),
        ("v2/search", {"query": "a", "else": 1}, 400),
        ("search", {}, 422),
        ("search", {"data": "text"}, 422),
        ("search", [], 422),
        ("search", None, 422),
    ],
)
def test_a_call_of_the_wrong_shape_is_refused(
    address: str, name: str, body: Any, status: int
) -> None:
    answer = by_gradio(address, name, body)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("data", [[], ["a"], ["a", None, 1, 1, 1, 1]])
def test_too_few_and_too_many_values_end_in_an_answer(address: str, data: list[Any]) -> None:
    answer = by_gradio(address, "search", {"data": data})
    assert answer.status_code == 200
    assert answer.text.startswith(("event: error", "event: complete"))
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("text", ["\x00", "<img src=x onerror=alert(1)>", "\U0001f600"])
def test_odd_texts_come_back_as_they_were_sent(address: str, text: str) -> None:
    (hit,) = result_of(by_gradio(address, "search", {"data": to_search("cat", [text], 1)}))["hits"]
    assert hit["text"] == text
    answer = over_http(address, "search", {"query": "cat", "documents": [text]})
    assert answer.json()["hits"][0]["text"] == text


JUDGED = {"query": "a", "text": "b", "relevance": 1}


@pytest.mark.parametrize(
    ("name", "body", "status", "message", "row", "column"),
    [
        (
            "search",
            {},
            422,
            "query is missing; the fields are query, documents, k, background_queries, "
            "right_of_ten.",
            None,
            None,
        ),
        ("search", {"query": "a", "K": 1}, 422, "There is no field 'K'", None, None),
        ("search", {"query": 1}, 422, "query is 1; give a text.", None, None),
        ("search", {"query": "a", "k": "5"}, 422, "k is '5'; give a whole number.", None, None),
        ("search", {"query": "a", "k": True}, 422, "k is True; give a whole number.", None, None),
        ("search", {"query": "a", "k": 51}, 422, "a whole number of at most 50.", None, None),
        ("search", {"query": "x" * 1_001}, 422, "1,001 characters; at most 1,000", None, None),
        ("search", {"query": "a", "documents": ["b", 2]}, 422, "Entry 2 of documents", 2, None),
        ("search", {"query": "a", "documents": ["b"] * 2_001}, 422, "2,001 entries", None, None),
        ("search", {"query": " "}, 400, "The query is empty", None, None),
        ("search", [], 422, "The body is no JSON object", None, None),
        ("normalize", {"scores": [1, None]}, 422, "Entry 2 of scores is None", 2, None),
        ("fit_calibrator", {"rows": []}, 400, "No rows were given", None, None),
        ("fit_calibrator", {"rows": [1]}, 422, "Entry 1 of rows is 1", 1, None),
        ("fit_calibrator", {"rows": [JUDGED | {"relevance": "x"}]}, 400, "x", 1, "relevance"),
        ("apply_calibrator", {"calibrator": "{", "rows": []}, 400, "calibrator", None, None),
        ("compare_indexes", {"documents": None, "queries": ["a"]}, 422, "factories", None, None),
    ],
)
def test_what_cannot_be_answered_over_http_has_a_status_and_a_sentence(
    address: str,
    name: str,
    body: Any,
    status: int,
    message: str,
    row: int | None,
    column: str | None,
) -> None:
    answer = over_http(address, name, body)
    error = answer.json()["error"]
    assert answer.status_code == status
    assert message in error["message"]
    assert error["message"].endswith(".")
    assert (error["row"], error["column"]) == (row, column)
    assert set(error) == {"type", "message", "row", "column", "faults"}


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 422, "The body is missing"),
        (b"{", 422, "The body is no JSON"),
        (b'{"scores": [NaN]}', 422, "Entry 1 of scores is nan; give a finite number."),
        (b'{"scores": [1e400]}', 422, "Entry 1 of scores is inf; give a finite number."),
        (b'{"scores": [1' + b"0" * 400 + b"]}", 422, "give a finite number."),
        (b'{"scores": [1' + b"0" * 5_000 + b"]}", 400, "parsing the body; send a JSON object."),
        (b'{"scores": ' + b"[" * 30 + b"]" * 30 + b"}", 400, "nested more than 20 deep"),
        (b'{"scores": [' + b"1," * 250_000 + b"1]}", 413, "more than 250,000 elements"),
        (b'{"scores": [1]}' + b" " * 6_000_000, 413, "more than 6,000,000 bytes"),
        (b"\xff\xfe", 400, "The body is no text in UTF-8; send JSON."),
        (b"null", 422, "The body is no JSON object"),
    ],
)
def test_a_body_that_is_no_request_is_refused_in_the_same_form(
    address: str, content: bytes, status: int, told: str
) -> None:
    kind = {"Content-Type": "application/json"}
    answer = httpx.post(f"{address}/api/v1/normalize", content=content, headers=kind, timeout=60)
    assert answer.status_code == status
    assert told in answer.json()["error"]["message"]


def test_a_body_of_another_type_is_refused(address: str) -> None:
    path = f"{address}/api/v1/normalize"
    answer = httpx.post(path, content=b'{"scores": [1]}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "search", 405), ("POST", "nosuch", 404)]
)
def test_there_is_nothing_else_under_the_address(
    address: str, method: str, path: str, status: int
) -> None:
    answer = httpx.request(method, f"{address}/api/v1/{path}", json={})
    assert (answer.status_code, set(answer.json())) == (status, {"error"})
    assert answer.headers.get("Allow") == ("POST" if status == 405 else None)


def test_types_and_faults_stand_in_the_openapi_document(address: str) -> None:
    document = httpx.get(f"{address}/openapi.json").json()
    assert set(document["paths"]) == {f"/api/v1/{name.replace('_', '-')}" for name in NAMES}
    schemas = document["components"]["schemas"]
    k = schemas["SearchRequest"]["properties"]["k"]
    assert (k["type"], k["minimum"], k["maximum"], k["default"]) == ("integer", 1, 50, 10)
    assert schemas["SearchRequest"]["required"] == ["query"]
    assert schemas["Hit"]["properties"]["cosine"]["type"] == "number"
    for methods in document["paths"].values():
        assert set(methods["post"]["responses"]) == {"200", "400", "413", "422", "500", "503"}
        assert methods["post"]["summary"].endswith(".")


def test_the_page_of_the_api_names_every_field_and_needs_no_other_host(address: str) -> None:
    assert httpx.head(f"{address}/docs").status_code == 200
    page = httpx.get(f"{address}/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    document = httpx.get(f"{address}/openapi.json").json()
    for path, methods in document["paths"].items():
        assert path in page.text
        assert methods["post"]["summary"] in page.text
    for schema in document["components"]["schemas"].values():
        assert all(f"<code>{name}</code>" in page.text for name in schema["properties"])
    assert not re.findall(r"(?:src|href)=.?https?:", page.text)
    assert "<script" not in page.text


def test_a_path_is_written_with_a_hyphen_alone(address: str) -> None:
    answer = httpx.post(f"{address}/api/v1/explain_score", json={"query": "a", "text": "b"})
    assert answer.status_code == 404
    assert "The functions here are" in answer.json()["error"]["message"]


def test_an_unknown_tool_and_a_missing_argument_are_errors_of_the_tool(address: str) -> None:
    unknown = with_mcp(address, lambda session: session.call_tool("nosuch", {}))
    missing = with_mcp(address, lambda session: session.call_tool("search", {}))
    assert unknown.isError
    assert missing.isError


def test_the_queue_cannot_be_walked_around(address: str) -> None:
    path, data = f"{address}/gradio_api/run/search", to_search("cat", None, 1)
    assert httpx.post(path, json={"data": data}).status_code == 400
    (number,) = (
        each["id"]
        for each in httpx.get(f"{address}/config").json()["dependencies"]
        if each["api_name"] == "search"
    )
    assert httpx.post(path, json={"data": data, "fn_index": number}).status_code == 404


def test_a_private_event_of_the_page_is_not_called_by_name(address: str) -> None:
    page = httpx.get(f"{address}/config").json()
    private = {each["api_name"] for each in page["dependencies"]} - NAMES
    published = httpx.get(f"{address}/gradio_api/info").json()["named_endpoints"]
    assert private
    assert not {f"/{name}" for name in private} & set(published)


def test_caps_are_raised_by_the_environment() -> None:
    settings = {"SCORE_SENSE_HITS": "60", "SCORE_SENSE_QUERY_CHARACTERS": "1001"}
    with served(settings) as raised:
        answer = over_http(raised, "search", {"query": "x" * 1_001, "k": 60})
        assert len(answer.json()["hits"]) == 60
        refused = over_http(raised, "search", {"query": "x" * 1_002, "k": 60})
        assert "at most 1,001" in refused.json()["error"]["message"]
        slider = next(
            each["props"]
            for each in httpx.get(f"{raised}/config").json()["components"]
            if each["type"] == "slider" and each["props"].get("label") == "Hits shown (k)"
        )
        assert slider["maximum"] == 60
