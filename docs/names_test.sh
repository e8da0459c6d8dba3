#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pages name what is there: relative links lead to files, and what looks like a public
# symbol is in a public header: names_test.sh docs/BUILD.bazel
set -eu
root=$(dirname "$(dirname "$(readlink -f "$1")")")
cd "$root"
status=0
links=0
names=0

fail() {
	echo "FAIL: $*" >&2
	status=1
}

pages=$(find . -name '*.md' -not -path './.git/*' | sort)
for page in $pages; do
	for link in $(grep -o '](\([^)]*\))' "$page" | sed 's,^](,,; s,)$,,; s,#.*,,'); do
		case $link in
		*://*) continue ;;
		esac
		links=$((links + 1))
		[ -e "$(dirname "$page")/$link" ] || fail "$page links to $link"
	done
done

# Functions as name(), macros and constants, of which the start will do (AXVCPU_STATE_*).
cat ./*/include/*/*.h >"$TEST_TMPDIR/headers"
for page in docs/porting_from_the_crates.md docs/add_an_architecture.md README.md \
	./*_vcpu/README.md axvcpu_api/README.md hal_mock/README.md examples/*/README.md; do
	for name in $(grep -oE '`[^`]*`' "$page" | grep -oE '\b((axvcpu|arm_vcpu|riscv_vcpu|x86_vcpu)_[a-z0-9_]+\(|(AXVCPU|ARM_VCPU|RISCV_VCPU|X86_VCPU)_[A-Z0-9_]+)' |
		sed 's,($,,' | sort -u); do
		names=$((names + 1))
		# A package's README also says how it works inside.
		grep -qE "\b$name" "$TEST_TMPDIR/headers" ||
			grep -qrE "\b$name\(" "$(dirname "$page")/src" --include='*.[chS]' 2>/dev/null ||
			fail "$page names $name"
	done
done
# And the functions of their own that the pages about the inside name.
for page in ./*/README.md; do
	for name in $(grep -oE '`[a-z0-9_]+\(' "$page" | tr -d '`(' | sort -u); do
		names=$((names + 1))
		grep -qrE "\b$name\(" "$(dirname "$page")" axvcpu_api/include --include='*.[chS]' --include='*.sh' \
			--include='*.cc' --include='*.bzl' || fail "$page names $name()"
	done
done
# The functions on the way of an exit.
for name in $(grep -oE '`[a-z0-9_]+\(' docs/one_exit.md | tr -d '`(' | sort -u); do
	names=$((names + 1))
	grep -qrE "\b$name\(" ./*/src integration/hypervisor --include='*.[chS]' ||
		fail "docs/one_exit.md names $name()"
done
[ "$links" -gt 0 ] && [ "$names" -gt 0 ] || fail "nothing was checked"
echo "$links links, $names names"
exit $status
