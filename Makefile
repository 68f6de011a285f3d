# Everything that people and machines do here. `make demo` and `make test` start from a machine that
# has only Rust, git and make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build headless demo test test-gui test-headless soak fuzz bench bench-detect bench-plan fmt lint doc ci clean-demo

# Tests that `make soak` runs (all), and batches that `make bench` measures (demo and 200 CT slices).
TESTS ?=
BATCHES ?=
# Targets that `make fuzz` runs (all), and for how many seconds each.
TARGETS ?=
FUZZ_SECONDS ?=
# Flags of every build, for example FEATURES=--no-default-features for the program without a window.
FEATURES ?=
DEMO := target/demo
VERIDACT := cargo run --quiet --locked $(FEATURES) --bin veridact --

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

setup: ## installs what a build and the tests need, and fetches the weights
	@tools/setup.sh

build: setup ## builds the program
	cargo build --locked $(FEATURES)

headless: setup ## builds the program without a window
	cargo build --locked --no-default-features

demo: build ## makes a batch of invented people and opens it; without a display it runs headless
	@mkdir -p $(DEMO)
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] && [ "$(FEATURES)" != --no-default-features ]; then \
	  [ -e $(DEMO)/batch/DICOMDIR ] || $(VERIDACT) demo $(DEMO)/batch; \
	  exec $(VERIDACT) open $(DEMO)/batch; fi; \
	rm -rf $(DEMO)/batch $(DEMO)/out $(DEMO)/out.veridact $(DEMO)/maps; \
	$(VERIDACT) demo $(DEMO)/batch; \
	[ -e $(DEMO)/project.key ] || $(VERIDACT) key new $(DEMO)/project.key; \
	code=0; $(VERIDACT) deid $(DEMO)/batch $(DEMO)/out --approve all \
	  --key-file $(DEMO)/project.key --maps $(DEMO)/maps || code=$$?; \
	if [ $$code -gt 1 ]; then exit $$code; fi; \
	[ $$code -eq 0 ] || echo "Four files of the demo are there to fail: a copy, half a file, a note, a DICOMDIR."; \
	[ -e $(DEMO)/out/report.html ] || { echo "no report was written" >&2; exit 2; }; \
	echo "Output: $$PWD/$(DEMO)/out"; \
	echo "Report: $$PWD/$(DEMO)/out/report.html"

clean-demo: ## forgets the demo batch, its review and its output
	rm -rf $(DEMO)

test: setup test-gui test-headless ## runs all tests, with and without the window

test-gui: ## runs the tests of the program with a window
	cargo test --locked

# What looks at many pictures, or kills many runs, is the same code with and without a window: it runs once.
ONCE := demo_score planted:: soak:: faults:: fuzz:: canary:: quiet:: report:: detect:: score:: midi:: corpus:: scan_corpus:: hostile:: subjects:: pixels::

test-headless: ## runs the tests of the program without a window
	cargo test --locked --no-default-features --lib
	cargo test --locked --no-default-features --test all -- $(ONCE:%=--skip %)

# About an hour; VERIDACT_SOAK=3 makes it three. TESTS=soak::chaos runs some. Then each fuzzer for an hour, as many
# at once as there are processors; FUZZ_SECONDS=60 makes it short, and with TESTS there is none.
soak: setup ## runs the tests with long fuzzing, chaos and scale, and says what they measured
	PROPTEST_RNG_SEED=$${PROPTEST_RNG_SEED:-$$(date +%s)} VERIDACT_SOAK=$${VERIDACT_SOAK:-1} cargo test --locked --test all -- --include-ignored --show-output $(TESTS)
	$(if $(TESTS),,FUZZ_SECONDS=$(or $(FUZZ_SECONDS),3600) FUZZ_JOBS=$$(nproc) tools/fuzz.sh run $(TARGETS))

# For example: make fuzz TARGETS='scanner splice' FUZZ_SECONDS=600. Stable Rust is enough.
fuzz: setup ## fuzzes what reads bytes of strangers, a minute each
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) tools/fuzz.sh run $(TARGETS)

# For example: make bench BATCHES='ct=2000 /some/folder'. The program is the one that `make build` makes.
bench: setup ## measures whole runs beside copying the same files
	cargo bench --locked --profile dev --bench whole_run -- $(BATCHES)

bench-detect: setup ## measures what looking for text costs: a picture, a film, a stack
	cargo bench --locked --profile dev --bench detect

bench-plan: setup ## measures what planning a header costs beside scanning it
	cargo bench --locked --profile dev --bench plan

fmt: ## formats the sources
	cargo fmt

lint: setup ## what a commit must pass besides the tests
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

doc: setup ## builds the documentation
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --lib

ci: ## what the build machine runs
	.ci/run
