# Every target does its own set-up; see internal/machine for what a fresh Debian machine gets.
SHELL := /bin/bash
BIN := bin/meca-lsp
GO := go

.PHONY: all build examples demo test test-go test-vscode lint fmt vsix vsix-all check-packages audit screenshots fuzz bench clean

all: build examples

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o $(BIN) ./cmd/meca-lsp

# The echo example holds its program beside the source, for the machine's own processor.
examples:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o examples/echo/src/echo ./examples/echo/src

# The main job, shown: check, fault, fix, run.
demo: build examples
	internal/machine/with-engine.sh internal/machine/demo.sh

# Everything: Go with the race detector, the real engine, the extension, the real VS Code.
test: build examples
	internal/machine/with-engine.sh $(MAKE) --no-print-directory test-all

.PHONY: test-all
test-all: test-go test-vscode

test-go:
	@test -z "$$(gofmt -l bench cmd diagnostics docs examples internal lsp runner schema)" || { echo "gofmt -l: run make fmt"; gofmt -l bench cmd diagnostics docs examples internal lsp runner schema; exit 1; }
	$(GO) vet ./...
	$(GO) mod tidy -diff
	@if [ "$$MECA_TEST_ENGINE" = required ] && [ "$$(id -u)" -eq 0 ]; then internal/machine/python-image.sh; fi
	internal/machine/test-tools.sh
	internal/machine/second-validator.sh
	MECA_TEST_VALIDATOR=required $(GO) test -race -shuffle=on -timeout 20m ./...

test-vscode:
	internal/machine/vscode-tests.sh

lint:
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

fmt:
	gofmt -w bench cmd diagnostics docs examples internal lsp runner schema

# The extension's package for this machine; those for every platform, with the universal one that has no server in it.
vsix:
	editors/vscode/package.sh $$(node -p 'process.platform + "-" + process.arch')

vsix-all:
	editors/vscode/package.sh all

# All packages: what is in them, that they are the same bytes again, and that they work once installed.
check-packages: examples
	internal/machine/vscode-packages.sh

# Known vulnerabilities in what the program and the extension are made of. Asks the network, so it is no part of make test.
audit:
	internal/machine/audit.sh

# The README's pictures, made anew by the end-to-end test.
screenshots: build examples
	internal/machine/with-engine.sh internal/machine/screenshots.sh

# Each fuzz target for a minute.
fuzz:
	internal/machine/fuzz.sh 60s

# What takes how long, and how much memory; see bench/README.md. ROUNDS is how often each thing is measured.
ROUNDS ?= 15
bench: build examples
	$(GO) test -run '^$$' -bench . -benchmem ./...
	MECA_BENCH=$(ROUNDS) MECA_BENCH_PROGRAM=$(CURDIR)/$(BIN) internal/machine/with-engine.sh $(GO) test -count 1 -v -timeout 60m ./bench

clean:
	rm -rf bin .cache examples/echo/src/echo editors/vscode/{dist,out,bin,*.vsix}
