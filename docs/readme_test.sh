#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The C code of README.md is the file that compiles: readme_test.sh README EXAMPLE
set -eu
awk '/^```c$/ { in_code = 1; next } /^```$/ { in_code = 0 } in_code' "$1" | diff -u "$2" - ||
	{ echo "FAIL: README.md and docs/run_loop.c differ" >&2; exit 1; }
echo "PASS"
