#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the bench of one architecture:
#   bench.sh TOOL KERNEL KERNEL_STATIC --arch A [--json FILE] [--svg FILE] [--compare FILE]
# QEMU executes one instruction in a nanosecond, so that every clock counts instructions;
# Bochs' time stamp counter counts them by itself. For it the kernels are ROM images.
set -eu
usage() {
	echo "usage: bench --arch arm64|riscv64|x86_64|x86_64-vmx [--json FILE] [--svg FILE] [--compare FILE]" >&2
	exit 2
}
# Relative names are relative to where `bazel run` was called.
place() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "${BUILD_WORKING_DIRECTORY:-$PWD}/$1" ;;
	esac
}
[ $# -ge 3 ] || usage
tool=$1 kernel=$2 kernel_static=$3
shift 3
arch= json= svg= compare=
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

# Where each kernel looks for its mode (arch.c) and has its code (bench.lds).
case $arch in
arm64)
	qemu=qemu-system-aarch64
	mode=0x4f000000
	code=0x40200000+0x200000
	set -- -M virt,virtualization=on,gic-version=3 -cpu max,pauth-impdef=on
	;;
riscv64)
	qemu=qemu-system-riscv64
	mode=0x8f000000
	code=0x80200000+0x200000
	set -- -M virt -cpu rv64,h=true
	;;
x86_64)
	qemu=qemu-system-x86_64
	mode=0xf000000
	code=0x100000+0x100000
	set -- -M q35 -cpu max
	;;
x86_64-vmx)
	qemu=bochs
	;;
*)
	usage
	;;
esac
# Modes, as in bench.c.
trace=1
hypercall=3

command -v "$qemu" >/dev/null || { echo "bench: $qemu is not installed" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# run_bochs OUTPUT ROM: all lines; there is no word of the launcher's.
run_bochs() {
	echo >"$dir/disk" # a disk has to be there
	timeout 300 sh "$(dirname "$0")/../hypervisor/x86_64/bochs.sh" "$2" "$dir/disk" "$dir/machine" &&
		grep -q '^end ok' "$dir/machine/console.txt" ||
		{ echo "bench: $2 under Bochs failed" >&2; cat "$dir/machine"/*.txt >&2; exit 1; }
	mv "$dir/machine/console.txt" "$1"
	rm -r "$dir/machine"
}

# One instruction in a translation block: an option of the machine up to QEMU 7, of TCG later.
one=-singlestep
tcg=tcg
if [ "$qemu" != bochs ] && "$qemu" -accel tcg,help 2>&1 | grep -q one-insn-per-tb; then
	one=
	tcg=tcg,one-insn-per-tb=on
fi

# run OUTPUT KERNEL MODE QEMU-OPTION...
run() {
	output=$1 image=$2 word=$3
	shift 3
	timeout 300 "$qemu" "$@" -icount shift=0,sleep=off -m 256 -smp 1 -nodefaults -display none \
		-no-reboot -serial stdio -kernel "$image" \
		-device "loader,addr=$mode,data=$word,data-len=4" </dev/null >"$output" 2>"$dir/errors" &&
		grep -q '^end ok' "$output" ||
		{ echo "bench: $image under $qemu failed" >&2; cat "$output" "$dir/errors" >&2; exit 1; }
}
if [ "$qemu" = bochs ]; then
	run_bochs "$dir/console" "$kernel"
	run_bochs "$dir/static" "$kernel_static"
else
	run "$dir/console" "$kernel" 0 "$@"
	run "$dir/static" "$kernel_static" "$hypercall" "$@"
	run "$dir/traced" "$kernel" "$trace" "$@" -accel "$tcg" $one -d exec,nochain \
		-dfilter "$code" -D "$dir/trace"
fi
{
	cat "$dir/console"
	sed -n 's/^instructions hypercall /instructions hypercall_static /p' "$dir/static"
} >"$dir/all"

set -- --console "$dir/all"
[ "$qemu" = bochs ] || set -- "$@" --kernel "$kernel" --trace "$dir/trace"
[ -z "$json" ] || set -- "$@" --json "$json"
[ -z "$svg" ] || set -- "$@" --svg "$svg"
[ -z "$compare" ] || set -- "$@" --compare "$compare"
"$tool" "$@"
