#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# U-Boot as a raw image: to its prompt, where it is typed to, and off.
#   uboot_test.sh RUN ARCH U_BOOT_BIN
set -eu
out=$TEST_TMPDIR/console
in=$TEST_TMPDIR/keyboard

mkfifo "$in"
"$1" --arch "$2" --kernel "$3" --timeout $((${TEST_TIMEOUT:-300} - 20)) <"$in" >"$out" 2>"$TEST_TMPDIR/log" &
runner=$!
exec 3>"$in"

# wait_for PATTERN [COUNT]: until the console has so many lines with it, or the runner has ended.
wait_for() {
	until [ "$(grep -ca "$1" "$out")" -ge "${2:-1}" ]; do
		if ! kill -0 $runner 2>/dev/null; then
			echo "FAIL: \"$1\" did not come" >&2
			cat "$out" "$TEST_TMPDIR/log" >&2
			exit 1
		fi
		sleep 0.1
	done
}

wait_for 'Hit any key'
printf '\r' >&3
wait_for '^=> '
printf 'version\r' >&3
wait_for '^U-Boot 20' 2 # the first one is its banner
printf 'poweroff\r' >&3
exec 3>&-
status=0
wait $runner || status=$?
if [ $status -ne 0 ]; then
	echo "FAIL: status $status" >&2
	cat "$out" "$TEST_TMPDIR/log" >&2
	exit 1
fi
echo "PASS: U-Boot reached its prompt and powered off"
