# One command per need. Every target sets up what it uses, on a fresh machine as well: system packages (installed when
# root, named otherwise), a virtual environment (.venv, or the active one), the build. CONTRIBUTING.md says more.
PYTHON ?= python3
VENV ?= $(or $(VIRTUAL_ENV),.venv)
BIN := $(abspath $(VENV))/bin
TESTS ?= tests
# What has native code in it; the rest of the tests learns nothing from a sanitizer.
NATIVE_TESTS := tests/abi tests/conformance tests/corpus tests/crash tests/embed tests/engines \
	$(addprefix tests/unit/test_,data_classes.py engine.py executor.py loader.py)
export VIRTUAL_ENV := $(abspath $(VENV))
export PATH := $(BIN):$(PATH)

.PHONY: build demo test test-sanitize test-pythons lint format bench engines clean

build: ## the libraries and extension modules, in place; recompiles what changed
	.ci/setup --venv $(VENV) --python $(PYTHON)
	.ci/build

demo: ## the main job on real input: C and Python hosts, C and Python engines
	.ci/setup --venv $(VENV) --python $(PYTHON) --extra demo --need espeak
	.ci/build
	$(MAKE) --no-print-directory engines
	mkdir -p build
	$(CC) -std=c11 -O2 csrc/hosts/demo.c -o build/demo `$(BIN)/aiges-native --includes --libs`
	build/demo library
	$(BIN)/aiges-native demo library

test: ## all tests
	.ci/setup --venv $(VENV) --python $(PYTHON) --extra test --want espeak
	.ci/build
	$(MAKE) --no-print-directory engines
	$(BIN)/pytest $(TESTS)

test-sanitize: ## the native tests under ASan and UBSan; AIGES_NATIVE_SANITIZE=thread for TSan
	.ci/setup --venv $(VENV) --python $(PYTHON) --extra test
	.ci/sanitize $(if $(filter file,$(origin TESTS)),$(NATIVE_TESTS),$(TESTS))

test-pythons: ## the tests on the other supported Pythons that this machine has
	.ci/setup --venv $(VENV) --python $(PYTHON)
	.ci/build
	.ci/pythons

lint: ## formatting, types and style of every language
	.ci/setup --venv $(VENV) --python $(PYTHON) --extra dev
	.ci/lint

format: ## rewrites what lint only complains about
	.ci/setup --venv $(VENV) --python $(PYTHON) --extra dev
	.ci/lint --fix

bench: ## every benchmark with its floor
	.ci/setup --venv $(VENV) --python $(PYTHON) --extra bench
	.ci/build
	$(BIN)/python benchmarks/run.py

# Reference engines: csrc/engines/NAME.c becomes library/libNAME.so. One that needs another library names its pkg-config
# module here and is left out where that is not installed.
PKG_espeak := espeak-ng
ENGINES := $(basename $(notdir $(wildcard csrc/engines/*.c)))
usable = $(if $(PKG_$1),$(shell pkg-config --exists $(PKG_$1) && echo $1),$1)

engines: $(foreach name,$(ENGINES),$(if $(call usable,$(name)),library/lib$(name).so))

library/lib%.so: csrc/engines/%.c $(wildcard include/aiges/*.h)
	$(CC) -std=c11 -O2 -fPIC -shared -fvisibility=hidden -Wall -Wextra -pthread -Wl,-z,nodelete -Iinclude $< -o $@ \
		$(if $(PKG_$*),$(shell pkg-config --cflags --libs $(PKG_$*))) -lm

clean: ## everything that was built; the virtual environment stays
	rm -rf build dist aiges_native/lib library/*.so *.egg-info
	find aiges_native -name '*.so' -delete
