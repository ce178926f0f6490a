# The entry points; each target is a script in tools/ that can be run by itself.
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: run build test bench fuzz e2e deps deps-test install clean check
.DEFAULT_GOAL := build

run: deps build          ## an image from busybox-static, loaded and run in a private store
	tools/demo

build: deps              ## build/release/bin/cove, its helper programs beside it
	tools/build release

test: deps deps-test     ## everything; ends with "N passed, N failed, N skipped"
	tools/test

check: deps deps-test    ## format, layers, banned calls, file length
	tools/check

e2e: build deps-test     ## the end-to-end suite alone: make e2e FILES=tests/e2e/logs.bats
	tests/e2e/run $(FILES)

bench: build             ## every figure beside its target
	bench/run

fuzz: deps deps-test     ## every fuzzer for FUZZ_SECONDS (600)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} tools/fuzz

deps:
	@tools/deps run build

deps-test:
	@tools/deps test

install: build
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

clean:
	rm -rf build
