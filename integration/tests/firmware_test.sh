#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SeaBIOS: it boots a floppy disk of our own, whose code checks what it finds; and without
# a disk it says so and resets the machine.
#   firmware_test.sh RUN FIRMWARE FLOPPY [RUN_OPTION...]
# At last with a vCPU that is saved and made anew at every seventh exit.
set -eu
run=$1 firmware=$2 floppy=$3
shift 3
out=$TEST_TMPDIR/console
log=$TEST_TMPDIR/log

fail() {
	echo "FAIL: $*" >&2
	cat -v "$out" >&2
	tail -n 30 "$log" >&2
	exit 1
}

# STATUS TEXT [OPTION...]: how it has to end, and what the console has to have.
boot() {
	expected=$1 text=$2
	shift 2
	status=0
	"$run" --arch x86_64 --firmware "$firmware" --memory 16M --log 3 --timeout 120 "$@" \
		>"$out" 2>"$log" </dev/null || status=$?
	[ "$status" -eq "$expected" ] || fail "status $status instead of $expected"
	grep -q 'SeaBIOS (version' "$out" || fail "no name on the console"
	grep -q 'firmware: Running on QEMU (i440fx)' "$log" || fail "it does not know its machine"
	grep -q "$text" "$out" || fail "no \"$text\" on the console"
	if grep -q '^error: ' "$log"; then
		fail "an error of the hypervisor's"
	fi
}

boot 3 'No bootable device' "$@"
boot 0 'PASS' --floppy "$floppy" "$@"
boot 0 'PASS' --floppy "$floppy" --renew 7 "$@"
echo "PASS"
