# `make` or `make help` lists what there is. Nothing here needs anything installed but make and Python >= 3.11.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help run demo bench migrate check test coverage contract faults audit lint format docs pins clean

VENV := .venv
BIN := $(VENV)/bin
LAPOR := $(BIN)/lapor

help: ## List the targets
	@echo "lapor: complaints about public services, accepted, routed, watched until answered"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  ARGS=... is passed on, e.g. make run ARGS=--free-ports, make test ARGS='-k lifecycle'"

run: $(VENV)/.runtime ## Start everything on this machine: database and the three services (Ctrl-C stops it)
	@$(LAPOR) up $(ARGS)

demo: $(VENV)/.runtime ## Drive the running stack; SOURCE=file.csv replays a real file
	@$(LAPOR) demo $(if $(SOURCE),--source '$(SOURCE)') $(ARGS)

bench: $(VENV)/.runtime ## Measure it and compare with baselines (takes some minutes)
	@$(LAPOR) bench $(ARGS)

migrate: $(VENV)/.runtime ## Bring the database to the newest schema
	@$(LAPOR) migrate $(ARGS)

# One worker more than cores: some always wait for processes that they have started.
test: $(VENV)/.dev ## Run all tests on a real PostgreSQL, started for them (LAPOR_TEST_DATABASE_URL: use that one)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n 3 --dist worksteal $(ARGS)

check: lint ## Lint, and run the quick tests of what was changed since main
	@tests="$$($(BIN)/python -m tests.touched)"; \
		if [ -n "$$tests" ]; then PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n 2 -m "not slow" $$tests $(ARGS); \
		else echo "No test mirrors what was changed; make test runs them all."; fi

# Measuring doubles the processor time of Python, and leaves that of PostgreSQL as it is. What a killed process ran is lost.
coverage: $(VENV)/.dev ## Run all tests and say which lines and branches none of them reaches
	@rm -rf .coverage*
	@$(BIN)/coverage run -m pytest -q -n 3 --dist worksteal $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

