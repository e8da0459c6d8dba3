"""axvcpu_api bound to one arch package at compile time."""

load("@axvcpu_toolchains//rules:cc_test.bzl", "axvcpu_cc_library")
load("@rules_cc//cc:defs.bzl", "cc_library")

def axvcpu_static_library(name, table, srcs, hdrs, **kwargs):
    """All of an arch package and of axvcpu_api, without calls through the ops table.

    static/static.c includes `table` and axvcpu/static.h. Who depends on it depends on
    neither of the two packages' own libraries; the headers are the same.

    Args:
      name: of the library.
      table: the source file that has the table.
      srcs: the package's sources, `table` may be among them.
      hdrs: its public headers, in include/.
      **kwargs: for cc_library.
    """
    cc_library(
        name = name + "_table",
        textual_hdrs = [table],
        visibility = ["//visibility:private"],
    )
    axvcpu_cc_library(
        name = name,
        srcs = [src for src in srcs if src != table] + ["static/static.c"],
        hdrs = hdrs,
        strip_include_prefix = "include",
        deps = [
            ":{}_table".format(name),
            "@axvcpu_api//:headers",
            "@axvcpu_api//:static_sources",
        ],
        **kwargs
    )
