# make test   everything a change must pass: format, vet, lint, known
#             vulnerabilities, and all tests under the race detector, against
#             real servers where they are or can be installed; at the end, what
#             was left out
# make quick  the tests to run between two edits: no race detector, no servers
# make fuzz   random input for what reads the bytes of strangers; FUZZTIME for each
#             target, 30s unless told otherwise, FUZZFIRST for the most exposed ones
# make bench  the figures of the README
# make docs   what is generated: the key table and the picture in the README

GO   ?= go
TOOL  = $(GO) tool -modfile=tools/go.mod

.PHONY: all build test quick lint unit deps fuzz bench docs clean

all: build

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o bin/posthorn .

test: deps lint unit

deps:
	@sh scripts/deps.sh

lint:
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run gofmt -w on the files above" >&2; exit 1; }
	$(GO) vet ./...
	cd bench/mime && $(GO) vet .
	$(TOOL) staticcheck ./...
	@sh scripts/vuln.sh "$(TOOL)"

# The race detector makes these tests seven times as slow, and finds nothing where
# nothing runs at the same time: mail and its parts start no goroutines. SQLite in
# Go is no code of this project, and with the detector in it takes ten times as long;
# crypto/tls keeps certificates by weak pointers, which the detector takes for a race.
ALONE = posthorn/mail
RACE  = -race -gcflags=modernc.org/...=-race=false -gcflags=crypto/...=-race=false -gcflags=math/big=-race=false

unit:
	@$(GO) run ./internal/gotest -timeout 20m $(RACE) $$($(GO) list ./... | grep -v ^$(ALONE)) -- -timeout 20m ./mail/...

quick:
	@$(GO) run ./internal/gotest -short $$($(GO) list ./... | grep -v -e /e2e -e /bench)

fuzz:
	@sh scripts/fuzz.sh

# The messages to read, if there are any.
CORPUS = $(wildcard $(addprefix $(CURDIR)/../shared/corpus/,mime render security quoting))

bench:
	@$(GO) run ./bench
	@if [ -n "$(CORPUS)" ]; then cd bench/mime && $(GO) run . $(CORPUS); fi

docs:
	$(GO) run . docs --readme README.md
	$(GO) run ./docs/picture > docs/screen.svg

clean:
	rm -rf bin
