"""The warnings that are errors in our own code, for gcc and clang."""

_BOTH = [
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-Wundef",
    "-Wpointer-arith",
    "-Wwrite-strings",
    "-Wvla",
    "-Werror",
]

C_COPTS = ["-std=c11"] + _BOTH + [
    "-Wstrict-prototypes",
    "-Wmissing-prototypes",
]

CXX_COPTS = ["-std=c++17"] + _BOTH
