#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A machine that is saved on one CPU and goes on on another one reads the ID registers of the first.
#   saved_identity_test.sh RUN GUEST CPU OTHER...
# OTHER: CPUs that have all of CPU's; it goes on on each in turn, and ends on the last.
set -eu
run=$1 guest=$2 cpu=$3
shift 3
dir=${TEST_TMPDIR:-$(mktemp -d)}

# machine STATUS OPTION...
machine() {
	expected=$1
	shift
	status=0
	"$run" --arch arm64 --test-devices --timeout 100 --log 3 "$@" >"$dir/console" 2>"$dir/log" </dev/null ||
		status=$?
	if [ "$status" -ne "$expected" ]; then
		echo "FAIL: status $status instead of $expected with $*" >&2
		cat "$dir/console" "$dir/log" >&2
		exit 1
	fi
}

saves=1
machine 6 --cpu "$cpu" --kernel "$guest" --memory 16M --save "$dir/machine1" --save-after 20
while [ $# -gt 1 ]; do
	machine 6 --cpu "$1" --load "$dir/machine$saves" --save "$dir/machine$((saves + 1))" --save-after 20
	saves=$((saves + 1))
	shift
done
machine 0 --cpu "$1" --load "$dir/machine$saves"
grep -q PASS "$dir/console" || { cat "$dir/console" >&2 && exit 1; }
echo "PASS: a $cpu after $saves saves"
