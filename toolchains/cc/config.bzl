"""Compiler and linker flags of the cross toolchains."""

load("@axvcpu_toolchains//cc:cpu_flags.bzl", "CPU_FLAGS")
load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load(
    "@rules_cc//cc:cc_toolchain_config_lib.bzl",
    "action_config",
    "feature",
    "flag_group",
    "flag_set",
    "tool",
    "tool_path",
    "variable_with_value",
    "with_feature_set",
)
load("@rules_cc//cc:defs.bzl", "CcToolchainConfigInfo", "cc_common")

_COMPILE = [
    ACTION_NAMES.assemble,
    ACTION_NAMES.preprocess_assemble,
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_header_parsing,
]
_COMPILE_CXX = [ACTION_NAMES.cpp_compile, ACTION_NAMES.cpp_header_parsing]
_LINK = [ACTION_NAMES.cpp_link_executable]

_LINK_EMULATION = {
    "aarch64": "aarch64elf",
    "riscv64": "elf64lriscv",
    "x86_64": "elf_x86_64",
}

def _flags(name, actions, flags, with_features = []):
    return feature(
        name = name,
        enabled = True,
        flag_sets = [flag_set(
            actions = actions,
            flag_groups = [flag_group(flags = flags)],
            with_features = with_features,
        )],
    )

