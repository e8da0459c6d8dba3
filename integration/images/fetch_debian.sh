#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fetches packages of another architecture from this machine's own Debian mirror,
# without touching the system, and unpacks them:
#
#   fetch_debian.sh OUTPUT_DIR ARCHITECTURE[/SUITE] PACKAGE...
#
# Without SUITE packages come from the suites that this machine uses.
# OUTPUT_DIR/PACKAGE/ gets each one's files and OUTPUT_DIR/PACKAGE.version its
# version. Downloads are kept in ${XDG_CACHE_HOME:-~/.cache}/axvcpu and verified by
# apt's own checksums and signatures. linux-image-cloud-arm64=kernel stands for the
# real package with the kernel, to which that name only leads.
#
# Without apt, or with AXVCPU_DEBS_DIR set, the .deb files are taken from that
# folder, by the package's name.
set -eu

output=$1
architecture=${2%%/*}
suite=${2#"$architecture"}
suite=${suite#/}
shift 2

say() {
	printf 'fetch_debian: %s\n' "$*" >&2
}

unpack() { # NAME FILE
	rm -rf "${output:?}/$1"
	mkdir -p "$output/$1"
	dpkg-deb -x "$2" "$output/$1"
	dpkg-deb -f "$2" Version >"$output/$1.version"
	dpkg-deb -f "$2" Package >"$output/$1.package"
}

if [ -n "${AXVCPU_DEBS_DIR:-}" ]; then
	for name in "$@"; do
		plain=${name%=kernel}
		case $name in
		*=kernel) patterns="linux-binary-[0-9]* linux-image-[0-9]*" ;;
		*) patterns=${plain}_* ;;
		esac
		# shellcheck disable=SC2086,SC2012 # patterns; names of packages have no blanks
		file=$(cd "$AXVCPU_DEBS_DIR" && ls -d $patterns 2>/dev/null |
			grep "_\($architecture\|all\)\.deb\$" | head -n 1)
		[ -n "$file" ] || { say "no package $plain ($patterns) in $AXVCPU_DEBS_DIR"; exit 1; }
		unpack "$plain" "$AXVCPU_DEBS_DIR/$file"
	done
	exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
	say "no apt here: put the .deb files of $* ($architecture) into a folder and name it by AXVCPU_DEBS_DIR"
	exit 1
fi

home=${HOME:-/root}
cache=${XDG_CACHE_HOME:-$home/.cache}/axvcpu/debian-$architecture${suite:+-$suite}
mkdir -p "$cache/lists/partial" "$cache/archives/partial" "$cache/sources" "$output"
# One at a time: apt refuses a second one in the same folders.
exec 9>"$cache/lock"
flock 9
: >"$cache/status"

# The machine's own Debian lines (deb822 and one-line form), for this architecture
# and bookworm, with their keyrings.
sources=$cache/sources/debian.sources
: >"$sources"
for file in /etc/apt/sources.list.d/*.sources; do
	[ -e "$file" ] || continue
	awk -v RS= '
		/(^|\n)Suites:[^\n]*(bookworm|trixie|sid|stable|unstable|forky)/ {
			gsub(/(^|\n)Architectures:[^\n]*/, "")
			print $0 "\n"
		}' "$file" >>"$sources"
done
grep -hE '^deb[[:space:]].*[[:space:]](bookworm|(old)+stable|trixie|sid|stable|unstable|forky)' \
	/etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
	sed -E 's/arch=[a-z0-9,]+//' >"$cache/sources/debian.list" || true
if [ -n "$suite" ]; then
	# The same archive holds all suites but those of security fixes.
	awk -v RS= -v suite="$suite" '!/(^|\n)Suites:[^\n]*-security/ {
		sub(/(^|\n)Suites:[^\n]*/, "\nSuites: " suite)
		sub(/^\n/, "")
		print $0 "\n"
	}' "$sources" >"$sources.suite"
	mv "$sources.suite" "$sources"
	# deb [options] URI SUITE COMPONENT...
	sed -nE "/-security/!s,^(deb +(\[[^]]*\] +)?[^ ]+ +)[^ ]+( .*)\$,\1$suite\3,p" \
		"$cache/sources/debian.list" | sort -u >"$cache/sources/debian.list.suite"
	mv "$cache/sources/debian.list.suite" "$cache/sources/debian.list"
fi
if [ ! -s "$sources" ] && [ ! -s "$cache/sources/debian.list" ]; then
	say "no Debian archive in this machine's apt sources; set AXVCPU_DEBS_DIR instead"
	exit 1
fi

cat >"$cache/apt.conf" <<CONF
#clear APT::Architectures;
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
Dir::State::lists "$cache/lists";
Dir::State::status "$cache/status";
Dir::Cache "$cache";
Dir::Cache::archives "$cache/archives";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$cache/sources";
APT::Sandbox::User "";
Acquire::Languages "none";
CONF
APT_CONFIG=$cache/apt.conf
export APT_CONFIG

depends_of() { # NAME: what it depends on, a line each
	apt-cache depends --important "$1" 2>/dev/null | sed -n 's/^ *Depends: *//p'
}

# NAME itself; or for NAME=kernel the package with the kernel's file that it leads
# to: linux-image-VERSION, from Linux 6.16 on split into linux-binary-VERSION.
real_package() {
	case $1 in
	*=kernel)
		image=$(depends_of "${1%=kernel}" | grep '^linux-image-[0-9]' | head -n 1)
		binary=$(depends_of "$image" | grep '^linux-binary-[0-9]' | head -n 1)
		printf '%s\n' "${binary:-$image}"
		;;
	*) printf '%s\n' "$1" ;;
	esac
}

download() { # REAL: prints the file
	(
		cd "$cache/archives"
		apt-get download "$1" >&2
	)
	ls -t "$cache/archives/$1"_*.deb 2>/dev/null | head -n 1
}

updated=
for name in "$@"; do
	plain=${name%=kernel}
	marker=$cache/$name.deb
	if [ -s "$marker" ] && dpkg-deb -c "$(cat "$marker")" >/dev/null 2>&1; then
		say "$plain: from the cache"
	else
		if [ -z "$updated" ]; then
			say "reading package lists for $architecture"
			# Some other archive in these sources may fail; ours will be missed below.
			apt-get update >&2 || say "not all package lists could be read; going on"
			updated=yes
		fi
		real=$(real_package "$name")
		[ -n "$real" ] || { say "no package $plain for $architecture in these sources"; exit 1; }
		say "fetching $real ($architecture)"
		rm -f "$cache/archives/$real"_*.deb
		file=$(download "$real")
		[ -n "$file" ] || { say "apt could not fetch $real"; exit 1; }
		printf '%s\n' "$file" >"$marker"
	fi
	unpack "$plain" "$(cat "$marker")"
done
