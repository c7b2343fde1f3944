# luaproxy: an HTTP reverse proxy on libev, programmed in Lua.
#
# `make run` shows it at work, `make test` tries everything, `make help` explains every target.
# What is missing is installed first (Debian); `make PACKAGES= TEST_PACKAGES=` leaves that to you.

VERSION := 0.1.0

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O3 -g
PREFIX ?= /usr/local
BUILD  ?= build
SCRIPT ?= scripts/roundrobin.lua
SPEC   ?= spec

# For building and running; git, gcc and make are taken for granted.
PACKAGES := gcc libc6-dev libev-dev libhttp-parser-dev liblua5.4-dev libc-ares-dev

TEST_PACKAGES := lua5.4 procps
TEST_PACKAGES += check libsubunit-dev pkg-config            # check-c asan valgrind
TEST_PACKAGES += lua-busted lua-luv curl nghttp2-client     # spec
TEST_PACKAGES += python3-websockets                         # spec/proxy/websocket_spec.lua
TEST_PACKAGES += lua-check clang clang-format               # lint
TEST_PACKAGES += libclang-rt-14-dev                         # fuzz
TEST_PACKAGES += valgrind                                   # valgrind
TEST_PACKAGES += strace                                     # syscalls
ENDURE_PACKAGES := wrk apache2-utils chromium               # endure
TIDY_PACKAGES   := clang-tidy                               # tidy
BENCH_PACKAGES  := wrk nginx libnginx-mod-http-lua haproxy gnuplot-nox   # bench

STANDARD := -std=gnu11 -D_GNU_SOURCE -Icore -I/usr/include/lua5.4
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
ALL_CFLAGS = $(STANDARD) $(WARNINGS) $(CFLAGS) $(SANITIZE)

# The program is optimised once more as a whole when it is linked, which takes a tenth off a request; tests are not, though
# they use the same objects. clang would need other options.
WHOLE ?= $(if $(findstring gcc,$(CC)),-flto=auto)
FAT    = $(if $(WHOLE),$(WHOLE) -ffat-lto-objects)
APART  = $(if $(WHOLE),-fno-lto)

# Sanitizers confuse the compiler's own warnings; the plain build has checked those.
ASAN_BUILD := BUILD=$(BUILD)/asan WHOLE= CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -Wno-error'
FUZZ_BUILD := BUILD=$(BUILD)/fuzz CC=clang WHOLE= CFLAGS='-O1 -g' \
	SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -Wno-error'

# ---- What there is -----------------------------------------------------------------------------

# The layers of core/, highest rank first, and what each may know. The linker proves it: a library
# sees only what is listed behind it, and the tests of a layer get no others at all.
LAYERS := app exchange feed script http balance net vm conf base
BELOW_conf     := base
BELOW_http     := conf base
BELOW_balance  := conf base
BELOW_net      := conf base
BELOW_vm       := conf base
BELOW_exchange := http balance net conf base
BELOW_feed     := http balance net conf base
BELOW_script   := http balance net vm conf base
BELOW_app      := exchange feed script http balance net vm conf base

# The foreign libraries each layer uses itself.
FOREIGN_http   := -lhttp_parser
FOREIGN_net    := -lev
FOREIGN_feed   := -lev -lcares
FOREIGN_vm     := -llua5.4
FOREIGN_script := -llua5.4
FOREIGN_app    := -lev

