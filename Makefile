# SPDX-License-Identifier: GPL-3.0-or-later
# Makefile - `make help` lists what it can do.
CC ?= cc
OBJCOPY ?= objcopy
BUILD ?= build
OPT ?= -O3
PREFIX ?= /usr/local

# CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are the caller's and are not assigned here: they come after
# the defaults and win over them. What the results depend on comes last and stands.
# OPT and EXTRA serve the targets below, which build in folders of their own.
WERROR ?= -Werror
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
       -Wvla -Wundef -Wdouble-promotion -Wformat=2 -Wcast-qual -Wswitch-enum $(WERROR)
LIBS = -lgsl -lgslcblas -lcjson -lcsv -lm -lpthread
GIVEN := $(OPT) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(EXTRA)
HAS = $(findstring $(1),$(GIVEN))
# hardening, as far as the compiler has it; a sanitizer looks for itself
ifeq ($(call HAS,-fsanitize),)
TAKEN = $(shell $(CC) -O1 $(1) -Werror -fsyntax-only -include stdio.h -x c /dev/null \
          2>/dev/null && echo $(1))
HARDEN := -fstack-protector-strong $(call TAKEN,-ftrivial-auto-var-init=zero)
# FORTIFY wants optimisation, and stands in some callers' flags already
ifneq ($(filter-out -O0,$(lastword $(filter -O%,$(GIVEN)))),)
ifeq ($(call HAS,_FORTIFY_SOURCE),)
HARDEN += -U_FORTIFY_SOURCE
HARDEN += $(or $(call TAKEN,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
endif
endif
HARDEN_LINK = -Wl,-z,relro,-z,now,-z,noexecstack
endif
PIE = $(if $(filter -static -static-pie -no-pie,$(GIVEN)),,-pie)
# -flto: archives of intermediate code need the compiler's own archiver
CLANG := $(findstring clang,$(shell $(CC) --version | head -n 1))
ifneq ($(call HAS,-flto),)
ifeq ($(origin AR),default)
AR = $(if $(CLANG),llvm-ar,gcc-ar)
endif
RELINK = $(COMPILE) $(if $(CLANG),,-flinker-output=nolto-rel)
else
# a sanitizer's or gcov's own code belongs into programs only
RELINK = $(filter-out -fsanitize=% --coverage,$(FLAGS))
endif

FLAGS = $(CC) -Iinclude -Isrc $(OPT) -g $(HARDEN) $(CPPFLAGS) $(CFLAGS) -std=c17 -D_GNU_SOURCE \
        $(WARN) -fno-common -fvisibility=hidden -ffp-contract=off -fno-math-errno -fPIC $(EXTRA)
# debug information names files from the top of the sources, wherever that lies; coverage is
# looked up by whole paths
COMPILE = $(FLAGS) $(if $(call HAS,--coverage),,-ffile-prefix-map=$(call quote,$(CURDIR)=.))
LINK = $(COMPILE) $(HARDEN_LINK) $(LDFLAGS)
PROGRAM = $(LINK) $(PIE)
quote = '$(subst ','\'',$(1))'

# all of src is the library, except the command line; sorted, so that the archive is the same anywhere
SRC := $(sort $(shell find src -name '*.c'))
LIB_SRC = $(filter-out src/main.c src/runners/%,$(SRC))
RUN_SRC = $(filter src/runners/%,$(SRC))
LIB_OBJ = $(LIB_SRC:%.c=$(BUILD)/%.o)
RUN_OBJ = $(RUN_SRC:%.c=$(BUILD)/%.o)
TEST_SRC = $(sort $(wildcard tests/test_*.c))
TESTS = $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
SUB = @$(MAKE) --no-print-directory

# short lines; `make V=1` shows the commands
ifdef V
SAY = @:
Q =
else
SAY = @echo " "
Q = @
endif

SONAME = libtend.so.0
all: $(BUILD)/tend $(BUILD)/lib/libtend.a $(BUILD)/lib/$(SONAME) ## build build/tend and the libraries

# objects are made anew when compiler or flags change
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo $(call quote,$(LINK)) | cmp -s - $@ || echo $(call quote,$(LINK)) > $@

$(BUILD)/tend: $(BUILD)/src/main.o $(BUILD)/librunners.a $(BUILD)/libtend.a
	$(SAY) LINK $@
	$(Q)$(PROGRAM) -o $@ $^ $(LIBS) $(LDLIBS)

# what commands and tests link: every name within reach
$(BUILD)/libtend.a: $(LIB_OBJ)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

# what is installed: one object in which only the API is global, so that a program may have a
# rng_next or str_add of its own
$(BUILD)/lib/tend.o: $(LIB_OBJ)
	@mkdir -p $(@D)
	$(Q)$(RELINK) -r -nostdlib -o $@ $^
	$(Q)$(OBJCOPY) --localize-hidden --wildcard --keep-global-symbol='tend_*' $@

$(BUILD)/lib/libtend.a: $(BUILD)/lib/tend.o
	$(SAY) LIB $@
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(BUILD)/librunners.a: $(RUN_OBJ)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# the allocation tests count and fail what the library asks for
$(BUILD)/tests/test_alloc: TEST_LINK = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

$(BUILD)/tests/%: tests/%.c $(BUILD)/librunners.a $(BUILD)/libtend.a
	$(SAY) TEST $<
	@mkdir -p $(@D)
	$(Q)$(PROGRAM) -MMD -MP -o $@ $< $(TEST_LINK) $(BUILD)/librunners.a $(BUILD)/libtend.a \
		-lcmocka $(LIBS) $(LDLIBS)

deps: ## install what is missing to build (Debian)
	@tools/deps.sh

deps-test: ## the same, with what the tests need
	@tools/deps.sh test

deps-dev: ## the same, with what lint, fuzz, cover, valgrind and bench need
	@tools/deps.sh dev

demo: deps ## build, then one incident from start to recovery
	$(SUB) all
	@$(BUILD)/tend demo

tests: all $(TESTS)

# real and malformed inputs come from TEND_DATA; beside a checkout they lie in ../shared/data
test: deps-test ## build and run every test
	$(SUB) tests
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/run_tests.sh $(BUILD) $(TESTS) $(sort $(wildcard tests/test_*.sh))

golden: all ## show what a change altered in what the product prints
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/golden.sh $(BUILD)/tend $(BUILD)/golden && diff -ru tests/golden $(BUILD)/golden

golden-accept: all ## take it as right; the commit that does so says why
	@rm -rf $(BUILD)/golden
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/golden.sh $(BUILD)/tend $(BUILD)/golden
	@rm -rf tests/golden && cp -R $(BUILD)/golden tests/golden && git status --short tests/golden

same-incident: all ## one incident scraped at 1, 5 and 15 s: as soon seen, the same first action
	@tools/same_incident.py --tend $(BUILD)/tend

check: floors lint test ## what a commit must pass: floors, lint, test

floors: all ## hold the architecture: includes, calls, sizes, no globals
	@tools/floors.py $(BUILD)

lint: ## formatting, clang-tidy, shellcheck: no finding
	@tools/lint.sh

schema: all ## bring words and numbers of share/schema up to date with the tables
	@tools/schema.py $(BUILD)/tend

# every check below builds in a folder of its own, with its own flags
# TEND_HARD moves the engine's state block at every tick: a pointer stored in it is found at once
ASAN = -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all \
       -fno-omit-frame-pointer -DTEND_HARD
sanitize: deps-test ## every test and some runs under ASan and UBSan
	$(SUB) tests BUILD=$(BUILD)/asan OPT=-O1 EXTRA="$(ASAN)"
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/run_tests.sh $(BUILD)/asan $(TEST_SRC:tests/%.c=$(BUILD)/asan/tests/%)
	@tools/smoke.sh $(BUILD)/asan/tend
	@tools/asan_python.sh $(BUILD)/asan $(CC)

tsan: deps-test ## eval with seven threads, and episodes side by side, under TSan
	$(SUB) all $(BUILD)/tsan/tests/test_vec BUILD=$(BUILD)/tsan OPT=-O1 EXTRA="-fsanitize=thread"
	@$(BUILD)/tsan/tests/test_vec
	@tools/tsan.sh $(BUILD)/tsan/tend

# without the zeroing of locals, which would hide the use of one not set
valgrind: ## one episode under valgrind
	$(SUB) $(BUILD)/valgrind/tend BUILD=$(BUILD)/valgrind HARDEN=
	valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
		$(BUILD)/valgrind/tend episode --steps 240 --seed 7 > /dev/null

FUZZ_SECONDS ?= 60
FUZZ_SRC = $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ = $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/%)
FUZZ_SAN = address,undefined,float-cast-overflow -fno-sanitize-recover=all
fuzz: deps-dev ## each reader of outside bytes for FUZZ_SECONDS with libFuzzer
	$(SUB) fuzzers BUILD=$(BUILD)/fuzz CC=clang OPT=-O1 EXTRA="-fsanitize=fuzzer-no-link,$(FUZZ_SAN)"
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS)

