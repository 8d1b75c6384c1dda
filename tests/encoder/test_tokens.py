"""The first tokens of a text: those of the whole text, from a small part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, strategies as st
from tokenizers import Tokenizer, pre_tokenizers

import search_core as sc
from search_core.embedding import check_tokens
from search_core.encoder import packed
from search_core.encoder.packed import CHARACTERS_A_TOKEN, FirstTokens, head, squeezed
from search_core.limits import PUBLIC
from tests.properties import tried

FIVE_MILLION = 5_000_000

# What a cut could part, what a tokenizer drops, and what fills a page without a token.
PIECES = st.sampled_from(
    [
        *("word", "reading", "x", "7", "İ", "ß", "é", "e\u0301", "ﬁ", "猫", "か", "한", "😺", "ถ"),
        *(" ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u3000", "\x1c", "\x85", "\u2028"),
        *(",", ".", ";", "-", "=\u0338", "[CLS]", "[MASK]", "[SEP", "##ing", "_", "。", "\u037e"),
        *("\u0301", "\u200b", "\u200d", "\ufe0f", "\u302e", "\x00", "\ufffd", "\u1100\u1161"),
        *(" " * 90, "\u0301" * 80, "a" * 99, "a" * 101, "b" * 700, "\u200b" * 80, "猫" * 30),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@pytest.fixture(scope="module")
def tokenizer_file(default_folder: Path) -> Path:
    return default_folder / "tokenizer.json"


@pytest.fixture(scope="module")
def uncut(tokenizer_file: Path) -> Any:
    """The tokenizer as its library reads a text: the whole of it."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class Counting:
    """A tokenizer that counts the characters that it is given."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.characters = 0

    def encode(self, text: str, **options: Any) -> Any:
        self.characters += len(text)
        return self.tokenizer.encode(text, **options)

    def encode_batch_fast(self, texts: list[str], **options: Any) -> Any:
        self.characters += sum(map(len, texts))
        return self.tokenizer.encode_batch_fast(texts, **options)


@pytest.mark.parametrize("max_tokens", [3, 6, 24])
@given(texts=st.lists(TEXTS | st.text(max_size=300), max_size=4), few=st.sampled_from([0, 4]))
@tried(80)
def test_ids_and_counts_are_those_of_the_whole_text(
    max_tokens: int, texts: list[str], few: int, tokenizer_file: Path, uncut: Any
) -> None:
    first = _first_tokens(tokenizer_file, max_tokens)
    whole = [uncut.encode(text, add_special_tokens=False).ids for text in texts]
    room = max_tokens - 2
    with mock.patch.object(packed, "FEW", few):  # one by one, and together
        ids, found = first.ids(texts), first.first(texts)
    assert ids == [[101, *each[:room], 102] for each in whole]
    assert [len(each) for each in found] == [min(len(each), room + 1) for each in whole]


_made: dict[int, FirstTokens] = {}


def _first_tokens(file: Path, max_tokens: int) -> FirstTokens:
    if max_tokens not in _made:
        _made[max_tokens] = FirstTokens(file, max_tokens)
    return _made[max_tokens]


@given(text=TEXTS)
@tried(100)
def test_a_head_has_the_first_tokens_and_a_squeezed_text_all_of_them(text: str, uncut: Any) -> None:
    ids = uncut.encode(text, add_special_tokens=False).ids
    assert uncut.encode(squeezed(text), add_special_tokens=False).ids == ids
    for look in range(0, len(text), 1 + len(text) // 8):
        start = uncut.encode(head(text, look), add_special_tokens=False).ids
        assert start == ids[: len(start)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("the cat sat on the mat " * (FIVE_MILLION // 23), 255),
        ("\n" * FIVE_MILLION + "a cat", 2),
        ("cat" + " " * FIVE_MILLION, 1),
        ("0123456789abcdef" * (FIVE_MILLION // 16) + " a cat", 3),
        ("iVBORw0KGgo/AAA+" * (FIVE_MILLION // 16), 255),
        ("猫が寝ている" * (FIVE_MILLION // 6), 255),
    ],
    ids=["words", "blanks before", "blanks behind", "one word", "base64", "no blanks"],
)
def test_five_million_characters_cost_a_few_thousand(
    text: str, tokens: int, tokenizer_file: Path
) -> None:
    first = FirstTokens(tokenizer_file, 256)
    counting = first._tokenizer = Counting(first._tokenizer)
    assert len(first.first([text])[0]) == tokens
    assert counting.characters <= 5 * CHARACTERS_A_TOKEN * 256


def test_a_tokenizer_of_another_kind_is_given_the_whole_text(tmp_path: Path, uncut: Any) -> None:
    other = Tokenizer.from_str(uncut.to_str())
    other.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    other.save(str(tmp_path / "tokenizer.json"))
    first = FirstTokens(tmp_path / "tokenizer.json", 4)
    counting = first._tokenizer = Counting(first._tokenizer)
    text = "a, b, c, " * 1000
    assert len(first.first([text])[0]) == 3
    assert counting.characters == len(text)


@pytest.mark.model
@pytest.mark.parametrize(
    "before",
    ["", " " * 100_000, "\n" * 30_000, "x" * 60_000 + " "],
    ids=["nothing", "blanks", "line breaks", "a long word"],
)
def test_a_collection_is_counted_as_it_is_read_whatever_stands_before_its_words(
    before: str, encoder: sc.Encoder
) -> None:
    # Only one word of the text is not read, and it is that which the note tells of.
    words = "word " * (254 - bool(before.strip()))
    whole = check_tokens(sc.Corpus.from_texts([f"{before}{words}"]), encoder, PUBLIC)
    cut = check_tokens(sc.Corpus.from_texts([f"{before}{words}cat"]), encoder, PUBLIC)
    assert whole.notes == ()
    assert len(cut.notes) == 1
    assert (encoder.encode_documents(whole.texts) == encoder.encode_documents(cut.texts)).all()
