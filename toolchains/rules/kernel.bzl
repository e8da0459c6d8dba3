"""Freestanding programs with a linker script of their own."""

load("@axvcpu_toolchains//cc:warnings.bzl", "CXX_COPTS", "C_COPTS")
load("@axvcpu_toolchains//rules:platform_binary.bzl", "platform_files")
load("@rules_cc//cc:defs.bzl", "cc_binary")

_COPTS = {
    "c": C_COPTS,
    "c++": CXX_COPTS,
}

def kernel_binary(name, cpu, linker_script, srcs = [], deps = [], copts = [], linkopts = [], language = "c", **kwargs):
    """An ELF for CPU `cpu` with no operating system under it.

    `<name>` is the ELF as a file, also from a host-side build; `<name>.elf` is the
    cc_binary that only builds for the platform.

    Args:
      name: of the file target.
      cpu: aarch64, riscv64 or x86_64.
      linker_script: label of the script; without one lld places code where boards have flash.
      srcs: C or C++, headers and .S files.
      deps: cc_library targets.
      copts: more options for the compiler.
      linkopts: more options for ld.lld.
      language: c (C11) or c++ (C++17).
      **kwargs: tags, visibility and the like, for both targets.
    """
    cc_binary(
        name = name + ".elf",
        srcs = srcs,
        additional_linker_inputs = [linker_script],
        copts = _COPTS[language] + copts,
        linkopts = ["-T", "$(location {})".format(linker_script)] + linkopts,
        linkstatic = True,
        # Labels as this repository sees them: the caller's may not know @platforms.
        target_compatible_with = [
            Label("@platforms//cpu:" + cpu),
            Label("@platforms//os:none"),
        ],
        deps = deps,
        **kwargs
    )
    platform_files(
        name = name,
        platform = Label("@axvcpu_toolchains//:" + cpu),
        target = ":" + name + ".elf",
        **kwargs
    )
