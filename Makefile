# Shoal: `make help` lists the targets. Needs Rust (with a C compiler, as its linker does), GNU
# make, and Node.js with npm for Anvil and the contract artifacts.

CARGO ?= cargo
NODE ?= node
NPM ?= npm
# What `make demo` passes on: make demo DEMO_ARGS="--hours 48"
DEMO_ARGS ?=

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
# npm writes this file when it has installed the pinned packages.
NODE_MODULES := anvil/node_modules/.package-lock.json
ORACLE_MANIFEST := tests/ethers-oracle/Cargo.toml
ORACLE := $(TARGET)/ethers-oracle/debug/shoal-ethers-oracle

.DEFAULT_GOAL := help
.PHONY: help demo test check transformer anvil oracle bench deny

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(NODE_MODULES) ## Build the release binary and run `shoal demo $(DEMO_ARGS)`
	$(CARGO) build --locked --release --bin shoal
	"$(TARGET)/release/shoal" demo $(DEMO_ARGS)

test: $(NODE_MODULES) oracle ## Run every test: unit, integration and doc tests
	SHOAL_ETHERS_ORACLE="$(ORACLE)" $(CARGO) test --locked --no-fail-fast

check: ## Formatting, lints, docs, reproduced contracts, licences; no test
	$(CARGO) fmt --check
	$(CARGO) fmt --check --manifest-path $(ORACLE_MANIFEST)
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps
	@if [ ! -d anvil/node_modules/solc ]; then \
		echo "skipped: contracts not recompiled, solc is not installed (make anvil)"; \
	elif [ ! -f anvil/compile.js ]; then \
		echo "skipped: contracts not recompiled, anvil/compile.js is absent"; \
	else \
		echo "$(NODE) anvil/compile.js --check"; $(NODE) anvil/compile.js --check; \
	fi
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(MAKE) --no-print-directory deny; \
	else \
		echo "skipped: licences and advisories, cargo-deny is not installed (cargo install --locked cargo-deny)"; \
	fi

# In no default build, so nothing else would notice that it stopped compiling.
transformer: ## Lint the feature `transformer`, and test it where ORT_DYLIB_PATH names an ONNX runtime
	$(CARGO) clippy --locked --features transformer --all-targets -- -D warnings
	@if [ -n "$$ORT_DYLIB_PATH" ]; then \
		echo "$(CARGO) test --locked --features transformer --test transformer"; \
		$(CARGO) test --locked --features transformer --test transformer; \
	else \
		echo "skipped: the transformer not tested, ORT_DYLIB_PATH names no ONNX runtime (docs/SENTIMENT.md)"; \
	fi

anvil: $(NODE_MODULES) ## Install the pinned Anvil and contract artifacts

# A package of its own with a folder of its own: its features must not touch Shoal's build.
oracle: ## Build the ethers oracle that `make test` compares against
	$(CARGO) build --locked --manifest-path $(ORACLE_MANIFEST) --target-dir "$(TARGET)/ethers-oracle"

bench: ## Run the benchmarks
	$(CARGO) bench --locked

deny: ## Check licences, advisories, bans and sources with cargo-deny
	@$(CARGO) deny --version >/dev/null 2>&1 || { \
		echo "cargo-deny is not installed: cargo install --locked cargo-deny" >&2; exit 2; }
	$(CARGO) deny --locked check
	$(CARGO) deny --locked --manifest-path $(ORACLE_MANIFEST) check licenses bans sources

$(NODE_MODULES): anvil/package.json anvil/package-lock.json
	@command -v $(NODE) >/dev/null 2>&1 && command -v $(NPM) >/dev/null 2>&1 || { \
		echo "Node.js with npm is needed for Anvil and the contract artifacts: https://nodejs.org" >&2; exit 2; }
	cd anvil && $(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@
