#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A registry made for a release, and its archive, on a web server: an example builds and
# boots with nothing else of the tree. http_test.sh registry/BUILD.bazel COPY_TEST
set -eu
root=$(dirname "$(dirname "$(readlink -f "$1")")")
site=$TEST_TMPDIR/site

mkdir "$site"
python3 -u -m http.server --bind 127.0.0.1 --directory "$site" 0 >"$TEST_TMPDIR/server" 2>&1 &
server=$!
trap 'kill $server' EXIT
port=
while [ -z "$port" ]; do
	kill -0 $server || { cat "$TEST_TMPDIR/server" >&2; exit 1; }
	sleep 0.1
	port=$(sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/\1/p' "$TEST_TMPDIR/server")
done
url=http://127.0.0.1:$port

# As git archive makes it, which needs a repository.
(cd "$root" && tar -czf "$site/axvcpu.tar.gz" --transform 's,^,axvcpu-release/,' \
	arm_vcpu axvcpu_api hal_mock riscv_vcpu toolchains x86_vcpu)
"$root/registry/update" --release "$url/axvcpu.tar.gz" "$site/axvcpu.tar.gz" \
	--output "$site/registry"
"$2" "$1" riscv64_cpp riscv_vcpu "$url/registry"
grep -q '"GET /axvcpu.tar.gz HTTP' "$TEST_TMPDIR/server" || {
	echo "FAIL: the archive was not fetched" >&2
	cat "$TEST_TMPDIR/server" >&2
	exit 1
}
