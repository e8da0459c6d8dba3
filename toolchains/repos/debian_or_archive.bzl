"""Repository rules for what Bazel itself needs: a Debian package's folder, else an archive."""

def _debian_or_archive_impl(rctx):
    if rctx.path(rctx.attr.debian_path).exists:
        # A copy, so that a changed file never writes through a link.
        result = rctx.execute(["cp", "-R", rctx.attr.debian_path + "/.", "."])
        if result.return_code != 0:
            fail("cannot copy {}: {}".format(rctx.attr.debian_path, result.stderr))
    elif rctx.attr.url:
        rctx.download_and_extract(
            url = rctx.attr.url,
            sha256 = rctx.attr.sha256,
            stripPrefix = rctx.attr.strip_prefix,
        )
    else:
        fail("{} is missing: install the package {}".format(
            rctx.attr.debian_path,
            rctx.attr.debian_package,
        ))

    for path in rctx.attr.replace_in:
        if not rctx.path(path).exists:
            continue
        text = rctx.read(path)
        for old, new in rctx.attr.replace.items():
            text = text.replace(old, new)
        rctx.delete(path)
        rctx.file(path, text, executable = False)

    # The first line of a value is the mark of a file that has the text already.
    for path, marked in rctx.attr.append_unless_present.items():
        mark, _, addition = marked.partition("\n")
        text = rctx.read(path)
        if mark not in text:
            rctx.delete(path)
            rctx.file(path, text + addition, executable = False)

    if rctx.attr.build_file:
        rctx.delete("BUILD.bazel")
        rctx.symlink(rctx.attr.build_file, "BUILD.bazel")
    if not rctx.path("WORKSPACE").exists:
        rctx.file("WORKSPACE", "workspace(name = \"{}\")\n".format(rctx.name))

debian_or_archive = repository_rule(
    implementation = _debian_or_archive_impl,
    attrs = {
        "append_unless_present": attr.string_dict(doc = "file: mark, line end, text to append if the mark is absent"),
        "build_file": attr.label(allow_single_file = True),
        "debian_package": attr.string(mandatory = True, doc = "for messages"),
        "debian_path": attr.string(mandatory = True, doc = "where that package puts its files"),
        "replace": attr.string_dict(doc = "text: its replacement"),
        "replace_in": attr.string_list(doc = "files in which to replace"),
        "sha256": attr.string(),
        "strip_prefix": attr.string(),
        "url": attr.string(doc = "archive for machines without the package"),
    },
    local = True,
)

def _empty_coverage_tools_impl(rctx):
    rctx.file("WORKSPACE", "workspace(name = \"{}\")\n".format(rctx.name))
    rctx.file("BUILD.bazel", """
filegroup(
    name = "coverage_report_generator",
    visibility = ["//visibility:public"],
)
""")

empty_coverage_tools = repository_rule(
    implementation = _empty_coverage_tools_impl,
    doc = "Every cc_test depends on Bazel's coverage tools, a download that only `bazel coverage` uses.",
)
