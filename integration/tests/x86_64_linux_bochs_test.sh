#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's kernel on the x86_64 hypervisor on VMX, which Bochs emulates: to user space, and off.
#   x86_64_linux_bochs_test.sh BOCHS_SH ROM BZIMAGE_TOOL KERNEL INITRD VERSION_FILE APPEND PATTERN
# PATTERN (extended regular expression) must match a line of /proc/interrupts.
set -eu
bochs=$1 rom=$2 tool=$3 kernel=$4 initrd=$5 version=$6 append=$7 pattern=$8
dir=${TEST_TMPDIR:-$(mktemp -d)}/machine
memory=160

fail() {
	echo "FAIL: $*" >&2
	for file in console.txt log.txt bochs.out; do
		echo "--- $file (end):" >&2
		tail -n 40 "$dir/out/$file" >&2 || true
	done
	exit 1
}

if ! command -v bochs >/dev/null; then
	echo "FAIL: bochs is not installed (Debian: bochs, vgabios)" >&2
	exit 1
fi
files=$dir/opt/axvcpu
mkdir -p "$files"
"$tool" "$kernel" $((memory << 20)) "$initrd" "console=ttyS0 quiet $append" "$files/params" >"$files/config"
printf 'log 3\ncpus 1\n' >>"$files/config"
cp -L "$kernel" "$files/kernel"
cp -L "$initrd" "$files/initrd"
tar --format=ustar -C "$dir" -cf "$dir/disk.tar" opt/axvcpu/config opt/axvcpu/params \
	opt/axvcpu/kernel opt/axvcpu/initrd
timeout 850 sh "$bochs" "$rom" "$dir/disk.tar" "$dir/out" corei7_skylake_x 256 ||
	fail "Bochs ended with $?"
status=$(sed -n 's/^status //p' "$dir/out/report.txt")
[ "$status" = 0 ] || fail "status $status instead of 0"
console=$dir/out/console.txt
grep -q '^axvcpu: user space reached' "$console" || fail "no user space"
grep -qF "Debian $(cat "$version") " "$console" ||
	fail "not the kernel of package version $(cat "$version")"
grep -qE -- "$pattern" "$console" || fail "no interrupts as $pattern"
grep -q '^flags' "$console" || fail "no /proc/cpuinfo"
if grep '^flags' "$console" | grep -qwE 'svm|vmx|monitor|pni_monitor'; then
	fail "the guest sees a hidden feature"
fi
echo "PASS: Debian $(cat "$version") on VMX, status $status"
