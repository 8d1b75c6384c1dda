# The torch requirement. On Linux the ordinary package brings gigabytes of CUDA; the README says how
# to take the CPU build, which is all that Score Sense needs.
TORCH ?= torch==2.13.0
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# Two processes share the files of tests, and each loads the model once; with threads of their own they
# would wait for each other. Of the browser's, each has a server and a Chromium of its own. All of them
# read what one has compiled, also where the environment says not to keep it.
IN_TWO := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile
# `make check` has two processes as well, each with a part of the tests that is its own: neither imports
# what only the other one needs, and none of their time goes into dealing tests out.
QUICK := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest --hypothesis-profile quick \
	-m "not slow and not browser and not peers"
# All that imports Gradio.
OF_THE_PAGE := tests/api tests/charts tests/fuzz tests/server tests/ui \
	tests/test_accepted.py tests/test_recognising.py tests/test_verdict.py

.PHONY: app test install docs check check-page check-library lint adapters fix bench fastest fuzz soak load screenshots

app: .venv/.app
	$(BIN)/python app.py

test: install
	$(IN_TWO) -m "not browser"
	# A browser on a busy machine may miss a click: one that fails is tried once more, and said.
	$(IN_TWO) -m browser --reruns 1

install: .venv/.dev

check: install
	$(MAKE) --no-print-directory --jobs 2 lint check-library check-page

check-page: install
	$(QUICK) $(OF_THE_PAGE)

check-library: install
	$(QUICK) tests --ignore tests/browser $(OF_THE_PAGE:%=--ignore %)

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

adapters: install
	.ci/adapters

docs: .venv/.docs
	$(BIN)/sphinx-build --fail-on-warning --keep-going --jobs 2 docs build/docs

fix: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install
	$(BIN)/python -m benchmarks --plots docs

fastest: install
	.ci/fastest

fuzz: install
	$(BIN)/python -m tests.fuzz.parsers
	$(BIN)/python -m tests.fuzz.http

soak: install
	$(BIN)/python -m tests.fuzz.visits

load: install
	$(BIN)/python -m benchmarks.load

screenshots: install
	$(BIN)/python -m tests.browser.screenshots

.venv/.app: requirements.txt
	$(PYTHON) -m venv .venv
	$(PIP) $(TORCH)
	$(PIP) -r requirements.txt
	touch $@

.venv/.docs: .venv/.app requirements-docs.txt
	$(PIP) -r requirements-docs.txt
	touch $@

.venv/.dev: .venv/.app requirements-docs.txt requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	touch $@
