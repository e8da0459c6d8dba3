"""A freestanding clang + lld toolchain for one CPU."""

load("@axvcpu_toolchains//cc:config.bzl", "cross_toolchain_config")
load("@rules_cc//cc:defs.bzl", "cc_toolchain")

def cross_toolchain(name, version, include_dirs):
    """Declares cc_toolchain `<name>_cc` and toolchain `<name>_toolchain`.

    Args:
      name: a CPU of @platforms//cpu.
      version: what clang says of itself; part of the configuration, so that an
        upgraded compiler builds anew.
      include_dirs: where clang's own headers are (stdint.h and its like).
    """
    cross_toolchain_config(
        name = name + "_config",
        cpu = name,
        include_dirs = include_dirs,
        version = version,
    )
    cc_toolchain(
        name = name + "_cc",
        all_files = ":tools",
        ar_files = ":tools",
        as_files = ":tools",
        compiler_files = ":tools",
        dwp_files = ":tools",
        linker_files = ":tools",
        objcopy_files = ":tools",
        strip_files = ":tools",
        supports_param_files = False,
        toolchain_config = ":" + name + "_config",
        toolchain_identifier = "axvcpu-" + name,
    )
    native.toolchain(
        name = name + "_toolchain",
        target_compatible_with = [
            "@platforms//cpu:" + name,
            "@platforms//os:none",
        ],
        toolchain = ":" + name + "_cc",
        toolchain_type = "@bazel_tools//tools/cpp:toolchain_type",
    )
