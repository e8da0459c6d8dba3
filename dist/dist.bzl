"""An arch package as an archive for builds without Bazel."""

load("@axvcpu_toolchains//rules:platform_binary.bzl", "platform_files")

def axvcpu_dist(name, cpu, description):
    """`<name>.tar.gz`: headers, static libraries, pkg-config files and licence of an arch package.

    Args:
      name: of the package.
      cpu: that its libraries are for.
      description: one line, for its pkg-config file.
    """
    libraries = {
        "api": "@axvcpu_api//:axvcpu_api",
        "arch": "@{0}//:{0}".format(name),
        "static": "@{}//:static".format(name),
        "static_api": "@axvcpu_api//:static_binding",
    }
    for part, target in libraries.items():
        platform_files(
            name = "{}_{}".format(name, part),
            platform = "@axvcpu_toolchains//:" + cpu,
            target = target,
            visibility = ["//visibility:private"],
        )
    headers = [
        "@axvcpu_api//:public_headers",
        "@{}//:public_headers".format(name),
    ]
    texts = [
        "//:LICENSE",
        "@{}//:CHANGELOG.md".format(name),
        "@{}//:README.md".format(name),
    ]
    native.genrule(
        name = name,
        srcs = [":{}_{}".format(name, part) for part in libraries] + headers + texts,
        outs = [name + ".tar.gz"],
        cmd = " ".join(
            ["sh $(location make.sh) $@", name, "'" + description + "'"] +
            ["'$(locations @axvcpu_toolchains//:llvm_tools)'"] +
            ["$(location :{}_{})".format(name, part) for part in ["api", "arch", "static_api", "static"]] +
            ["$(location {})".format(text) for text in texts] +
            ["$(locations {})".format(target) for target in headers],
        ),
        tools = [
            "make.sh",
            "@axvcpu_toolchains//:llvm_tools",
        ],
        visibility = ["//visibility:public"],
    )
