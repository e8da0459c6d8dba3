"""A program that starts the runner with the hypervisor and the device tree that belong to it."""

def _path(ctx, file):
    return "$runfiles/{}/{}".format(ctx.workspace_name, file.short_path)

def _runner_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    hypervisor = ctx.file.hypervisor
    dtb = ctx.file.dtb
    files = [
        "{} \"{}\"".format(option, _path(ctx, file))
        for option, file in zip(ctx.attr.file_options, ctx.files.option_files)
    ]
    lines = [
        "#!/bin/sh",
        "# Runfiles: of `bazel run` and `bazel test`, else beside this script.",
        "runfiles=${RUNFILES_DIR:-${TEST_SRCDIR:-$0.runfiles}}",
        "exec \"{}\" --hypervisor \"{}\" --base-dtb \"{}\" {} \"$@\"".format(
            _path(ctx, ctx.executable.program),
            _path(ctx, hypervisor),
            _path(ctx, dtb),
            " ".join(files + ["'" + arg + "'" for arg in ctx.attr.fixed_arguments]),
        ),
    ]
    ctx.actions.write(launcher, "\n".join(lines) + "\n", is_executable = True)
    runfiles = ctx.runfiles(files = [hypervisor, dtb] + ctx.files.option_files)
    runfiles = runfiles.merge(ctx.attr.program[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

runner = rule(
    implementation = _runner_impl,
    attrs = {
        "dtb": attr.label(mandatory = True, allow_single_file = True),
        "file_options": attr.string_list(doc = "options that name the files of option_files"),
        "fixed_arguments": attr.string_list(doc = "arguments that are always given"),
        "hypervisor": attr.label(mandatory = True, allow_single_file = True),
        "option_files": attr.label_list(allow_files = True),
        "program": attr.label(mandatory = True, cfg = "target", executable = True),
    },
    executable = True,
)
