"""What a collection costs to embed, known before it is."""

from __future__ import annotations

from dataclasses import replace

from search_core.corpus import Corpus
from search_core.encoder import Encoder
from search_core.errors import CorpusError
from search_core.limits import Limits

TEXTS_AT_ONCE = 64  # a tokenizer returns much, and a collection far too long is found early
SPECIAL_TOKENS = 2  # stand around every text


def check_tokens(corpus: Corpus, encoder: Encoder, limits: Limits) -> Corpus:
    """Return a stranger's collection, with a note if texts of it are cut off.

    Tokens count as far as the encoder reads them: a text far too long costs no more than one that
    is just long enough.

    Raises
    ------
    CorpusError
        The texts have more tokens than `limits` allow.
    """
    read, cut = 0, 0
    room = encoder.max_tokens - SPECIAL_TOKENS
    for start in range(0, len(corpus), TEXTS_AT_ONCE):
        texts = corpus.texts[start : start + TEXTS_AT_ONCE]
        counts = encoder.token_counts(texts)
        read += sum(min(tokens, room) for tokens in counts)
        cut += sum(tokens > room for tokens in counts)
        if read > limits.corpus_tokens:
            raise CorpusError(
                f"The collection has more than {limits.corpus_tokens:,} tokens (pieces of words), "
                "which is the most taken here; leave some texts out, or run Score Sense on your "
                "own machine."
            )
    if not cut:
        return corpus
    whose = "1 text is" if cut == 1 else f"{cut:,} texts are"
    note = (
        f"{whose} longer than the {encoder.max_tokens} tokens (pieces of words) that "
        f"{encoder.name} reads; what comes after them is not searched."
    )
    return replace(corpus, notes=(*corpus.notes, note))
