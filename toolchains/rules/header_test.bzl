"""Public headers must compile alone, as C11 and as C++17, and have no implicit padding."""

load("@axvcpu_toolchains//cc:warnings.bzl", "CXX_COPTS", "C_COPTS")
load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

def axvcpu_header_test(name, headers, deps, padding = False):
    """A test that builds only if every header stands on its own.

    Each one is included first, and twice, in a file of its own.

    Args:
      name: of the test.
      headers: as a user includes them.
      deps: the libraries that have them.
      padding: whether their structs may have implicit padding, as those may that are compiled
        together with their users.
    """
    libraries = []
    for index, header in enumerate(headers):
        for suffix, copts in [("c", C_COPTS), ("cc", CXX_COPTS)]:
            library = "{}_{}_{}".format(name, index, suffix)
            native.genrule(
                name = library + "_source",
                outs = [library + "." + suffix],
                cmd = "printf '#include \"{0}\"\\n#include \"{0}\"\\n' > $@".format(header),
            )
            cc_library(
                name = library,
                testonly = True,
                srcs = [library + "." + suffix],
                copts = copts + ["-Wpedantic"] + ([] if padding else ["-Wpadded"]),
                deps = deps,
            )
            libraries.append(library)
    native.genrule(
        name = name + "_main",
        outs = [name + "_main.cc"],
        cmd = "echo 'int main() { return 0; }' > $@",
    )
    cc_test(
        name = name,
        size = "small",
        srcs = [name + "_main.cc"],
        copts = CXX_COPTS,
        deps = libraries,
    )