def _impl(ctx):
    cpu = ctx.attr.cpu
    features = [
        feature(name = "opt"),
        feature(name = "dbg"),
        feature(name = "fastbuild"),
        feature(name = "no_legacy_features"),
        _flags("target", _COMPILE, CPU_FLAGS[cpu]),
        _flags("freestanding", _COMPILE, [
            "-ffreestanding",
            "-nostdinc",
            "-fno-pic",
            "-fno-stack-protector",
            "-fno-common",
            "-ffunction-sections",
            "-fdata-sections",
            "-fno-asynchronous-unwind-tables",
            # The same bytes wherever the tree stands.
            "-no-canonical-prefixes",
            "-Wno-builtin-macro-redefined",
            "-D__DATE__=\"redacted\"",
            "-D__TIME__=\"redacted\"",
            "-D__TIMESTAMP__=\"redacted\"",
        ] + [
            flag
            for directory in ctx.attr.include_dirs[:1]
            for flag in ["-isystem", directory]
        ]),
        _flags("cxx", _COMPILE_CXX, ["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"]),
        # Optimized in every mode: what the tests boot is what users link. Debuggers
        # find their way by the debug information, not by a frame pointer.
        _flags("optimize", _COMPILE, ["-O2", "-g", "-fomit-frame-pointer"]),
        _flags("ndebug", _COMPILE, ["-DNDEBUG"], [with_feature_set(features = ["opt"])]),
        feature(
            name = "compiler_input_output",
            enabled = True,
            flag_sets = [
                flag_set(actions = _COMPILE, flag_groups = [
                    flag_group(
                        expand_if_available = "dependency_file",
                        flags = ["-MD", "-MF", "%{dependency_file}"],
                    ),
                    flag_group(
                        expand_if_available = "preprocessor_defines",
                        flags = ["-D%{preprocessor_defines}"],
                        iterate_over = "preprocessor_defines",
                    ),
                    flag_group(
                        expand_if_available = "includes",
                        flags = ["-include", "%{includes}"],
                        iterate_over = "includes",
                    ),
                    flag_group(flags = ["-iquote", "%{quote_include_paths}"], iterate_over = "quote_include_paths"),
                    flag_group(flags = ["-I%{include_paths}"], iterate_over = "include_paths"),
                    flag_group(flags = ["-isystem", "%{system_include_paths}"], iterate_over = "system_include_paths"),
                    flag_group(
                        expand_if_available = "user_compile_flags",
                        flags = ["%{user_compile_flags}"],
                        iterate_over = "user_compile_flags",
                    ),
                    flag_group(
                        expand_if_available = "output_assembly_file",
                        flags = ["-S"],
                    ),
                    flag_group(
                        expand_if_available = "output_preprocess_file",
                        flags = ["-E"],
                    ),
                    flag_group(expand_if_available = "source_file", flags = ["-c", "%{source_file}"]),
                    flag_group(expand_if_available = "output_file", flags = ["-o", "%{output_file}"]),
                ]),
            ],
        ),
        feature(
            name = "archiver",
            enabled = True,
            flag_sets = [flag_set(
                actions = [ACTION_NAMES.cpp_link_static_library],
                flag_groups = [
                    flag_group(flags = ["rcsD"]),
                    flag_group(expand_if_available = "output_execpath", flags = ["%{output_execpath}"]),
                    flag_group(
                        expand_if_available = "libraries_to_link",
                        iterate_over = "libraries_to_link",
                        flag_groups = [
                            flag_group(
                                expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file"),
                                flags = ["%{libraries_to_link.name}"],
                            ),
                            flag_group(
                                expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file_group"),
                                flags = ["%{libraries_to_link.object_files}"],
                                iterate_over = "libraries_to_link.object_files",
                            ),
                        ],
                    ),
                ],
            )],
        ),
        feature(
            name = "linker",
            enabled = True,
            flag_sets = [flag_set(
                actions = _LINK,
                flag_groups = [
                    flag_group(flags = [
                        "-m",
                        _LINK_EMULATION[cpu],
                        "-static",
                        "-nostdlib",
                        "--gc-sections",
                        "--build-id=none",
                        "-z",
                        "noexecstack",
                        "-z",
                        "max-page-size=4096",
                    ]),
                    flag_group(expand_if_available = "output_execpath", flags = ["-o", "%{output_execpath}"]),
                    flag_group(
                        expand_if_available = "libraries_to_link",
                        iterate_over = "libraries_to_link",
                        flag_groups = [
                            flag_group(
                                expand_if_true = "libraries_to_link.is_whole_archive",
                                flags = ["--whole-archive"],
                            ),
                            flag_group(
                                expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file_group"),
                                flags = ["%{libraries_to_link.object_files}"],
                                iterate_over = "libraries_to_link.object_files",
                            ),
                            flag_group(
                                expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file"),
                                flags = ["%{libraries_to_link.name}"],
                            ),
                            flag_group(
                                expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "static_library"),
                                flags = ["%{libraries_to_link.name}"],
                            ),
                            flag_group(
                                expand_if_true = "libraries_to_link.is_whole_archive",
                                flags = ["--no-whole-archive"],
                            ),
                        ],
                    ),
                    flag_group(
                        expand_if_available = "user_link_flags",
                        flags = ["%{user_link_flags}"],
                        iterate_over = "user_link_flags",
                    ),
                ],
            )],
        ),
    ]
    action_configs = [
        action_config(
            action_name = action,
            enabled = True,
            tools = [tool(path = path)],
        )
        for actions, path in [
            (_COMPILE, "bin/clang"),
            (_LINK, "bin/ld.lld"),
            ([ACTION_NAMES.cpp_link_static_library], "bin/llvm-ar"),
            ([ACTION_NAMES.strip], "bin/llvm-strip"),
        ]
        for action in actions
    ]
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "none",
        abi_version = "none",
        action_configs = action_configs,
        compiler = "clang",
        cxx_builtin_include_directories = ctx.attr.include_dirs,
        features = features,
        host_system_name = "local",
        target_cpu = cpu,
        target_libc = "none",
        target_system_name = cpu + "-none-elf",
        # An upgraded compiler is another toolchain.
        toolchain_identifier = "axvcpu-{}-{}".format(cpu, ctx.attr.version.replace(" ", "_")),
        tool_paths = [
            tool_path(name = "ar", path = "bin/llvm-ar"),
            tool_path(name = "cpp", path = "bin/clang"),
            tool_path(name = "gcc", path = "bin/clang"),
            tool_path(name = "gcov", path = "/bin/false"),
            tool_path(name = "ld", path = "bin/ld.lld"),
            tool_path(name = "nm", path = "bin/llvm-nm"),
            tool_path(name = "objcopy", path = "bin/llvm-objcopy"),
            tool_path(name = "objdump", path = "bin/llvm-objdump"),
            tool_path(name = "strip", path = "bin/llvm-strip"),
        ],
    )

cross_toolchain_config = rule(
    implementation = _impl,
    attrs = {
        "cpu": attr.string(mandatory = True),
        "include_dirs": attr.string_list(),
        "version": attr.string(mandatory = True),
    },
    provides = [CcToolchainConfigInfo],
)
