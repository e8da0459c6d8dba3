"""A program that runs the bench with the kernels and the tool that belong to it."""

def _path(ctx, file):
    return "\"$runfiles/{}/{}\"".format(ctx.workspace_name, file.short_path)

def _bench_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name + "_launcher")  # there is a folder of that name
    programs = [ctx.executable.script, ctx.executable.tool] + ctx.files.kernels
    lines = [
        "#!/bin/sh",
        "# Runfiles: of `bazel run` and `bazel test`, else beside this script.",
        "runfiles=${RUNFILES_DIR:-${TEST_SRCDIR:-$0.runfiles}}",
        "exec {} \"$@\"".format(" ".join([_path(ctx, program) for program in programs])),
    ]
    ctx.actions.write(launcher, "\n".join(lines) + "\n", is_executable = True)
    runfiles = ctx.runfiles(files = programs)
    runfiles = runfiles.merge(ctx.attr.tool[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

bench = rule(
    implementation = _bench_impl,
    attrs = {
        "kernels": attr.label_list(doc = "in the order of bench.sh", allow_files = True),
        "script": attr.label(cfg = "target", executable = True, allow_files = True),
        "tool": attr.label(mandatory = True, cfg = "target", executable = True),
    },
    executable = True,
)
