"""The same for MODULE.bazel."""

load("//repos:llvm.bzl", "llvm_toolchains")

def _llvm_impl(_module_ctx):
    llvm_toolchains(name = "axvcpu_llvm")

llvm = module_extension(
    implementation = _llvm_impl,
    doc = "Finds clang and lld on this machine: repository axvcpu_llvm.",
)
