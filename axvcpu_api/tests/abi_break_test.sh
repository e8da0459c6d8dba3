#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Feeds the check of the binary interface with copies of this package's headers that
# are broken on purpose, and with ones that grew as they may, against those as they are:
#   abi_break_test.sh CLANG CPU_FLAGS ABI_DUMP ABI_CHECK ABI_RECORD TYPES_H
# All public headers are beside TYPES_H. The library that the check sees has a function
# for each declaration, without its work.
set -eu
tools=$(dirname "$1") flags=$2 dump=$3 check=$4 record=$5
headers=$(dirname "$6")
work=$TEST_TMPDIR
base=$work/base/aarch64.abi
copy=$work/copy
failures=0
class=new
undefined=none
extra=
vcpu=include/axvcpu/vcpu.h
arch=include/axvcpu/arch.h
exit=include/axvcpu/exit.h
types=include/axvcpu/types.h

# Makes an unchanged copy.
fresh() {
	rm -rf "$copy"
	mkdir -p "$copy/include/axvcpu"
	cp -L "$headers"/*.h "$copy/include/axvcpu"
}

# Compiles the copy and dumps it to $work/new/aarch64.abi: all functions but $undefined,
# and the definition $extra.
compile() (
	cd "$work"
	rm -rf new
	mkdir new
	for header in "$copy"/include/axvcpu/*.h; do
		echo "#include \"axvcpu/$(basename "$header")\""
	done >library.c
	compile="$tools/clang $flags -std=gnu11 -ffreestanding -I$copy/include"
	$compile -E -P library.c | tr '\n\t' '  ' | sed 's/  */ /g' |
		grep -oE '(const )?(struct |enum )?[A-Za-z_0-9]+ \**axvcpu_[a-z0-9_]+\([^()]*\);' |
		grep -v "^return \| $undefined(" | sort -u |
		sed 's/;$/ { __builtin_trap(); }/' >functions
	echo "$extra" | cat functions - >>library.c
	$compile -g -O0 -c library.c -o library.o
	rm -f lib.a
	"$tools/llvm-ar" rcsD lib.a library.o
	"$dump" new/aarch64.abi "$tools" "$flags" axvcpu_ lib.a "$copy/include"
)

# Compares the copy with the base.
verdict() (
	compile || exit 1
	TEST_TMPDIR=$work/check
	rm -rf "$TEST_TMPDIR"
	mkdir "$TEST_TMPDIR"
	export TEST_TMPDIR
	"$check" axvcpu_api axvcpu_ base "$base" -- "$work/new/aarch64.abi" \
		-- "$work/CHANGELOG.md" "$work/MODULE.bazel"
)

# Changelog and module file of a version that the copy says.
write_version() {
	version=$(sed -n 's/^#define AXVCPU_API_VERSION_[A-Z]* \([0-9]*\)u$/\1/p' "$copy/$types" |
		tr '\n' '.' | sed 's/\.$//')
	printf '# Changelog\n\n## %s (%s)\n\n## 0.0.1 (new)\n' "$version" "$1" >"$work/CHANGELOG.md"
	printf 'module(\n    version = "%s",\n)\n' "$version" >"$work/MODULE.bazel"
}

