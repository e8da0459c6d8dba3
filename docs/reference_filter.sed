# SPDX-License-Identifier: Apache-2.0
# A public header as Doxygen likes it; lines keep their numbers.
# The second comment, after the licence, is about the file; what it indents is a table.
2s,^/\*$,/** @file,
2s,^/\* \(.*\) \*/$,/** \1 @file */,
2,/\*\//s,^ \*   \([^- ]\), *      \1,
2,/\*\//s,^ \*          , *             ,
# #GP and the like are names of exceptions, not links.
s,\(^\|[^#\\]\)#\([A-Z][A-Z]\)\([^A-Za-z0-9_]\|$\),\1\\#\2\3,g
