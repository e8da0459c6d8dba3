#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boots the kernel and reads what the suite says of each check:
#   conformance_test.sh KERNEL CPU "VARIANT..." "SKIPPED_CHECK..." QEMU [QEMU_OPTION...]
#   conformance_test.sh ROM_IMAGE bochs "VARIANT..." "SKIPPED_CHECK..." BOCHS_SH
# Every check must be there for each variant and have passed, but for those that are
# named as skipped ("VARIANT/CHECK").
set -eu
kernel=$1 cpu=$2 variants=$3 skipped=$4 emulator=$5
shift 5
out=$TEST_TMPDIR/serial
status=0
if [ "$cpu" = bochs ]; then
	"$emulator" "$kernel" "$out" 100 || status=$?
else
	timeout 100 "$emulator" "$@" -cpu "$cpu" -m 128 -nodefaults -display none -serial stdio \
		-kernel "$kernel" >"$out" 2>&1 </dev/null || status=$?
fi
tr -d '\r' <"$out" >"$out.text"

fail() {
	echo "FAIL: $*" >&2
	cat "$out.text" >&2
	exit 1
}

[ "$status" -eq 0 ] || fail "$emulator ended with status $status"
grep -qx done "$out.text" || fail "the kernel did not come to its end"
! grep -q ' FAILED ' "$out.text" || fail "a check failed"
count=
for variant in $variants; do
	summary=$(sed -n "s/^$variant: //p" "$out.text")
	grep "^$variant [a-z_]* " "$out.text" | sed 's/^[^ ]* //' >"$TEST_TMPDIR/checks"
	lines=$(wc -l <"$TEST_TMPDIR/checks")
	count=${count:-$lines}
	# As many as the smallest suite that makes sense, and the same in each variant.
	[ "$lines" -ge 30 ] && [ "$lines" -eq "$count" ] || fail "$variant: $lines checks"
	left=0
	while read -r name result; do
		case "$result $skipped " in
		PASSED*) ;;
		"SKIPPED "*"$variant/$name "*) left=$((left + 1)) ;;
		*) fail "$variant: $name $result" ;;
		esac
	done <"$TEST_TMPDIR/checks"
	[ "$summary" = "$((lines - left)) passed, 0 failed, $left skipped" ] ||
		fail "$variant: the sum is '$summary'"
	echo "$variant: $summary"
done
echo "PASS"
