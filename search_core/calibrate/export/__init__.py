"""A calibrator outside Python's memory: as JSON, as code, and on the Hugging Face Hub.

`written` and `stored` are its file, out and in; `snippet` and `bundle` are Python to take home,
`dialects` other languages, with the words of `code_words`; `hub` is a repository.
"""
