# vidcsl. The two commands a newcomer needs: make demo, make test.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# FFMPEG=7 or 8 builds and tests against that major version, with the module file that pins the matching go-astiav.
FFMPEG ?= 5
export FFMPEG
ifneq ($(FFMPEG),5)
ifeq ($(wildcard go.ffmpeg$(FFMPEG).mod),)
$(error FFMPEG is 5, 7 or 8, not $(FFMPEG))
endif
export GOFLAGS := $(filter-out -modfile=%,$(shell go env GOFLAGS)) -modfile=$(CURDIR)/go.ffmpeg$(FFMPEG).mod
endif

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev)
BIN     := bin/vidcsl
PYTHON  := .venv/bin/python
# Packages without FFmpeg: the race detector runs on these.
PURE    := ./pipeline/... ./decode/clip/... ./augment/... ./model/op ./model/safetensors ./robust ./robust/attack

.PHONY: help
help: ## print this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-11s %s\n", $$1, $$2}'

.PHONY: demo
demo: build ## install what is missing; videos, shards, a contact sheet; then training with and without false negatives, compared
	rm -rf demo
	$(BIN) synth --output demo/videos --classes 10 --videos-per-class 6
	$(BIN) preprocess --input demo/videos --output demo/clips --recipe mocov2 --views 2
	$(BIN) verify demo/clips
	$(BIN) replay demo/clips --input demo/videos --key disc-down/video-000.mp4#0
	$(BIN) inspect demo/clips --png demo/contact-sheet.png
	$(MAKE) demo-train
	@echo "contact sheet, two views of six clips: demo/contact-sheet.png"

# What the demo trains on is easier than what synth renders by default, so that a minute is enough to learn something.
DEMO_SYNTH := --difficulty easy --classes 10 --videos-per-class 40 --seconds 2 --size 64
DEMO_CLIPS := --frames 24 --stride 2 --size 40 --sampler regular

.PHONY: demo-train
demo-train: build ## train one encoder without removal, one with clusters removed, one with the oracle, one by labels; compare
	rm -rf demo/train demo/test demo/shards demo/runs
	$(BIN) synth --output demo/train --seed 1 $(DEMO_SYNTH)
	$(BIN) synth --output demo/test --seed 2 $(DEMO_SYNTH)
	for part in train test; do $(BIN) preprocess --input demo/$$part --output demo/shards/$$part $(DEMO_CLIPS); done
	for kind in plain cluster oracle supervised; do \
		$(BIN) train --config examples/removal/$$kind.yaml --data demo/shards/train --output demo/runs/$$kind; \
	done
	$(BIN) eval demo/runs/plain demo/runs/cluster demo/runs/oracle demo/runs/supervised --data demo/shards/test