fuzzers: $(FUZZ)
$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(BUILD)/librunners.a $(BUILD)/libtend.a
	$(SAY) FUZZ $<
	$(Q)$(LINK) -MMD -MP -fsanitize=fuzzer -o $@ $< $(BUILD)/librunners.a $(BUILD)/libtend.a \
		$(LIBS) $(LDLIBS)

# with `make mutants FILES='src/agent src/env/faults.c'` only some; every draw has its SEED
SEED ?= 1
N ?= 100
FILES ?=
GOLDEN ?= 1
mutants: deps-test ## N mutants of src drawn by SEED, of FILES; GOLDEN=0 leaves the goldens out
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/mutants.py --cc '$(FLAGS)' --libs '$(LIBS) $(LDLIBS)' --build $(BUILD) \
		--seed $(SEED) --n $(N) --files '$(FILES)' --golden $(GOLDEN) $(MUTANTS)

cover: deps-dev ## line and branch coverage of src by the tests, at least 90 and 80 %
	$(SUB) tests BUILD=$(BUILD)/cover OPT=-O0 EXTRA="--coverage -fprofile-update=atomic"
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/cover.sh $(BUILD)/cover $(TEST_SRC:tests/%.c=$(BUILD)/cover/tests/%) \
		tests/test_cli.sh

