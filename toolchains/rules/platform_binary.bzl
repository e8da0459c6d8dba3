"""Builds for another platform from a host-side build, so that one `bazel test` has all kernels."""

def _platform_transition_impl(_settings, attr):
    return {"//command_line_option:platforms": str(attr.platform)}

_platform_transition = transition(
    implementation = _platform_transition_impl,
    inputs = [],
    outputs = ["//command_line_option:platforms"],
)

def _files(ctx):
    # An attribute with a transition is a list, also for a single label.
    return depset(transitive = [target[DefaultInfo].files for target in ctx.attr.target])

def _platform_files_impl(ctx):
    files = _files(ctx)
    return [DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files))]

platform_files = rule(
    implementation = _platform_files_impl,
    doc = "The files of `target`, built for `platform`.",
    attrs = {
        "platform": attr.label(mandatory = True),
        "target": attr.label(mandatory = True, cfg = _platform_transition),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