# The data of make study: shapes that are easier than what synth renders by default, in three parts that share no video.
STUDY_SYNTH := --difficulty easy --classes 10 --seconds 2 --size 64
STUDY_CLIPS := --frames 24 --stride 2 --size 40 --sampler regular
SPRITES     ?= $(firstword $(wildcard ../shared/data/images/fashion-mnist/*.png))

.PHONY: study
study: build study/shapes/data ## compare sixteen ways of training by what their encoders withstand: 40 trainings, under 40 minutes on 2 cores
	scripts/study.sh $(BIN) examples/study/study.yaml study/shapes

.PHONY: study-sprites
study-sprites: build study/sprites-10/data ## the same on moving Fashion-MNIST items, about as long; SPRITES=SHEET.png is another sheet
	scripts/study.sh $(BIN) examples/study/sprites.yaml study/sprites-10

.PHONY: study-long
study-long: build study/sprites-10/data ## fewer ways than study-sprites, trained four times as long; about an hour
	mkdir -p study/long
	ln -sfn ../sprites-10/data study/long/data
	scripts/study.sh $(BIN) examples/study/long.yaml study/long

.PRECIOUS: study/sprites-%/data
.PHONY: study-depth
study-depth: build $(foreach n,3 5 10 30,study/sprites-$(n)/data) ## change one thing at a time: temperature, queue, length, clusters, precision, number of classes; hours
	mkdir -p study/depth
	ln -sfn ../sprites-10/data study/depth/data
	scripts/study.sh $(BIN) examples/study/depth.yaml study/depth
	for n in 3 5 30; do \
		mkdir -p study/classes-$$n; \
		ln -sfn ../sprites-$$n/data study/classes-$$n/data; \
		scripts/study.sh $(BIN) examples/study/classes.yaml study/classes-$$n; \
	done

study/shapes/data:
	rm -rf $@.tmp study/shapes/videos
	$(BIN) synth --output study/shapes/videos/train --seed 1 --videos-per-class 40 $(STUDY_SYNTH)
	$(BIN) synth --output study/shapes/videos/val --seed 2 --videos-per-class 20 $(STUDY_SYNTH)
	$(BIN) synth --output study/shapes/videos/test --seed 3 --videos-per-class 20 $(STUDY_SYNTH)
	for part in train val test; do $(BIN) preprocess --input study/shapes/videos/$$part --output $@.tmp/$$part $(STUDY_CLIPS); done
	mv $@.tmp $@

study/sprites-%/data:
	@test -n "$(SPRITES)" || { echo "no sheet of sprites: SPRITES=SHEET.png names one"; exit 1; }
	rm -rf $@.tmp study/sprites-$*/videos
	$(BIN) synth --sprites "$(SPRITES)" --classes $* --items $$((500/$*)),$$((100/$*)),$$((300/$*)) --difficulty hard --seed 0 --output study/sprites-$*/videos
	for part in train val test; do \
		$(BIN) preprocess --input study/sprites-$*/videos/$$part --output $@.tmp/$$part --frames 12 --stride 1 --size native --sampler regular; \
	done
	mv $@.tmp $@

.PHONY: deps
deps: ## install the system packages that are missing (Debian, Ubuntu) or print them
	@scripts/deps.sh build

.PHONY: build
build: deps ## build bin/vidcsl
	go build -trimpath -ldflags "-X vidcsl/cmd.version=$(VERSION)" -o $(BIN) ./cmd/vidcsl

.PHONY: test
test: test-deps $(PYTHON) ## run everything a change must pass, in under 10 minutes on 2 cores
	go vet ./...
	VIDCSL_PYTHON=$(abspath $(PYTHON)) go test ./...
	$(MAKE) race assert

.PHONY: test-deps
test-deps:
	@scripts/deps.sh test

$(PYTHON): python/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r python/requirements.txt
	touch $@

.PHONY: test-long
test-long: test-deps $(PYTHON) ## run the slow checks too: memory over 2,000 clips, kill -9, a bare Debian
	VIDCSL_LONG=1 VIDCSL_PYTHON=$(abspath $(PYTHON)) go test -timeout 60m ./...
	go test -count=20 ./pipeline/
	status=0; scripts/bare-debian.sh || status=$$?; [ $$status -eq 0 ] || [ $$status -eq 77 ]

.PHONY: race
race: ## run the race detector on the packages without FFmpeg
	go test -race $(PURE)

.PHONY: assert
assert: ## run the packages that own Arrow memory with arrow's assertions: a double Release panics
	go test -tags assert ./pipeline/... ./decode/... ./augment/... ./cmd/...

.PHONY: bench
bench: build ## compare with the peers, side by side: decoding, augmentation, storage
	go test -run '^$$' -bench . -benchtime 200ms ./pipeline/ ./decode/
	python3 bench/decode/run.py --json docs/results/decode.json
	python3 bench/augment/run.py --json docs/results/augment-recipe.json --part recipe
	python3 bench/augment/run.py --json docs/results/augment-path.json --part path
	go build -o bin/bench-store ./bench/store
	test -d demo/clips || $(MAKE) demo
	bin/bench-store --input demo/clips --json docs/results/store.json

.PHONY: bench-model
bench-model: ## compare networks with PyTorch's, side by side: training steps and inference
	python3 bench/model/run.py --json docs/results/net-cpu.json

.PHONY: bench-train
bench-train: ## compare training with PyTorch's, side by side: sprites, a step of MoCo, k-means, videos against shards
	python3 bench/train/run.py --json docs/results/train-cpu.json

.PHONY: bench-robust
bench-robust: ## compare corruptions with public libraries and PGD with torchattacks, side by side
	python3 bench/corrupt/run.py --json docs/results/corrupt.json
	python3 bench/attack/run.py --json docs/results/attack.json

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME (default 30s)
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(or $(FUZZTIME),30s) -fuzzminimizetime 5s $$pkg; \
		done; \
	done

.PHONY: lint
lint: ## check formatting and, where installed, run golangci-lint and shellcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else echo "golangci-lint is not installed: skipped"; fi
	@if command -v ruff >/dev/null; then cd python && ruff check . && ruff format --check .; else echo "ruff is not installed: skipped"; fi
	@if command -v mypy >/dev/null; then cd python && mypy; else echo "mypy is not installed: skipped"; fi
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run $$(git ls-files '*.sh'); else echo "shellcheck is not installed: skipped"; fi

.PHONY: fmt
fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf bin demo study .venv .cache