deterministic: deps-dev ## the same bytes from every compiler, level, thread count and CPU
	@tools/deterministic.sh $(BUILD)

bench: all ## speed per unit of work; scikit-learn beside it where installed
	@tools/bench.sh $(BUILD)/tend

BASE ?=
instructions: all ## of an episode, counted by callgrind; BASE=other/build/tend stands beside it
	@tools/instructions.sh $(BUILD)/tend $(BASE)

realism: all ## simulated metrics beside recorded ones (needs the data, numpy and scikit-learn)
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca)} tools/realism.sh $(BUILD)

# `abroad` is looked at by `make results` alone
recompute: all ## every yardstick of some 1,500 episodes, of all suites too, once more, from their traces
	@rm -rf $(BUILD)/recompute
	@tests/recompute/recompute.sh $(BUILD)/tend 80 $(BUILD)/recompute \
	    $(filter-out %/abroad.json,$(wildcard examples/suites/*.json))

fit: all $(BUILD)/tests/parity/dump_evidence ## every fitted number of the diagnosis, from generated systems (five minutes; needs numpy and scipy)
	@mkdir -p $(BUILD)/fit
	@$(shell command -v /usr/bin/python3 || echo python3) tests/parity/fit_evidence.py --tend $(BUILD)/tend --dump $(BUILD)/tests/parity/dump_evidence \
		--work $(BUILD)/fit --write src/agent/diagnose

$(BUILD)/tests/parity/dump_evidence: tests/parity/dump_evidence.c $(BUILD)/libtend.a
	$(SAY) LINK $@
	@mkdir -p $(@D)
	$(Q)$(LINK) -MMD -MP -o $@ $< $(BUILD)/libtend.a $(LIBS) $(LDLIBS)

results: all ## every policy on every suite in every world: results/README.md (a quarter of an hour)
	@tools/results.sh $(BUILD)/tend

results-home: all ## what is known of the systems at home: results/home.md
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca)} tools/results_home.sh $(BUILD)/tend

results-rca: all ## recorded incidents, beside published methods: results/rca.md (some minutes)
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca lab)} tools/results_rca.sh $(BUILD)/tend

results-constants: all ## what hangs on each constant of the ranking: results/constants.md (some minutes)
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca lab)} tools/results_constants.sh $(BUILD)/tend

results-oracle: all ## against the best plan with the truth at hand: results/oracle.md (some minutes)
	@tools/results_oracle.sh $(BUILD)/tend

VERSION = $(shell sed -n 's/.*TEND_VERSION "\(.*\)"/\1/p' include/tend/api.h)
$(BUILD)/lib/$(SONAME): $(LIB_OBJ)
	$(SAY) LINK $@
	@mkdir -p $(@D)
	$(Q)$(LINK) -shared -Wl,-soname,$(SONAME) -Wl,--no-undefined -o $@ $^ $(LIBS) $(LDLIBS)

LIBDIR ?= $(PREFIX)/lib
# where things go, as one word of the shell: a path may hold blanks
in_prefix = $(call quote,$(DESTDIR)$(PREFIX)/$(1))
in_lib = $(call quote,$(DESTDIR)$(LIBDIR)/$(1))
in_sed = $(subst |,\|,$(subst &,\&,$(subst \,\\,$(1))))
COMPLETION = share/bash-completion/completions
# what matches, into a folder of share; a source package may have left it out
install_all = $(if $(wildcard $(1)),install -d $(call in_prefix,share/$(2)) && \
		install -m 644 $(wildcard $(1)) $(call in_prefix,share/$(2)))
install: all ## into DESTDIR/PREFIX (default /usr/local)
	install -d $(call in_prefix,bin) $(call in_lib,pkgconfig) $(call in_prefix,include/tend) \
		$(call in_prefix,share/man/man1) $(call in_prefix,share/tend) \
		$(call in_prefix,$(COMPLETION))
	install -m 755 $(BUILD)/tend $(call in_prefix,bin/tend)
	install -m 644 $(BUILD)/lib/libtend.a $(call in_lib,libtend.a)
	install -m 755 $(BUILD)/lib/$(SONAME) $(call in_lib,$(SONAME))
	ln -sf $(SONAME) $(call in_lib,libtend.so)
	install -m 644 include/tend/*.h $(call in_prefix,include/tend)
	sed -e $(call quote,s|@PREFIX@|$(call in_sed,$(PREFIX))|) \
		-e $(call quote,s|@LIBDIR@|$(call in_sed,$(LIBDIR))|) \
		-e 's|@VERSION@|$(VERSION)|' tend.pc.in > $(call in_lib,pkgconfig/tend.pc)
	$(BUILD)/tend help --man > $(call in_prefix,share/man/man1/tend.1)
	$(BUILD)/tend help --completion bash > $(call in_prefix,$(COMPLETION)/tend)
	cp -R examples $(call in_prefix,share/tend)
	$(call install_all,share/schema/*.json,tend/schema)
	$(call install_all,bindings/python/*.py,tend/python)
	$(call install_all,README.md CONTRIBUTING.md LICENSE,doc/tend)
	$(call install_all,docs/*.md,doc/tend/docs)
	$(call install_all,results/*.md,doc/tend/results)
	ln -sfn ../../tend/examples $(call in_prefix,share/doc/tend/examples)

uninstall: ## remove what install put there
	rm -f $(call in_prefix,bin/tend) $(call in_lib,libtend.a) $(call in_lib,libtend.so) \
		$(call in_lib,$(SONAME)) $(call in_lib,pkgconfig/tend.pc) \
		$(call in_prefix,share/man/man1/tend.1) $(call in_prefix,$(COMPLETION)/tend)
	rm -rf $(call in_prefix,include/tend) $(call in_prefix,share/tend) \
		$(call in_prefix,share/doc/tend)

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
FORCE:
.PHONY: recompute fit realism instructions all deps deps-test deps-dev demo tests test golden golden-accept same-incident check floors lint sanitize tsan valgrind fuzz fuzzers \
        cover mutants deterministic schema bench results results-home results-rca results-constants results-oracle install uninstall clean help FORCE
