"""Finds clang, lld and llvm-ar on this machine and declares a toolchain for each platform.

The newest version is taken of which all tools are there: clang-N, ld.lld-N, llvm-ar-N
and the names without a number. AXVCPU_LLVM_VERSION=N asks for one.
"""

_OLDEST = 15  # the first LLVM that assembles the RISC-V H extension
_NEWEST = 40
_TOOLS = ["clang", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-strip"]
_CPUS = ["aarch64", "riscv64", "x86_64"]

def _find(rctx, suffix):
    tools = {}
    for tool in _TOOLS:
        path = rctx.which(tool + suffix)
        if not path:
            return None
        tools[tool] = str(path)
    return tools

def _major(rctx, clang):
    result = rctx.execute([clang, "-dumpversion"])
    if result.return_code != 0:
        return 0
    major = result.stdout.strip().split(".")[0]
    return int(major) if major.isdigit() else 0

def _llvm_toolchains_impl(rctx):
    wanted = rctx.os.environ.get("AXVCPU_LLVM_VERSION", "")
    found = None
    if wanted:
        found = _find(rctx, "-" + wanted)
    else:
        best = _OLDEST - 1
        for version in range(_OLDEST, _NEWEST):
            tools = _find(rctx, "-{}".format(version))
            if tools:
                best = version
                found = tools
        plain = _find(rctx, "")
        if plain and _major(rctx, plain["clang"]) > best:
            found = plain

    rctx.file("WORKSPACE", "workspace(name = \"{}\")\n".format(rctx.name))
    if not found:
        # No failure here: who only runs host tests needs no cross compiler, and
        # toolchain resolution names the platform that lacks one.
        # buildifier: disable=print
        print("no clang, lld and llvm {} found: cross builds will find no toolchain. Install {}.".format(
            wanted or "{} or later".format(_OLDEST),
            "clang-19 lld-19 llvm-19 (Debian 12), or clang, lld and llvm",
        ))
        rctx.file("BUILD.bazel", "exports_files([])\n")
        return

    version = rctx.execute([found["clang"], "--version"]).stdout.split("\n")[0]
    resource_dir = rctx.execute([found["clang"], "-print-resource-dir"]).stdout.strip()
    real_resource_dir = rctx.execute(["readlink", "-f", resource_dir]).stdout.strip()

    # Bazel runs a toolchain's tools by paths relative to this file.
    for tool, path in found.items():
        rctx.file(
            "bin/" + tool,
            "#!/bin/sh\nexec {} \"$@\"\n".format(path),
        )
    build = [
        "load(\"@axvcpu_toolchains//cc:toolchain.bzl\", \"cross_toolchain\")",
        "package(default_visibility = [\"//visibility:public\"])",
        "exports_files(glob([\"bin/*\"]))",
        "filegroup(name = \"tools\", srcs = glob([\"bin/*\"]))",
    ]
    for cpu in _CPUS:
        build.append("cross_toolchain(name = \"{}\", version = \"{}\", include_dirs = {})".format(
            cpu,
            version,
            [resource_dir + "/include", real_resource_dir + "/include"],
        ))
    rctx.file("BUILD.bazel", "\n".join(build) + "\n")

llvm_toolchains = repository_rule(
    implementation = _llvm_toolchains_impl,
    configure = True,
    environ = ["AXVCPU_LLVM_VERSION", "PATH"],
    local = True,
)
