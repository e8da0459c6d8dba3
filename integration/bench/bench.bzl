"""A program that runs the bench with the kernels and the tool that belong to it."""

_LAUNCHER = """#!/bin/sh
# Runfiles: of `bazel run` and `bazel test`, else beside this script.
runfiles=${{RUNFILES_DIR:-${{TEST_SRCDIR:-$0.runfiles}}}}
arch=
for word; do
	if [ "$arch" = next ]; then
		arch=$word
	elif [ "$word" = --arch ]; then
		arch=next
	fi
done
run() {{
	case $1 in
{cases}
	*) echo "bench: no architecture $1 here" >&2; exit 2 ;;
	esac
	one=$1
	shift
	if [ "$one" = "$arch" ]; then
		{script} {tool} $kernels "$@"
	else
		{script} {tool} $kernels --arch "$one" "$@"
	fi
}}
if [ -n "$arch" ]; then
	run "$arch" "$@"
	exit
fi
[ $# -eq 0 ] || {{ echo "bench: files are of one --arch" >&2; exit 2; }}
for one in {arches}; do
	run "$one"
	echo
done
"""

def _path(ctx, file):
    return "$runfiles/{}/{}".format(ctx.workspace_name, file.short_path)

def _bench_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name + "_launcher")  # there is a folder of that name
    kernels = ctx.files.kernels
    cases = []
    for number, arch in enumerate(ctx.attr.arches):
        builds = kernels[number * ctx.attr.builds:(number + 1) * ctx.attr.builds]
        cases.append("\t{}) kernels=\"{}\" ;;".format(arch, " ".join([_path(ctx, build) for build in builds])))
    ctx.actions.write(
        launcher,
        _LAUNCHER.format(
            arches = " ".join(ctx.attr.arches),
            cases = "\n".join(cases),
            script = "\"{}\"".format(_path(ctx, ctx.executable.script)),
            tool = "\"{}\"".format(_path(ctx, ctx.executable.tool)),
        ),
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = kernels + [ctx.executable.script, ctx.executable.tool])
    runfiles = runfiles.merge(ctx.attr.tool[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

bench = rule(
    implementation = _bench_impl,
    attrs = {
        "arches": attr.string_list(doc = "architectures, in the order of `kernels`"),
        "builds": attr.int(default = 2, doc = "kernels of each architecture"),
        "kernels": attr.label_list(doc = "for each architecture in the order of bench.sh", allow_files = True),
        "script": attr.label(cfg = "target", executable = True, allow_files = True),
        "tool": attr.label(mandatory = True, cfg = "target", executable = True),
    },
    executable = True,
)
