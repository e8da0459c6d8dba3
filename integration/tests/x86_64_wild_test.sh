#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random code in every mode, on SVM under QEMU or on VMX under Bochs. Each guest is lost
# sooner or later and begins anew with other code; the hypervisor answers every exit,
# is unharmed, and a neighbor in a second machine passes. No run is lost: instructions on
# which QEMU ends itself are not among the code (guests/x86_64/wild_qemu.c).
#   x86_64_wild_test.sh svm|vmx RUN GUEST GUESTS EXITS NEIGHBOR|- TOGETHER
# GUESTS is how many one hypervisor has, a multiple of the 13 modes; EXITS how many exits
# they have to make together: further hypervisors start, with other guests, until they did,
# TOGETHER at a time, for guests that are lost often wait.
# Those of the neighbor do not count, nor interrupts of the hypervisor's own.
set -eu
vmm=$1 run=$2 guest=$3 guests=$4 wanted=$5 neighbor=$6 together=$7
dir=${TEST_TMPDIR:-$(mktemp -d)}
counts=$dir/counts
# In the order of wild.c's modes[], with their privilege levels.
modes="real/0 v86/3 flat/0 flat/3 16-bit/0 16-bit/3 paged/0 paged/3 PAE/0 PAE/3 long/0 long/3 compatibility/3"

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

# Guests from $1 on.
start() {
	status=0
	"$run" --arch x86_64 --vmm "$vmm" --kernel "$guest" --memory 8M --test-devices --log 3 \
		--timeout $((${TEST_TIMEOUT:-300} - 20)) --again "$guests" --again-first "$1" \
		${neighbor_option:+"$neighbor_option"} \
		>"$dir/console.$1" 2>"$dir/log.$1" </dev/null || status=$?
	echo $status >"$dir/status.$1"
}

look() {
	log=$dir/log.$1
	why=
	[ "$(cat "$dir/status.$1")" = 0 ] || why="status $(cat "$dir/status.$1")"
	if grep -aq '^error: ' "$log"; then
		why="an error of the hypervisor's"
	fi
	if [ "$neighbor" != - ] && ! grep -aq '\[machine 1\] PASS' "$dir/console.$1"; then
		why="${why:-the neighbor did not pass}"
	fi
	sed -n 's/^beginning \([0-9]*\) made \([0-9]*\) exits$/\1 \2/p' "$log" >"$dir/new"
	[ "$(wc -l <"$dir/new")" = "$guests" ] || why="${why:-not all of the guests}"
	if [ -n "$why" ]; then
		grep -avE '^  [A-Z]|^loaded |^beginning ' "$log" | tail -n 30 >&2 || true
		fail "$why (guests from $1 on, $(wc -l <"$dir/new") of them ended)"
	fi
	cat "$dir/new" >>"$counts"
	exits=$((exits + $(awk '{ n += $2 } END { print n + 0 }' "$dir/new")))
	runs=$((runs + 1))
	rm -f "$dir"/*."$1"
}

exits=0 first=0 runs=0 neighbor_option=
: >"$counts"
[ "$neighbor" = - ] || neighbor_option=--neighbor=$neighbor
while [ "$exits" -lt "$wanted" ]; do
	here=$first
	while [ "$first" -lt $((here + together * guests)) ]; do
		start "$first" &
		first=$((first + guests))
	done
	wait
	while [ "$here" -lt "$first" ]; do
		look "$here"
		here=$((here + guests))
	done
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
