"""A test that runs a program: sh_test as a rule that every Bazel version has."""

def _quote(text):
    return "'" + text.replace("'", "'\\''") + "'"

def _script_test_impl(ctx):
    program = ctx.executable.program
    args = [ctx.expand_location(arg, ctx.attr.data) for arg in ctx.attr.arguments]
    launcher = ctx.actions.declare_file(ctx.label.name)
    lines = ["#!/bin/sh"]
    lines += ["export {}={}".format(key, _quote(value)) for key, value in ctx.attr.environment.items()]
    lines.append("exec {} {}".format(
        _quote("./" + program.short_path),
        " ".join([_quote(arg) for arg in args]),
    ))
    ctx.actions.write(launcher, "\n".join(lines) + "\n", is_executable = True)
    runfiles = ctx.runfiles(files = ctx.files.data + [program])
    runfiles = runfiles.merge(ctx.attr.program[DefaultInfo].default_runfiles)
    for target in ctx.attr.data:
        runfiles = runfiles.merge(target[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

script_test = rule(
    implementation = _script_test_impl,
    doc = """Passes if `program` exits with 0.

Its working directory is the runfiles root of the main repository.""",
    attrs = {
        "arguments": attr.string_list(doc = "with $(rootpath) of `data` expanded"),
        "data": attr.label_list(allow_files = True),
        "environment": attr.string_dict(),
        "program": attr.label(
            mandatory = True,
            allow_files = True,
            cfg = "target",
            executable = True,
        ),
    },
    test = True,
)
