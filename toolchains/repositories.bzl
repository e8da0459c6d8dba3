"""WORKSPACE macros: what the packages need, from Debian's packages or upstream."""

load("//repos:debian_or_archive.bzl", "debian_or_archive", "empty_coverage_tools")
load("//repos:llvm.bzl", "llvm_toolchains")

# rules_cc 0.0.4 takes use_cpp_toolchain from a file of Bazel's own tools that
# has none in Bazel 4.2.3; there, the toolchain type itself is all it needs.
_RULES_CC_LOAD = """load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain", "use_cpp_toolchain")"""
_RULES_CC_LOAD_FIXED = """load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")"""
_RULES_CC_USE = "use_cpp_toolchain()"
_RULES_CC_USE_FIXED = """["@bazel_tools//tools/cpp:toolchain_type"]"""

# Debian's platforms 0.0.2 knows no RISC-V.
_RISCV64 = """
constraint_value(
    name = "riscv64",
    constraint_setting = ":cpu",
)
"""

def axvcpu_dependencies():
    """Defines @platforms, @rules_cc, @rules_java, @googletest unless they exist."""
    existing = native.existing_rules()
    if "platforms" not in existing:
        debian_or_archive(
            name = "platforms",
            debian_package = "bazel-platforms",
            debian_path = "/usr/share/bazel/tools/platforms",
            append_unless_present = {"cpu/BUILD": "\"riscv64\"" + "\n" + _RISCV64},
            sha256 = "218efe8ee736d26a3572663b374a253c012b716d8af0c07e842e82f238a0a7ee",
            url = "https://github.com/bazelbuild/platforms/releases/download/0.0.10/platforms-0.0.10.tar.gz",
        )
    if "rules_cc" not in existing:
        debian_or_archive(
            name = "rules_cc",
            debian_package = "bazel-rules-cc",
            debian_path = "/usr/share/bazel/rules/cc",
            replace = {
                _RULES_CC_LOAD: _RULES_CC_LOAD_FIXED,
                _RULES_CC_USE: _RULES_CC_USE_FIXED,
            },
            replace_in = [
                "cc/private/rules_impl/cc_flags_supplier.bzl",
                "cc/private/rules_impl/compiler_flag.bzl",
            ],
            sha256 = "2037875b9a4456dce4a79d112a8ae885bbc4aad968e6587dca6e64f3a0900cdf",
            strip_prefix = "rules_cc-0.0.9",
            url = "https://github.com/bazelbuild/rules_cc/releases/download/0.0.9/rules_cc-0.0.9.tar.gz",
        )
    if "googletest" not in existing:
        debian_or_archive(
            name = "googletest",
            build_file = "@axvcpu_toolchains//repos:googletest.BUILD",
            debian_package = "googletest",
            debian_path = "/usr/src/googletest",
            sha256 = "8ad598c73ad796e0d8280b082cebd82a630d73e73cd3c70057938a6501bba5d7",
            strip_prefix = "googletest-1.14.0",
            url = "https://github.com/google/googletest/archive/refs/tags/v1.14.0.tar.gz",
        )

    # Bazel 4 asks for these two although nothing here uses them; the archive is its own choice.
    if "rules_java" not in existing:
        debian_or_archive(
            name = "rules_java",
            debian_package = "bazel-rules-java",
            debian_path = "/usr/share/bazel/rules/java",
            sha256 = "bc81f1ba47ef5cc68ad32225c3d0e70b8c6f6077663835438da8d5733f917598",
            strip_prefix = "rules_java-7cf3cefd652008d0a64a419c34c13bdca6c8f178",
            url = "https://github.com/bazelbuild/rules_java/archive/7cf3cefd652008d0a64a419c34c13bdca6c8f178.zip",
        )
    if "remote_coverage_tools" not in existing:
        empty_coverage_tools(name = "remote_coverage_tools")

def axvcpu_toolchains():
    """Finds clang and lld and registers a toolchain for each platform."""
    if "axvcpu_llvm" not in native.existing_rules():
        llvm_toolchains(name = "axvcpu_llvm")
    native.register_toolchains("@axvcpu_llvm//:all")