# try EXPECTED_STATUS TEXT WHAT FILE SED [FILE SED...]: edits, and expects the check's
# status and TEXT, a line of its output.
try() {
	expected=$1 text=$2 what=$3
	shift 3
	fresh
	while [ $# -gt 0 ]; do
		cp "$copy/$1" "$work/before"
		sed "$2" "$work/before" >"$copy/$1"
		if cmp -s "$work/before" "$copy/$1"; then
			echo "FAIL: $what: '$2' changes nothing in $1" >&2
			failures=$((failures + 1))
			return
		fi
		shift 2
	done
	write_version "$class"
	status=0
	verdict >"$work/output" 2>&1 || status=$?
	if [ "$status" -ne "$expected" ] || ! grep -qF -- "$text" "$work/output"; then
		echo "FAIL: $what: status $status, expected $expected and: $text" >&2
		sed 's/^/    /' "$work/output" >&2
		failures=$((failures + 1))
		return
	fi
	echo "ok: $what"
}

broken() { try 1 "$@"; }
accepted() { try 0 "$@"; }

mkdir -p "$work"
for name in tools dump check record headers; do
	eval "path=\$$name"
	eval "$name=\$(cd \"\$(dirname \"\$path\")\" && pwd)/\$(basename \"\$path\")"
done
fresh
compile
mkdir -p "$work/base"
cp "$work/new/aarch64.abi" "$base"


# A comment is no interface.
accepted "the binary interface is that of release base" "a comment changed" \
	$vcpu 's|A virtual CPU\.|One virtual CPU.|'

broken "BROKEN: struct axvcpu_failure: member error moved from byte 16 to 20" "members swapped" \
	$vcpu '/^struct axvcpu_failure {/,/^};/ { s/int32_t error;/MARK/; s/uint32_t reserved;/int32_t error;/; s/MARK/uint32_t reserved;/; }'
broken "BROKEN: struct axvcpu_arch_ops: member set_ept_root moved from byte 128 to 136" \
	"an operation inserted in the middle" \
	$arch 's|^\taxvcpu_error_t (\*set_ept_root)|\tvoid (*inserted)(void *vcpu);\n&|'
broken "BROKEN: struct axvcpu_hal grew from 16 to 24 bytes, but has no \`uint32_t size\` at its start" \
	"a struct without a size grew" \
	$arch '/^struct axvcpu_hal {/,/^};/ s|\tvoid \*ctx;|&\n\tvoid *more;|'
broken "BROKEN: struct axvcpu_exit_mmio: member sign_extend was \`uint32_t\`, is \`int32_t\`" \
	"a member of another type" \
	$exit '/^struct axvcpu_exit_mmio {/,/^};/ s/uint32_t sign_extend/int32_t sign_extend/'
broken "BROKEN: struct axvcpu_arch_ops: member set_return_value was \`void (*)(void *, uint64_t)\`" \
	"an operation with another parameter" \
	$arch 's/(\*set_return_value)(void \*vcpu, uint64_t value)/(*set_return_value)(void *vcpu, uint32_t value)/'
broken "BROKEN: struct axvcpu_arch_vcpu_info: member vm_id is gone" "a member renamed" \
	$arch 's/uint64_t vm_id;/uint64_t machine_id;/'
broken "BROKEN: struct axvcpu_failure is gone" "a struct renamed" \
	$vcpu 's/struct axvcpu_failure\b/struct axvcpu_refusal/'

broken "BROKEN: enum axvcpu_exit_reason: AXVCPU_EXIT_CPU_DOWN was 12, is 200" "an enumerator renumbered" \
	$exit 's/AXVCPU_EXIT_CPU_DOWN = 12/AXVCPU_EXIT_CPU_DOWN = 200/'
broken "BROKEN: enum axvcpu_exit_reason: new AXVCPU_EXIT_DEBUG has the number 16 of AXVCPU_EXIT_UNKNOWN" \
	"a number used twice" \
	$exit 's/^\tAXVCPU_EXIT_UNKNOWN = 16,/&\n\tAXVCPU_EXIT_DEBUG = 16,/'
broken "BROKEN: enum axvcpu_log_level: AXVCPU_LOG_DEBUG = 4 is gone" "an enumerator removed" \
	include/axvcpu/hal.h '/AXVCPU_LOG_DEBUG = 4,/d'
broken "BROKEN: constant AXVCPU_MEMORY_ALIGN was 64, is 16" "a constant changed" \
	include/axvcpu/host.h 's/AXVCPU_MEMORY_ALIGN 64u/AXVCPU_MEMORY_ALIGN 16u/'
broken "BROKEN: constant AXVCPU_REG_ID_1_2_3_4 was" "a macro with parameters changed" \
	include/axvcpu/reg.h 's/(uint64_t)(reg_class) << 32/(uint64_t)(reg_class) << 33/'
broken "BROKEN: typedef axvcpu_error_t was \`int32_t\`, is \`int16_t\`" "a typedef changed" \
	$types 's/typedef int32_t axvcpu_error_t/typedef int16_t axvcpu_error_t/'

broken "BROKEN: function axvcpu_is_bsp is gone" "a function renamed" \
	$vcpu 's/axvcpu_is_bsp(/axvcpu_is_boot(/'
broken "BROKEN: function axvcpu_set_gpr was \`axvcpu_error_t (struct axvcpu *, uint32_t, uint64_t)\`" \
	"a function with another parameter" \
	$vcpu 's/axvcpu_set_gpr(struct axvcpu \*vcpu, uint32_t reg/axvcpu_set_gpr(struct axvcpu *vcpu, uint8_t reg/'
undefined=axvcpu_is_bsp
broken "axvcpu_is_bsp is declared in" "a function declared only"
undefined=none
extra='int checksum(void) { return 0; }'
broken "exports names that others may have as well: checksum" "an export without the prefix"
extra='void axvcpu_internal(void) { }'
accepted "the binary interface is that of release base" "an internal function"
extra=

accepted "added since base, compatibly: function axvcpu_later" "a function added" \
	$types '/^uint32_t axvcpu_api_version/s/$/\nuint32_t axvcpu_later(void);/'
accepted "added since base, compatibly: struct axvcpu_arch_ops grew from" \
	"an operation appended" \
	$arch '/^struct axvcpu_arch_ops {/,/^};/ s/^};/\tvoid (*appended)(void *vcpu);\n};/'
accepted "added since base, compatibly: constant AXVCPU_EXIT_REASON_COUNT grew from" "a count grown" \
	$exit 's/REASON_COUNT [0-9]*u/REASON_COUNT 30u/'
accepted "added since base, compatibly: enum axvcpu_exit_reason: AXVCPU_EXIT_DEBUG = 200" \
	"an enumerator appended" \
	$exit 's/^\tAXVCPU_EXIT_UNKNOWN = 16,/&\n\tAXVCPU_EXIT_DEBUG = 200,/'
accepted "added since base, compatibly: struct axvcpu_failure: member detail at byte 20" \
	"reserved room used" \
	$vcpu '/^struct axvcpu_failure {/,/^};/ s/uint32_t reserved;/uint32_t detail;/'
accepted "Record it before the release: at least a minor step" "how to record an addition" \
	$types 's/^\tAXVCPU_ERR_HARDWARE = -11,/&\n\tAXVCPU_ERR_LATER = -200,/'

accepted "changed with the step" \
	"a break with both versions raised" \
	$vcpu 's/AXVCPU_STATE_BLOCKED = 5/AXVCPU_STATE_BLOCKED = 6/' \
	$types 's/VERSION_MINOR [0-9]*u/VERSION_MINOR 99u/; s/ABI_VERSION [0-9]*u/ABI_VERSION 99u/'
broken "BROKEN: enum axvcpu_state: AXVCPU_STATE_BLOCKED was 5, is 6" \
	"a break with the package's version raised alone" \
	$vcpu 's/AXVCPU_STATE_BLOCKED = 5/AXVCPU_STATE_BLOCKED = 6/' \
	$types 's/VERSION_MINOR [0-9]*u/VERSION_MINOR 99u/'
broken "BROKEN: enum axvcpu_state: AXVCPU_STATE_BLOCKED was 5, is 6" "a break with a patch step" \
	$vcpu 's/AXVCPU_STATE_BLOCKED = 5/AXVCPU_STATE_BLOCKED = 6/' \
	$types 's/VERSION_PATCH [0-9]*u/VERSION_PATCH 99u/; s/ABI_VERSION [0-9]*u/ABI_VERSION 99u/'

class=compatible
broken "not with \"## " "a changelog entry without a class" $vcpu 's|A virtual CPU\.|One virtual CPU.|'
class=binary-compatible
accepted "PASS" "a changelog entry with one" $vcpu 's|A virtual CPU\.|One virtual CPU.|'

# What is recorded for a version cannot be written over by something else.
BUILD_WORKSPACE_DIRECTORY=$work/workspace
export BUILD_WORKSPACE_DIRECTORY
mkdir -p "$BUILD_WORKSPACE_DIRECTORY/axvcpu_api"
: >"$BUILD_WORKSPACE_DIRECTORY/axvcpu_api/BUILD.bazel"
record_as() {
	{
		echo "axvcpu_api $1"
		echo "axvcpu_api $copy/include/axvcpu/types.h"
	} >"$work/list"
	shift
	"$record" "$work/list" "$@" >"$work/output" 2>&1
}
recorded() {
	cmp -s "$1" "$(echo "$BUILD_WORKSPACE_DIRECTORY"/axvcpu_api/abi/*/aarch64.abi)"
}
fresh
sed -i 's/AXVCPU_STATE_BLOCKED = 5/AXVCPU_STATE_BLOCKED = 6/' "$copy/$vcpu"
compile
if ! record_as "$base" || ! recorded "$base" ||
	! cmp -s "$copy/$types" "$(echo "$BUILD_WORKSPACE_DIRECTORY"/axvcpu_api/abi/*/"$types")" ||
	record_as "$work/new/aarch64.abi" || ! recorded "$base" ||
	! grep -qF "AXVCPU_STATE_BLOCKED was 5, is 6" "$work/output" ||
	! record_as "$work/new/aarch64.abi" --unreleased || ! recorded "$work/new/aarch64.abi"; then
	echo "FAIL: recording:" >&2
	cat "$work/output" >&2
	failures=$((failures + 1))
fi

[ "$failures" -eq 0 ] || { echo "FAIL: $failures of these" >&2; exit 1; }
echo "PASS"
