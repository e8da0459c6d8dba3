# SPDX-License-Identifier: Apache-2.0
# Turns a dump of abi_dump.sh into lines with fields between tabs, in no order:
#   function  NAME  SIGNATURE
#   struct    NAME  BYTES
#   member    STRUCT  OFFSET  BYTES  NAME  TYPE
#   enum      ENUM  NAME  VALUE
#   constant  NAME  VALUE
#   typedef   NAME  TYPE
# Unions are structs. Members of one without a name are its owner's ("u.mmio").
# libabigail writes one element a line.
#   awk -v prefix=PREFIX -f abi_list.awk DUMP
# PREFIX as for abi_dump.sh.

BEGIN {
	public = "^(" prefix ")"
}

function attribute(name, text) {
	if (!match($0, " " name "='[^']*'")) {
		return ""
	}
	text = substr($0, RSTART, RLENGTH)
	sub(/^[^']*'/, "", text)
	sub(/'$/, "", text)
	return text
}

# What a function type with this id takes and gives.
function parameters(id, text, i) {
	text = "("
	for (i = 0; i < parameter_count[id]; i++) {
		text = text (i ? ", " : "") describe(parameter[id, i])
	}
	return text (parameter_count[id] ? "" : "void") ")"
}

function describe(id, inner) {
	if (kind[id] == "pointer") {
		inner = target[id]
		if (kind[inner] == "function") {
			return describe(result[inner]) " (*)" parameters(inner)
		}
		return describe(inner) " *"
	}
	if (kind[id] == "const") {
		inner = target[id]
		return kind[inner] == "pointer" ? describe(inner) " const" : "const " describe(inner)
	}
	if (kind[id] == "array") {
		return describe(target[id]) dimension[id]
	}
	return (id in named) ? named[id] : "unknown type " id
}

function bytes(id) {
	if (kind[id] == "pointer") {
		return 8
	}
	if (kind[id] == "const" || kind[id] == "typedef") {
		return bytes(target[id])
	}
	if (kind[id] == "array") {
		return bytes(target[id]) * count[id]
	}
	return size[id] / 8
}

function list_members(id, owner, base, path, i, type) {
	for (i = 0; i < member_count[id]; i++) {
		type = member_type[id, i]
		if (type in anonymous) {
			list_members(type, owner, base + member_offset[id, i],
				     path member_name[id, i] ".")
		} else {
			print "member\t" owner "\t" base + member_offset[id, i] "\t" bytes(type) "\t" \
				path member_name[id, i] "\t" describe(type)
		}
	}
}

/<type-decl / {
	id = attribute("id")
	named[id] = attribute("name")
	size[id] = attribute("size-in-bits")
}
/<typedef-decl / {
	id = attribute("id")
	kind[id] = "typedef"
	named[id] = attribute("name")
	target[id] = attribute("type-id")
	typedefs[id] = 1
}
/<pointer-type-def / {
	id = attribute("id")
	kind[id] = "pointer"
	target[id] = attribute("type-id")
}
/<qualified-type-def / {
	id = attribute("id")
	kind[id] = "const"
	target[id] = attribute("type-id")
}
/<array-type-def / {
	array = attribute("id")
	kind[array] = "array"
	target[array] = attribute("type-id")
	dimension[array] = ""
	count[array] = 1
}
/<subrange / {
	dimension[array] = dimension[array] "[" attribute("length") "]"
	count[array] *= attribute("length")
}
/<(class|union)-decl / {
	id = attribute("id")
	name = attribute("name")
	named[id] = (/<union/ ? "union " : "struct ") name
	size[id] = attribute("size-in-bits")
	if (/is-anonymous='yes'/) {
		anonymous[id] = 1
	}
	if (!/\/>/) {
		# Members of a struct inside are told by data-member, never by nesting.
		owner = id
		member_count[id] = 0
		if (name ~ public && !(name in structs)) {
			structs[name] = id
		}
	}
}
/<data-member / {
	offset = attribute("layout-offset-in-bits") / 8
	in_member = 1
}
/<var-decl / && in_member {
	i = member_count[owner]++
	member_offset[owner, i] = offset
	member_name[owner, i] = attribute("name")
	member_type[owner, i] = attribute("type-id")
	in_member = 0
}
/<enum-decl / {
	id = attribute("id")
	enum = attribute("name")
	named[id] = "enum " enum
	size[id] = 32
}
/<enumerator / {
	name = attribute("name")
	if (enum == "abi_constants") {
		if (sub(/^abi_value_/, "", name)) {
			print "constant\t" name "\t" attribute("value")
		}
	} else if (enum ~ public) {
		print "enum\t" enum "\t" name "\t" attribute("value")
	}
}
/<function-type / {
	callable = attribute("id")
	kind[callable] = "function"
	parameter_count[callable] = 0
}
/<function-decl / {
	# libabigail 3 gives the function's type, 2 its parameters and result.
	if (/ type-id=/) {
		functions[attribute("name")] = attribute("type-id")
		next
	}
	callable = "decl " attribute("name")
	parameter_count[callable] = 0
	functions[attribute("name")] = callable
}
/<parameter / {
	parameter[callable, parameter_count[callable]++] = \
		/is-variadic/ ? "..." : attribute("type-id")
}
/<return / {
	result[callable] = attribute("type-id")
}

END {
	named["..."] = "..."
	for (name in functions) {
		id = functions[name]
		print "function\t" name "\t" describe(result[id]) " " parameters(id)
	}
	for (name in structs) {
		print "struct\t" name "\t" bytes(structs[name])
		list_members(structs[name], name, 0, "")
	}
	for (id in typedefs) {
		if (named[id] ~ public) {
			inner = target[id]
			print "typedef\t" named[id] "\t" describe(inner)
		}
	}
}
