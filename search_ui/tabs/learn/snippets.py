"""The three snippets of the classic example, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

from search_ui.wording import escaped


@dataclass(frozen=True)
class Snippet:
    """One snippet.

    Attributes
    ----------
    name:
        What it is for.
    usual, here:
        Its code as it is usually written, and the code that is right. Each goes on where the one
        before it ends.
    wrong, right:
        What goes wrong in it, and what is done here; HTML.
    """

    name: str
    usual: str
    here: str
    wrong: str
    right: str


SNIPPETS = (
    Snippet(
        "1 · Embed, index, print distances",
        """
def embed(texts):
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModel.from_pretrained(name)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    hidden = model(**batch).last_hidden_state
    return hidden.mean(dim=1).detach().numpy()

vectors = embed(sentences)
index = faiss.IndexFlatL2(vectors.shape[1])
index.add(vectors)
D, I = index.search(embed([query]), 5)
for rank in range(5):
    print(rank + 1, sentences[I[0][rank]], D[0][rank])
""",
        """
import search_core as sc

encoder = sc.load_encoder()
corpus = sc.Corpus.from_texts(sentences)
engine = sc.SearchEngine.build(corpus, encoder=encoder)
hits = engine.search(query, k=5)
for text, score in zip(hits.texts, hits.scores):
    print(f"{hits.scale.name} {score:.2f}  {text}")
""",
        "IndexFlatL2 returns the <b>square</b> of the distance, 2 − 2 · cosine for unit vectors, "
        "and calls it a distance. Lower is better. A program that reloads the model for every "
        "query waits seconds for each; one that averages over padding gets another vector in every "
        "batch.",
        "Load the model once, leave padding out of the mean, and name the number: "
        "<code>squared_l2</code>.",
    ),
    Snippet(
        "2 · Make the distances look like relevance",
        """
column = D[0].reshape(-1, 1)
minmax = 1 - MinMaxScaler().fit_transform(column)
z = StandardScaler().fit_transform(column)
relevance = 1 / (1 + z)
""",
        """
background = engine.background(query)
above = sc.normalize(hits, "percentile", background=background)
z = sc.normalize(hits, "zscore")
bars = sc.normalize(hits, "minmax")
""",
        "<code>1 − min-max</code> gives the nearest sentence 1.00 whatever it is, and changes with "
        "the number of hits asked for. <code>1/(1 + z)</code> was meant for distances, which are "
        "never negative; a z-score is, for every hit nearer than the average, so the best hits "
        "turn negative or explode. Equal distances are 0/0 in both.",
        "Keep the order guard: a reading never puts a worse hit above a better one. Use z as z, "
        "and min-max for bars at most.",
    ),
    Snippet(
        "3 · Fit a line to judged examples",
        """
judged = [[0.9, 0.2, 0.05, 0.8, 0.1], [0.1, 0.85, 0.1, 0.2, 0.9]]
D, I = index.search(embed([query, other]), 5)
X, y = D.T, np.array(judged).T
X_train, X_test, y_train, y_test = train_test_split(X, y)
model = LinearRegression().fit(X_train, y_train)
predicted = model.predict(D.T)[0]
""",
        """
labels = sc.read_labels("judgements.csv")
result = sc.fit_calibrator(engine.score_labels(labels))
print(result.report.verdict.sentence)
calibrated = result.calibrator.apply(hits, engine)
""",
        "Distances come by rank, judgements by sentence: the rows do not belong together. Two "
        "queries split at random by row leave the same query on both sides, so the error looks "
        "small. And the line runs below 0 and above 1.",
        "Join pairs by id, hold whole queries out, clip, and say “too few labels” for two queries.",
    ),
)


def snippets_html(line: str = "") -> str:
    """Return the three snippets, each beside what is right; `line` is said of the third."""
    return f'<div class="ss">{"".join(_snippet(each, line) for each in SNIPPETS)}</div>'


def _snippet(snippet: Snippet, line: str) -> str:
    said = line if snippet is SNIPPETS[-1] else ""
    return (
        f'<div class="card snippet"><h3>{escaped(snippet.name)}</h3><div class="beside">'
        f"<div>{_code('As it is usually written', snippet.usual)}<p>{snippet.wrong}</p>{said}</div>"
        f"<div>{_code('What to write instead', snippet.here)}<p>{snippet.right}</p></div>"
        "</div></div>"
    )


def _code(name: str, code: str) -> str:
    return f'<h4>{name}</h4><pre tabindex="0">{escaped(code.strip())}</pre>'
