# Each target installs what it needs on a Debian 12 that has only Rust and make.

CARGO ?= cargo
OUT ?= demo-out
PEERS := tests/peers
VENV := $(PEERS)/.venv
DENY_VERSION := 0.20.2
DENY := target/tools/bin/cargo-deny

.PHONY: help demo test peers lint bench fuzz packages display

help:
	@echo "make demo    the whole main job on a simulated camera and a simulated Trezor; results in $(OUT)/"
	@echo "make test    every test"
	@echo "make peers   checks against software nobody here wrote"
	@echo "make lint    formatting, clippy, and what may be linked"
	@echo "make bench   the figures of docs/BENCHMARKS.md"
	@echo "make fuzz    each fuzz target for a minute (needs a nightly toolchain and cargo-fuzz)"

demo: packages display
	$(CARGO) run --release --locked --quiet --package vitrine-desktop --bin vitrine -- demo --out $(OUT)

# The hostile cases start the binary that stands beside them.
test: packages
	$(CARGO) build --locked --workspace --bins
	$(CARGO) test --locked --workspace --no-fail-fast

peers: packages $(VENV)/installed $(PEERS)/node_modules/installed
	$(CARGO) build --locked --package vitrine-desktop --bin vitrine
	$(VENV)/bin/python $(PEERS)/run.py target/debug/vitrine

lint: packages $(DENY)
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(DENY) --locked check bans licenses sources

bench: packages
	$(CARGO) bench --locked --workspace

fuzz: packages
	tests/fuzz/run

packages:
	@.ci/packages build

display:
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then .ci/packages window; fi

$(VENV)/installed: $(PEERS)/requirements.txt
	.ci/packages peers
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

$(PEERS)/node_modules/installed: $(PEERS)/package-lock.json
	.ci/packages peers
	cd $(PEERS) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(DENY):
	$(CARGO) install --quiet --locked --root target/tools --version $(DENY_VERSION) cargo-deny
