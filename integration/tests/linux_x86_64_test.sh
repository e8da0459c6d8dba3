#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's kernel on x86_64 through the runner: to user space, and off.
#   linux_x86_64_test.sh RUN KERNEL INITRD VERSION_FILE APPEND RENEW PATTERNS [RUN_OPTION...]
# PATTERNS: lines of extended regular expressions, each of which must match a line of the
# console. RENEW: the vCPU is saved, destroyed, made anew and loaded every so many exits, a
# hundred times at least; 0: never.
set -eu
run=$1 kernel=$2 initrd=$3 version=$4 append=$5 renew=$6 patterns=$7
shift 7
out=$TEST_TMPDIR/console
lines=$TEST_TMPDIR/lines
log=$TEST_TMPDIR/log

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	echo "--- log (end):" >&2
	tail -n 40 "$log" >&2
	exit 1
}

# Time for the timer, and what it and the others have raised.
after=" axvcpu.run=cat+/proc/cpuinfo axvcpu.run=sleep+1 axvcpu.run=cat+/proc/interrupts"
status=0
"$run" --arch x86_64 --kernel "$kernel" --initrd "$initrd" --append "console=ttyS0 quiet $append$after" \
	--timeout $((${TEST_TIMEOUT:-300} - 20)) --log 3 --renew "$renew" "$@" >"$out" 2>"$log" </dev/null || status=$?
[ $status -eq 0 ] || fail "status $status instead of 0"
grep -q '^axvcpu: user space reached' "$out" || fail "no user space"
# `uname -v` of a Debian kernel has the package's version.
grep -qF "Debian $(cat "$version") " "$out" || fail "not the kernel of package version $(cat "$version")"
# The kernel's terminal ends lines with a carriage return, too.
tr -d '\r' <"$out" >"$lines"
echo "$patterns" | while read -r pattern; do
	grep -qE -- "$pattern" "$lines" || fail "nothing on the console as $pattern"
done
if [ "$renew" -gt 0 ]; then
	[ "$(sed -n 's/^vCPUs made anew: //p' "$log")" -ge 100 ] || fail "made anew too seldom"
fi
# Errors of the local APIC and missed level interrupts; later kernels show no line that is 0.
if grep -E '^ *(ERR|MIS): +[1-9]' "$lines"; then
	fail "the kernel counts errors of its interrupt controllers"
fi
# What is hidden stays so.
grep -q '^flags' "$out" || fail "no /proc/cpuinfo"
if grep '^flags' "$out" | grep -qwE 'svm|vmx|monitor|pni_monitor'; then
	fail "the guest sees a hidden feature"
fi
echo "PASS: Debian $(cat "$version"), status $status"
