#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the bench: bench.sh TOOL KERNEL_arm64 KERNEL_riscv64 [--arch A] [--json FILE] [--svg FILE] [--compare FILE]
# QEMU executes one instruction in a nanosecond, so that every clock counts instructions.
set -eu
tool=$1 kernel_arm64=$2 kernel_riscv64=$3
shift 3
arch=
options=
usage() {
	echo "usage: bench [--arch arm64 | riscv64] [--json FILE] [--svg FILE] [--compare FILE]" >&2
	exit 2
}
# Relative names are relative to where `bazel run` was called.
place() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "${BUILD_WORKING_DIRECTORY:-$PWD}/$1" ;;
	esac
}
json= svg= compare=
while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || usage
	case $1 in
	--arch) arch=$2 ;;
	--json) json=$(place "$2") ;;
	--svg) svg=$(place "$2") ;;
	--compare) compare=$(place "$2") ;;
	*) usage ;;
	esac
	shift 2
done

# Without --arch all of them, each as if it had been called with it.
if [ -z "$arch" ]; then
	[ -z "$json$svg$compare" ] || { echo "bench: files are of one --arch" >&2; exit 2; }
	for one in arm64 riscv64; do
		"$0" "$tool" "$kernel_arm64" "$kernel_riscv64" --arch "$one"
		echo
	done
	exit 0
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

case $arch in
arm64)
	kernel=$kernel_arm64
	qemu=qemu-system-aarch64
	# Where the kernel looks whether it is to run a few rounds only: aarch64/arch.c.
	mode=0x4f000000
	code=0x40200000+0x200000
	set -- -M virt,virtualization=on,gic-version=3 -cpu max,pauth-impdef=on
	;;
riscv64)
	kernel=$kernel_riscv64
	qemu=qemu-system-riscv64
	mode=0x8f000000 # riscv64/arch.c
	code=0x80200000+0x200000
	set -- -M virt -cpu rv64,h=true
	;;
*)
	echo "bench: no architecture $arch here" >&2
	exit 2
	;;
esac
command -v "$qemu" >/dev/null || { echo "bench: $qemu is not installed" >&2; exit 2; }

# One instruction in a translation block: an option of the machine up to QEMU 7, of TCG later.
one=-singlestep
tcg=tcg
if "$qemu" -accel tcg,help 2>&1 | grep -q one-insn-per-tb; then
	one=
	tcg=tcg,one-insn-per-tb=on
fi

run() {
	output=$1
	shift
	timeout 300 "$qemu" "$@" -icount shift=0,sleep=off -m 256 -smp 1 -nodefaults -display none \
		-no-reboot -serial stdio -kernel "$kernel" </dev/null >"$output" ||
		{ echo "bench: $qemu failed" >&2; cat "$output" >&2; exit 1; }
}
run "$dir/console" "$@" -accel tcg
run "$dir/traced" "$@" -accel "$tcg" $one -device "loader,addr=$mode,data=1,data-len=4" \
	-d exec,nochain -dfilter "$code" -D "$dir/trace"

[ -z "$json" ] || options="$options --json $json"
[ -z "$svg" ] || options="$options --svg $svg"
[ -z "$compare" ] || options="$options --compare $compare"
# shellcheck disable=SC2086
"$tool" --console "$dir/console" --kernel "$kernel" --trace "$dir/trace" $options
