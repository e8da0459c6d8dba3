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
tool=$1 kernel=$(realpath "$2") kernel_static=$(realpath "$3")
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
	set -- -M virt,virtualization=on,gic-version=3 -cpu neoverse-n1
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
	rm -rf "$dir/machine"
	mkdir "$dir/machine"
	cat >"$dir/machine/bochsrc" <<-END
		config_interface: textconfig
		display_library: rfb, options="timeout=0"
		plugin_ctrl: unmapped=1, speaker=0, biosdev=0
		sound: driver=dummy, waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
		cpu: model=corei7_skylake_x, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=0
		memory: guest=256, host=256
		romimage: file=$2
		vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
		ata0: enabled=0
		com1: enabled=1, mode=file, dev=console
		clock: sync=none, time0=946681200
		panic: action=fatal
		error: action=ignore
		log: log
	END
	# Bochs 2 begins in its debugger, Bochs 3 does not.
	printf 'c\nq\n' >"$dir/machine/commands"
	# Its display listens on all addresses: a network namespace of its own keeps that in.
	space=-rn
	unshare -n true 2>/dev/null && space=-n
	# Bochs calls every end of the machine a failure, also the one that the kernel asks for.
	(cd "$dir/machine" && timeout 300 unshare "$space" bochs -q -f bochsrc -rc commands </dev/null >out 2>&1) ||
		true
	grep -q '^end ok' "$dir/machine/console" ||
		{ echo "bench: $2 under Bochs failed" >&2; cat "$dir/machine/console" "$dir/machine/log" >&2; exit 1; }
	mv "$dir/machine/console" "$1"
}

# One instruction in a translation block: an option of the machine up to QEMU 7, of TCG later.
one=-singlestep
tcg=tcg
if [ "$qemu" != bochs ] && ! "$qemu" -help | grep -q '^-singlestep'; then
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
# The kernel says which figures are its CPU's.
[ -z "$compare" ] || set -- "$@" --compare "${compare%/*}/$(sed -n 's/^arch //p' "$dir/all").json"
"$tool" "$@"
