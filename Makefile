# Makefile - see `make help`.
CC ?= cc
BUILD ?= build
OPT ?= -O2
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

all: $(BUILD)/tend

$(BUILD)/tend: $(BUILD)/src/main.o $(RUN_OBJ) $(BUILD)/libtend.a
	$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libtend.a: $(LIB_OBJ)
	rm -f $@ && ar rcsD $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: tests/%.c $(RUN_OBJ) $(BUILD)/libtend.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -o $@ $< $(RUN_OBJ) $(BUILD)/libtend.a -lcmocka $(LDLIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all
