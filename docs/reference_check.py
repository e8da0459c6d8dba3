#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if Doxygen's XML has a symbol without a description: reference_check.py DIR

Doxygen itself does not ask for descriptions of enumerators (before 1.9.7), nor of a union's
members. Enumerators need none of their own if their enumeration says what they are named after.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

NAMED_AFTER = "named after"


def description(element):
    parts = [element.find("briefdescription"), element.find("detaileddescription")]
    return " ".join("".join(part.itertext()) for part in parts if part is not None).strip()


def undocumented(folder):
    """(place, name) of every symbol without a description, and the number of all."""
    seen = set()
    missing = []
    for file in sorted(folder.glob("*.xml")):
        for member in ElementTree.parse(file).getroot().iter("memberdef"):
            if member.get("id") in seen:
                continue
            seen.add(member.get("id"))
            symbols = [member]
            if NAMED_AFTER not in description(member):
                symbols += member.findall("enumvalue")
            for symbol in symbols:
                if not description(symbol):
                    place = member.find("location")
                    missing.append((f"{place.get('file')}:{place.get('line')}",
                                    symbol.findtext("name")))
    return missing, len(seen)


def main():
    missing, count = undocumented(pathlib.Path(sys.argv[1]))
    for place, name in missing:
        print(f"{place}: {name} has no description", file=sys.stderr)
    if count == 0:
        print("no symbols: nothing was documented", file=sys.stderr)
    sys.exit(1 if missing or count == 0 else 0)


if __name__ == "__main__":
    main()
