#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Of the axvcpu packages a build loads those expected and no other:
#   loaded_test.sh LABELS PACKAGE...
set -eu
labels=$1
shift
# Bazel 4 writes @arm_vcpu//, later ones @@arm_vcpu~// or @@arm_vcpu+//.
sed -n 's,^@*\([a-z0-9_]*\)[^/]*//.*,\1,p' "$labels" | sort -u |
	grep -E '^axvcpu|_vcpu$|^hal_mock$' >"$TEST_TMPDIR/loaded"
printf '%s\n' "$@" | sort | diff -u - "$TEST_TMPDIR/loaded"
