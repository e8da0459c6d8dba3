#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A copy of an example alone, in which nothing but the path to this tree is changed,
# builds, boots, and loads no architecture's package but its own:
#   copy_test.sh examples/BUILD.bazel EXAMPLE PACKAGE [REGISTRY]
# REGISTRY is the URL of one with the packages, instead of the tree's own folder. With
# AXVCPU_REGISTRY in the environment, that URL takes the place of the Bazel Central Registry.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$1")")")
example=$2
package=$3
registry=${4:-file://$root/registry}
copy=$TEST_TMPDIR/$example
bazel=bazel
command -v bazel >/dev/null 2>&1 || bazel=bazelisk

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

mkdir "$copy"
cp -R "$root/examples/$example/." "$copy"
cd "$copy"

# The path stands in one place for each kind of Bazel.
for file in WORKSPACE .bazelrc; do
	[ "$(grep -c '\.\./\.\.' "$file")" -eq 1 ] || fail "the path to the tree is not once in $file"
done
sed -i "s,\.\./\.\.,$root," WORKSPACE
sed -i "s,file://%workspace%/\.\./\.\./registry,$registry," .bazelrc
if [ -n "${AXVCPU_REGISTRY:-}" ]; then
	sed -i "s,https://bcr\.bazel\.build,$AXVCPU_REGISTRY," .bazelrc
fi
if grep -rnF '../' . --include=BUILD.bazel --include=MODULE.bazel; then
	fail "a path out of the copy"
fi

config=
version=$("$bazel" --version 2>/dev/null | sed -n 's/^bazel \([0-9][0-9]*\)\..*/\1/p')
if [ "${version:-0}" -ge 7 ]; then
	config=--config=bzlmod
fi

# start COMMAND...: Bazel with an output base of its own and a small server.
start() {
	HOME=$TEST_TMPDIR "$bazel" --output_user_root="$TEST_TMPDIR/output" --max_idle_secs=20 \
		--host_jvm_args=-Xmx512m "$@"
}

# run COMMAND ARGUMENT...
run() {
	command=$1
	shift
	start "$command" ${config:+"$config"} "$@"
}

end() {
	start shutdown
	chmod -R u+w "$TEST_TMPDIR/output"
	rm -rf "$TEST_TMPDIR/output"
}
trap end EXIT

run test --jobs=2 --curses=no --color=no //...

# What the build loads, and what the workspace knows at all.
run query 'deps(//:hypervisor)' >labels
sed -n 's,^@*\([a-z0-9_]*\)[^/]*//.*,\1,p' labels | sort -u | grep -E '_vcpu$|^hal_mock$' >loaded
printf '%s\n' "$package" | diff -u - loaded || fail "other packages than $package are loaded"
echo "PASS: $(wc -l <labels) labels, of the architectures only $package"
