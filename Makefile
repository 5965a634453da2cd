# Tapline: build, test and run everything. `make help` says what there is.
# Two commands on a fresh Debian 12: `make run` and `make test`; both install the packages they need.

ifeq ($(origin CC),default)
CC       := gcc
endif
BUILD    ?= build
ROOMS    := kiosk sync hq
PROGRAMS := $(ROOMS:%=$(BUILD)/tapline-%)

# A variant lives in a build folder of its own: make BUILD=build/asan SANITIZE=address,undefined
SANITIZE ?=
OPTIMISE ?= -O2

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
            -Wwrite-strings -Wvla -Wformat=2 -Wundef
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-delete-null-pointer-checks \
            -fno-strict-overflow -ftrivial-auto-var-init=zero -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed
ifneq ($(SANITIZE),)
HARDEN   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
HARDEN_LD += -fsanitize=$(SANITIZE)
else
HARDEN   += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
# clang 14 wants to be told that zero initialisation is meant
ifneq (,$(findstring clang,$(CC)))
HARDEN   += -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang -Wno-unused-command-line-argument
endif

CFLAGS   ?= -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. $(OPTIMISE) $(WARNINGS) $(HARDEN) $(CFLAGS) -pthread -MMD -MP

core_PKGS  := sqlite3 jansson libsodium inih libzstd uuid
kiosk_PKGS := $(core_PKGS) sdl2 SDL2_ttf SDL2_image fontconfig fribidi libunibreak
sync_PKGS  := $(core_PKGS) libcurl libcrypto
hq_PKGS    := $(core_PKGS) libmicrohttpd gnutls

