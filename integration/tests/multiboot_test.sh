#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A Multiboot kernel of our own with a command line and two modules: its own checks.
#   multiboot_test.sh RUN GUEST [RUN_OPTION...]
set -eu
run=$1 guest=$2
shift 2
out=$TEST_TMPDIR/console
printf 'contents of the first\n' >"$TEST_TMPDIR/first"
printf 'second\n' >"$TEST_TMPDIR/second"
status=0
"$run" --arch x86_64 --kernel "$guest" --memory 16M --append "one two" \
	--initrd "$TEST_TMPDIR/first first,, with a comma,$TEST_TMPDIR/second" \
	--timeout $((${TEST_TIMEOUT:-300} - 20)) "$@" >"$out" </dev/null || status=$?
cat "$out"
if [ $status -ne 0 ] || ! grep -q '^PASS' "$out"; then
	echo "FAIL: status $status" >&2
	exit 1
fi
