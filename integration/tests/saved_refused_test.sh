#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A saved machine where it cannot go on, or what is no saved machine any more, is refused with
# status 2 and in words; on a board like its own it goes on, as if nothing had been.
# linux_saved_test.sh has machines that go on elsewhere.
#   saved_refused_test.sh RUN GUEST
# GUEST is an arm64 guest of ours, for emulated devices.
set -eu
run=$1 guest=$2
dir=${TEST_TMPDIR:-$(mktemp -d)}
saved=$dir/machine

fail() {
	echo "FAIL: $*" >&2
	cat "$dir/console" "$dir/log" >&2
	exit 1
}

# machine STATUS OPTION...
machine() {
	expected=$1
	shift
	status=0
	"$run" --test-devices --timeout 100 --log 3 "$@" >"$dir/console" 2>"$dir/log" </dev/null ||
		status=$?
	[ "$status" -eq "$expected" ] || fail "status $status instead of $expected with $*"
}

# refused WORDS OPTION...
refused() {
	words=$1
	shift
	machine 2 "$@"
	grep -qF -- "$words" "$dir/log" || fail "no \"$words\""
	[ ! -s "$dir/console" ] || fail "the guest ran all the same"
}

machine 0 --arch arm64 --cpu max --kernel "$guest" --memory 16M
cp "$dir/console" "$dir/whole"
grep -q PASS "$dir/whole" || fail "the guest does not pass in one run"

machine 6 --arch arm64 --cpu max --kernel "$guest" --memory 16M --save "$saved" --save-after 10
cp "$dir/console" "$dir/first"
if grep -q -e PASS -e FAIL "$dir/first"; then
	fail "the guest ended where it began"
fi

# Its clock is ahead of the board's, which has just begun, and its timers are due by its own.
machine 0 --arch arm64 --cpu max --load "$saved"
cat "$dir/first" "$dir/console" | cmp -s - "$dir/whole" || fail "another console than in one run"

refused "is a machine of arm64, not riscv64" --arch riscv64 --load "$saved"
refused "has 1 vCPUs, not 2" --arch arm64 --load "$saved" --smp 2
refused "has 16M, not 32M" --arch arm64 --load "$saved" --memory 32M
refused "cpu: this CPU " --arch arm64 --cpu cortex-a57 --load "$saved"
refused "machine: other SVE vectors (--sve)" --arch arm64 --sve 256 --load "$saved"

size=$(wc -c <"$saved")
head -c $((size - 1)) "$saved" >"$dir/cut"
refused "is cut short or too long" --arch arm64 --load "$dir/cut"
# One bit of one byte in the middle.
middle=$((size / 2))
byte=$(od -An -tu1 -j $middle -N 1 "$saved" | tr -d ' ')
{
	head -c $middle "$saved"
	# shellcheck disable=SC2059 # the format is an octal number
	printf "\\$(printf %o $((byte ^ 16)))"
	tail -c +$((middle + 2)) "$saved"
} >"$dir/flipped"
[ "$(wc -c <"$dir/flipped")" -eq "$size" ] || fail "the damage has another size"
refused "is damaged: its checksum is wrong" --arch arm64 --load "$dir/flipped"
echo "no machine at all, but as long as a header has to be, which is not so very much" >"$dir/other"
refused "is no saved machine" --arch arm64 --load "$dir/other"

echo "PASS: all that is no machine for here is refused, and what is goes on"
