"""GoogleTest tests, each with a twin under AddressSanitizer and UndefinedBehaviorSanitizer."""

load("@axvcpu_toolchains//cc:warnings.bzl", "CXX_COPTS", "C_COPTS")
load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

_SANITIZE = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
]

def _sanitize_transition_impl(settings, _attr):
    options = {}
    for name in ["//command_line_option:copt", "//command_line_option:linkopt"]:
        options[name] = settings[name] + [flag for flag in _SANITIZE if flag not in settings[name]]
    return options

_sanitize_transition = transition(
    implementation = _sanitize_transition_impl,
    inputs = [
        "//command_line_option:copt",
        "//command_line_option:linkopt",
    ],
    outputs = [
        "//command_line_option:copt",
        "//command_line_option:linkopt",
    ],
)

def _sanitized_test_impl(ctx):
    test = ctx.attr.test[0]
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = launcher,
        target_file = test[DefaultInfo].files_to_run.executable,
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = [test[DefaultInfo].files_to_run.executable])
    return [DefaultInfo(
        executable = launcher,
        runfiles = runfiles.merge(test[DefaultInfo].default_runfiles),
    )]

sanitized_test = rule(
    implementation = _sanitized_test_impl,
    doc = "The test `test`, with it and everything below it built with ASan and UBSan.",
    attrs = {
        "test": attr.label(
            mandatory = True,
            cfg = _sanitize_transition,
            executable = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    test = True,
)

def axvcpu_cc_test(name, copts = [], deps = [], size = "small", googletest = True, **kwargs):
    """A GoogleTest test `<name>` and its sanitized twin `<name>_san`.

    Args:
      name: of the test.
      copts: more options for the compiler.
      deps: libraries; GoogleTest is added.
      size: of both tests.
      googletest: False for a program with a main() of its own.
      **kwargs: for cc_test.
    """
    cc_test(
        name = name,
        size = size,
        copts = CXX_COPTS + copts,
        deps = deps + (["@axvcpu_toolchains//:gtest_main"] if googletest else []),
        **kwargs
    )
    sanitized_test(
        name = name + "_san",
        size = size,
        test = ":" + name,
    )

def axvcpu_cc_library(name, copts = [], **kwargs):
    """A cc_library of our own C code: C11, warnings are errors.

    Args:
      name: of the library.
      copts: more options for the compiler.
      **kwargs: for cc_library.
    """
    cc_library(
        name = name,
        copts = C_COPTS + copts,
        **kwargs
    )
