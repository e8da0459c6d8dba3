#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest begins on one CPU's hypervisor and ends on another's: on AMD's SVM, which QEMU
# emulates, and on Intel's VMX, which Bochs emulates. Its state goes from the log of the
# first to the second (hypervisor/x86_64/move.h).
#   x86_64_move_test.sh RUN GUEST FROM TO
# FROM and TO: svm or vmx.
set -eu
run=$1 guest=$2 from=$3 to=$4
dir=${TEST_TMPDIR:-$(mktemp -d)}

fail() {
	echo "FAIL: $*" >&2
	for file in "$dir"/*.console "$dir"/*.log; do
		echo "--- $file (end):" >&2
		grep -v '^state ' "$file" | tail -n 20 >&2 || true
	done
	exit 1
}

machine() { # VMM NAME [OPTION...]
	vmm=$1 name=$2
	shift 2
	"$run" --arch x86_64 --vmm "$vmm" --kernel "$guest" --memory 16M --test-devices --log 3 \
		--timeout $((${TEST_TIMEOUT:-300} - 20)) "$@" >"$dir/$name.console" 2>"$dir/$name.log" </dev/null ||
		fail "the $name machine ended with $?"
}

machine "$from" first
grep -q '^moving' "$dir/first.console" || fail "the guest did not get to its move"
if grep -q -e PASS -e FAIL "$dir/first.console"; then
	fail "the guest ended where it began"
fi
grep '^state ' "$dir/first.log" >"$dir/state" || fail "no state came out"
machine "$to" second --state "$dir/state"
grep -q 'a machine goes on here' "$dir/second.log" || fail "it did not go on"
grep -q '^PASS' "$dir/second.console" || fail "the guest did not pass"
if grep -q -e FAIL -e moving "$dir/second.console"; then
	fail "the guest's own checks"
fi
echo "PASS: from $from to $to, $(wc -l <"$dir/state") lines"
