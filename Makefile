# Each target installs what it needs on a Debian 12 that has only Rust and make. Builds for tests name the whole workspace and
# then what of it they want: with one package alone, cargo chooses other features for what it uses, and compiles all of that anew.

CARGO ?= cargo
OUT ?= demo-out
PEERS := tests/peers
ASSETS := assets/ethereum/packages
VENV := $(PEERS)/.venv
DENY_VERSION := 0.20.2
DENY := target/tools/bin/cargo-deny
FUZZ_VERSION := 0.13.2
FUZZ := target/tools/bin/cargo-fuzz
FUZZ_SECONDS ?= 60
IMAGE = $(CARGO) run --quiet --locked --package vitrine-image --
# A ceremony folder to put into the image.
CEREMONY ?=

.PHONY: help demo image image-smoke image-test image-programs reproduce lock test peers lint bench fuzz packages display

help:
	@echo "make demo    the whole main job on a simulated camera and a simulated Trezor; results in $(OUT)/"
	@echo "make image   the bootable appliance, in target/image/: stick, disc, its measure; CEREMONY=DIR puts a folder into it"
	@echo "make reproduce  builds the image twice, as differently as two machines would, compares, and plants changes"
	@echo "make lock    moves what the image is made of to Debian's present packages: a change to read and to keep, or not"
	@echo "make test    every test"
	@echo "make peers   checks against software nobody here wrote"
	@echo "make image-smoke  boots the image and looks at its first screen"
	@echo "make image-test   plays whole sessions in the image, and attacks it; pictures in target/image-test"
	@echo "make lint    formatting, clippy, and what may be linked"
	@echo "make bench   speed, as ratios against other software"
	@echo "make fuzz    each decoder of hostile input, for FUZZ_SECONDS each (60)"

demo: packages display
	$(CARGO) run --release --locked --package vitrine-desktop --bin vitrine -- demo --out $(OUT)

# No root: packages are unpacked, not installed. After the download nothing asks for a network.
image: packages
	@.ci/packages image
	$(IMAGE) fetch
	$(IMAGE) make $(if $(CEREMONY),--ceremony $(CEREMONY))

reproduce: packages
	@.ci/packages image reproduce
	$(IMAGE) fetch
	$(IMAGE) reproduce

lock:
	$(IMAGE) lock

# Builds the binary too, which the hostile cases start.
test: packages
	$(CARGO) test --locked --workspace --no-fail-fast
	$(CARGO) test --locked --workspace --features vitrine-device/emulator --test live

peers: packages $(VENV)/installed $(PEERS)/node_modules/installed $(ASSETS)/node_modules/installed
	$(CARGO) build --locked --workspace --bins
	$(CARGO) build --locked --workspace --features vitrine-device/emulator --bin vitrine-sim
	$(CARGO) build --locked --workspace --example generate_assets --example peer
	$(VENV)/bin/python $(PEERS)/run.py target/debug/vitrine

# The smoke test is short; the scenarios take a machine without hardware virtualisation a good while.
image-smoke: image image-programs
	python3 -B -m unittest discover --quiet --start-directory tests/image --pattern 'test_*.py'
	python3 tests/image/smoke.py target/image

image-test: image-smoke
	python3 tests/image/run.py --jobs 2 target/image

# What stays outside of the image.
image-programs: packages
	@.ci/packages image-test
	$(CARGO) build --locked --workspace --bin vitrine --example film_jpeg --example find_text
	$(CARGO) build --locked --workspace --features vitrine-device/emulator --bin vitrine-sim

lint: packages $(DENY)
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(DENY) --locked check bans licenses sources

# Each prints its figures as ratios against what others do, measured in the same run.
bench: packages $(VENV)/installed $(PEERS)/node_modules/installed
	$(CARGO) run --release --locked --package vitrine-camera --example bench_reader
	$(CARGO) run --release --locked --package vitrine-qr --example bench_qr
	$(CARGO) run --release --locked --package vitrine-bitcoin --example bench_review
	$(CARGO) run --release --locked --package vitrine-ethereum --example bench_ethereum
	$(CARGO) build --release --locked --package vitrine-device --features emulator --bin vitrine-sim
	$(CARGO) run --release --locked --package vitrine-device --features emulator --example bench_devices -- $(VENV)/bin/python
	$(CARGO) run --release --locked --package vitrine-app --example dump_frames -- target/frames.bin
	$(CARGO) run --release --locked --manifest-path tests/bench/Cargo.toml --target-dir target -- target/frames.bin
	$(CARGO) run --release --locked --package vitrine-bitcoin --example large_requests -- target/large-requests
	$(CARGO) run --release --locked --package vitrine-app --example peak_memory -- target/large-requests/*.psbt

# The sanitizers are unstable features of the compiler, hence RUSTC_BOOTSTRAP.
fuzz: packages $(FUZZ)
	tests/fuzz/seeds tests/fuzz/corpus
	for target in $(notdir $(basename $(wildcard tests/fuzz/fuzz_targets/*.rs))); do \
		RUSTC_BOOTSTRAP=1 PATH="$(CURDIR)/target/tools/bin:$$PATH" $(CARGO) fuzz run --release --fuzz-dir tests/fuzz $$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 || exit 1; \
	done

packages:
	@.ci/packages build

display:
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then .ci/packages window; fi

$(VENV)/installed: $(PEERS)/requirements.txt
	.ci/packages peers
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

$(PEERS)/node_modules/installed $(ASSETS)/node_modules/installed: %/node_modules/installed: %/package-lock.json
	.ci/packages peers
	cd $* && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(DENY):
	$(CARGO) install --quiet --debug --locked --root target/tools --version $(DENY_VERSION) cargo-deny

$(FUZZ):
	$(CARGO) install --quiet --locked --root target/tools --version $(FUZZ_VERSION) cargo-fuzz