# Without layers that have no C file yet.
LAYERS := $(foreach layer,$(LAYERS),$(if $(wildcard core/$(layer)/*.c),$(layer)))

objects   = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
libraries = $(patsubst %,$(BUILD)/lib%.a,$(filter $(LAYERS),$(1)))
foreign   = $(sort $(foreach layer,$(1),$(FOREIGN_$(layer)))) -lm

# Where the program goes: beside the Makefile, but for another one with sanitizers.
PROXY ?= luaproxy

PROGRAMS := $(if $(filter app,$(LAYERS)),$(PROXY)) $(if $(wildcard echo/*.c),echo/echo)
TESTED   := $(foreach layer,$(LAYERS),$(if $(wildcard tests/$(layer)/*.c),$(layer)))
FUZZED   := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

BENCHED  := relay backend pace rest picks

BENCHES    := $(BENCHED:%=$(BUILD)/bench/%)
C_TESTS    := $(TESTED:%=$(BUILD)/tests/%)
ASAN_TESTS := $(TESTED:%=$(BUILD)/asan/tests/%)
FUZZERS    := $(FUZZED:%=$(BUILD)/fuzz/%)

all: $(PROGRAMS) $(call libraries,$(LAYERS)) ## build ./luaproxy and echo/echo

run: all ## start three echo backends, and luaproxy before them: make run SCRIPT=...
	@tests/tools/run.sh $(SCRIPT)

# ---- Building ----------------------------------------------------------------------------------

Q := $(if $(V),,@)
compile = $(Q)echo 'cc $<' && $(CC) $(ALL_CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<
link    = $(Q)echo 'link $@' && $(CC) $(SANITIZE) $(LDFLAGS) -o $@

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDEXPANSION:

# A changed Makefile may have other options: everything is compiled anew.
$(BUILD)/obj/%.o: %.c Makefile | deps
	@mkdir -p $(@D)
	$(compile)

$(BUILD)/obj/tests/%.o: tests/%.c Makefile | deps-test
	@mkdir -p $(@D)
	$(compile) -Itests

# What only looks at what a fuzzer has brought about is nothing for it to explore.
LOOKS_ON = -O2 $(if $(findstring fuzzer,$(SANITIZE)),-fno-sanitize=fuzzer-no-link)

$(BUILD)/obj/tests/support/strict.o: EXTRA = $(LOOKS_ON)
$(BUILD)/obj/tests/fuzz/exchange/%.o $(BUILD)/obj/tests/fuzz/script/%.o: EXTRA = $(LOOKS_ON)
$(BUILD)/obj/core/%.o: EXTRA = $(FAT)
$(BUILD)/obj/core/app/%.o: EXTRA = $(FAT) -DLUAPROXY_VERSION='"$(VERSION)"'

# Folders are among the prerequisites for the sake of files that were added or removed.
$(call libraries,$(LAYERS)): $(BUILD)/lib%.a: $$(call objects,core/$$*/*.c) core/%
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(PROXY): $(call objects,core/app/*.c) $(call libraries,$(BELOW_app)) $(wildcard core/app)
	@mkdir -p $(@D)
	$(link) $(CFLAGS) $(WHOLE) $(filter %.o %.a,$^) $(call foreign,$(LAYERS))

echo/echo: $(call objects,echo/*.c) $(wildcard echo)
	$(link) $(filter %.o,$^) -lev -lm

# For specs in which calls of the C library fail.
$(BUILD)/obj/tests/tools/scarce.o: EXTRA = -fPIC
SCARCE := $(BUILD)/scarce.so

$(SCARCE): $(BUILD)/obj/tests/tools/scarce.o
	$(link) -shared $<

# All that the tests of several layers share; the linker takes what it needs.
$(BUILD)/libsupport.a: $(call objects,tests/support/*.c) tests/support
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

# The layer itself is linked as a whole, so that nothing in it can reach for more than lies below;
# but app, whose main() would be the second.
whole = $(if $(filter app,$(1)),$(2),-Wl,--whole-archive $(2) -Wl,--no-whole-archive)

$(C_TESTS): $(BUILD)/tests/%: $$(call objects,tests/$$*/*.c) $(BUILD)/libsupport.a \
		$$(call libraries,$$* $$(BELOW_$$*)) tests/%
	@mkdir -p $(@D)
	$(link) $(APART) $(filter $(BUILD)/obj/%,$^) $(BUILD)/libsupport.a \
		$(call whole,$*,$(BUILD)/lib$*.a) $(call libraries,$(BELOW_$*)) \
		$(shell pkg-config --libs check) $(call foreign,$* $(BELOW_$*))

# The parts of a target that is more than one file are in a folder of its name.
$(FUZZED:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/obj/tests/fuzz/%.o $$(call objects,tests/fuzz/$$*/*.c) \
		$(BUILD)/obj/tests/support/strict.o $(call libraries,$(BELOW_app))
	@mkdir -p $(@D)
	$(link) -fsanitize=fuzzer $^ $(call foreign,$(LAYERS))

$(BENCHES): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(link) $(if $(filter %.a,$^),$(CFLAGS) $(WHOLE)) $^ \
		$(if $(filter %.a,$^),$(call foreign,script $(BELOW_script)))

# What measures a part of luaproxy by itself is linked with that, and as luaproxy is; the others are programs on their own.
CHOOSERS := $(BUILD)/bench/rest $(BUILD)/bench/picks

$(CHOOSERS): $(BUILD)/obj/tests/bench/chooser.o $(call libraries,script $(BELOW_script))
$(filter-out $(CHOOSERS),$(BENCHES)): $(BUILD)/obj/tests/bench/sockets.o

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/obj/*/*/*/*.d)

# ---- Testing -----------------------------------------------------------------------------------

runner  := lua5.4 tests/tools/test.lua
busted  := lua5.4 /usr/bin/busted -o plainTerminal
submake := $(MAKE) --no-print-directory
jobs     = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
LINTS   := layers fence lint-format lint-lua lint-clang

test: FUZZ_SECONDS ?= 3
test: deps-test ## C tests, again under sanitizers, specs, faults under load, lint, instructions counted, fuzzing
	+@$(runner) part:build \
		'build:$(submake) -k $(jobs) all $(SCARCE) $(C_TESTS) $(BENCHES)' \
		'build:$(submake) -k $(jobs) asan-tests' \
		'build:$(submake) -k $(jobs) asan-luaproxy' \
		'build:$(submake) -k $(jobs) fuzzers' \
		'part:C tests' $(C_TESTS:%='check:%') \
		'part:C tests, ASan and UBSan' $(ASAN_TESTS:%='check:%') \
		part:specs 'busted:$(busted)' \
		part:soak 'status:$(submake) soak SECONDS=5 SEED=1' \
		part:lint $(LINTS:%='status:$(submake) %') \
		part:instructions 'status:$(submake) bench-check' \
		part:fuzz $(FUZZERS:%='status:tests/tools/fuzz.sh $(FUZZ_SECONDS) %')

check-c: deps-test $(C_TESTS) ## the C tests, one program a layer
	@$(runner) 'part:C tests' $(C_TESTS:%='check:%')

asan: deps-test asan-tests ## the C tests under ASan and UBSan
	@$(runner) 'part:C tests, ASan and UBSan' $(ASAN_TESTS:%='check:%')

valgrind: deps-test $(C_TESTS) ## the C tests under valgrind
	@CK_TIMEOUT_MULTIPLIER=20 $(runner) 'part:C tests, valgrind' \
		$(C_TESTS:%='check:valgrind -q --leak-check=full --trace-children=yes --error-exitcode=9 %')

spec: deps-test all $(SCARCE) ## the specs of policies, scripts and the proxy: make spec SPEC=spec/policy
	@$(runner) part:specs 'busted:$(busted) $(SPEC)'

fuzz: FUZZ_SECONDS ?= 60
fuzz: deps-test fuzzers ## feed each parser with noise: make fuzz FUZZ_SECONDS=600
	@$(runner) part:fuzz $(FUZZERS:%='status:tests/tools/fuzz.sh $(FUZZ_SECONDS) %')

syscalls: deps-test all ## count the system calls a request costs
	@lua5.4 tests/tools/syscalls.lua

bench: deps-test all $(BENCHES) ## CPU a request costs, beside nginx and haproxy: make bench CASES=small ROUNDS=3
	@tests/tools/packages.sh $(BENCH_PACKAGES)
	@ulimit -n $$(ulimit -Hn) && lua5.4 tests/bench/bench.lua

bench-scale: deps-test all $(BENCHES) ## how that grows with connections, backends, fields: make bench-scale CURVES=fields
	@tests/tools/packages.sh $(BENCH_PACKAGES)
	@ulimit -n $$(ulimit -Hn) && lua5.4 tests/bench/scale.lua

bench-picks: deps-test all $(BENCHES) ## what it costs to have a script choose: POLICIES="scripts/roundrobin" SIZES=10
	@lua5.4 tests/bench/picks.lua

bench-runaways: deps-test all $(BENCHES) ## how long responses take while a script runs away: make bench-runaways ROUNDS=1
	@lua5.4 tests/bench/runaways.lua

bench-instructions: deps-test all $(BENCHES) ## instructions a request costs: PEERS="nginx" ARGS=--record
	@$(if $(PEERS),tests/tools/packages.sh $(BENCH_PACKAGES))
	@lua5.4 tests/bench/instructions.lua $(ARGS)

bench-check: deps-test all $(BENCHES) ## fail if a request costs 5 % more instructions than it did
	@lua5.4 tests/bench/instructions.lua --check

endure: deps-test all ## what takes minutes: gigabytes, 200,000 requests, a browser, valgrind
	@tests/tools/packages.sh $(ENDURE_PACKAGES)
	@lua5.4 tests/tools/endure.lua

soak: SECONDS ?= 60
soak: deps-test asan-luaproxy echo/echo ## faults and load for as long as asked: make soak SECONDS=1800 SEED=1
	@ulimit -n $$(ulimit -Hn) && lua5.4 tests/tools/soak.lua $(SECONDS) $(SEED)

asan-tests: deps-test
	+@$(submake) $(ASAN_BUILD) $(ASAN_TESTS)

asan-luaproxy: deps
	+@$(submake) $(ASAN_BUILD) PROXY=$(BUILD)/asan/luaproxy $(BUILD)/asan/luaproxy
	@ln -sfn $(CURDIR)/lua $(BUILD)/asan/lua

fuzzers: deps-test
	+@$(submake) $(FUZZ_BUILD) $(FUZZERS)

# ---- Reading -----------------------------------------------------------------------------------

TIDY_CHECKS := -*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-macro-parentheses
TIDY_CHECKS := $(TIDY_CHECKS),-bugprone-narrowing-conversions,-bugprone-implicit-widening*

C_SOURCES = $(wildcard core/*/*.c echo/*.c)
C_FILES   = $(shell find $(wildcard core echo tests) -name '*.[ch]')
LUA_FILES = $(shell find $(wildcard lua scripts spec tests/tools tests/bench) -name '*.lua')

lint: deps-test ## layers, layout, luacheck, clang's warnings, and what measure fences
	+@$(runner) part:lint $(LINTS:%='status:$(submake) %')

layers: deps-test ## prove that core/ is a DAG of five ranks
	@lua5.4 tests/tools/layers.lua

measure: deps-test ## show how core/ compares with our budgets
	@lua5.4 tests/tools/measure.lua

fence: deps-test
	@lua5.4 tests/tools/measure.lua --fence

lint-format: deps-test
	@clang-format --dry-run -Werror $(C_FILES)

lint-lua: deps-test
	@luacheck -q --no-color $(LUA_FILES)

lint-clang: deps-test
	@clang $(STANDARD) $(WARNINGS) -DLUAPROXY_VERSION='""' -fsyntax-only $(C_SOURCES)

tidy: deps-test ## have clang-tidy look for likely bugs
	@tests/tools/packages.sh $(TIDY_PACKAGES)
	@clang-tidy --quiet --warnings-as-errors='*' --checks='$(TIDY_CHECKS)' $(C_SOURCES) \
		-- $(STANDARD) -DLUAPROXY_VERSION='""'

format: deps-test ## lay out all C files as clang-format decides
	@clang-format -i $(C_FILES)

# ---- The rest ----------------------------------------------------------------------------------

SHARE = $(DESTDIR)$(PREFIX)/share/luaproxy

install: all ## copy to PREFIX=/usr/local, below DESTDIR= if given
	install -D -m 755 luaproxy $(DESTDIR)$(PREFIX)/bin/luaproxy
	find $(wildcard lua scripts) -type f -name '*.lua' -exec install -D -m 644 {} $(SHARE)/{} ';'

uninstall: ## take away what install copied
	rm -f $(DESTDIR)$(PREFIX)/bin/luaproxy
	rm -rf $(SHARE)

clean: ## take away what was built
	rm -rf $(BUILD) luaproxy echo/echo

deps: ## install what building needs, if it is not there
	@tests/tools/packages.sh $(PACKAGES)

deps-test: deps ## install what testing needs, if it is not there
	@tests/tools/packages.sh $(TEST_PACKAGES)

help: ## explain the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile

.PHONY: all run test check-c asan valgrind spec fuzz syscalls bench bench-scale bench-picks bench-runaways bench-instructions \
	bench-check endure soak asan-tests asan-luaproxy fuzzers lint layers \
	measure fence lint-format lint-lua lint-clang tidy format install uninstall clean deps \
	deps-test help
