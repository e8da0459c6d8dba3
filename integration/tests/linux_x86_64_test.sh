#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's kernel on x86_64 through the runner: to user space, and off.
#   linux_x86_64_test.sh RUN KERNEL INITRD VERSION_FILE APPEND PATTERN [RUN_OPTION...]
# PATTERN (extended regular expression) must match a line of /proc/interrupts.
set -eu
run=$1 kernel=$2 initrd=$3 version=$4 append=$5 pattern=$6
shift 6
out=$TEST_TMPDIR/console
log=$TEST_TMPDIR/log

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	echo "--- log (end):" >&2
	tail -n 40 "$log" >&2
	exit 1
}

status=0
"$run" --arch x86_64 --kernel "$kernel" --initrd "$initrd" --append "console=ttyS0 quiet $append" \
	--timeout 850 --log 3 "$@" >"$out" 2>"$log" </dev/null || status=$?
[ $status -eq 0 ] || fail "status $status instead of 0"
grep -q '^axvcpu: user space reached' "$out" || fail "no user space"
# `uname -v` of a Debian kernel has the package's version.
grep -qF "Debian $(cat "$version") " "$out" || fail "not the kernel of package version $(cat "$version")"
grep -qE -- "$pattern" "$out" || fail "no interrupts as $pattern"
# What is hidden stays so.
grep -q '^flags' "$out" || fail "no /proc/cpuinfo"
if grep '^flags' "$out" | grep -qwE 'svm|vmx|monitor|pni_monitor'; then
	fail "the guest sees a hidden feature"
fi
echo "PASS: Debian $(cat "$version"), status $status"
