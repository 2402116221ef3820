# `make demo` and `make test` are all a newcomer needs; each makes .venv first.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(wildcard plugins/*)
EDITABLE := -e ".[sim,test,docs]" $(addprefix -e ./,$(PLUGINS))
INSTALLED := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-slow format clean

demo: $(INSTALLED)
	$(BIN)/xlvla demo

test: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/pytest -n 2
	$(BIN)/mkdocs build --strict --quiet

test-slow: $(INSTALLED)
	$(BIN)/pytest -m slow --timeout 1800

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) site demo-out

# torch first, by its exact pin: so pip takes a CPU build where one is at hand.
$(INSTALLED): pyproject.toml constraints.txt $(addsuffix /pyproject.toml,$(PLUGINS))
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet -c constraints.txt $(EDITABLE)
	touch $@
