#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random code in every mode, on SVM under QEMU or on VMX under Bochs. Each guest is lost
# sooner or later and begins anew with other code; the hypervisor answers every exit,
# is unharmed, and a neighbor in a second machine passes.
#   x86_64_wild_test.sh svm|vmx RUN GUEST GUESTS EXITS NEIGHBOR|-
# GUESTS is how many one hypervisor has, EXITS how many exits all have to make together:
# further hypervisors start, with other guests, until they did.
#
# QEMU 7.2 has instructions on which it ends itself: by an assertion, or by a segmentation
# fault. Such a run counts for nothing, and half of all at most may end so.
set -eu
vmm=$1 run=$2 guest=$3 guests=$4 wanted=$5 neighbor=$6
dir=${TEST_TMPDIR:-$(mktemp -d)}
console=$dir/console
log=$dir/log

fail() {
	echo "FAIL: $* (guests from $first on)" >&2
	grep -av '^  [A-Z]' "$log" | tail -n 30 >&2 || true
	exit 1
}

qemu_ended_itself() {
	grep -aq '^run: qemu-system-x86_64 was ended by signal' "$log"
}

exits=0 first=0 runs=0 aborted=0
[ "$neighbor" = - ] || set -- --neighbor "$neighbor"
[ "$neighbor" != - ] || set --
while [ "$exits" -lt "$wanted" ]; do
	status=0
	"$run" --arch x86_64 --vmm "$vmm" --kernel "$guest" --memory 8M --test-devices --report \
		--timeout $((${TEST_TIMEOUT:-300} - 20)) --again "$guests" --again-first "$first" "$@" \
		>"$console" 2>"$log" </dev/null || status=$?
	runs=$((runs + 1))
	if [ "$vmm" = svm ] && [ "$status" != 0 ] && qemu_ended_itself; then
		aborted=$((aborted + 1))
		[ $((aborted * 2)) -le $((runs + 1)) ] || fail "QEMU aborts too often"
	else
		[ "$status" = 0 ] || fail "status $status"
		if grep -aq '^error: ' "$log"; then
			fail "an error of the hypervisor's"
		fi
		if [ "$neighbor" != - ] && ! grep -aq '\[machine 1\] PASS' "$console"; then
			fail "the neighbor did not pass"
		fi
		exits=$((exits + $(awk '/^  [A-Z_]+ +[0-9]+$/ { n += $2 } END { print n + 0 }' "$log")))
	fi
	first=$((first + guests))
done
echo "PASS: $exits exits of $first guests, $aborted of $runs runs ended by QEMU itself"
