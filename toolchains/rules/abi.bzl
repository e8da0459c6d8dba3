"""A package's binary interface: dumped, compared with its release, recorded. See docs/abi.md."""

load("@axvcpu_toolchains//cc:cpu_flags.bzl", "CPU_FLAGS")
load("@axvcpu_toolchains//rules:platform_binary.bzl", "platform_files")
load("@axvcpu_toolchains//rules:script_test.bzl", "script_test")

def _include_dir(headers):
    path = headers[0].path
    return path[:path.rindex("/include/")] + "/include"

def _dump_impl(ctx):
    archives = [file for file in ctx.files.library if file.extension == "a"]
    if len(archives) != 1:
        fail("{} has not one archive, but {}".format(ctx.attr.library.label, archives))
    clang = [file for file in ctx.files._tools if file.basename == "clang"][0]
    dump = ctx.actions.declare_file("{}/{}.abi".format(ctx.label.name, ctx.attr.cpu))
    args = ctx.actions.args()
    args.add(dump)
    args.add(clang.dirname)
    args.add(" ".join(CPU_FLAGS[ctx.attr.cpu]))
    args.add(ctx.attr.prefix)
    args.add(archives[0])
    args.add(_include_dir(ctx.files.hdrs))
    inputs = archives + ctx.files.hdrs
    for target in ctx.attr.dep_hdrs:
        headers = target[DefaultInfo].files.to_list()
        args.add(_include_dir(headers))
        inputs = inputs + headers
    ctx.actions.run(
        outputs = [dump],
        inputs = inputs,
        executable = ctx.executable._dump,
        tools = ctx.files._tools,
        arguments = [args],
        mnemonic = "AbiDump",
        progress_message = "Dumping the binary interface of {} for {}".format(
            ctx.attr.library.label,
            ctx.attr.cpu,
        ),
        use_default_shell_env = True,
    )
    return [DefaultInfo(files = depset([dump]), runfiles = ctx.runfiles(files = [dump]))]

_abi_dump = rule(
    implementation = _dump_impl,
    doc = "<name>/<cpu>.abi: the binary interface of a library as abi_dump.sh writes it.",
    attrs = {
        "cpu": attr.string(mandatory = True),
        "dep_hdrs": attr.label_list(allow_files = [".h"], doc = "one target a package"),
        "hdrs": attr.label_list(mandatory = True, allow_files = [".h"]),
        "library": attr.label(mandatory = True, doc = "files for `cpu`"),
        "prefix": attr.string(mandatory = True),
        "_dump": attr.label(
            default = "@axvcpu_toolchains//abi:abi_dump.sh",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
        ),
        "_tools": attr.label(default = "@axvcpu_toolchains//:llvm_tools"),
    },
)

def _number(release):
    major, minor = release.split(".")
    return int(major) * 1000 + int(minor)

def _newest(releases):
    newest = None
    for release in releases:
        if newest == None or _number(release) > _number(newest):
            newest = release
    return newest

def axvcpu_abi_test(name, library, prefix, cpus, deps = []):
    """A test that the binary interface is that of the newest release in abi/, or may follow it.

    Also `<name>_dumps`, which axvcpu_abi_record() takes. The public headers are in include/;
    CHANGELOG.md and MODULE.bazel agree with their version.

    Args:
      name: of the test.
      library: cc_library with all code of the package.
      prefix: regular expression for the start of all public names and of every symbol of the archive, in
        lower case.
      cpus: for which it is built.
      deps: `public_headers` targets of the packages whose headers it includes.
    """
    headers = native.glob(["include/**/*.h"])
    dumps = []
    for cpu in cpus:
        dump = "{}_dump_{}".format(name, cpu)
        platform_files(
            name = dump + "_library",
            platform = "@axvcpu_toolchains//:" + cpu,
            target = library,
        )
        _abi_dump(
            name = dump,
            cpu = cpu,
            dep_hdrs = deps,
            hdrs = headers,
            library = ":{}_library".format(dump),
            prefix = prefix,
        )
        dumps.append(":" + dump)
    native.filegroup(
        name = name + "_dumps",
        srcs = dumps + headers,
    )

    released = native.glob(["abi/*/*.abi"], allow_empty = True)
    release = _newest([path.split("/")[1] for path in released])
    released = [path for path in released if path.startswith("abi/{}/".format(release))]
    script_test(
        name = name,
        size = "small",
        arguments = [
            library.lstrip(":"),
            prefix,
            release or "none",
        ] + ["$(rootpath {})".format(path) for path in released] + ["--"] + [
            "$(rootpath {})".format(dump)
            for dump in dumps
        ] + [
            "--",
            "$(rootpath CHANGELOG.md)",
            "$(rootpath MODULE.bazel)",
        ],
        data = released + dumps + [
            "CHANGELOG.md",
            "MODULE.bazel",
            "@axvcpu_toolchains//abi:check_files",
        ],
        program = "@axvcpu_toolchains//abi:abi_check.sh",
    )

def _record_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    files = []
    lines = [
        "#!/bin/sh",
        "set -eu",
        "runfiles=${RUNFILES_DIR:-$0.runfiles}/" + ctx.workspace_name,
        "cd \"$runfiles\"",
        "files=$(mktemp)",
        "trap 'rm -f \"$files\"' EXIT",
    ]
    for target, folder in ctx.attr.packages.items():
        for file in target[DefaultInfo].files.to_list():
            files.append(file)
            lines.append("echo '{} {}' >>\"$files\"".format(folder, file.short_path))
    lines.append("{} \"$files\" \"$@\"".format(ctx.executable._record.short_path))
    ctx.actions.write(launcher, "\n".join(lines) + "\n", is_executable = True)
    return [DefaultInfo(
        executable = launcher,
        runfiles = ctx.runfiles(files = files + [ctx.executable._record] + ctx.files._check_files),
    )]

axvcpu_abi_record = rule(
    implementation = _record_impl,
    doc = "`bazel run` writes the packages' dumps and headers into their abi/ folders.",
    attrs = {
        "packages": attr.label_keyed_string_dict(
            mandatory = True,
            doc = "`..._dumps` targets and their packages' folders in the workspace",
        ),
        "_check_files": attr.label(default = "@axvcpu_toolchains//abi:check_files"),
        "_record": attr.label(
            default = "@axvcpu_toolchains//abi:abi_record.sh",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
        ),
    },
    executable = True,
)
