#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the runner refuses, and how it ends: statuses and messages of the real program.
#   runner_test.sh RUN SPINNING_GUEST GUEST_WITH_MANY_EXITS SPINNING_RISCV64_GUEST SPINNING_X86_64_GUEST
set -eu
run=$1 guest=$2 chatty=$3 riscv=$4 pc=$5
here=$TEST_TMPDIR/here
mkdir -p "$here"
failures=0

# expect STATUS TEXT ARGUMENT...: the status, and TEXT on standard error.
expect() {
	wanted=$1 text=$2
	shift 2
	status=0
	"$run" "$@" >"$here/out" 2>"$here/err" </dev/null || status=$?
	if [ "$status" -ne "$wanted" ] || ! grep -qF -- "$text" "$here/err"; then
		echo "FAIL: $*: status $status (wanted $wanted), text wanted: $text" >&2
		cat "$here/err" >&2
		failures=$((failures + 1))
	fi
}

printf 'hello\n' >"$here/text"
: >"$here/empty"
printf '\037\213\010' >"$here/compressed"
head -c 4096 /dev/zero >"$here/raw"
head -c 33554432 /dev/zero >"$here/large"
printf '0707010000' >"$here/cpio"
mkfifo "$here/pipe"
mkdir -p "$here/folder" "$here/tmp,1"
arm="--arch arm64"
rv="--arch riscv64"
x86="--arch x86_64"
vmx="--arch x86_64 --vmm vmx"

expect 2 "--arch" --kernel "$guest"
expect 2 "--kernel" $arm
expect 2 "no architecture of this runner" --arch mips --kernel "$guest"
expect 2 "for 1 vCPU" $arm --kernel "$guest" --smp 2 --devices passthrough
expect 2 "$here/none" $arm --kernel "$here/none"
expect 2 "$here/folder" $arm --kernel "$here/folder"
expect 2 "$here/empty" $arm --kernel "$here/empty"
expect 2 "$here/text" $arm --kernel "$here/text"
expect 2 "gzip" $arm --kernel "$here/compressed"
expect 2 "cpio" $arm --kernel "$here/cpio"
expect 2 "no regular file" $arm --kernel "$here/pipe"
expect 2 "too many" $arm --kernel "$guest" --timeout 18446744073709551615
expect 2 "another machine" $arm --kernel /bin/sh
expect 2 "$here/none" $arm --kernel "$guest" --initrd "$here/none"
expect 2 "initrd" $arm --kernel "$guest" --initrd "$here/large" --memory 32M
expect 2 "too small" $arm --kernel "$guest" --memory 1M
expect 2 "too large" $arm --kernel "$guest" --memory 100G
expect 2 "12Q" $arm --kernel "$guest" --memory 12Q
expect 2 "memory" $arm --kernel "$here/large" --memory 16M
expect 2 "$here/none" $arm --kernel "$guest" --dtb "$here/none"
expect 2 "not a device tree" $arm --kernel "$guest" --dtb "$here/text"
expect 2 "--log" $arm --kernel "$guest" --log 9
expect 2 "--bogus" $arm --kernel "$guest" --bogus
expect 2 "qemu" $arm --kernel "$guest" --cpu no-such-cpu
expect 124 "no end after 2 s" $arm --kernel "$guest" --timeout 2
expect 2 "not RISC-V" $rv --kernel "$guest"
expect 2 "not AArch64" $arm --kernel "$riscv"
expect 2 "text file" $rv --kernel "$here/text"
expect 2 "not on riscv64" $rv --kernel "$riscv" --devices passthrough
expect 2 "no CPU \"no-such-cpu\"" $rv --kernel "$riscv" --cpu no-such-cpu
expect 2 "memory" $rv --kernel "$here/large" --memory 16M
expect 2 "not a device tree" $rv --kernel "$riscv" --dtb "$here/text"
expect 4 "no virtualization" $rv --kernel "$riscv" --cpu rv64,h=false --timeout 250
expect 124 "no end after 2 s" $rv --kernel "$riscv" --timeout 2
expect 2 "--hypervisor-name: not on arm64" $arm --kernel "$guest" --hypervisor-name KVMKVMKVM
expect 2 "no word of 1 to 12" $x86 --kernel "$pc" --hypervisor-name thirteen=char
expect 2 "no word of 1 to 12" $x86 --kernel "$pc" --hypervisor-name "two words"
expect 2 "--vmm is for x86_64" $arm --kernel "$guest" --vmm svm
expect 2 "--emulator is for x86_64" $rv --kernel "$riscv" --emulator qemu
expect 2 "--vhe: not on riscv64" $rv --kernel "$riscv" --vhe

