"""One test guest."""

load("@axvcpu_toolchains//rules:kernel.bzl", "kernel_binary")

def guest(name, srcs, copts = []):
    """An ELF `<name>_arm64` of `srcs` on the common start.

    Args:
      name: of the guest.
      srcs: its own sources.
      copts: more options for the compiler.
    """
    kernel_binary(
        name = name + "_arm64",
        srcs = srcs + [
            "guest.c",
            "guest.h",
            "start.S",
        ],
        copts = copts,
        cpu = "aarch64",
        linker_script = "guest.lds",
    )
