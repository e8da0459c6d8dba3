#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What axvcpu_run() costs in executed instructions with the generic and with the static
# binding, and that the static one makes no call through the ops table there:
#   static_binding_test.sh GENERIC_KERNEL STATIC_KERNEL OBJDUMP CPU QEMU [QEMU_OPTION...]
set -eu
generic=$1 static=$2 objdump=$3 cpu=$4 qemu=$5
shift 5
# The generic binding may cost that much a run, in hundredths of an instruction.
limit=1000

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

# Hundredths of an instruction a run.
measure() {
	out=$TEST_TMPDIR/serial
	kernel=$1
	shift
	timeout 100 "$qemu" "$@" -cpu "$cpu" -icount shift=0,sleep=off -m 128 -nodefaults \
		-display none -serial stdio -kernel "$kernel" >"$out" 2>&1 </dev/null ||
		{ cat "$out" >&2; fail "$kernel: $qemu ended with an error"; }
	tr -d '\r' <"$out" | sed -n 's/^hundredths \([0-9]*\)$/\1/p' | grep . ||
		{ cat "$out" >&2; fail "$kernel printed no result"; }
}

# Indirect calls in axvcpu_run() and in the package's run, which may be part of it.
indirect_calls() {
	"$objdump" -d --no-show-raw-insn --disassemble-symbols=axvcpu_run,run,riscv_vcpu_run "$1" \
		>"$TEST_TMPDIR/code" 2>/dev/null
	grep -q '<axvcpu_run>:' "$TEST_TMPDIR/code" || fail "$1 has no axvcpu_run"
	grep -cE '[[:space:]](blr|jalr|br|jr)[[:space:]]' "$TEST_TMPDIR/code" || true
}

cost_generic=$(measure "$generic" "$@")
cost_static=$(measure "$static" "$@")
calls_generic=$(indirect_calls "$generic")
calls_static=$(indirect_calls "$static")
echo "generic: $cost_generic hundredths of an instruction a run, $calls_generic indirect calls"
echo "static:  $cost_static hundredths of an instruction a run, $calls_static indirect calls"
[ "$cost_static" -gt 1000 ] || fail "that is no run"
[ "$cost_static" -le "$cost_generic" ] || fail "the static binding is slower"
[ $((cost_generic - cost_static)) -le "$limit" ] ||
	fail "the generic binding costs more than $limit hundredths of an instruction a run"
# One is gone: the table's run. The HAL's percpu_get, and what the package has, remain.
[ "$calls_static" -eq $((calls_generic - 1)) ] || fail "not one indirect call less"
echo "PASS"
