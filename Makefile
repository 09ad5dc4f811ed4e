# Makefile - `make help` lists what it can do.
CC ?= cc
BUILD ?= build
OPT ?= -O2
PREFIX ?= /usr/local
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
       -Wvla -Wundef -Wdouble-promotion -Wformat=2 -Wcast-qual -Wswitch-enum -Werror
CFLAGS = -std=c17 -D_GNU_SOURCE $(OPT) -g $(WARN) -fno-common -fvisibility=hidden \
         -ffp-contract=off -fno-math-errno -fPIC -Iinclude -Isrc $(EXTRA)
LDLIBS = -lgsl -lgslcblas -lcjson -lcsv -lm -lpthread

LIB_SRC = $(sort $(wildcard src/base/*.c src/core/*.c src/env/*.c src/agent/*.c src/edge/*.c \
          src/report/*.c))
RUN_SRC = $(sort $(wildcard src/runners/*.c))
LIB_OBJ = $(LIB_SRC:%.c=$(BUILD)/%.o)
RUN_OBJ = $(RUN_SRC:%.c=$(BUILD)/%.o)
TEST_SRC = $(sort $(wildcard tests/test_*.c))
TESTS = $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
SUB = @$(MAKE) --no-print-directory

all: $(BUILD)/tend ## build build/tend

# objects are made anew when compiler or flags change
FLAGS = $(CC) $(CFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@

$(BUILD)/tend: $(BUILD)/src/main.o $(BUILD)/librunners.a $(BUILD)/libtend.a
	$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libtend.a: $(LIB_OBJ)
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/librunners.a: $(RUN_OBJ)
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: tests/%.c $(BUILD)/librunners.a $(BUILD)/libtend.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -o $@ $< $(TEST_LINK) $(BUILD)/librunners.a $(BUILD)/libtend.a \
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

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
FORCE:
.PHONY: all deps deps-dev demo tests test clean help FORCE