# A PC has other kernels, and two emulators.
expect 2 "--kernel" $x86
expect 2 "not x86" $x86 --kernel "$guest"
expect 2 "not AArch64" $arm --kernel "$pc"
expect 2 "text file" $x86 --kernel "$here/text"
expect 2 "no bzImage, ELF file or Multiboot kernel" $x86 --kernel "$here/raw"
expect 2 "no device tree" $x86 --kernel "$pc" --dtb "$here/text"
expect 2 "takes no --initrd" $x86 --kernel "$pc" --initrd "$here/text"
expect 2 "takes no --append" $x86 --kernel "$pc" --append quiet
expect 2 "not on x86_64" $x86 --kernel "$pc" --devices passthrough
expect 2 "--vhe: not on x86_64" $x86 --kernel "$pc" --vhe
expect 2 "x86_64 has 4 to 4, not 3" $x86 --kernel "$pc" --stage2-levels 3
expect 2 "at most 2G" $x86 --kernel "$pc" --memory 4G
expect 2 "not \"auto\", \"svm\" or \"vmx\"" $x86 --kernel "$pc" --vmm kvm
expect 2 "not \"qemu\" or \"bochs\"" $x86 --kernel "$pc" --emulator kvm
expect 2 "only bochs emulates VMX" $vmx --kernel "$pc" --emulator qemu
expect 2 "not under Bochs" $vmx --kernel "$pc" --icount
expect 2 "too large for Bochs" $vmx --kernel "$pc" --memory 2G
expect 2 "has no VMX" $vmx --kernel "$pc" --cpu ryzen
expect 2 "has no SVM" $x86 --vmm svm --emulator bochs --kernel "$pc" --cpu corei7_skylake_x
expect 2 "could not run" $x86 --kernel "$pc" --cpu no-such-cpu
expect 2 "bochs: " $vmx --kernel "$pc" --cpu no-such-cpu
expect 4 "no virtualization" $x86 --kernel "$pc" --cpu qemu64,-svm --timeout 250
expect 4 "lacks EPT" $vmx --kernel "$pc" --cpu core2_penryn_t9600 --timeout 250
expect 124 "no end after 2 s" $x86 --kernel "$pc" --timeout 2
expect 124 "no end after 4 s" $vmx --kernel "$pc" --timeout 4

# A PC's own firmware and its floppy disk.
head -c 17825792 /dev/zero >"$here/seventeen"
head -c 65536 /dev/zero >"$here/blank"
# It does nothing but jump to itself, where a CPU starts: 16 bytes before its end.
{
	head -c 65520 /dev/zero
	printf '\353\376'
	head -c 14 /dev/zero
} >"$here/spin"
{
	head -c 65600 /dev/zero
	printf '\353\376'
} >"$here/uneven"
head -c 1474560 /dev/zero >"$here/disk"
head -c 1474561 /dev/zero >"$here/longer"
head -c 512 /dev/zero >"$here/sector"
expect 2 "--firmware: cannot read $here/none" $x86 --firmware "$here/none"
expect 2 "--firmware: $here/folder is no regular file" $x86 --firmware "$here/folder"
expect 2 "--firmware: $here/empty: an empty file" $x86 --firmware "$here/empty"
expect 2 "$here/text: 6 bytes are no firmware image" $x86 --firmware "$here/text"
expect 2 "$here/uneven: 65602 bytes are no firmware image" $x86 --firmware "$here/uneven"
expect 2 "at most 16M" $x86 --firmware "$here/seventeen"
expect 2 "$here/blank: has no code at its end" $x86 --firmware "$here/blank"
expect 2 "--firmware starts no --kernel" $x86 --firmware "$here/spin" --kernel "$pc"
expect 2 "--firmware starts no --initrd" $x86 --firmware "$here/spin" --initrd "$here/text"
expect 2 "--firmware starts no --append" $x86 --firmware "$here/spin" --append quiet
expect 2 "a PC has no device tree" $x86 --firmware "$here/spin" --dtb "$here/text"
expect 2 "--save: not with --firmware" $x86 --firmware "$here/spin" --save "$here/saved" --save-after 1
expect 2 "--firmware: not on arm64, where --kernel takes it" $arm --firmware "$here/spin"
expect 2 "--firmware: not on riscv64, where --kernel takes it" $rv --firmware "$here/spin"
expect 2 "--floppy: there is no drive without --firmware" $x86 --kernel "$pc" --floppy "$here/disk"
expect 2 "--floppy: there is no drive without --firmware" $arm --kernel "$guest" --floppy "$here/disk"
expect 2 "--floppy: cannot read $here/none" $x86 --firmware "$here/spin" --floppy "$here/none"
expect 2 "--floppy: $here/empty: an empty file" $x86 --firmware "$here/spin" --floppy "$here/empty"
expect 2 "--floppy: $here/pipe is no regular file" $x86 --firmware "$here/spin" --floppy "$here/pipe"
expect 2 "$here/sector: 512 bytes are no floppy disk" $x86 --firmware "$here/spin" --floppy "$here/sector"
expect 2 "$here/longer: 1474561 bytes are no floppy disk" $x86 --firmware "$here/spin" --floppy "$here/longer"
expect 124 "no end after 2 s" $x86 --firmware "$here/spin" --floppy "$here/disk" --timeout 2

