# SPDX-License-Identifier: Apache-2.0
# A public header as Doxygen likes it; lines keep their numbers.
# The second comment, after the licence, is about the file; what it indents is a table.
2s,^/\*$,/** @file,
2s,^/\* \(.*\) \*/$,/** \1 @file */,
2,/\*\//s,^ \*   \([^- ]\), *      \1,
2,/\*\//s,^ \*          , *             ,
# #GP and the like are names of exceptions, not links.
s,\(^\|[^#\\]\)#\([A-Z][A-Z]\)\([^A-Za-z0-9_]\|$\),\1\\#\2\3,g
# The first sentence is all that a list shows: more than whether an operation may be null.
s,\(\* \)\(Required\|Optional\)\. ,\1(\2) ,
# An enumerator without a comment would not be listed, also where the enumeration describes all.
/named after/,/^};/{
	/^\t[A-Z][A-Z0-9_]* = -\{0,1\}[0-9]*,$/{
		x
		\,\*/$,!{
			x
			h
			s,$, /**< As the enumeration says. */,
			b
		}
		x
	}
}
h
