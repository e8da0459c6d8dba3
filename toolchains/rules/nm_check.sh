#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fails if archives need a symbol from outside that is not allowed:
#   nm_check.sh NM ALLOWED ARCHIVE...
# ALLOWED is a space-separated list of symbols (memcpy, memset). Archives may use
# each other's symbols.
set -eu
nm=$1
allowed=$2
shift 2
defined=$("$nm" --defined-only --extern-only --format=just-symbols "$@" | sort -u)
undefined=$("$nm" --undefined-only --format=just-symbols "$@" | sort -u)
status=0
count=0
for symbol in $undefined; do
	case $symbol in
	*:) continue ;;
	esac
	if printf '%s\n' $defined $allowed | grep -qxF -- "$symbol"; then
		continue
	fi
	echo "undefined symbol that nobody may expect: $symbol" >&2
	status=1
done
for symbol in $defined; do
	case $symbol in
	*:) ;;
	*) count=$((count + 1)) ;;
	esac
done
if [ "$count" -eq 0 ]; then
	echo "no symbols in $*: nothing was checked" >&2
	status=1
fi
echo "$count symbols defined, allowed from outside: $allowed"
exit $status
