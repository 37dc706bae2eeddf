# Two commands: `make demo` and `make test`. Each sets up what it needs first; a second run finds it ready.
PYTHON ?= python3
UV_VERSION := 0.13.8
UV := .uv/bin/uv
VENV := .venv
PY := $(VENV)/bin/python
OUT ?= out

# Children of this make find the ROS wheels' resources, talk on this machine only, and keep off other robots' domains.
export AMENT_PREFIX_PATH := $(CURDIR)/$(VENV)$(if $(AMENT_PREFIX_PATH),:$(AMENT_PREFIX_PATH))
export ROS_AUTOMATIC_DISCOVERY_RANGE ?= LOCALHOST

.PHONY: help setup complete test lint types pytest demo bench bench-gpu baseline faults browser lock clean
help:
	@echo "make demo    simulate two drives, build a map, run the node on a bag, show the outcome ($(OUT)/demo)"
	@echo "make test    lint, types, tests"
	@echo "make bench   the figures of docs/benchmarks.md"
	@echo "make bench-gpu  image to place on a GPU, with torch, timm and numpy only"
	@echo "make baseline   every data set with every kind of features, into docs/benchmarks.md"
	@echo "make faults  what goes wrong on robots happens to the node, each fault 20 times"
	@echo "make browser    Debian's Chromium, so that tests open the report (root)"
	@echo "make lock    resolve the dependencies of setup.py again into requirements.lock"

setup: $(VENV)/.ready
complete: $(VENV)/.complete

$(UV):
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .uv uv==$(UV_VERSION)

$(VENV)/.ready: requirements.lock setup.py | $(UV)
# A fresh environment whenever the lock changes: the ROS wheels bring egg-info folders that `uv pip sync` would uninstall.
	$(UV) venv --quiet --clear --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --python $(PY) --requirements requirements.lock
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --config-setting editable_mode=compat --editable .
	@touch $@

# Networks, evaluation and tools on top: gigabytes that a first look does without.
$(VENV)/.complete: requirements-complete.lock $(VENV)/.ready
	$(UV) pip install --quiet --python $(PY) --requirements requirements-complete.lock
	@touch $@

test: complete lint types pytest

lint: complete
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: complete
	$(VENV)/bin/mypy

pytest: complete
	$(PY) -m pytest

demo: setup
	$(PY) -m vpr_ros.cli.main demo -o $(OUT)/demo

bench: complete
	$(PY) -m benchmarks

bench-gpu:
# On a borrowed GPU machine: its own python with torch, timm and numpy is all that is needed.
	$(PYTHON) -m benchmarks.gpu_pipeline

baseline: complete
	$(PY) -m benchmarks.baseline -o $(OUT)/baseline --page docs/benchmarks.md

faults: complete
	VPR_FAULT_REPEATS=20 $(PY) -m pytest test/ros/faults

browser:
# Debian's Chromium, for the tests that open the report; without it they are skipped by name.
	apt-get install --yes --no-install-recommends chromium

lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.10 --extra ros --extra all --extra test --extra dev \
		--custom-compile-command "make lock" setup.py -o requirements-complete.lock
	$(UV) pip compile --quiet --universal --python-version 3.10 --extra ros --constraint requirements-complete.lock \
		--custom-compile-command "make lock" setup.py -o requirements.lock

clean:
	rm -rf $(VENV) .uv $(OUT) build install log
