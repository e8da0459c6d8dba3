#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random code in every mode, on SVM under QEMU or on VMX under Bochs. Each guest is lost
# sooner or later and begins anew with other code; the hypervisor answers every exit,
# is unharmed, and a neighbor in a second machine passes. No run is lost: instructions on
# which QEMU ends itself are not among the code (guests/x86_64/wild_qemu.c).
#   x86_64_wild_test.sh svm|vmx RUN GUEST GUESTS EXITS NEIGHBOR|-
# GUESTS is how many one hypervisor has, a multiple of the 13 modes; EXITS how many exits
# they have to make together: further hypervisors start, with other guests, until they did.
# Those of the neighbor do not count, nor interrupts of the hypervisor's own.
set -eu
vmm=$1 run=$2 guest=$3 guests=$4 wanted=$5 neighbor=$6
dir=${TEST_TMPDIR:-$(mktemp -d)}
console=$dir/console
log=$dir/log
counts=$dir/counts
# In the order of wild.c's modes[], with their privilege levels.
modes="real/0 v86/3 flat/0 flat/3 16-bit/0 16-bit/3 paged/0 paged/3 PAE/0 PAE/3 long/0 long/3 compatibility/3"

fail() {
	echo "FAIL: $* (guests from $first on)" >&2
	grep -avE '^  [A-Z]|^loaded |^beginning ' "$log" | tail -n 30 >&2 || true
	exit 1
}

exits=0 first=0 runs=0
: >"$counts"
[ "$neighbor" = - ] || set -- --neighbor "$neighbor"
[ "$neighbor" != - ] || set --
while [ "$exits" -lt "$wanted" ]; do
	status=0
	"$run" --arch x86_64 --vmm "$vmm" --kernel "$guest" --memory 8M --test-devices --log 3 \
		--timeout $((${TEST_TIMEOUT:-300} - 20)) --again "$guests" --again-first "$first" "$@" \
		>"$console" 2>"$log" </dev/null || status=$?
	runs=$((runs + 1))
	[ "$status" = 0 ] || fail "status $status"
	if grep -aq '^error: ' "$log"; then
		fail "an error of the hypervisor's"
	fi
	if [ "$neighbor" != - ] && ! grep -aq '\[machine 1\] PASS' "$console"; then
		fail "the neighbor did not pass"
	fi
	sed -n 's/^beginning \([0-9]*\) made \([0-9]*\) exits$/\1 \2/p' "$log" >"$dir/new"
	[ "$(wc -l <"$dir/new")" = "$guests" ] || fail "not all of the guests"
	cat "$dir/new" >>"$counts"
	exits=$((exits + $(awk '{ n += $2 } END { print n + 0 }' "$dir/new")))
	first=$((first + guests))
done
awk -v modes="$modes" '
	BEGIN { count = split(modes, name, " ") }
	{ sum[$1 % count] += $2 }
	END {
		for (i = 0; i < count; i++) {
			printf "%10d exits: %s\n", sum[i], name[i + 1]
			none += sum[i] == 0
		}
		exit none != 0
	}' "$counts" || fail "a mode without exits"
echo "PASS: $exits exits of $first guests in $runs runs"
