"""What every object for a bare CPU is compiled with."""

# What runs below an operating system: no floating point of its own (the guest's
# registers stay where they are), no red zone under an exception.
CPU_FLAGS = {
    "aarch64": [
        "--target=aarch64-none-elf",
        "-mgeneral-regs-only",
        "-mstrict-align",
    ],
    "riscv64": [
        "--target=riscv64-none-elf",
        "-march=rv64imac_zicsr_zifencei",
        "-mabi=lp64",
        "-mcmodel=medany",
    ],
    "x86_64": [
        "--target=x86_64-none-elf",
        "-mgeneral-regs-only",
        "-mno-red-zone",
    ],
}
