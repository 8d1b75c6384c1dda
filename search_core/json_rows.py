"""JSON Lines and JSON arrays: recognised by what stands there, and never taken for prose."""

from __future__ import annotations

import re
from collections import Counter
from json import JSONDecodeError, JSONDecoder

from search_core.decoding import LINE_END
from search_core.errors import InputError

_SPACE = re.compile(r"[ \t\r\n]*")
_REST_OF_LINE = re.compile(r"[ \t]*([^\r\n]?)")
# What nobody begins a text with: a key in double quotes, or a list of texts in them.
_QUOTED = r'"(?:[^"\\\r\n]|\\.)*"'
_BEGINS_AS_JSON = re.compile(rf"\s*(?:\[\s*)?\{{\s*{_QUOTED}\s*:|\s*\[\s*{_QUOTED}\s*,\s*{_QUOTED}")


def json_rows(text: str, *, error: type[InputError] = InputError) -> list[object] | None:
    """Return the rows of JSON Lines or of one JSON array; None where the text is neither.

    Told by the content, since what is pasted or uploaded has no name. A text whose lines only
    begin with a brace or a bracket is no JSON: "[1] See there.", "{x} is a set.". A list of texts,
    one in double quotes a line, is JSON Lines.

    Parameters
    ----------
    text:
        The whole text of a file.
    error:
        The kind of `InputError` that faults are raised as.

    Returns
    -------
    list
        What each row holds, numbers as the texts that stand there, so that none is changed.

    Raises
    ------
    InputError
        The text begins as JSON and breaks off, with the line, or an object has a key twice.
    """
    start = _end_of(_SPACE, text, 0)
    if text[start : start + 1] not in ("{", "[", '"'):
        return None
    decoder = _decoder(error)
    try:
        values = _values(text, start, decoder)
    except JSONDecodeError as fault:
        if not _is_meant_as_json(text, start, decoder):
            return None
        raise _broken(text, fault, error) from None
    except RecursionError:
        raise error("The JSON is nested too deep; give one object a row.") from None
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values


def _values(text: str, start: int, decoder: JSONDecoder) -> list[object]:
    """Return the values that a text holds, each on a line of its own or on several."""
    values: list[object] = []
    place = start
    while place < len(text):
        value, end = decoder.raw_decode(text, place)
        values.append(value)
        place = _end_of(_SPACE, text, end)
        if place < len(text) and not LINE_END.search(text, end, place):
            raise JSONDecodeError("more on the line of a value", text, end)
    return values


def _is_meant_as_json(text: str, start: int, decoder: JSONDecoder) -> bool:
    """Whether a text that is no JSON throughout begins as nothing but JSON does."""
    if not _BEGINS_AS_JSON.match(text):
        return False
    try:
        after = decoder.raw_decode(text, start)[1]
    except JSONDecodeError:
        return True
    rest = _REST_OF_LINE.match(text, after)
    return rest is not None and rest.group(1) in ("", ",", "{", "]")  # words make it prose


def _broken(text: str, fault: JSONDecodeError, error: type[InputError]) -> InputError:
    line = len(LINE_END.findall(text, 0, fault.pos)) + 1
    return error(
        f"The file begins as JSON, and line {line} is none ({fault.msg}); give one object or text "
        "a line (JSON Lines), or one array of them.",
        row=line,
    )


def _decoder(error: type[InputError]) -> JSONDecoder:
    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        names = Counter(name for name, _ in found)
        if len(names) < len(found):
            twice = names.most_common(1)[0][0][:40]
            raise error(f"An object of the file has the key '{twice}' twice; leave one out.")
        return dict(found)

    return JSONDecoder(object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=str)


def _end_of(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return place if found is None else found.end()
