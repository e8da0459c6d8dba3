# SPDX-License-Identifier: Apache-2.0
# Compares two listings of abi_list.awk, the released one first, by the rules of
# docs/abi.md, and prints one line a difference:
#   broken: ...    a caller of the release, or an arch package of it, would notice
#   added: ...     it would not
#   step: ...      the version has risen as far as a broken interface demands
#   awk -f abi_judge.awk RELEASED NEW
BEGIN {
	FS = "\t"
	version_macro = "_VERSION_(MAJOR|MINOR|PATCH)$"
	abi_version_macro = "_ABI_VERSION$"
	count_macro = "_COUNT$"
}

function broken(text) {
	print "broken: " text
}

function added(text) {
	print "added: " text
}

FNR == NR && $1 == "constant" && $2 ~ version_macro {
	part = $2
	sub(/^.*_/, "", part)
	old_version[part] = $3
	next
}
$1 == "constant" && $2 ~ version_macro {
	part = $2
	sub(/^.*_/, "", part)
	new_version[part] = $3
	next
}
$1 == "constant" && $2 ~ abi_version_macro {
	has_abi_version = 1
	abi_version[FNR == NR] = $3
	next
}

# One key for each thing; members and enumerators by their owner and name.
FNR == NR {
	key = ($1 == "member") ? $1 FS $2 FS $5 : ($1 == "enum") ? $1 FS $2 FS $3 : $1 FS $2
	old[key] = $0
	if ($1 == "member") {
		old_struct_has[$2, $3 + 0] = $5
		old_members[$2] = old_members[$2] SUBSEP $0
	} else if ($1 == "struct") {
		old_size[$2] = $3
	} else if ($1 == "enum") {
		owner_of[$2, $4] = $3
		old_enum[$2] = 1
	}
	next
}
{
	key = ($1 == "member") ? $1 FS $2 FS $5 : ($1 == "enum") ? $1 FS $2 FS $3 : $1 FS $2
	new[key] = $0
	if ($1 == "struct") {
		new_size[$2] = $3
	}
}

# Whether bytes [from, to) of a released struct belonged to a member `reserved...`.
function was_reserved(name, from, to, lines, count, i, field) {
	count = split(old_members[name], lines, SUBSEP)
	for (i = 2; i <= count; i++) {
		split(lines[i], field, FS)
		if (field[5] ~ /(^|\.)reserved/ && from >= field[3] + 0 && to <= field[3] + field[4]) {
			return 1
		}
	}
	return 0
}

function starts_with_size(name) {
	return (("member" FS name FS "size") in old) && old_struct_has[name, 0] == "size"
}

function judge_struct(name, was, is) {
	if (is < was) {
		broken("struct " name " shrank from " was " to " is " bytes")
	} else if (is > was && !starts_with_size(name)) {
		broken("struct " name " grew from " was " to " is \
		       " bytes, but has no `uint32_t size` at its start by which that could be told")
	} else if (is > was) {
		added("struct " name " grew from " was " to " is " bytes")
	}
}

function judge_member(was, is) {
	if (was[3] != is[3]) {
		broken("struct " was[2] ": member " was[5] " moved from byte " was[3] " to " is[3])
	}
	if (was[4] != is[4]) {
		if (is[5] ~ /(^|\.)reserved/ && is[4] + 0 < was[4] + 0) {
			added("struct " was[2] ": member " was[5] " gave room to others")
		} else {
			broken("struct " was[2] ": member " was[5] " had " was[4] " bytes, has " is[4])
		}
	} else if (was[6] != is[6]) {
		broken("struct " was[2] ": member " was[5] " was `" was[6] "`, is `" is[6] "`")
	}
}

function judge_gone(field) {
	if (field[1] == "member") {
		if (field[5] ~ /(^|\.)reserved/ && (field[2] in new_size)) {
			return
		}
		if (!(field[2] in new_size)) {
			return
		}
		broken("struct " field[2] ": member " field[5] " is gone")
	} else if (field[1] == "enum") {
		broken("enum " field[2] ": " field[3] " = " field[4] " is gone")
	} else {
		broken(field[1] " " field[2] " is gone")
	}
}

function judge_both(was, is) {
	if (was[1] == "function" || was[1] == "typedef") {
		broken(was[1] " " was[2] " was `" was[3] "`, is `" is[3] "`")
	} else if (was[1] == "struct") {
		judge_struct(was[2], was[3] + 0, is[3] + 0)
	} else if (was[1] == "member") {
		judge_member(was, is)
	} else if (was[1] == "enum") {
		broken("enum " was[2] ": " was[3] " was " was[4] ", is " is[4])
	} else if (was[2] ~ count_macro && is[3] + 0 > was[3] + 0) {
		added(was[1] " " was[2] " grew from " was[3] " to " is[3])
	} else {
		broken(was[1] " " was[2] " was " was[3] ", is " is[3])
	}
}

function judge_new(field, end) {
	if (field[1] == "member") {
		if (!(field[2] in old_size)) {
			return
		}
		end = field[3] + field[4]
		if (field[3] + 0 < old_size[field[2]] + 0 &&
		    !was_reserved(field[2], field[3] + 0, end)) {
			broken("struct " field[2] ": new member " field[5] " at byte " field[3] \
			       " lies in what the release has for something else, and is not `reserved`")
			return
		}
		added("struct " field[2] ": member " field[5] " at byte " field[3])
	} else if (field[1] == "enum") {
		if ((field[2], field[4]) in owner_of) {
			broken("enum " field[2] ": new " field[3] " has the number " field[4] \
			       " of " owner_of[field[2], field[4]])
			return
		}
		added("enum " field[2] ": " field[3] " = " field[4])
	} else {
		added(field[1] " " field[2])
	}
}

END {
	for (key in old) {
		split(old[key], was, FS)
		if (!(key in new)) {
			judge_gone(was)
		} else if (old[key] != new[key]) {
			split(new[key], is, FS)
			judge_both(was, is)
		}
	}
	for (key in new) {
		if (!(key in old)) {
			split(new[key], is, FS)
			judge_new(is)
		}
	}
	if (("MAJOR" in old_version) != ("MAJOR" in new_version)) {
		broken("the macros of the package's version are gone")
	}
	# Before 1.0 the minor version is what the major one is later (semver.org, 4).
	stepped = new_version["MAJOR"] > old_version["MAJOR"] ||
		  (new_version["MAJOR"] == 0 && old_version["MAJOR"] == 0 &&
		   new_version["MINOR"] > old_version["MINOR"])
	if (stepped && (!has_abi_version || abi_version[0] > abi_version[1])) {
		print "step: " old_version["MAJOR"] "." old_version["MINOR"] " to " \
			new_version["MAJOR"] "." new_version["MINOR"]
	}
	if (abi_version[0] + 0 < abi_version[1] + 0) {
		broken("the ABI version fell from " abi_version[1] " to " abi_version[0])
	}
}
