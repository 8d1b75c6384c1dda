"""The six functions through the real app: by its own client, by plain HTTP and by MCP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.api.rows import score_rows
from tests.browser.serving import served

pytestmark = pytest.mark.slow

NAMES = {
    "search", "explain_score", "normalize", "fit_calibrator", "apply_calibrator", "compare_indexes"
}  # fmt: skip
CATS = ["A fluffy cat naps.", "The dog chased the ball.", "The sun is shining brightly."]
Result = TypeVar("Result")


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False, analytics_enabled=False)


def over_http(address: str, name: str, body: Any) -> httpx.Response:
    """Send a body to a function, and return the answer: a refusal, or the stream of the result."""
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


def test_programs_see_the_six_functions_and_nothing_of_the_page(
    address: str, client: Client
) -> None:
    published = client.view_api(return_format="dict", print_info=False)
    assert {name.lstrip("/") for name in published["named_endpoints"]} == NAMES
    assert published["unnamed_endpoints"] == {}
    tools = with_mcp(address, lambda session: session.list_tools()).tools
    assert {tool.name for tool in tools} == NAMES


def test_every_tool_and_every_argument_is_described(address: str) -> None:
    for tool in with_mcp(address, lambda session: session.list_tools()).tools:
        assert tool.description is not None
        assert "A fault comes back as" in tool.description
        for name, schema in tool.inputSchema["properties"].items():
            assert schema["description"], (tool.name, name)


def test_client_http_and_mcp_give_one_answer(address: str, client: Client) -> None:
    arguments = {"query": "A feline relaxes.", "documents": CATS, "k": 2}
    by_client = client.predict(**arguments, api_name="/search")
    by_place = result_of(over_http(address, "search", {"data": list(arguments.values())}))
    by_name = result_of(over_http(address, "v2/search", arguments))
    told = with_mcp(address, lambda session: session.call_tool("search", arguments))
    assert by_client == by_place == by_name == json.loads(told.content[0].text)  # type: ignore[union-attr]
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
    }
    body = {"scores": [1, 2], "direction": "up"}
    assert result_of(over_http(address, "v2/normalize", body))["error"] == error
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
    answer = over_http(address, name, body)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("data", [[], ["a"], ["a", None, 1, 1, 1, 1]])
def test_too_few_and_too_many_values_end_in_an_answer(address: str, data: list[Any]) -> None:
    answer = over_http(address, "search", {"data": data})
    assert answer.status_code == 200
    assert answer.text.startswith(("event: error", "event: complete"))
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("text", ["\ud800", "\x00", "<img src=x onerror=alert(1)>", "\U0001f600"])
def test_odd_texts_come_back_as_they_were_sent(address: str, text: str) -> None:
    body = json.dumps({"data": ["cat", [text], 1]})  # lone surrogates are escaped
    place = f"{address}/gradio_api/call/search"
    head = {"Content-Type": "application/json"}
    event = httpx.post(place, content=body, headers=head).json()["event_id"]
    (hit,) = result_of(httpx.get(f"{place}/{event}", timeout=60))["hits"]
    assert hit["text"] == text


def test_an_unknown_tool_and_a_missing_argument_are_errors_of_the_tool(address: str) -> None:
    unknown = with_mcp(address, lambda session: session.call_tool("nosuch", {}))
    missing = with_mcp(address, lambda session: session.call_tool("search", {}))
    assert unknown.isError
    assert missing.isError


def test_the_queue_cannot_be_walked_around(address: str) -> None:
    answer = httpx.post(f"{address}/gradio_api/run/search", json={"data": ["cat", None, 1]})
    assert answer.status_code == 404


def test_a_private_event_of_the_page_is_not_called_by_name(address: str) -> None:
    page = httpx.get(f"{address}/config").json()
    private = {each["api_name"] for each in page["dependencies"]} - NAMES
    published = httpx.get(f"{address}/gradio_api/info").json()["named_endpoints"]
    assert private
    assert not {f"/{name}" for name in private} & set(published)


def test_caps_are_raised_by_the_environment() -> None:
    settings = {"SCORE_SENSE_HITS": "60", "SCORE_SENSE_QUERY_CHARACTERS": "1001"}
    with served(settings) as raised:
        answer = result_of(over_http(raised, "search", {"data": ["x" * 1_001, None, 60]}))
        assert len(answer["hits"]) == 60
        refused = result_of(over_http(raised, "search", {"data": ["x" * 1_002, None, 60]}))
        assert "at most 1,001" in refused["error"]["message"]
        slider = next(
            each["props"]
            for each in httpx.get(f"{raised}/config").json()["components"]
            if each["type"] == "slider" and each["props"].get("label") == "Hits shown (k)"
        )
        assert slider["maximum"] == 60
