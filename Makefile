# scimbridge: `make` shows what there is.
#
# The program is built without cgo, always and everywhere: one static binary, and one
# entry in the build cache for the Graph SDK, which takes minutes to compile. A `go
# build` by hand shares it when CGO_ENABLED=0 is set.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BUILD   := CGO_ENABLED=0 go build -ldflags '-s -w -X main.version=$(VERSION)'

.DEFAULT_GOAL := help
.PHONY: help build demo test lint bench postgres generate fuzz clean

help: ## show this
	@echo "make TARGET, where TARGET is one of:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/scimbridge (the first time takes some minutes)
	@echo "building bin/scimbridge $(VERSION); the first time takes some minutes and 4.5 GB of memory for Microsoft's Graph SDK"
	@$(BUILD) -o bin/scimbridge ./cmd/scimbridge

demo: build ## run the whole main job with nothing configured, and serve until Ctrl-C
	@bin/scimbridge demo $(ARGS)

# ARGS are flags of go test, such as ARGS='-run TestPlan -count 1'.
test: ## run all tests on SQLite and on a PostgreSQL that it brings itself
	@scripts/postgres run -- scripts/test $(ARGS)

lint: ## check format, arrows, vet, staticcheck, generated code, modules, scripts
	@scripts/lint

# The disk is waited for here: a benchmark of writes that are not durable says nothing.
bench: ## measure against the limits in the same run (PostgreSQL with fsync)
	@scripts/postgres run --durable -- env CGO_ENABLED=0 go run ./bench $(ARGS)

postgres: ## start a PostgreSQL for tests by hand, until Ctrl-C
	@scripts/postgres show

generate: ## write generated code anew (admin API from admin/openapi.yaml)
	@CGO_ENABLED=0 go generate ./...

# FUZZTIME is for each of the fuzz tests.
fuzz: ## run every fuzz test for FUZZTIME (30s)
	@scripts/fuzz $(or $(FUZZTIME),30s)

clean: ## remove what was built here
	rm -rf bin
