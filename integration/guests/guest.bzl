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
            "check.c",
            "check.h",
            "guest.c",
            "guest.h",
            "start.S",
        ],
        copts = copts,
        cpu = "aarch64",
        linker_script = "guest.lds",
    )

def guest_riscv64(name, srcs, copts = []):
    """An ELF `<name>_riscv64` of `srcs` on the common start.

    Args:
      name: of the guest.
      srcs: its own sources.
      copts: more options for the compiler.
    """
    kernel_binary(
        name = name + "_riscv64",
        srcs = srcs + [
            "check.c",
            "check.h",
            "riscv64/guest.c",
            "riscv64/guest.h",
            "riscv64/start.S",
        ],
        copts = copts,
        cpu = "riscv64",
        linker_script = "riscv64/guest.lds",
    )

def guest_x86_64(name, srcs, copts = []):
    """An ELF `<name>_x86_64` of `srcs` on the common start.

    Args:
      name: of the guest.
      srcs: its own sources.
      copts: more options for the compiler.
    """
    kernel_binary(
        name = name + "_x86_64",
        srcs = srcs + [
            "check.c",
            "check.h",
            "x86_64/guest.c",
            "x86_64/guest.h",
            "x86_64/start.S",
            "x86_64/switch.h",
        ],
        copts = copts,
        cpu = "x86_64",
        linker_script = "x86_64/guest.lds",
    )
