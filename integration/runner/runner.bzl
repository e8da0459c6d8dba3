"""A program that starts the runner with the hypervisors and the device trees that belong to it."""

def _path(ctx, file):
    return "$runfiles/{}/{}".format(ctx.workspace_name, file.short_path)

def _runner_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    options = []
    files = []
    for option, targets in [
        ("hypervisor", ctx.attr.hypervisors),
        ("rom", ctx.attr.roms),
        ("base-dtb", ctx.attr.dtbs),
        ("demo-kernel", ctx.attr.demo_kernels),
        ("demo-initrd", ctx.attr.demo_initrds),
    ]:
        for target, arch in targets.items():
            file = target.files.to_list()[0]
            files.append(file)
            options.append("--{}-{} \"{}\"".format(option, arch, _path(ctx, file)))
    lines = [
        "#!/bin/sh",
        "# Runfiles: of `bazel run` and `bazel test`, else beside this script.",
        "runfiles=${RUNFILES_DIR:-${TEST_SRCDIR:-$0.runfiles}}",
        "exec \"{}\" {} \"$@\"".format(
            _path(ctx, ctx.executable.program),
            " ".join(options + (["--demo"] if ctx.attr.demo_kernels else [])),
        ),
    ]
    ctx.actions.write(launcher, "\n".join(lines) + "\n", is_executable = True)
    runfiles = ctx.runfiles(files = files)
    runfiles = runfiles.merge(ctx.attr.program[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

_FILES = attr.label_keyed_string_dict(allow_files = True)

runner = rule(
    implementation = _runner_impl,
    doc = "Dictionaries have a file and the architecture that it is for; with kernels it is a demo.",
    attrs = {
        "demo_initrds": _FILES,
        "demo_kernels": _FILES,
        "dtbs": _FILES,
        "hypervisors": _FILES,
        "roms": _FILES,
        "program": attr.label(mandatory = True, cfg = "target", executable = True),
    },
    executable = True,
)
