#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The reference documentation of public headers: reference.sh OUTPUT FILE...
# FILEs are Doxyfile, reference_check.py, reference_filter.sed, the main page and the headers. OUTPUT gets html/
# and xml/. Every warning of Doxygen is an error, and so is a symbol without a description.
set -eu
output=$1
shift
config=
check=
filter=
input=
strip=
for file in "$@"; do
	case $file in
	*/Doxyfile | Doxyfile) config=$file ;;
	*.py) check=$file ;;
	*.sed) filter=$file ;;
	*)
		input="$input $file"
		# As it is included.
		case $file in
		*/include/*) strip="$strip ${file%%/include/*}/include" ;;
		esac
		;;
	esac
done
if ! command -v doxygen >/dev/null 2>&1; then
	echo "doxygen is missing; Debian: apt-get install doxygen" >&2
	exit 1
fi
mkdir -p "$output"
{
	cat "$config"
	printf 'FILTER_PATTERNS = "*.h=sed -f %s"\n' "$filter"
	printf 'INPUT = %s\nOUTPUT_DIRECTORY = %s\nSTRIP_FROM_PATH = %s\n' "$input" "$output" "$strip"
} >"$output/Doxyfile"
# It says "error" of a warning that is one, and on success nothing.
doxygen "$output/Doxyfile" >"$output/log" 2>&1 || {
	cat "$output/log" >&2
	exit 1
}
if [ -s "$output/log" ]; then
	cat "$output/log" >&2
	exit 1
fi
python3 "$check" "$output/xml"
rm "$output/Doxyfile" "$output/log"
