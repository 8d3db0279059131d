# make run: the app on http://localhost:8501.  make test: all tests, those in a real browser too.  Each makes .venv first, once.
VENV ?= .venv
PYTHON ?=
JOBS ?= auto

.PHONY: run test lint clean

run: $(VENV)/run.stamp
	$(VENV)/bin/python -m streamlit run app.py --server.port 8501

test: $(VENV)/test.stamp
	@$(VENV)/bin/python -m tests.browser.chromium
	@$(VENV)/bin/python -m pytest -n $(JOBS) --maxprocesses 4 --dist loadgroup $(ARGS)

lint: $(VENV)/test.stamp
	$(VENV)/bin/python -m ruff check
	$(VENV)/bin/python -m ruff format --check

clean:
	rm -rf $(VENV) test-results .pytest_cache .ruff_cache

$(VENV)/run.stamp: requirements.txt deploy/install.sh
	PYTHON="$(PYTHON)" sh deploy/install.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements.txt requirements-dev.txt deploy/install.sh
	PYTHON="$(PYTHON)" sh deploy/install.sh $(VENV) requirements-dev.txt
	@touch $@
