# envseal: a GNU makefile.  `make help` lists what it can do.
#
#   CC=clang-14                     another compiler (built in build/clang-14, nothing is mixed)
#   SANITIZE=address,undefined      with sanitizers (built in build/address,undefined)
#   SHARED=1                        every library linked dynamically
#   WERROR=1  V=1  CFLAGS=...       warnings are errors; commands are shown; other optimisation
#   PREFIX DESTDIR BINDIR LIBDIR INCLUDEDIR MANDIR DATADIR      where `make install` puts things

VERSION = 0.1.0

ifeq ($(origin CC),default)
CC = gcc
endif
ifeq ($(origin AR),default)
AR = ar
endif
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
CFLAGS     ?= -O2 -g
JOBS       ?= $(shell nproc 2>/dev/null || echo 2)

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man

# ---- where things are built: build/ the normal way, build/NAME for each other way -----------------------------------
comma   := ,
empty   :=
space   := $(empty) $(empty)
variant := $(subst $(space),-,$(strip $(subst /,_,$(filter-out gcc cc,$(CC))) $(SANITIZE) $(if $(SHARED),shared)))
B       := build$(addprefix /,$(variant))

lib_src  := $(sort $(wildcard crypto/*.c crypto/core/*.c format/*.c format/*/*.c))
cmd_src  := $(sort $(wildcard cmd/*.c cmd/os/*.c))
unit_src := $(sort $(wildcard tests/unit/test_*.c))
lib_obj  := $(lib_src:%.c=$B/%.o)
cmd_obj  := $(cmd_src:%.c=$B/%.o)
units    := $(unit_src:%.c=$B/%)
pages    := $(sort $(wildcard docs/*.[1357]))
shells   := bash zsh fish
finished := $(shells:%=$B/completion/%)

# ---- flags ----------------------------------------------------------------------------------------------------------
packages := libsodium libcbor yaml-0.1 libpcre2-8

# Warnings that only one of the compilers knows are asked for where they are known.
some := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wcomma -Wshorten-64-to-32
ifeq ($(filter clean uninstall help,$(MAKECMDGOALS)),)
some := $(shell for f in $(some); do \
	$(CC) -Werror $$f -fsyntax-only -x c /dev/null 2>/dev/null && echo $$f; done)
endif
warn := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wvla -Wwrite-strings -Wcast-qual -Wpointer-arith -Wformat=2 -Wundef -Wnull-dereference \
	-Wimplicit-fallthrough -Wswitch-enum $(some) $(if $(WERROR),-Werror)
harden := -fno-common -fvisibility=hidden -fstack-protector-strong -fPIE
ifdef SANITIZE
harden += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
else
harden += -U_FORTIFY_SOURCE $(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-D_FORTIFY_SOURCE=2)
endif
compile = $(CC) -std=c11 -D_GNU_SOURCE -DENVSEAL_VERSION='"$(VERSION)"' -I. $(CPPFLAGS) $(packages_cflags) $(warn) \
	$(harden) -pthread $(CFLAGS) -ffile-prefix-map='$(CURDIR)'=. -include crypto/core/banned.h
link = $(CC) $(CFLAGS) -pthread -pie $(if $(SANITIZE),-fsanitize=$(SANITIZE)) -Wl,-z,relro,-z,now -Wl,--as-needed \
	$(LDFLAGS)

# A library by its archive where there is one, because the loader takes 0.1 ms for every shared one, else as -lNAME.
archive = $(if $(SHARED),,$(wildcard $(shell $(PKG_CONFIG) --variable=libdir $1 2>/dev/null)/lib$2.a))
library = $(or $(call archive,$1,$2),$(shell $(PKG_CONFIG) --libs $1 2>/dev/null))
bearssl = $(or $(if $(SHARED),,$(filter /%,$(shell $(CC) -print-file-name=libbearssl.a 2>/dev/null))),-lbearssl)
packages_cflags := $(shell $(PKG_CONFIG) --cflags $(packages) 2>/dev/null)
libs := $(call library,libsodium,sodium) $(call library,yaml-0.1,yaml) $(call library,libpcre2-8,pcre2-8) \
	$(bearssl) $(shell $(PKG_CONFIG) --libs libcbor 2>/dev/null)

Q   := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n')

# ---- building -------------------------------------------------------------------------------------------------------
all: $B/envseal $(finished)

$B/envseal: $(cmd_obj) $B/libenvseal.a
	$(say) link $@
	$Q$(link) -o $@ $(cmd_obj) $B/libenvseal.a $(libs)

$B/libenvseal.a: $(lib_obj) $B/list
	$(say) ar $@
	$Qrm -f $@
	$Q$(AR) rcsD $@ $(lib_obj)

# What the unit tests may take from cmd/: everything but main.
$B/libcmd.a: $(filter-out $B/cmd/main.o,$(cmd_obj)) $B/list
	$(say) ar $@
	$Qrm -f $@
	$Q$(AR) rcsD $@ $(filter-out $B/cmd/main.o,$(cmd_obj))

$(units): $B/%: $B/%.o $B/libcmd.a $B/libenvseal.a
	$(say) link $@
	$Q$(link) -o $@ $< $B/libcmd.a $B/libenvseal.a $(libs)

# Built by tests/fuzz/run.sh, which names the sanitizers; each brings its main from libFuzzer.
fuzzers := $(patsubst %.c,$B/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz-programs: $(fuzzers)
$(fuzzers): $B/%: $B/%.o $B/libenvseal.a
	$(say) link $@
	$Q$(link) -fsanitize=fuzzer -o $@ $< $B/libenvseal.a $(libs)

$B/%.o: %.c $B/flags
	$(say) cc $<
	$Qmkdir -p $(@D)
	$Q$(compile) -MMD -MP -c -o $@ $<

$(finished): $B/completion/%: $B/envseal
	$(say) make $@
	$Qmkdir -p $(@D)
	$Q$B/envseal completion $* >$@.tmp && mv -f $@.tmp $@

# These two change only when the command line, the libraries or the list of sources do.
$B/flags: FORCE
	@command -v $(CC) >/dev/null && $(PKG_CONFIG) --exists $(packages) || \
	    { echo 'make: a compiler or a library is missing; tests/setup.sh build installs what is' >&2; exit 1; }
	@mkdir -p $(@D)
	@printf '%s\n' "$$flags" | cmp -s - $@ || printf '%s\n' "$$flags" >$@
$B/list: FORCE
	@mkdir -p $(@D)
	@echo '$(lib_src) $(cmd_src)' | cmp -s - $@ || echo '$(lib_src) $(cmd_src)' >$@
$B/flags: export flags = $(compile) $(link) $(libs)

-include $(lib_obj:.o=.d) $(cmd_obj:.o=.d) $(units:=.d) $(fuzzers:=.d)

# ---- installing: under a temporary name, then by rename -------------------------------------------------------------
D = $(DESTDIR)
completion_bash = $(D)$(DATADIR)/bash-completion/completions/envseal
completion_zsh  = $(D)$(DATADIR)/zsh/site-functions/_envseal
completion_fish = $(D)$(DATADIR)/fish/vendor_completions.d/envseal.fish
page = $(D)$(MANDIR)/man$(patsubst .%,%,$(suffix $1))/$(notdir $1)
put  = $(INSTALL) -d '$(dir $3)' && $(INSTALL) -m $1 $2 '$3.new' && mv -f '$3.new' '$3'

$B/envseal.pc: $B/flags FORCE
	$Qprintf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$(INCLUDEDIR)' '' 'Name: libenvseal' \
	    'Description: sealed dotenv files that SOPS and age understand' 'Version: $(VERSION)' \
	    'Requires: $(packages)' 'Libs: -L$${libdir} -lenvseal -lbearssl -pthread' 'Cflags: -I$${includedir}' >$@

install: all $B/envseal.pc
	$Q$(call put,755,$B/envseal,$(D)$(BINDIR)/envseal)
	$Q$(call put,644,$B/libenvseal.a,$(D)$(LIBDIR)/libenvseal.a)
	$Q$(call put,644,$B/envseal.pc,$(D)$(LIBDIR)/pkgconfig/envseal.pc)
	$Q$(call put,644,format/envseal.h,$(D)$(INCLUDEDIR)/envseal.h)
	$Q$(foreach s,$(shells),$(call put,644,$B/completion/$s,$(completion_$s)) &&) :
	$Q$(foreach p,$(pages),$(call put,644,$p,$(call page,$p)) &&) :

uninstall:
	$Qrm -f '$(D)$(BINDIR)/envseal' '$(D)$(LIBDIR)/libenvseal.a' '$(D)$(LIBDIR)/pkgconfig/envseal.pc' \
	    '$(D)$(INCLUDEDIR)/envseal.h' $(foreach s,$(shells),'$(completion_$s)') \
	    $(foreach p,$(pages),'$(call page,$p)')

# ---- trying and testing.  Each of these first installs what it needs ------------------------------------------------
again  = +$(Q)$(MAKE) --no-print-directory -j$(JOBS)
run_in = $(Q)ENVSEAL='$(CURDIR)/$B/envseal' BUILD='$(CURDIR)/$B' CC='$(CC)' SANITIZE='$(SANITIZE)' \
	MAKE_VARIABLES=$(call quoted,$(foreach v,CC AR SANITIZE SHARED WERROR CFLAGS CPPFLAGS LDFLAGS PKG_CONFIG,$v=$(call \
	quoted,$($v))))
quoted = '$(subst ','\'',$1)'

# T='tests/cli/t01*' runs these only.  The long ones come first.
T ?= $(filter-out %/lib.sh,$(sort $(wildcard tests/fault/*.sh)) $(sort $(wildcard tests/interop/*.sh))) \
	$(sort $(wildcard tests/cli/t*.sh)) $(units)

demo:
	@tests/setup.sh demo
	$(again) all
	$(run_in) tests/demo.sh

test:
	@tests/setup.sh test
	$(again) all units
	$(run_in) tests/run.sh $(JOBS) $(T)

units: $(units)

lints = lint layers headers symbols words
check: test
	@tests/setup.sh check
	$(again) check-repro $(lints:%=check-%)
	$(if $(wildcard tests/docs.sh),$(run_in) tests/docs.sh)

check-symbols: $B/libenvseal.a $B/envseal
$(lints:%=check-%): check-%:
	$(run_in) tests/$*.sh
check-repro:
	$(run_in) tests/repro.sh

# COUNT=200000: so many inputs for each parser; without it, until interrupted.
fuzz:
	@tests/setup.sh check
	$(run_in) tests/fuzz/run.sh

bench:
	@tests/setup.sh bench
	$(again) all
	$(run_in) tests/bench/run.sh

clean:
	rm -rf build

help:
	@printf '%s\n' 'make             build/envseal and build/libenvseal.a' \
	    'make install     PREFIX, DESTDIR, ...; make uninstall takes it away again' \
	    'make demo        the main job, to look at; installs what is missing' \
	    'make test        all tests, against real sops and age; installs what is missing' \
	    'make check       make test and the linters' \
	    'make fuzz        every parser, until interrupted' \
	    'make bench       against real sops' \
	    'make clean'

FORCE:
.PHONY: all install uninstall demo test units fuzz-programs check $(lints:%=check-%) check-repro fuzz bench clean \
	help FORCE
.DELETE_ON_ERROR:
