"""Tests that boot something."""

load("@axvcpu_toolchains//rules:script_test.bzl", "script_test")

def boot_test(name, guest, console, status = 0, log = "", trace = None, options = [], arch = "arm64", neighbor = None, exits = None, size = "medium", tags = []):
    """One of our own guests; see boot_test.sh.

    Args:
      name: of the test.
      guest: in //integration/guests.
      console: text that the guest's console must have; empty for none.
      status: the runner's exit status.
      log: text that the hypervisor's log must have.
      trace: file of the exits to expect, all of them.
      options: for the runner.
      arch: arm64, riscv64 or x86_64.
      neighbor: another guest, of a second machine beside it.
      exits: "MACHINE:COUNT", how many exits of one of two machines there must be.
      size: of the test.
      tags: of the test.
    """
    image = "//integration/guests:{}_{}".format(guest, arch)
    beside = ["//integration/guests:{}_{}".format(neighbor, arch)] if neighbor else []
    script_test(
        name = name,
        size = size,
        arguments = [
            "$(rootpath //integration:run)",
            arch,
            "$(rootpath {})".format(image),
            str(status),
            console,
            log,
            "$(rootpath {})".format(trace) if trace else "-",
        ] + ([exits] if exits else []) +
                    ["--neighbor=$(rootpath {})".format(label) for label in beside] + options,
        data = [
            "//integration:run",
            image,
        ] + [label for label in beside if label != image] + ([trace] if trace else []),
        program = "boot_test.sh",
        tags = tags,
    )

def linux_test(name, cpu, end = "off", options = []):
    """Debian's kernel; see linux_test.sh.

    Args:
      name: of the test.
      cpu: that QEMU emulates.
      end: off or reset.
      options: for the runner.
    """
    files = [
        "//integration:run",
        "@debian_guest_arm64//:kernel",
        "//integration/images:initramfs_arm64",
        "@debian_guest_arm64//:kernel.version",
    ]
    script_test(
        name = name,
        size = "medium",
        arguments = ["$(rootpath {})".format(file) for file in files] + [cpu, end] + options,
        data = files,
        program = "linux_test.sh",
    )

def linux_smp_test(name, cpu, smp, host_cpus = 0, renew = 0, arch = "arm64", options = []):
    """Debian's kernel on several vCPUs; see linux_smp_test.sh.

    Args:
      name: of the test.
      cpu: that QEMU emulates.
      smp: vCPUs.
      host_cpus: CPUs of the board, as many if 0.
      renew: exits after which a vCPU is made anew, 0 for never.
      arch: arm64 or x86_64.
      options: for the runner.
    """
    kernel = "@debian_guest_{}//:kernel".format("amd64" if arch == "x86_64" else arch)
    initrd = "//integration/images:initramfs_{}".format(arch)
    script_test(
        name = name,
        size = "large" if smp > 1 else "medium",
        arguments = [
            "$(rootpath //integration:run)",
            arch,
            "$(rootpath {})".format(kernel),
            "$(rootpath {})".format(initrd),
            cpu,
            str(smp),
            str(host_cpus or smp),
            str(renew),
        ] + options,
        data = [
            "//integration:run",
            initrd,
            kernel,
        ],
        program = "linux_smp_test.sh",
    )

def linux_saved_test(name, arch, smp, boards, aia = False):
    """Debian's kernel, saved in one run of the hypervisor and going on in others; see linux_saved_test.sh.

    Args:
      name: of the test.
      arch: arm64, riscv64 or x86_64.
      smp: vCPUs.
      boards: of each run "CPU:HOST_CPUS"; CPU may be empty.
      aia: whether the harts have interrupt files.
    """
    files = [
        "@debian_guest_{}//:kernel".format("amd64" if arch == "x86_64" else arch),
        "//integration/images:initramfs_{}".format(arch),
    ]
    script_test(
        name = name,
        size = "large",
        arguments = ["$(rootpath //integration:run)", arch] +
                    ["$(rootpath {})".format(file) for file in files] + [str(smp)] +
                    (["--aia"] if aia else []) + boards,
        data = ["//integration:run"] + files,
        program = "linux_saved_test.sh",
    )