# Nothing but the guest's own words is on its console.
spin() { # RUN_OPTION...
	"$run" "$@" --timeout 250 >"$here/out" 2>/dev/null </dev/null &
	runner=$!
	while ! grep -q spinning "$here/out" && kill -0 $runner 2>/dev/null; do
		sleep 0.2
	done
	kill -TERM $runner 2>/dev/null || true
	status=0
	wait $runner || status=$?
	if [ "$(cat "$here/out")" != spinning ]; then
		echo "FAIL: the console of $*: $(cat "$here/out")" >&2
		failures=$((failures + 1))
	fi
}
spin $rv --kernel "$riscv"
spin $x86 --kernel "$pc"

# Relative to where the user stands, as `bazel run` tells it.
BUILD_WORKING_DIRECTORY=$here
export BUILD_WORKING_DIRECTORY
expect 2 "text: a text file" $arm --kernel text
unset BUILD_WORKING_DIRECTORY

"$run" --help >"$here/out"
grep -q -- '--kernel FILE' "$here/out" || { echo "FAIL: --help" >&2; failures=$((failures + 1)); }

# Whoever ends the runner ends its machine as well, and its folder.
TMPDIR=$here/tmp,1 # QEMU's options end at a comma
export TMPDIR
spin $arm --kernel "$guest"
if [ $status -ne 143 ] || [ -n "$(ls -A "$TMPDIR")" ]; then
	echo "FAIL: SIGTERM: status $status, left: $(ls -A "$TMPDIR")" >&2
	failures=$((failures + 1))
fi

fail() {
	echo "FAIL: $*" >&2
	failures=$((failures + 1))
}

# The same with Bochs, which has files of its own there.
spin $vmx --kernel "$pc"
[ -z "$(ls -A "$TMPDIR")" ] || fail "SIGTERM under Bochs: left: $(ls -A "$TMPDIR")"

# The same by Ctrl-\, and by a reader that goes away; closed streams harm nothing.
status=0
timeout -s QUIT 2 "$run" $arm --kernel "$guest" >/dev/null 2>&1 </dev/null || status=$?
[ $status -eq 124 ] && [ -z "$(ls -A "$TMPDIR")" ] || fail "SIGQUIT: $status, left: $(ls -A "$TMPDIR")"
{ "$run" $arm --kernel "$guest" --log 3 --timeout 6 2>&1 >/dev/null </dev/null |
	head -n 1 >/dev/null; } || true
[ -z "$(ls -A "$TMPDIR")" ] || fail "SIGPIPE: left: $(ls -A "$TMPDIR")"
status=0
"$run" $arm --kernel "$guest" --timeout 2 <&- >&- 2>&- || status=$?
[ $status -eq 124 ] || fail "closed streams: status $status"

# A console and a log that share a slow reader are both whole.
slow=$here/slow
"$run" $arm --kernel "$chatty" --devices passthrough --interrupts trap --test-devices --log 4 </dev/null 2>&1 |
	{ sleep 3; cat; } >"$slow"
begun=$(grep -c '^exit ' "$slow")
grep -q '^PASS' "$slow" && grep -q '^exit SYSTEM_DOWN' "$slow" && [ "$begun" -gt 2000 ] ||
	fail "a slow reader of both streams lost something: $begun exits"

[ $failures -eq 0 ] || exit 1
echo "PASS: every refusal has its status and its message"