$(foreach r,core $(ROOMS),$(eval $(r)_SRC := $(sort $(wildcard $(r)/*.c))))
$(foreach r,core $(ROOMS),$(eval $(r)_OBJ := $($(r)_SRC:%.c=$(BUILD)/%.o)))
$(foreach r,core $(ROOMS),$(eval $(r)_CFLAGS = $$(shell pkg-config --cflags $($(r)_PKGS))))
$(foreach r,core $(ROOMS),$(eval $(r)_LIBS = $$(shell pkg-config --libs $($(r)_PKGS)) -lm))

.PHONY: all help deps run test test-unit test-asan test-tsan test-e2e test-faults model model-small sim test-sim lint bench screens format clean
all: $(PROGRAMS)

help:
	@sed -n 's/^## //p' Makefile

# --- build -----------------------------------------------------------------------------------------------------
$(BUILD)/libcore.a: $(core_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

define room_rules
$(BUILD)/$(1)/%.o: $(1)/%.c
	@mkdir -p $$(@D)
	@echo '  CC $$@'
	@$$(CC) $$(ALL_CFLAGS) $$($(1)_CFLAGS) -c -o $$@ $$<
endef
$(foreach r,core $(ROOMS),$(eval $(call room_rules,$(r))))

define program_rules
$(BUILD)/tapline-$(1): $$($(1)_OBJ) $(BUILD)/libcore.a
	@echo '  LD $$@'
	@$$(CC) $$(ALL_CFLAGS) $$(HARDEN_LD) -o $$@ $$^ $$($(1)_LIBS)
endef
$(foreach r,$(ROOMS),$(eval $(call program_rules,$(r))))

# --- unit tests: tests/ROOM/test_*.c, each a cmocka program linked with its room (without main) and core ----------
define test_rules
$(1)_TESTS := $$(patsubst tests/%.c,$(BUILD)/tests/%,$$(wildcard tests/$(1)/test_*.c))
$(BUILD)/tests/$(1)/%: tests/$(1)/%.c $$(filter-out %/main.o,$$($(1)_OBJ)) $(BUILD)/libcore.a
	@mkdir -p $$(@D)
	@echo '  LD $$@'
	@$$(CC) $$(ALL_CFLAGS) $$($(1)_CFLAGS) -Itests $$(HARDEN_LD) -o $$@ $$(filter %.c %.o %.a,$$^) $$($(1)_LIBS) -lcmocka
endef
$(foreach r,core $(ROOMS),$(eval $(call test_rules,$(r))))
TESTS = $(foreach r,core $(ROOMS),$($(r)_TESTS))

# --- programs that tests and benchmarks run: tests/bench/*.c and tests/faults/*.c, linked with core --------------------
TOOLS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/*.c tests/faults/*.c))
$(TOOLS): $(BUILD)/tests/%: tests/%.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	@echo '  LD $@'
	@$(CC) $(ALL_CFLAGS) $(core_CFLAGS) $(HARDEN_LD) -o $@ $< $(BUILD)/libcore.a $(core_LIBS)

# --- the simulation: sync's and hq's logic with core over simulated disks, in one program --------------------------------
SIM_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/sim/*.c))
$(SIM_OBJ): $(BUILD)/tests/sim/%.o: tests/sim/%.c
	@mkdir -p $(@D)
	@echo '  CC $@'
	@$(CC) $(ALL_CFLAGS) $(hq_CFLAGS) -Itests -c -o $@ $<

$(BUILD)/tests/sim/sim: $(SIM_OBJ) $(filter-out %/main.o,$(hq_OBJ)) \
                        $(patsubst %,$(BUILD)/sync/%.o,backoff parcel problem uploader upkeep) $(BUILD)/libcore.a
	@echo '  LD $@'
	@$(CC) $(ALL_CFLAGS) $(HARDEN_LD) -o $@ $^ $(hq_LIBS)

SEEDS ?= 1..400
sim:
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/tests/sim/sim
	@$(BUILD)/tests/sim/sim $(SEEDS)

test-sim:
	@$(MAKE) --no-print-directory sim SEEDS=1..40

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/tests/*/*.d)

# --- what people call ----------------------------------------------------------------------------------------------
## make              build the programs into build/
## make run          headquarters, sync and kiosk wired together on this machine; Ctrl-C ends it
## make test         every test: unit (plain, ASan+UBSan, TSan), contract, end-to-end, faults
## make test-faults  only the rows of the fault catalogue
## make model        the SPIN model of the receipt protocol, exhaustively, and its mutants
## make sim          seeded simulation of devices and headquarters: make sim SEEDS=1..400 (or one: SEEDS=17)
## make bench        measured ratios against floors taken in the same run
## make lint         format, static analysis, imports, banned calls, every header alone, clang build
## make format       put the sources into the one format
## make clean        remove build/ (never run/, which holds data)
deps:
	@tools/install-packages

run: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@tools/run

test: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@$(MAKE) --no-print-directory test-unit test-asan test-tsan model-small test-sim test-e2e test-faults

test-unit:
	@$(MAKE) --no-print-directory -j$$(nproc) build-tests
	@tools/run-tests $(BUILD)

.PHONY: build-tests
build-tests: $(TESTS)

test-asan:
	@$(MAKE) --no-print-directory test-unit BUILD=$(BUILD)/asan SANITIZE=address,undefined OPTIMISE=-O1

test-tsan:
	@$(MAKE) --no-print-directory test-unit BUILD=$(BUILD)/tsan SANITIZE=thread OPTIMISE=-O1

test-e2e: all $(TOOLS)
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider $(wildcard tests/e2e) tests/screens

test-faults: all $(TOOLS)
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/faults

## make screens      pictures of every screen, theme, language and size, with contact sheets, into screens/
screens: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) $(BUILD)/tapline-kiosk
	@BUILD=$(BUILD) tools/screens

model: deps
	@tests/model/model.py --full --build $(BUILD)

model-small:
	@tests/model/model.py --build $(BUILD)

bench:
	@tools/install-packages packages.txt packages-bench.txt
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@$(MAKE) --no-print-directory -j$$(nproc) $(TOOLS)
	@tests/bench/bench.py

lint: deps
	@tools/lint

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf $(BUILD)
