#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The registry states what the packages state; a difference is found and named; a
# release's entries have the archive's own digest: registry_test.sh registry/BUILD.bazel
set -eu
root=$(dirname "$(dirname "$(readlink -f "$1")")")
copy=$TEST_TMPDIR/tree

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

# fresh: a copy of all that the generator reads.
fresh() {
	rm -rf "$copy"
	mkdir -p "$copy"
	for package in arm_vcpu axvcpu_api hal_mock riscv_vcpu toolchains x86_vcpu; do
		mkdir "$copy/$package"
		cp "$root/$package/MODULE.bazel" "$root/$package/LICENSE" "$copy/$package"
		[ ! -e "$root/$package/CHANGELOG.md" ] || cp "$root/$package/CHANGELOG.md" "$copy/$package"
		[ ! -e "$root/$package/include" ] || cp -R "$root/$package/include" "$copy/$package"
	done
	cp -R "$root/registry" "$copy"
	mkdir -p "$copy/examples/riscv64_cpp"
	cp "$root/MODULE.bazel" "$root/LICENSE" "$copy"
	cp "$root/examples/riscv64_cpp/MODULE.bazel" "$copy/examples/riscv64_cpp"
}

# refuses WORDS COMMAND...: it fails, and names what is wrong.
refuses() {
	words=$1
	shift
	if "$@" >"$TEST_TMPDIR/out" 2>&1; then
		fail "accepted: $words"
	fi
	grep -qF -- "$words" "$TEST_TMPDIR/out" || fail "no \"$words\" in: $(cat "$TEST_TMPDIR/out")"
}

"$root/registry/update" --check

fresh
"$copy/registry/update"
diff -r "$root/registry" "$copy/registry" || fail "the generator writes something else"

for user in . hal_mock examples/riscv64_cpp; do
	fresh
	sed -i '/axvcpu_toolchains/s/version = "[0-9.]*"/version = "9.9.9"/' "$copy/$user/MODULE.bazel"
	refuses "MODULE.bazel depends on axvcpu_toolchains 9.9.9" \
		"$copy/registry/update" --check
done

fresh
sed -i '/^module(/,/^)/s/version = "[0-9.]*"/version = "9.9.9"/' "$copy/riscv_vcpu/MODULE.bazel"
refuses "riscv_vcpu/CHANGELOG.md states" "$copy/registry/update" --check
sed -i 's/^## .*/## 9.9.9/' "$copy/riscv_vcpu/CHANGELOG.md"
refuses "riscv_vcpu/include/riscv_vcpu/riscv_vcpu.h states" "$copy/registry/update" --check
sed -i 's/\(_VERSION_M[A-Z]*\|_VERSION_PATCH\) [0-9]*u/\1 9u/' \
	"$copy/riscv_vcpu/include/riscv_vcpu/riscv_vcpu.h"
refuses "MODULE.bazel depends on riscv_vcpu" "$copy/registry/update" --check
sed -i '/"riscv_vcpu"/s/version = "[0-9.]*"/version = "9.9.9"/' "$copy/MODULE.bazel" \
	"$copy/examples/riscv64_cpp/MODULE.bazel"
refuses "modules/riscv_vcpu/9.9.9/source.json" "$copy/registry/update" --check
"$copy/registry/update"
"$copy/registry/update" --check
[ "$(ls "$copy/registry/modules/riscv_vcpu")" = "9.9.9
metadata.json" ] || fail "an entry of another version's folder is left"

fresh
echo '# more' >>"$copy/arm_vcpu/MODULE.bazel"
refuses "modules/arm_vcpu" "$copy/registry/update" --check

fresh
rm "$copy/registry/modules/hal_mock/metadata.json"
refuses "modules/hal_mock/metadata.json" "$copy/registry/update" --check

fresh
echo more >>"$copy/x86_vcpu/LICENSE"
refuses "x86_vcpu has not the LICENSE" "$copy/registry/update" --check

# A release: each module is a folder of one archive.
fresh
archive=$TEST_TMPDIR/axvcpu-1.tar.gz
published=$TEST_TMPDIR/published
url=https://example.org/axvcpu-1.tar.gz
mv "$copy" "$TEST_TMPDIR/axvcpu-1"
tar -czf "$archive" -C "$TEST_TMPDIR" axvcpu-1
mv "$TEST_TMPDIR/axvcpu-1" "$copy"
about=$TEST_TMPDIR/about.json
echo '{"home": "https://example.org"}' >"$about"
refuses "about.json has home" \
	"$copy/registry/update" --release "$url" "$archive" --output "$published" --about "$about"
[ ! -e "$published" ] || fail "a refused release left something"
echo '{"homepage": "https://example.org", "repository": ["https://example.org/"]}' >"$about"
"$copy/registry/update" --release "$url" "$archive" --output "$published" --about "$about"
for metadata in "$published"/modules/*/metadata.json; do
	grep -qF '"homepage": "https://example.org"' "$metadata" || fail "no homepage in $metadata"
done
# What presubmit.yml builds is there.
for presubmit in "$published"/modules/*/*/presubmit.yml; do
	label=$(sed -n 's/^ *- "@\(.*\)"$/\1/p' "$presubmit")
	folder=${label%%//*}
	[ "$folder" != axvcpu_toolchains ] || folder=toolchains
	target=${label##*:}
	[ -e "$root/$folder/rules/$target" ] || grep -qF "name = \"$target\"," \
		"$root/$folder/BUILD.bazel" || fail "$presubmit builds $label"
done
digest=$(python3 -c 'import base64, sys; print(base64.b64encode(bytes.fromhex(sys.argv[1])).decode())' \
	"$(sha256sum "$archive" | cut -d ' ' -f 1)")
sources=$(cat "$published"/modules/*/*/source.json)
count=$(printf '%s\n' "$sources" | grep -cF "\"integrity\": \"sha256-$digest\"")
[ "$count" -eq 6 ] || fail "$count modules with the archive's digest"
printf '%s\n' "$sources" | grep -qF '"strip_prefix": "axvcpu-1/arm_vcpu"' || fail "strip_prefix"
printf '%s\n' "$sources" | grep -qF "\"url\": \"$url\"" || fail "url"
cp -R "$published" "$published.before"
"$copy/registry/update" --release https://example.org/again.tar.gz "$archive" --output "$published"
diff -r "$published.before" "$published" || fail "a published version was changed"

# What is published stays; what differs needs another version; the archive must be this tree's.
echo '# more' >>"$copy/arm_vcpu/MODULE.bazel"
refuses "another arm_vcpu/MODULE.bazel" \
	"$copy/registry/update" --release "$url" "$archive" --output "$published"
mv "$copy" "$TEST_TMPDIR/axvcpu-1"
tar -czf "$archive" -C "$TEST_TMPDIR" axvcpu-1
mv "$TEST_TMPDIR/axvcpu-1" "$copy"
refuses "is published already" \
	"$copy/registry/update" --release "$url" "$archive" --output "$published"
diff -r "$published.before" "$published" || fail "a refused release left something"
echo "PASS"
