#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's kernel on the x86_64 hypervisor under QEMU: to user space, and off.
#   x86_64_linux_test.sh HYPERVISOR BZIMAGE_TOOL KERNEL INITRD VERSION_FILE CPU APPEND PATTERN
# PATTERN (extended regular expression) must match a line of /proc/interrupts.
set -eu
hypervisor=$1 tool=$2 kernel=$3 initrd=$4 version=$5 cpu=$6 append=$7 pattern=$8
dir=${TEST_TMPDIR:-$(mktemp -d)}
memory=256

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$dir/console" >&2
	echo "--- log (end):" >&2
	tail -n 40 "$dir/log" >&2
	exit 1
}

"$tool" "$kernel" $((memory << 20)) "$initrd" "console=ttyS0 quiet $append" "$dir/params" >"$dir/config"
printf 'log 3\ncpus 1\n' >>"$dir/config"
timeout 250 qemu-system-x86_64 -accel tcg -M q35 -cpu "$cpu" -m $((memory + 128)) -nodefaults \
	-display none -no-reboot \
	-chardev "file,id=console,path=$dir/console" -serial chardev:console \
	-chardev "file,id=log,path=$dir/log" -serial chardev:log \
	-chardev "file,id=report,path=$dir/report" -serial chardev:report \
	-fw_cfg "name=opt/axvcpu/config,file=$dir/config" \
	-fw_cfg "name=opt/axvcpu/kernel,file=$kernel" \
	-fw_cfg "name=opt/axvcpu/params,file=$dir/params" \
	-fw_cfg "name=opt/axvcpu/initrd,file=$initrd" \
	-kernel "$hypervisor" </dev/null || fail "QEMU ended with $?"
status=$(sed -n 's/^status //p' "$dir/report")
[ "$status" = 0 ] || fail "status $status instead of 0"
grep -q '^axvcpu: user space reached' "$dir/console" || fail "no user space"
# `uname -v` of a Debian kernel has the package's version.
grep -qF "Debian $(cat "$version") " "$dir/console" ||
	fail "not the kernel of package version $(cat "$version")"
grep -qE -- "$pattern" "$dir/console" || fail "no interrupts as $pattern"
# What is hidden stays so.
grep -q '^flags' "$dir/console" || fail "no /proc/cpuinfo"
if grep '^flags' "$dir/console" | grep -qwE 'svm|vmx|monitor|pni_monitor'; then
	fail "the guest sees a hidden feature"
fi
echo "PASS: Debian $(cat "$version") on $cpu, status $status"