def linux_riscv64_test(name, cpu = "rv64,h=true", smp = 1, host_cpus = 0, end = "off", renew = 0, aia = False):
    """Debian's riscv64 kernel; see linux_riscv64_test.sh.

    Args:
      name: of the test.
      cpu: that QEMU emulates.
      smp: harts of the guest.
      host_cpus: harts of the board, as many if 0.
      end: off or reset.
      renew: exits after which a vCPU is made anew, 0 for never.
      aia: whether its harts have interrupt files.
    """
    files = [
        "//integration:run",
        "@debian_guest_riscv64//:kernel",
        "//integration/images:initramfs_riscv64",
    ]
    script_test(
        name = name,
        size = "large" if smp > 1 else "medium",
        arguments = ["$(rootpath {})".format(file) for file in files] + [
            cpu,
            str(smp),
            str(host_cpus or smp),
            end,
            str(renew),
        ] + (["--aia"] if aia else []),
        data = files,
        program = "linux_riscv64_test.sh",
    )

def linux_neighbors_test(name, smp, neighbor_smp, host_cpus, arch = "arm64", options = []):
    """Two machines with Debian's kernel; see linux_neighbors_test.sh.

    Args:
      name: of the test.
      smp: vCPUs of the first machine.
      neighbor_smp: vCPUs of the second one.
      host_cpus: CPUs of the board.
      arch: arm64, riscv64 or x86_64.
      options: for the runner.
    """
    kernel = "@debian_guest_{}//:kernel".format("amd64" if arch == "x86_64" else arch)
    initrd = "//integration/images:initramfs_{}".format(arch)
    script_test(
        name = name,
        size = "large",
        arguments = [
            "$(rootpath //integration:run)",
            arch,
            "$(rootpath {})".format(kernel),
            "$(rootpath {})".format(initrd),
            "ttyAMA0" if arch == "arm64" else "ttyS0",
            str(smp),
            str(neighbor_smp),
            str(host_cpus),
        ] + options,
        data = [
            "//integration:run",
            initrd,
            kernel,
        ],
        program = "linux_neighbors_test.sh",
    )

def linux_x86_64_test(name, append, patterns, options = [], renew = 0, size = "medium"):
    """Debian's kernel on x86; see linux_x86_64_test.sh.

    Args:
      name: of the test.
      append: to the kernel's command line.
      patterns: of lines that the console must have.
      options: for the runner.
      renew: exits after which the vCPU is made anew, 0 for never.
      size: of the test.
    """
    files = [
        "//integration:run",
        "@debian_guest_amd64//:kernel",
        "//integration/images:initramfs_x86_64",
        "@debian_guest_amd64//:kernel.version",
    ]
    script_test(
        name = name,
        size = size,
        arguments = ["$(rootpath {})".format(file) for file in files] + [
            append,
            str(renew),
            "\n".join(patterns),
        ] + options,
        data = files,
        program = "linux_x86_64_test.sh",
    )

def move_test_x86_64(name, guest, origin, target):
    """A guest that goes from one vendor's CPU to the other's; see x86_64_move_test.sh.

    Args:
      name: of the test.
      guest: in //integration/guests.
      origin: svm or vmx.
      target: svm or vmx.
    """
    files = [
        "//integration:run",
        "//integration/guests:{}_x86_64".format(guest),
    ]
    script_test(
        name = name,
        size = "medium",
        arguments = ["$(rootpath {})".format(file) for file in files] + [origin, target],
        data = files,
        program = "x86_64_move_test.sh",
    )

def wild_test_x86_64(name, backend, guests, exits, neighbor = None, together = 1, size = "medium", tags = []):
    """Random code in every mode; see x86_64_wild_test.sh.

    Args:
      name: of the test.
      backend: svm or vmx.
      guests: of one hypervisor, one after the other.
      exits: to make at least, by all of them.
      neighbor: a guest in a second machine.
      together: hypervisors at a time.
      size: of the test.
      tags: of the test.
    """
    files = [
        "//integration:run",
        "//integration/guests:wild_x86_64",
    ]
    other = "//integration/guests:{}_x86_64".format(neighbor)
    script_test(
        name = name,
        size = size,
        arguments = [backend] + ["$(rootpath {})".format(file) for file in files] + [
            str(guests),
            str(exits),
            "$(rootpath {})".format(other) if neighbor else "-",
            str(together),
        ],
        data = files + ([other] if neighbor else []),
        program = "x86_64_wild_test.sh",
        tags = tags,
    )

def saved_refused_test(name, guest):
    """What is refused as a saved machine; see saved_refused_test.sh.

    Args:
      name: of the test.
      guest: in //integration/guests, of arm64, for emulated devices.
    """
    files = [
        "//integration:run",
        "//integration/guests:{}_arm64".format(guest),
    ]
    script_test(
        name = name,
        size = "medium",
        arguments = ["$(rootpath {})".format(file) for file in files],
        data = files,
        program = "saved_refused_test.sh",
    )
