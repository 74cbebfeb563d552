# Two commands do everything: `make demo` and `make test`. The others are their parts.

SWIFT ?= swift
# What is built and tested beside the core: default, or default,NATS,Kafka as CI does.
TRAITS ?= default
comma := ,
ADAPTERS = $(filter NATS Kafka,$(subst $(comma), ,$(TRAITS)))
RELEASE = .build/release/foretail

.PHONY: demo test setup build lint format core-check traits-check embed simulate judge fuzz differential api-check cluster bench clean help

## demo: install what is missing, build, and tail this machine for two minutes
demo: setup build
	$(RELEASE) tail host --ahead --steps 3 --duration 2m --format pretty --summary

# Tests that begin all at once wait for one another's threads, minutes long.
WIDTH = --experimental-maximum-parallelization-width 4

# Those that start servers of their own run by themselves.
ALONE = ForetailServerTests ForetailNATSTests ForetailKafkaTests
TEST = $(SWIFT) test --traits $(TRAITS) --skip-build --parallel $(WIDTH)

## test: install what is missing and run all tests, those that start servers by themselves
test: setup
	$(SWIFT) build --traits $(TRAITS) --build-tests
	$(TEST) $(ALONE:%=--skip %)
	$(TEST) --filter ForetailServerTests
	$(foreach adapter,$(ADAPTERS),$(TEST) --filter Foretail$(adapter)Tests &&) true

## setup: install what is missing (Debian; nothing where nothing is)
setup:
	@Scripts/setup $(TRAITS)

## build: the command line, optimised
build:
	$(SWIFT) build -c release --traits $(TRAITS) --product foretail

## lint: formatting and naming
lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks Examples Fuzzing

## format: put the sources into shape
format:
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks Examples Fuzzing

## core-check: prove that the core links no Foundation
core-check:
	Scripts/check-core

## traits-check: prove that the default build needs neither NATS nor Kafka
traits-check:
	Scripts/check-traits

## embed: build and run the example of an embedder, and show what it resolves
embed:
	Scripts/check-embedding

## simulate: 10,000 seeds of the simulator
simulate:
	FORETAIL_SIMULATOR_SEEDS=10000 $(SWIFT) test --disable-default-traits --traits CommandLine --scratch-path .build-simulator -c release -Xswiftc -enable-testing --filter ForetailTests.Simul

## judge: the public judges over the public data, where they are at hand (../shared)
judge: build
	Scripts/judge

## fuzz: every parser under the fuzzer, a minute each
fuzz:
	Scripts/fuzz

## differential: random filters against another CEL, where that is installed (Scripts/differential --venv FOLDER)
differential: build
	Scripts/differential

## api-check: the built server against its OpenAPI document, where schemathesis is installed (Scripts/api-check --venv FOLDER)
api-check: build
	Scripts/api-check

## cluster: three nats-servers and three nodes on loopback, and a tail that survives a kill; builds with the trait NATS
cluster:
	@Scripts/setup $(TRAITS),NATS
	$(SWIFT) build -c release --traits $(if $(filter NATS,$(ADAPTERS)),$(TRAITS),$(TRAITS)$(comma)NATS) --product foretail
	Scripts/cluster-demo

## bench: the project's own figures on this machine
bench:
	cd Benchmarks && $(SWIFT) run -c release foretail-benchmarks
	cd Benchmarks && $(SWIFT) run -c release forecast-benchmarks cost

clean:
	rm -rf .build .build-simulator Benchmarks/.build Examples/Embedding/.build Fuzzing/.build

help:
	@grep -E '^## ' Makefile | sed 's/^## //'
