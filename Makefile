# `make help` lists what can be done; each target sets up what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
STAMP := $(VENV)/.installed

.PHONY: help setup up keys certificate demo test check lock sbom fuzz faults-full chaos load bench train-llm train-diffusion eval-models clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(STAMP) ## virtual environment and packages (the others call it)

$(STAMP): requirements.txt requirements-dev.txt requirements.lock scripts/setup.sh
	@PYTHON=$(PYTHON) VENV=$(VENV) scripts/setup.sh

up: $(STAMP) ## run the service: Redis, gateway, four workers, Flower (Ctrl-C ends all)
	@$(RUN) honcho start

keys: $(STAMP) ## API keys; make keys ARGS='create --name me --scopes generate'
	@$(RUN) python -m app.keys $(or $(ARGS),--help)

certificate: $(STAMP) ## a certificate that signs content credentials in development; prints the settings
	@$(RUN) python -m scripts.make_certificate $(ARGS)

demo: $(STAMP) ## the whole flow, offline; make demo ARGS='--description "…"' takes your own
	@$(RUN) python -m scripts.demo $(ARGS)

test: $(STAMP) ## all tests, on a real Redis and real workers
	@$(RUN) python -m pytest $(ARGS)

check: $(STAMP) ## ruff (lint, format), mypy, the culture and moderation linters, known holes in what is installed
	@$(RUN) ruff check . && $(RUN) ruff format --check . && $(RUN) mypy && $(RUN) python -m workers.gpu_llm.culture.lint && $(RUN) python -m config.moderation_lint && $(RUN) python -m scripts.audit

lock: $(STAMP) ## requirements.lock anew, after a change of a requirement; ARGS=--upgrade takes new versions
	@$(RUN) python -m scripts.lock $(ARGS)

sbom: $(STAMP) ## what is installed, as CycloneDX; writes out/sbom.json
	@mkdir -p out && $(RUN) cyclonedx-py environment --output-reproducible -o out/sbom.json && echo out/sbom.json

fuzz: $(STAMP) ## schemathesis with all checks against a running gateway; ARGS='--examples 200 --seed 7'
	@$(RUN) python -m tests.fuzz $(ARGS)

faults-full: $(STAMP) ## the tests of faults with outages of their full length (half an hour)
	@$(RUN) FAULTS_FULL=1 python -m pytest tests/faults --timeout=1200 $(ARGS)

chaos: $(STAMP) ## jobs under random kills and restarts; ARGS='--jobs 2000 --seed 1 --minutes 15'; writes out/chaos.json
	@$(RUN) python -m tests.chaos $(ARGS)

load: $(STAMP) ## the load runs L1 to L8 beside their goals; ARGS='--only L1 L8', '--full'; writes out/load.json
	@$(RUN) python -m tests.load $(ARGS)

bench: $(STAMP) ## benchmarks side by side with the bare thing; writes out/bench.json
	@$(RUN) python -m tests.benchmarks $(ARGS)

train-llm: $(STAMP) ## train the starter language model anew
	@$(RUN) python -m models.training.llm.train $(ARGS)

train-diffusion: $(STAMP) ## train the starter diffusion model anew
	@$(RUN) python -m models.training.diffusion.train $(ARGS)

eval-models: $(STAMP) ## the gates of both starter models, one line each
	@$(RUN) python -m models.training.llm.evaluate; llm=$$?; $(RUN) python -m models.training.diffusion.evaluate && exit $$llm

clean: ## remove what was made here: environment, service data, outputs
	rm -rf $(VENV) .imajin out
