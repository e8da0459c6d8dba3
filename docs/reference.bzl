"""The reference documentation, as a folder."""

def _reference_impl(ctx):
    output = ctx.actions.declare_directory(ctx.label.name)
    files = depset(
        [ctx.file.config, ctx.file.check, ctx.file.filter, ctx.file.main_page],
        transitive = [depset(ctx.files.headers)],
    )
    arguments = ctx.actions.args()
    arguments.add(output.path)
    arguments.add_all(files)
    ctx.actions.run(
        executable = ctx.executable.program,
        arguments = [arguments],
        inputs = files,
        mnemonic = "Doxygen",
        outputs = [output],
        # doxygen and python3 are the machine's.
        use_default_shell_env = True,
    )
    return [DefaultInfo(files = depset([output]))]

reference = rule(
    implementation = _reference_impl,
    doc = "A folder with Doxygen's pages of `headers`; no symbol is without a description.",
    attrs = {
        "check": attr.label(allow_single_file = True, mandatory = True),
        "config": attr.label(allow_single_file = True, mandatory = True),
        "filter": attr.label(allow_single_file = [".sed"], mandatory = True),
        "headers": attr.label_list(allow_files = [".h"], mandatory = True),
        "main_page": attr.label(allow_single_file = [".md"], mandatory = True),
        "program": attr.label(
            allow_files = True,
            cfg = "exec",
            executable = True,
            mandatory = True,
        ),
    },
)
