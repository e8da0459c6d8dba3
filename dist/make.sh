#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes an arch package as an archive; the same bytes wherever it is made:
#   make.sh OUT PACKAGE DESCRIPTION 'LLVM_TOOL...' API ARCH STATIC_API STATIC \
#       LICENSE CHANGELOG README HEADER...
# API and ARCH are the libraries of the two packages, STATIC_API and STATIC those that are
# bound to each other at compile time.
set -eu
out=$1 package=$2 description=$3 tools=$(dirname "${4%% *}")
api=$5 arch=$6 static_api=$7 static=$8
shift 8
license=$1 changelog=$2 readme=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

# version HEADER: what its macros say.
version() {
	sed -n 's/^#define [A-Z0-9_]*_VERSION_\(MAJOR\|MINOR\|PATCH\) \([0-9]*\)u$/\2/p' "$1" |
		tr '\n' . | sed 's/\.$//'
}

for header; do
	case $header in
	*/include/axvcpu/types.h) api_version=$(version "$header") ;;
	*/include/$package/$package.h) package_version=$(version "$header") ;;
	esac
done
top=$work/$package-${package_version:?}
mkdir -p "$top/include" "$top/lib/pkgconfig" "$top/share/doc/$package"
cp -L "$license" "$changelog" "$readme" "$top/share/doc/$package"
for header; do
	folder=$top/include/$(basename "$(dirname "$header")")
	mkdir -p "$folder"
	cp -L "$header" "$folder"
done

# Without debug information, which has paths of the machine that built it.
strip_to() {
	"$tools/llvm-objcopy" --strip-debug "$1" "$top/lib/$2"
}
strip_to "$api" libaxvcpu_api.a
strip_to "$arch" "lib$package.a"
# One archive of the two that need each other.
printf 'CREATE %s\nADDLIB %s\nADDLIB %s\nSAVE\nEND\n' "$work/both.a" "$static_api" "$static" |
	"$tools/llvm-ar" -M
strip_to "$work/both.a" "lib${package}_static.a"

# pc NAME VERSION DESCRIPTION [REQUIRES]
pc() {
	cat >"$top/lib/pkgconfig/$1.pc" <<END
prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: $1
Description: $3
Version: $2
${4:+Requires: $4
}Libs: -L\${libdir} -l$1
Cflags: -I\${includedir}
END
}
pc axvcpu_api "${api_version:?}" "Virtual CPUs for hypervisors: the part of every architecture"
pc "$package" "$package_version" "$description" "axvcpu_api = $api_version"
pc "${package}_static" "$package_version" "$description; instead of $package and axvcpu_api, bound at compile time"

find "$top" -type d -exec chmod 755 {} +
find "$top" -type f -exec chmod 644 {} +
tar -C "$work" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - "$(basename "$top")" |
	gzip -9n >"$out"
