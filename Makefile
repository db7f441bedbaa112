# What people do, by name. Every recipe is one chore of `cargo xtask` or one cargo command, so CI
# and people run the same.

CARGO ?= cargo
PORTER := target/release/porter
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)

.PHONY: help demo build embed engine test test-fast check corpus bench soak clean

help:
	@echo "make demo    build everything, then run a real bundle through its whole life"
	@echo "make build   target/release/porter, complete: mixins, runtime and adapter inside"
	@echo "make test    all tests, the ones that need a Docker engine included"
	@echo "make check   format, clippy, house rules, licences and advisories, documentation"
	@echo "make corpus  our mixins against the recordings of Porter's, case by case"
	@echo "make bench   the figures of docs/performance.md"
	@echo "make soak    long campaigns: more kills, more mutations"

# The mixins, the runtime and the adapter go into the porter binary.
embed:
	@$(CARGO) xtask mixins
	@$(CARGO) xtask runtime
	@$(CARGO) xtask adapter

build: embed
	@echo "building porter (about 8 minutes the first time, most of it the WASM compiler)" >&2
	@$(CARGO) build --release --package porter-cli
	@ls -l $(PORTER) | awk '{ printf "%s: %.1f MB\n", $$NF, $$5 / 1e6 }'

demo: build
	@$(CARGO) xtask demo

test: build
	@$(CARGO) xtask test

check:
	$(CARGO) fmt --all --check
	cd mixins-wasm && $(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	cd mixins-wasm && $(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) xtask tidy
	$(CARGO) xtask deny
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps

corpus: build
	@$(CARGO) xtask corpus

bench: build
	@$(CARGO) xtask bench --write

soak: build
	@$(CARGO) xtask soak

clean:
	$(CARGO) clean
	cd mixins-wasm && $(CARGO) clean
