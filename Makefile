# `make demo` and `make test` are all a newcomer needs; each makes .venv first, with what it needs.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(wildcard plugins/*)
EDITABLE := $(addprefix -e ./,$(PLUGINS))
INSTALLED := $(VENV)/.installed
FOR_DEMO := $(VENV)/.installed-for-demo

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Bytecode is kept, whatever the surroundings say: workers and subprocesses would compile all of it anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-slow format clean

demo: $(if $(wildcard $(INSTALLED)),$(INSTALLED),$(FOR_DEMO))
	$(BIN)/xlvla demo

test: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/pytest -n 2
	$(BIN)/mkdocs build --strict

test-slow: $(INSTALLED)
	$(BIN)/pytest -m slow --timeout 1800

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) site demo-out

# torch first, by its exact pin: so pip takes a CPU build where one is at hand.
$(FOR_DEMO) $(INSTALLED): pyproject.toml constraints.txt $(addsuffix /pyproject.toml,$(PLUGINS))
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet -c constraints.txt -e ".[$(EXTRAS)]" $(EDITABLE)
	touch $@

$(FOR_DEMO): EXTRAS := sim
$(INSTALLED): EXTRAS := sim,test,docs
