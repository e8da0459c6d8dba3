"""A repository with files of Debian packages for another architecture: guests that nobody here wrote."""

def _debian_guest_impl(rctx):
    rctx.file("WORKSPACE", "workspace(name = \"{}\")\n".format(rctx.name))

    # Printed as it goes: a download is more than a few seconds.
    result = rctx.execute(
        [
            rctx.path(rctx.attr._fetch),
            "packages",
            rctx.attr.architecture + ("/" + rctx.attr.suite if rctx.attr.suite else ""),
        ] + rctx.attr.packages,
        environment = {"LC_ALL": "C"},
        quiet = False,
        timeout = 1800,
    )
    if result.return_code != 0:
        fail("cannot fetch {} for {}: {}".format(
            ", ".join(rctx.attr.packages),
            rctx.attr.architecture,
            result.stderr,
        ))
    for name, patterns in rctx.attr.files.items():
        found = rctx.execute(["sh", "-c", "cd packages && ls -d {} 2>/dev/null | head -n 1".format(patterns)])
        path = found.stdout.strip()
        if not path:
            fail("no {} in the packages".format(patterns))
        rctx.symlink("packages/" + path, name)
    rctx.file("BUILD.bazel", "exports_files({}, visibility = [\"//visibility:public\"])\n".format(
        rctx.attr.files.keys(),
    ))

debian_guest = repository_rule(
    implementation = _debian_guest_impl,
    attrs = {
        "architecture": attr.string(mandatory = True),
        "files": attr.string_dict(
            mandatory = True,
            doc = "name of a target: the file below packages/, as patterns of which one fits",
        ),
        "packages": attr.string_list(mandatory = True, doc = "see fetch_debian.sh"),
        "suite": attr.string(doc = "of Debian; without it the machine's own"),
        "_fetch": attr.label(default = "//integration/images:fetch_debian.sh"),
    },
    environ = ["AXVCPU_DEBS_DIR", "HOME", "XDG_CACHE_HOME"],
)

def debian_guests():
    """Defines @debian_guest_<architecture>; nothing is fetched before a target needs it."""
    debian_guest(
        name = "debian_guest_arm64",
        architecture = "arm64",
        files = {
            "busybox": "busybox-static/bin/busybox busybox-static/usr/bin/busybox",
            "kernel": "linux-image-cloud-arm64/boot/vmlinuz-* linux-image-cloud-arm64/usr/lib/modules/*/vmlinuz",
            "kernel.version": "linux-image-cloud-arm64.version",
            "u-boot.bin": "u-boot-qemu/usr/lib/u-boot/qemu_arm64/u-boot.bin",
        },
        packages = [
            "linux-image-cloud-arm64=kernel",
            "busybox-static",
            "u-boot-qemu",
        ],
    )
    debian_guest(
        name = "debian_guest_amd64",
        architecture = "amd64",
        files = {
            "busybox": "busybox-static/bin/busybox busybox-static/usr/bin/busybox",
            "kernel": "linux-image-cloud-amd64/boot/vmlinuz-* linux-image-cloud-amd64/usr/lib/modules/*/vmlinuz",
            "kernel.version": "linux-image-cloud-amd64.version",
        },
        packages = [
            "linux-image-cloud-amd64=kernel",
            "busybox-static",
        ],
    )

    # Kernels of other kinds; a name has a version, which other releases do not have.
    debian_guest(
        name = "debian_guest_pc",
        architecture = "amd64",
        files = {
            # Later ones than Debian 12's cannot be Xen's dom0.
            "kernel": "linux-image-cloud-amd64/boot/vmlinuz-*",
            "bios.bin": "seabios/usr/share/seabios/bios.bin",
            "memtest86+.bin": "memtest86+/boot/memtest86+x64.bin",
            "xen.gz": "xen-hypervisor-4.17-amd64/boot/xen-4.17-amd64.gz",
        },
        packages = [
            "linux-image-cloud-amd64=kernel",
            "memtest86+",
            "seabios",
            "xen-hypervisor-4.17-amd64",
        ],
        suite = "bookworm",
    )

    # Debian has this architecture since its release 13, whose installer comes with a kernel as it is.
    debian_guest(
        name = "debian_guest_riscv64",
        architecture = "riscv64",
        files = {
            "busybox": "busybox-static/bin/busybox busybox-static/usr/bin/busybox",
            "kernel": "debian-installer-13-netboot-riscv64/usr/lib/debian-installer/images/13/riscv64/text/debian-installer/riscv64/linux",
            "u-boot.bin": "u-boot-qemu/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin",
        },
        packages = [
            "debian-installer-13-netboot-riscv64",
            "busybox-static",
            "u-boot-qemu",
        ],
        suite = "trixie",
    )
