"""A program that runs the bench with the kernels and the tool that belong to it."""

_LAUNCHER = """#!/bin/sh
# Runfiles: of `bazel run` and `bazel test`, else beside this script.
runfiles=${{RUNFILES_DIR:-${{TEST_SRCDIR:-$0.runfiles}}}}
# Takes --arch A and --vmm V out of the words: x86 on VMX is an architecture of its own here.
arch= vmm= last= count=$#
while [ $count -gt 0 ]; do
	word=$1
	shift
	count=$((count - 1))
	case $last,$word in
	--arch,*) arch=$word last= ;;
	--vmm,*) vmm=$word last= ;;
	*,--arch | *,--vmm) last=$word ;;
	*) set -- "$@" "$word"; last= ;;
	esac
done
case $arch,$vmm in
*, | x86_64,svm) ;;
x86_64,vmx) arch=x86_64-vmx ;;
*) echo "bench: --vmm svm and --vmm vmx are of --arch x86_64" >&2; exit 2 ;;
esac
run() {{
	case $1 in
{cases}
	*) echo "bench: no architecture $1 here" >&2; exit 2 ;;
	esac
	one=$1
	shift
	{script} {tool} $kernels --arch "$one" "$@"
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
