"""For MODULE.bazel."""

load("//integration/images:debian.bzl", "debian_guests")

def _guests_impl(_module_ctx):
    debian_guests()

guests = module_extension(
    implementation = _guests_impl,
    doc = "Repositories with guests from Debian's packages.",
)
