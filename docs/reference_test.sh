#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The public headers give a reference without a warning; one in which a description is
# missing or wrong is refused, with the symbol's name:
#   reference_test.sh REFERENCE_SH DOXYFILE CHECK FILTER MAIN_PAGE 'HEADER...'
set -eu
program=$1 config=$2 check=$3 filter=$4 page=$5
headers=$6
all=$TEST_TMPDIR/headers

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

# fresh: a copy of the headers in folders as users name them.
fresh() {
	rm -rf "$all"
	for header in $headers; do
		folder=$all/$(basename "$(dirname "$header")")
		mkdir -p "$folder"
		cp -L "$header" "$folder"
	done
}

# document: makes the reference in $TEST_TMPDIR/out, what it says in $TEST_TMPDIR/said.
document() {
	rm -rf "$TEST_TMPDIR/out"
	# shellcheck disable=SC2046 # names of headers have no blanks
	"$program" "$TEST_TMPDIR/out" "$config" "$check" "$filter" "$page" \
		$(find "$all" -name '*.h' | sort) \
		>"$TEST_TMPDIR/said" 2>&1
}

# refuses HEADER NAME SED_PROGRAM: the header so changed is not accepted, for that symbol.
refuses() {
	fresh
	sed -i "$3" "$all/$1"
	if document; then
		fail "accepted: $1 with $3"
	fi
	grep -qw -- "$2" "$TEST_TMPDIR/said" || fail "$2 is not named in: $(cat "$TEST_TMPDIR/said")"
}

fresh
document || {
	cat "$TEST_TMPDIR/said" >&2
	fail "the public headers"
}
for header in $headers; do
	name=$(basename "$header" .h | sed 's/_/__/g')_8h.html
	# Of headers of one name Doxygen tells the folder as well.
	folder=$(basename "$(dirname "$header")" | sed 's/_/__/g')
	[ -s "$TEST_TMPDIR/out/html/$name" ] || [ -s "$TEST_TMPDIR/out/html/${folder}_2$name" ] ||
		fail "no page of $header"
done
grep -q 'axvcpu_complete_read' "$TEST_TMPDIR/out/html/vcpu_8h.html" || fail "a function is not there"
for name in NONE SETUP BIND RUN UNBIND UNBLOCK TRANSITION LOAD; do
	grep -q "AXVCPU_OPERATION_$name" "$TEST_TMPDIR/out/html/vcpu_8h.html" ||
		fail "an enumerator is not there: $name"
done
grep -q '(Required) Allocates' "$TEST_TMPDIR/out/html/structaxvcpu__hal__ops.html" ||
	fail "a list says no more than that an operation is required"

# New symbols of every kind, and a comment about a parameter that is not there.
refuses axvcpu/vcpu.h axvcpu_new 's,^#ifdef __cplusplus,int axvcpu_new(void);\n&,'
refuses axvcpu/exit.h AXVCPU_NEW 's,^#define AXVCPU_IRQ_NONE.*,&\n#define AXVCPU_NEW 1,'
refuses axvcpu/exit.h AXVCPU_EXIT_NEW 's,^\tAXVCPU_EXIT_UNKNOWN = 16\,$,&\n\n\tAXVCPU_EXIT_NEW = 100\,,'
refuses arm_vcpu/arm_vcpu.h novelty 's,^\tuint64_t mpidr;$,&\n\n\tuint64_t novelty;,'
refuses riscv_vcpu/riscv_vcpu.h riscv_vcpu_new 's,^#ifdef __cplusplus,typedef int riscv_vcpu_new;\n&,'
refuses axvcpu/host.h nothing 's, \* @param arch , * @param nothing ,'
echo "PASS"
