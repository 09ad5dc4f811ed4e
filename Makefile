# Makefile - `make help` lists what it can do.
CC ?= cc
BUILD ?= build
OPT ?= -O3
PREFIX ?= /usr/local
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
       -Wvla -Wundef -Wdouble-promotion -Wformat=2 -Wcast-qual -Wswitch-enum -Werror
CFLAGS = -std=c17 -D_GNU_SOURCE $(OPT) -g $(WARN) -fno-common -fvisibility=hidden \
         -ffp-contract=off -fno-math-errno -fPIC -Iinclude -Isrc $(EXTRA)
LDLIBS = -lgsl -lgslcblas -lcjson -lcsv -lm -lpthread

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

all: $(BUILD)/tend ## build build/tend

# objects are made anew when compiler or flags change
FLAGS = $(CC) $(CFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@

$(BUILD)/tend: $(BUILD)/src/main.o $(BUILD)/librunners.a $(BUILD)/libtend.a
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libtend.a: $(LIB_OBJ)
	$(Q)rm -f $@
	$(Q)ar rcsD $@ $^

$(BUILD)/librunners.a: $(RUN_OBJ)
	$(Q)rm -f $@
	$(Q)ar rcsD $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# the allocation tests count and fail what the library asks for
$(BUILD)/tests/test_alloc: TEST_LINK = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

$(BUILD)/tests/%: tests/%.c $(BUILD)/librunners.a $(BUILD)/libtend.a
	$(SAY) TEST $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -o $@ $< $(TEST_LINK) $(BUILD)/librunners.a $(BUILD)/libtend.a \
		-lcmocka $(LDLIBS)

deps: ## install what is missing to build and test (Debian)
	@tools/deps.sh

deps-dev: ## the same, with what lint, fuzz, cover, valgrind and bench need
	@tools/deps.sh dev

demo: deps ## build, then one incident from start to recovery
	$(SUB) all
	@$(BUILD)/tend demo

tests: all $(TESTS)

# real and malformed inputs come from TEND_DATA; beside a checkout they lie in ../shared/data
test: deps ## build and run every test
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

check: floors lint test ## what a commit must pass: floors, lint, test

floors: all ## hold the architecture: includes, calls, sizes, no globals
	@tools/floors.py $(BUILD)

lint: ## formatting, clang-tidy, shellcheck: no finding
	@tools/lint.sh

# every check below builds in a folder of its own, with its own flags
# TEND_HARD moves the engine's state block at every tick: a pointer stored in it is found at once
ASAN = -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all \
       -fno-omit-frame-pointer -DTEND_HARD
sanitize: deps ## every test and some runs under ASan and UBSan
	$(SUB) tests BUILD=$(BUILD)/asan OPT=-O1 EXTRA="$(ASAN)"
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/run_tests.sh $(BUILD)/asan $(TEST_SRC:tests/%.c=$(BUILD)/asan/tests/%)
	@tools/smoke.sh $(BUILD)/asan/tend

tsan: deps ## eval with seven threads under TSan
	$(SUB) all BUILD=$(BUILD)/tsan OPT=-O1 EXTRA="-fsanitize=thread"
	@tools/tsan.sh $(BUILD)/tsan/tend

valgrind: all ## one episode under valgrind
	valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
		$(BUILD)/tend episode --steps 240 --seed 7 > /dev/null

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
	$(Q)$(CC) $(CFLAGS) -MMD -MP -fsanitize=fuzzer -o $@ $< $(BUILD)/librunners.a $(BUILD)/libtend.a \
		$(LDLIBS)

# with `make mutants FILES='src/agent src/env/faults.c'` only some; every draw has its SEED
SEED ?= 1
N ?= 100
FILES ?=
GOLDEN ?= 1
mutants: deps ## N mutants of src drawn by SEED, of FILES; GOLDEN=0 leaves the goldens out
	@TEND_DATA=$${TEND_DATA:-$$(tools/data.sh build/data rca anomaly corpora)} \
		tools/mutants.py --cc '$(CC) $(CFLAGS)' --libs '$(LDLIBS)' --build $(BUILD) \
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

results: all ## make the tables of results/ anew
	@tools/results.sh $(BUILD)/tend

SONAME = libtend.so.0
VERSION = $(shell sed -n 's/.*TEND_VERSION "\(.*\)"/\1/p' include/tend/api.h)
$(BUILD)/$(SONAME): $(LIB_OBJ)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--no-undefined -o $@ $^ $(LDLIBS)

LIBDIR ?= $(PREFIX)/lib
SHARE = $(DESTDIR)$(PREFIX)/share
COMPLETION = $(SHARE)/bash-completion/completions
install: all $(BUILD)/$(SONAME) ## into DESTDIR/PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(DESTDIR)$(PREFIX)/include/tend $(SHARE)/man/man1 $(SHARE)/tend $(COMPLETION)
	install -m 755 $(BUILD)/tend $(DESTDIR)$(PREFIX)/bin/tend
	install -m 644 $(BUILD)/libtend.a $(DESTDIR)$(LIBDIR)/libtend.a
	install -m 755 $(BUILD)/$(SONAME) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libtend.so
	install -m 644 include/tend/*.h $(DESTDIR)$(PREFIX)/include/tend
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' tend.pc.in \
		> $(DESTDIR)$(LIBDIR)/pkgconfig/tend.pc
	$(BUILD)/tend help --man > $(SHARE)/man/man1/tend.1
	$(BUILD)/tend help --completion bash > $(COMPLETION)/tend
	cp -R examples $(SHARE)/tend

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/tend $(DESTDIR)$(LIBDIR)/libtend.a \
		$(DESTDIR)$(LIBDIR)/libtend.so $(DESTDIR)$(LIBDIR)/$(SONAME) \
		$(DESTDIR)$(LIBDIR)/pkgconfig/tend.pc $(SHARE)/man/man1/tend.1 $(COMPLETION)/tend
	rm -rf $(DESTDIR)$(PREFIX)/include/tend $(SHARE)/tend

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
FORCE:
.PHONY: all deps deps-dev demo tests test golden golden-accept check floors lint sanitize tsan valgrind fuzz fuzzers \
        cover mutants deterministic bench results install uninstall clean help FORCE
