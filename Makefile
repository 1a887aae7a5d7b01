# The commands of the assistant. `make run` and `make test` do their own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PORT ?= 5005
ACTION_PORT ?= 5055
DESK_PORT ?= 5010
# After so many days a row of data/contacts.yml is to be reviewed again.
DAYS ?= 90
VENV := .venv
PYTHON := $(VENV)/bin/python
RASA := $(VENV)/bin/rasa
EVAL ?= ../shared/eval
# As the server sets it for itself: more threads of the numerical libraries only wait for each other.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
# Tests run side by side. Some measure what happens within seconds, so there are no more than there are processors.
WORKERS ?= $(shell echo $$(($$(nproc) > 6 ? 6 : $$(nproc))))
# A link to a heading counts as broken when there is no such heading.
LYCHEE := .checks/bin/lychee --no-progress --include-fragments --exclude-all-private --exclude 'example\.(nl|org|com)'
PAGES = $$(git ls-files '*.md')
# Training DIET on all examples takes hours; without --sample the other assistants get all of them.
BENCH ?= --sample 60 --epochs 1 --policy-epochs 1 --messages 320 --rounds 3 --conversations 12 --clients 1,32,128

export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONPATH := $(CURDIR)
# Deprecation warnings of Rasa's own dependencies; ours show in the tests.
export PYTHONWARNINGS := ignore

.PHONY: help install run train shell test check stories browser widget services judges screenshots lint eval encoder \
  collection yardstick explain rapport bench bench-workers bench-messenger soak sbom lock clean desk release \
  release-tools version maandcijfers action-server audit checks links sheets

help:  ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install:  ## Set up Python 3.10, the pinned environment and the Dutch spaCy pipeline (NL_MODEL=nl_core_news_sm)
	@NL_MODEL="$(NL_MODEL)" tools/scripts/install.sh

run: install  ## Train when needed, start the assistant, print its address (PORT=5005)
	@$(PYTHON) tools/scripts/run.py --port $(PORT) --action-port $(ACTION_PORT)

train: install  ## Bring the model up to date: changed texts in seconds, else Rasa trains what changed
	@$(PYTHON) tools/scripts/train.py

shell: train  ## Talk to the assistant in the terminal
	@$(RASA) shell

