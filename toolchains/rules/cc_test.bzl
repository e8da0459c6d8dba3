"""GoogleTest tests, each with a twin under AddressSanitizer and UndefinedBehaviorSanitizer, those with
threads with another one under ThreadSanitizer."""

load("@axvcpu_toolchains//cc:warnings.bzl", "CXX_COPTS", "C_COPTS")
load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

def _sanitize_transition_impl(settings, attr):
    flags = [
        "-fsanitize=" + attr.sanitizers,
        "-fno-sanitize-recover=all",
        "-fno-omit-frame-pointer",
    ]
    options = {}
    for name in ["//command_line_option:copt", "//command_line_option:linkopt"]:
        options[name] = settings[name] + [flag for flag in flags if flag not in settings[name]]
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
    doc = "The test `test`, with it and everything below it built with sanitizers.",
    attrs = {
        "sanitizers": attr.string(default = "address,undefined"),
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

def axvcpu_cc_test(name, copts = [], deps = [], size = "small", googletest = True, threads = False, **kwargs):
    """A GoogleTest test `<name>` and its sanitized twin `<name>_san`.

    Args:
      name: of the test.
      copts: more options for the compiler.
      deps: libraries; GoogleTest is added.
      size: of both tests.
      googletest: False for a program with a main() of its own.
      threads: whether there is `<name>_tsan` too. It is manual: where addresses are random in more
        than 28 bits (vm.mmap_rnd_bits) older ThreadSanitizers do not start.
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
    if threads:
        sanitized_test(
            name = name + "_tsan",
            size = size,
            sanitizers = "thread",
            tags = ["manual"],
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