#: What is pure: rules, deadlines, formats of proofs. And the tests that try them. (Commands run in a thread that ends,
#: whose greenlets a tracer can be stuck in.)
RULES = shared/domain/*,shared/keys/*,shared/proof/*,sla_monitor/deadlines.py,sla_monitor/day_rules.py,sla_monitor/policy.py,routing_service/competence/decide.py,routing_service/competence/rules/*
RULE_TESTS = tests/shared/domain tests/shared/keys tests/shared/proof tests/sla_monitor/test_deadlines_*.py \
	tests/sla_monitor/test_policy.py tests/sla_monitor/test_calendars.py tests/routing_service/competence/test_decide.py \
	$(filter-out %_by_command.py,$(wildcard tests/routing_service/competence/test_rules_*.py))

coverage-of-rules: $(VENV)/.dev ## The same of the rules alone, by their own tests (a minute)
	@rm -rf .coverage*
	@$(BIN)/coverage run -m pytest -q -n 2 $(RULE_TESTS) $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --include='$(RULES)'

# With ARGS='-k something' two of the three parts have nothing to run, which pytest calls 5.
contract: $(VENV)/.dev ## Generate clients of the OpenAPI documents, and try every boundary in them (takes many minutes)
	@LAPOR_TEST_GENERATORS=1 LAPOR_TEST_EXAMPLES=12 LAPOR_TEST_PHASES=examples,coverage,fuzzing,stateful \
		$(BIN)/pytest -q -s -rs tests/contract tests/stack/test_openapi_contract.py $(ARGS) || [ $$? = 5 ]
	@LAPOR_TEST_PAGES=1 $(BIN)/pytest -q -rs $(wildcard tests/stack/test_*_in_chromium.py) $(ARGS) || [ $$? = 5 ]
	@LAPOR_TEST_ROLES=4 $(BIN)/pytest -q -s tests/access/test_generated_requests.py $(ARGS) || [ $$? = 5 ]

faults: $(VENV)/.dev ## Kill, suspend for a minute, restart and flood what runs, and try at random, at length
	@LAPOR_TEST_THOROUGH=1 LAPOR_TEST_SUSPENDED_SECONDS=60 LAPOR_TEST_HOSTILE=2000 $(BIN)/pytest -q tests/sla_monitor/test_faults.py \
		tests/sla_monitor/test_faults_of_time.py tests/stack/test_killed_processes.py \
		tests/stack/test_hostile_queue.py tests/stack/test_shut_out.py tests/stack/test_killed_amid_evidence.py \
		tests/stack/test_tus_clients.py $(ARGS)
	@LAPOR_TEST_THOROUGH=1 $(BIN)/pytest -q -rs tests/intake_api/uploads/test_real_s3.py \
		tests/intake_api/uploads/test_full_disk.py $(ARGS)
	@LAPOR_TEST_THOROUGH=1 $(BIN)/pytest -q -s tests/stack/test_webhooks.py tests/stack/test_many_photos.py \
		tests/services/demo/test_demo_running.py tests/services/local/test_up.py $(ARGS)
	@LAPOR_TEST_THOROUGH=1 $(BIN)/pytest -q tests/sla_monitor/test_deadlines_properties*.py tests/routing_service/work/test_mask.py \
		tests/intake_api/test_the_same_in_a_cell.py tests/intake_api/test_what_strangers_learn.py \
		tests/routing_service/report/test_the_same_in_a_cell.py tests/routing_service/work/test_found_regions.py $(ARGS)
	@LAPOR_TEST_LEARNERS=1 $(BIN)/pytest -q tests/routing_service/competence/test_renewal.py $(ARGS)
	@LAPOR_TEST_SOCKETS=10,100,3000 $(BIN)/pytest -q tests/stack/test_floods.py $(ARGS)

# pip-audit asks an index about known vulnerabilities; where none answers, nothing was found out, and that is no failure.
audit: $(BIN)/python ## Ask whether a library that runs in production has a known vulnerability
	@$(BIN)/python -m tests.vulnerabilities

lint: $(VENV)/.dev ## Check style, format, types and the walls between the packages
	@echo "ruff check"; $(BIN)/ruff check .
	@echo "ruff format --check"; $(BIN)/ruff format --check .
	@echo "mypy"; $(BIN)/mypy
	@echo "lint-imports"; $(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code and fix what can be fixed
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

docs: $(VENV)/.dev ## Write the documents that are drawn from the code
	@$(BIN)/python -m tests.documents.schema_page
	@$(BIN)/python -m tests.documents.settings_table
	@$(BIN)/python -m tests.documents.events_page
	@$(BIN)/python -m tests.documents.integrating_page
	@$(BIN)/python -m tests.documents.access_page

pins: ## Renew the pinned, hashed versions of requirements/*.in (needs uv)
	@command -v uv >/dev/null || { echo "Renewing the pins needs uv: install it (pip install uv) and run make pins again."; exit 1; }
	@cd requirements && for set in runtime dev contract audit; do \
		echo "Resolving $$set.in"; \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-emit-find-links --no-annotate $(ARGS) $$set.in -o $$set.txt || exit 1; \
	done

clean: ## Remove what was built (the data in .lapor stays)
	rm -rf $(VENV) .contract .audit build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than its list of pins once that list is installed. dev.txt contains runtime.txt.
$(VENV)/.runtime: requirements/runtime.txt | $(BIN)/lapor
	@$(call install,requirements/runtime.txt)
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(BIN)/lapor
	@$(call install,requirements/dev.txt)
	@touch $(VENV)/.runtime $@

define install
echo "Installing $(1) into $(VENV)"; \
if command -v uv >/dev/null; then uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r $(1); \
else $(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r $(1); fi
endef

# The command runs the code of this folder; nothing has to be built or fetched for it.
$(BIN)/lapor: services/lapor.sh | $(BIN)/python
	@cp $< $@

# The first that is 3.11 or newer; PYTHON=/path/to/python names one.
$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "lapor needs Python 3.11 or newer and found none: install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version)"; \
	if command -v uv >/dev/null; then uv venv --quiet --python "$$found" $(VENV); \
	elif ! "$$found" -m venv $(VENV); then \
		rm -rf $(VENV); \
		echo "$$found cannot make a virtual environment: install its venv module (on Debian: apt install python3-venv) or uv." >&2; \
		exit 1; \
	fi