# It shows the texts of now, so a changed text needs no training.
desk: install  ## Open the editors' desk on this computer: all answers, a box to try a message (DESK_PORT=5010, DAYS=90)
	@ls models/*.tar.gz >/dev/null 2>&1 || $(PYTHON) tools/scripts/train.py
	@$(PYTHON) -m tools.desk --port $(DESK_PORT) --days $(DAYS)

stories: train  ## Validate the data, and run the dialogue stories of tests/stories end to end (JUnit in results/stories)
	$(RASA) data validate --fail-on-warnings
	$(PYTHON) tools/scripts/stories.py

test: stories browser services judges action-server release-tools  ## Validate the data, test the stories, run pytest (with a real browser, Redis, nginx)
	$(ONE_THREAD) $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --junitxml=results/pytest.xml

browser:
	@tools/scripts/install_browser.sh

services:
	@tools/scripts/install_services.sh

judges: install
	@tools/scripts/install_environment.sh judges 3.10

action-server: install  ## Set up the action server as it is deployed, with a Python of its own (3.11 to 3.13)
	@tools/scripts/install_environment.sh actions '>=3.11,<3.14'

widget: browser  ## Build widget/weerbaar-chat.js of the modules in widget/src, and test these
	npm run --silent build --prefix widget
	npm test --silent --prefix widget

screenshots: train browser  ## Make the pictures of docs/embed.md anew
	$(PYTHON) -m pytest tests/widget/test_widget.py -k 'example_page or pictures'
	mkdir -p docs/images && cp results/screenshots/telefoon.png results/screenshots/voorbeeld.png docs/images/

checks: install
	@tools/scripts/install_checks.sh

lint: install checks  ## Check code, licences, workflows, links between pages; the chat and the interface when Node is there
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check --quiet .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	.checks/bin/reuse lint --quiet || .checks/bin/reuse lint --lines
	.checks/bin/check-jsonschema --quiet --schemafile tools/schemas/publiccode.json publiccode.yml
	.checks/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.checks/bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	.checks/bin/zizmor --offline --quiet --pedantic .github
	$(LYCHEE) --offline $(PAGES)
	@if [ -d tools/api/node_modules ]; then npm run --silent lint --prefix tools/api; fi
	@if [ -d widget/node_modules ]; then npm run --silent types --prefix widget && npm run --silent lint --prefix widget; fi

links: checks  ## Check the links of the pages to other sites (needs the network; CI does it each night)
	$(LYCHEE) --max-retries 3 --timeout 30 $(PAGES)

check: lint  ## Lint, and run the tests that need neither a model nor a server: two minutes at most
	$(ONE_THREAD) $(PYTHON) -m pytest -m "not real" -n $(WORKERS)

eval: install  ## Score a running assistant on the evaluation set (EVAL=folder)
	@if [ -f $(EVAL)/score.py ]; then \
	  $(PYTHON) $(EVAL)/score.py --url http://localhost:$(PORT) --cases $(EVAL)/dev.jsonl --dialogues $(EVAL)/dialogues.jsonl; \
	else echo "no evaluation set in $(EVAL): nothing to do"; fi

encoder: install  ## Build models/encoder anew, with PyTorch in an environment of its own (BASE=folder: official weights)
	@BASE="$(BASE)" tools/encoder/build.sh

collection: train  ## Measure the model on the frozen collection, beside the figures that were accepted last
	$(PYTHON) -m tools.evaluation.collection

yardstick: install  ## Score a running assistant on the public test set in yardstick/ (PORT=5005)
	@mkdir -p results
	$(PYTHON) yardstick/score.py --url http://localhost:$(PORT) --json results/yardstick.json --markdown results/yardstick.md \
	  --replies results/yardstick.jsonl

explain: export TEXT := $(value TEXT)
explain: train  ## Say why a message is judged as it is (TEXT='er staat iemand in de tuin')
	@$(PYTHON) -m tools.evaluation.explain "$$TEXT"

rapport: train  ## Write the quality report by which a person decides on a release (CASES=file)
	@mkdir -p results
	$(PYTHON) -m tools.evaluation.report $(if $(CASES),--cases $(CASES))

maandcijfers:  ## Write the counts of a month as CSV to results/ (PROMETHEUS=http://localhost:9090 MAAND=2026-11)
	@python3 tools/scripts/monthly_counts.py $(if $(PROMETHEUS),--prometheus "$(PROMETHEUS)") $(if $(MAAND),--month "$(MAAND)")

bench: train  ## Measure this assistant beside stock Rasa, in one run (BENCH="--rounds 3": all data, takes hours)
	$(PYTHON) -m tools.benchmarks.compare_assistants --out results/bench.md $(BENCH)

bench-workers: train services  ## Measure one worker and two that share a Redis
	$(PYTHON) -m tools.benchmarks.workers

bench-messenger: train  ## Measure an answer in each messaging channel, beside REST
	$(PYTHON) -m tools.benchmarks.messenger

soak: train  ## Answer 100,000 messages, or for an hour, and watch the memory (SOAK="--minutes 5")
	$(PYTHON) -m tools.benchmarks.soak --out results/soak.md $(SOAK)

sheets:  ## Write the sheets of docs/controles that hold texts of the assistant, after a change of these
	@$(PYTHON) tools/scripts/sheets.py

sbom: install  ## Write the bills of materials of what serves (CycloneDX) to results/sbom.json and results/sbom-actions.json
	@tools/scripts/install_environment.sh audit 3.10
	@mkdir -p results
	@set -o pipefail; for pair in runtime:sbom actions:sbom-actions; do \
	  sed -nE 's/^([a-z0-9._-]+==[^ ]+( ; [^\]*[^ \])?).*/\1/p' requirements/$${pair%:*}.txt \
	    | .audit/bin/cyclonedx-py requirements --output-reproducible --output-file - - \
	    | .audit/bin/python tools/scripts/sbom.py > results/$${pair#*:}.json || exit 1; done

audit: sbom  ## Ask advisory databases about all packages (ADVISORIES=folder: OSV records on disk instead of PyPI)
	@export PATH="$(CURDIR)/.audit/bin:$$PATH"; status=0; \
	  .audit/bin/python tools/scripts/audit.py python $(if $(ADVISORIES),--advisories "$(ADVISORIES)") || status=$$?; \
	  .audit/bin/python tools/scripts/audit.py npm || status=$$?; exit $$status

release: install  ## Build what is published of this version into results/release (KEY=file: sign the model)
	@$(PYTHON) -m tools.release --check --key "$(KEY)"
	@$(MAKE) --no-print-directory train sbom release-tools
	@$(PYTHON) -m tools.release --key "$(KEY)"

release-tools: install
	@tools/scripts/install_release.sh

version:  ## Write a new version wherever it is named (VERSION=1.2.3)
	@python3 -m tools.release.version "$(VERSION)"

lock:  ## Compile the pinned, hashed requirements anew
	@uv=$$(command -v uv || echo .uv/bin/uv); for name in runtime dev audit judges actions release helm checks; do \
	  $$uv pip compile $$([ $$name = helm ] && echo --no-deps) --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	    -p $$([ $$name = actions ] && echo 3.11 || echo 3.10) requirements/$$name.in -o requirements/$$name.txt --quiet; done

clean:  ## Remove what the commands made
	find models -mindepth 1 -maxdepth 1 ! -name encoder -exec rm -rf {} +
	rm -rf $(VENV) .uv .audit .judges .actions .release .checks .encoder .rasa spacy_models results .pytest_cache .hypothesis .ruff_cache .mypy_cache .import_linter_cache .coverage
