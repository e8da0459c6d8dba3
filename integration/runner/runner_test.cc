// SPDX-License-Identifier: Apache-2.0
// The runner's pure parts: command line, kernel formats, placement, report.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

extern "C" {
#include "arch.h"
#include "devicetree.h"
#include "harts.h"
#include "image.h"
#include "layout.h"
#include "loads.h"
#include "options.h"
#include "process.h"
#include "report.h"
}

namespace {

const arch *const kArm = &arch_table[ARCH_ARM64];
const arch *const kRiscv = &arch_table[ARCH_RISCV64];
const uint64_t kRam = kArm->ram;
constexpr uint64_t kMiB = uint64_t{1} << 20;

struct Parsed {
	int result;
	options opts;
	std::string text;
};

Parsed Parse(std::vector<std::string> arguments)
{
	static std::vector<std::string> kept;
	std::vector<char *> argv;
	Parsed parsed = {};
	message text = {};

	kept = std::move(arguments);
	kept.insert(kept.begin(), "run");
	for (std::string &argument : kept) {
		argv.push_back(&argument[0]);
	}
	parsed.result = options_parse(static_cast<int>(argv.size()), argv.data(), &parsed.opts, &text);
	parsed.text = text.text;
	return parsed;
}

TEST(Options, Defaults)
{
	Parsed parsed = Parse({ "--arch", "arm64", "--kernel", "Image" });

	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_STREQ("Image", parsed.opts.kernel);
	EXPECT_EQ(256 * kMiB, parsed.opts.memory);
	EXPECT_EQ(1u, parsed.opts.smp);
	EXPECT_EQ(0u, parsed.opts.timeout);
	EXPECT_STREQ("max", parsed.opts.cpu);
	EXPECT_FALSE(parsed.opts.icount);
}

TEST(Options, All)
{
	Parsed parsed = Parse({ "--arch=arm64", "--kernel=k", "--initrd", "i", "--append", "a=b c",
				"--dtb", "d", "--smp", "1", "--memory", "1G", "--timeout", "7", "--log",
				"4", "--cpu", "cortex-a57", "--icount", "--report", "--interrupts",
				"trap", "--test-devices", "--devices", "passthrough",
				"--host-cpus", "2" });

	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_STREQ("i", parsed.opts.initrd);
	EXPECT_STREQ("a=b c", parsed.opts.append);
	EXPECT_STREQ("d", parsed.opts.dtb);
	EXPECT_EQ(1024 * kMiB, parsed.opts.memory);
	EXPECT_EQ(7u, parsed.opts.timeout);
	EXPECT_EQ(4u, parsed.opts.log);
	EXPECT_STREQ("cortex-a57", parsed.opts.cpu);
	EXPECT_TRUE(parsed.opts.icount);
	EXPECT_TRUE(parsed.opts.report);
	EXPECT_TRUE(parsed.opts.trap_interrupts);
	EXPECT_TRUE(parsed.opts.test_devices);
	EXPECT_TRUE(parsed.opts.passthrough);
	EXPECT_EQ(2u, parsed.opts.host_cpus);
	parsed = Parse({ "--arch=arm64", "--kernel=k", "--smp=8", "--devices=emulated" });
	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_EQ(8u, parsed.opts.smp);
	EXPECT_EQ(8u, parsed.opts.host_cpus);
	EXPECT_FALSE(parsed.opts.passthrough);
	EXPECT_EQ(nullptr, parsed.opts.neighbor);
	parsed = Parse({ "--arch=arm64", "--kernel=k", "--neighbor=n", "--neighbor-initrd=i",
			 "--neighbor-append=a b", "--neighbor-smp=3" });
	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_STREQ("n", parsed.opts.neighbor);
	EXPECT_STREQ("i", parsed.opts.neighbor_initrd);
	EXPECT_STREQ("a b", parsed.opts.neighbor_append);
	EXPECT_EQ(3u, parsed.opts.neighbor_smp);
	EXPECT_EQ(1u, parsed.opts.host_cpus) << "as many as --smp";
	parsed = Parse({ "--arch=riscv64", "--kernel=k", "--smp=4", "--icount" });
	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_EQ(1u, parsed.opts.host_cpus);
	parsed = Parse({ "--arch=arm64", "--kernel=k", "--smp=4", "--icount" });
	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_EQ(4u, parsed.opts.host_cpus);
	parsed = Parse({ "--arch=riscv64", "--kernel=k", "--host-cpus=2", "--icount" });
	EXPECT_NE(0, parsed.result);
	EXPECT_NE(std::string::npos, parsed.text.find("--host-cpus 1 only")) << parsed.text;
}

TEST(Options, WhatDependsOnTheArchitecture)
{
	Parsed parsed = Parse({ "--arch", "riscv64", "--kernel", "k" });

	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_EQ(ARCH_RISCV64, parsed.opts.arch->id);
	EXPECT_STREQ("rv64,h=true", parsed.opts.cpu);
	EXPECT_STREQ("qemu-system-riscv64", parsed.opts.arch->qemu);
}

TEST(Options, Demo)
{
	const std::vector<std::string> launcher = { "--demo", "--demo-kernel-arm64", "ka",
						    "--demo-initrd-arm64", "ia",
						    "--demo-kernel-riscv64", "kr",
						    "--demo-initrd-riscv64", "ir" };
	auto with = [&](std::vector<std::string> more) {
		more.insert(more.begin(), launcher.begin(), launcher.end());
		return Parse(more);
	};
	Parsed parsed = with({});

	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_EQ(ARCH_ARM64, parsed.opts.arch->id);
	EXPECT_STREQ("ka", parsed.opts.kernel);
	EXPECT_STREQ("ia", parsed.opts.initrd);
	EXPECT_STREQ("console=ttyAMA0 earlycon", parsed.opts.append);
	EXPECT_TRUE(parsed.opts.icount);
	EXPECT_TRUE(parsed.opts.report);
	EXPECT_EQ(600u, parsed.opts.timeout);
	EXPECT_EQ(3u, parsed.opts.log);
	parsed = with({ "--arch", "riscv64", "--log", "4", "--timeout", "9" });
	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_STREQ("kr", parsed.opts.kernel);
	EXPECT_STREQ("ir", parsed.opts.initrd);
	EXPECT_STREQ("console=ttyS0 earlycon=sbi", parsed.opts.append);
	EXPECT_EQ(9u, parsed.opts.timeout);
	EXPECT_EQ(4u, parsed.opts.log);
	parsed = with({ "--kernel", "own" });
	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_STREQ("own", parsed.opts.kernel);
	EXPECT_EQ(nullptr, parsed.opts.initrd) << "the demo's belongs to its kernel";
	parsed = with({ "--arch", "x86_64", "--firmware", "bios" });
	ASSERT_EQ(0, parsed.result) << parsed.text;
	EXPECT_EQ(nullptr, parsed.opts.kernel) << "firmware starts none";
	EXPECT_EQ(nullptr, parsed.opts.append);
}

struct Refusal {
	std::vector<std::string> arguments;
	const char *named;
};

TEST(Options, Refusals)
{
	const std::vector<std::string> good = { "--arch", "arm64", "--kernel", "k" };
	const std::vector<Refusal> refusals = {
		{ { "--memory", "1T" }, "1T" },
		{ { "--memory", "M" }, "\"M\"" },
		{ { "--memory", "" }, "--memory" },
		{ { "--memory", "-1" }, "-1" },
		{ { "--memory", "1MM" }, "1MM" },
		{ { "--memory", "99999999999999999999" }, "--memory" },
		{ { "--memory", "17179869184G" }, "--memory" },
		{ { "--memory", "4M" }, "too small" },
		{ { "--memory", "16G" }, "too large" },
		{ { "--memory", "33M" }, "multiple" },
		{ { "--smp", "0" }, "not 1 to 8" },
		{ { "--smp", "9" }, "not 1 to 8" },
		{ { "--host-cpus", "0" }, "not 1 to 8" },
		{ { "--host-cpus", "9" }, "not 1 to 8" },
		{ { "--vmm", "svm" }, "for x86_64" },
		{ { "--emulator", "qemu" }, "for x86_64" },
		{ { "--stage2-levels", "2" }, "3 to 4" },
		{ { "--devices", "none" }, "\"none\"" },
		{ { "--smp", "2", "--devices", "passthrough" }, "for 1 vCPU" },
		{ { "--interrupts", "trap" }, "for --devices passthrough" },
		{ { "--neighbor", "n", "--devices", "passthrough" }, "for one machine" },
		{ { "--neighbor", "n", "--kill-first", "1" }, "for one machine" },
		{ { "--neighbor", "n", "--neighbor-smp", "0" }, "--neighbor-smp: 0 is not 1 to 8" },
		{ { "--neighbor", "n", "--neighbor-smp", "9" }, "--neighbor-smp: 9 is not 1 to 8" },
		{ { "--neighbor-smp", "2" }, "--neighbor is missing" },
		{ { "--neighbor-initrd", "i" }, "--neighbor is missing" },
		{ { "--neighbor-append", "a" }, "--neighbor is missing" },
		{ { "--save", "f" }, "--save: when?" },
		{ { "--save-at", "t" }, "--save is missing" },
		{ { "--save-after", "1" }, "--save is missing" },
		{ { "--save", "f", "--save-at", "" }, "--save-at: not a text of 1 to 63 characters" },
		{ { "--save", "f", "--save-at", std::string(64, 't') }, "--save-at: not a text" },
		{ { "--save", "f", "--save-at", "two\nlines" }, "--save-at: not a text" },
		{ { "--save", "f", "--save-after", "1", "--neighbor", "n" },
		  "--save: not with --neighbor" },
		{ { "--save", "f", "--save-after", "1", "--devices", "passthrough" },
		  "--save: not with --devices passthrough" },
		{ { "--save", "f", "--save-after", "1", "--kill-first", "1" },
		  "--save: not with --kill-first or --again" },
		{ { "--save", "f", "--save-after", "1", "--again", "2" },
		  "--save: not with --kill-first or --again" },
		{ { "--save", "f", "--save-after", "1", "--memory", "2G" },
		  "--save: a machine with 2147483648 bytes of memory is too large" },
		{ { "--aia" }, "--aia: not on arm64" },
		{ { "--load", "l" }, "--load: the saved machine has its kernel already" },
		{ { "--smp", "x" }, "\"x\"" },
		{ { "--timeout", "0" }, "--timeout" },
		{ { "--timeout", "1s" }, "1s" },
		{ { "--timeout", "18446744073709551615" }, "too many" },
		{ { "--timeout" }, "needs a value" },
		{ { "--log", "0" }, "--log" },
		{ { "--log", "5" }, "--log" },
		{ { "--icount=1" }, "takes no value" },
		{ { "--interrupts", "pass" }, "\"pass\"" },
		{ { "--nonsense" }, "--nonsense" },
		{ { "Image" }, "Image" },
		{ { "--kernel", "again" }, "twice" },
	};

	for (const Refusal &refusal : refusals) {
		std::vector<std::string> arguments = good;

		arguments.insert(arguments.end(), refusal.arguments.begin(),
				 refusal.arguments.end());
		Parsed parsed = Parse(arguments);
		EXPECT_NE(0, parsed.result) << refusal.arguments[0];
		EXPECT_NE(std::string::npos, parsed.text.find(refusal.named))
			<< "\"" << parsed.text << "\" does not name " << refusal.named;
	}
	const std::vector<Refusal> others = {
		{ { "--arch=x86_64", "--kernel=k", "--aia" }, "--aia: not on x86_64" },
		{ { "--arch=x86_64", "--kernel=k", "--vmm=vmx", "--save=f", "--save-after=1" },
		  "--save: not under Bochs" },
		{ { "--arch=x86_64", "--firmware=b", "--save=f", "--save-after=1" },
		  "--save: not with --firmware" },
		{ { "--arch=x86_64", "--firmware=b", "--kernel=k" }, "--firmware starts no --kernel" },
		{ { "--arch=x86_64", "--kernel=k", "--floppy=d" }, "--floppy: there is no drive" },
		{ { "--arch=riscv64", "--firmware=b" }, "--firmware: not on riscv64" },
	};

	for (const Refusal &refusal : others) {
		Parsed parsed = Parse(refusal.arguments);
		EXPECT_NE(0, parsed.result) << refusal.named;
		EXPECT_NE(std::string::npos, parsed.text.find(refusal.named))
			<< "\"" << parsed.text << "\" does not name " << refusal.named;
	}
	EXPECT_NE(std::string::npos, Parse({ "--kernel", "k" }).text.find("--arch"));
	EXPECT_NE(std::string::npos, Parse({ "--arch", "arm64" }).text.find("--kernel"));
	EXPECT_NE(0, Parse({ "--arch", "mips", "--kernel", "k" }).result);
	EXPECT_EQ(0, Parse({ "--help" }).result);
}

// On x86_64 the way of virtualization says which emulator, and that which CPU.
TEST(Options, Emulators)
{
	struct {
		std::vector<std::string> arguments;
		vmm kind;
		emulator by;
		const char *cpu;
	} cases[] = {
		{ {}, VMM_SVM, EMULATOR_QEMU, "max" },
		{ { "--vmm", "auto" }, VMM_SVM, EMULATOR_QEMU, "max" },
		{ { "--vmm", "svm" }, VMM_SVM, EMULATOR_QEMU, "max" },
		{ { "--vmm", "vmx" }, VMM_VMX, EMULATOR_BOCHS, "corei7_skylake_x" },
		{ { "--emulator", "bochs" }, VMM_VMX, EMULATOR_BOCHS, "corei7_skylake_x" },
		{ { "--vmm", "svm", "--emulator", "bochs" }, VMM_SVM, EMULATOR_BOCHS, "ryzen" },
		{ { "--emulator", "qemu", "--cpu", "EPYC" }, VMM_SVM, EMULATOR_QEMU, "EPYC" },
	};

	for (const auto &c : cases) {
		std::vector<std::string> arguments = { "--arch", "x86_64", "--kernel", "k" };

		arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
		Parsed parsed = Parse(arguments);
		ASSERT_EQ(0, parsed.result) << parsed.text;
		EXPECT_EQ(c.kind, parsed.opts.vmm);
		EXPECT_EQ(c.by, parsed.opts.emulator);
		EXPECT_STREQ(c.cpu, parsed.opts.cpu);
	}
}

void PutLittleEndian(std::vector<uint8_t> *to, size_t offset, uint64_t value)
{
	for (size_t i = 0; i < 8; i++) {
		(*to)[offset + i] = static_cast<uint8_t>(value >> (8 * i));
	}
}

std::vector<uint8_t> LinuxImage(uint64_t text_offset, uint64_t image_size, uint64_t flags,
				const char *magic = "ARM\x64")
{
	std::vector<uint8_t> file(4096);

	file[0] = 0x14;
	PutLittleEndian(&file, 8, text_offset);
	PutLittleEndian(&file, 16, image_size);
	PutLittleEndian(&file, 24, flags);
	std::memcpy(&file[56], magic, 4);
	return file;
}

int ParseImage(const std::vector<uint8_t> &file, image *parsed, std::string *text,
	       const arch *of = kArm)
{
	message note = {};
	int result = image_parse("FILE", file.data(), file.size(), of, parsed, &note);

	*text = note.text;
	return result;
}

TEST(Image, LinuxPlacement)
{
	struct {
		uint64_t text_offset, image_size, gpa;
	} cases[] = {
		{ 0, 0x10000, kRam + 2 * kMiB },
		{ 0x800, 0x10000, kRam + 2 * kMiB + 0x800 },
		{ 0x1000, 0x10000, kRam + 0x1000 },
		{ 0x80000, 0x10000, kRam + 0x80000 },
		{ 0, 0, kRam + 0x80000 }, // before Linux 3.17
	};
	image parsed;
	std::string text;

	for (const auto &c : cases) {
		ASSERT_EQ(0, ParseImage(LinuxImage(c.text_offset, c.image_size, 0), &parsed, &text))
			<< text;
		EXPECT_EQ(IMAGE_LINUX, parsed.kind);
		EXPECT_EQ(c.gpa, parsed.entry);
		EXPECT_EQ(c.gpa, parsed.segments[0].gpa);
		EXPECT_EQ(4096u, parsed.segments[0].file_size);
		EXPECT_EQ(c.image_size > 4096 ? c.image_size : 4096,
			  parsed.segments[0].memory_size);
	}
	EXPECT_NE(0, ParseImage(LinuxImage(0, 0x10000, 1), &parsed, &text));
	EXPECT_NE(std::string::npos, text.find("big-endian"));
	EXPECT_NE(0, ParseImage(LinuxImage(UINT64_MAX, 0x10000, 0), &parsed, &text));
}

// An Image with an EFI stub: a PE header at 64 and two sections, the last up to its end.
std::vector<uint8_t> EfiImage()
{
	std::vector<uint8_t> file = LinuxImage(0, 0x10000, 0);
	const size_t section = 64 + 24 + 0xa0;

	std::memcpy(&file[0], "MZ", 2);
	file[0x3c] = 64;
	std::memcpy(&file[64], "PE\0\0", 4);
	file[64 + 6] = 2;
	file[64 + 20] = 0xa0;
	for (size_t i = 0; i < 2; i++) {
		file[section + i * 40 + 17] = 0x08;
		file[section + i * 40 + 21] = static_cast<uint8_t>(8 * i);
	}
	return file;
}

TEST(Image, EveryTruncationOfAnEfiImageIsRefused)
{
	const std::vector<uint8_t> whole = EfiImage();
	image parsed;
	std::string text;

	ASSERT_EQ(4096u, whole.size());
	ASSERT_EQ(0, ParseImage(whole, &parsed, &text)) << text;
	EXPECT_EQ(IMAGE_LINUX, parsed.kind);
	for (size_t size = 2; size < 0x1000; size++) {
		std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));

		EXPECT_NE(0, ParseImage(cut, &parsed, &text)) << size;
	}
	EXPECT_NE(std::string::npos, text.find("truncated Linux Image")) << text;
}

std::vector<uint8_t> Elf(uint16_t machine, uint64_t vaddr, uint64_t paddr, uint64_t size)
{
	std::vector<uint8_t> file(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + 64);
	Elf64_Ehdr elf = {};
	Elf64_Phdr program = {};

	std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
	elf.e_ident[EI_CLASS] = ELFCLASS64;
	elf.e_ident[EI_DATA] = ELFDATA2LSB;
	elf.e_type = ET_EXEC;
	elf.e_machine = machine;
	elf.e_entry = vaddr + 8;
	elf.e_phoff = sizeof(elf);
	elf.e_phentsize = sizeof(program);
	elf.e_phnum = 1;
	program.p_type = PT_LOAD;
	program.p_offset = sizeof(elf) + sizeof(program);
	program.p_vaddr = vaddr;
	program.p_paddr = paddr;
	program.p_filesz = size;
	program.p_memsz = size + 100;
	std::memcpy(&file[0], &elf, sizeof(elf));
	std::memcpy(&file[sizeof(elf)], &program, sizeof(program));
	return file;
}

TEST(Image, Elf)
{
	image parsed;
	std::string text;

	ASSERT_EQ(0, ParseImage(Elf(EM_AARCH64, 0xffff000040200000, 0x40200000, 64), &parsed, &text))
		<< text;
	EXPECT_EQ(IMAGE_ELF, parsed.kind);
	EXPECT_EQ(0x40200008u, parsed.entry);
	EXPECT_EQ(0x40200000u, parsed.segments[0].gpa);
	EXPECT_EQ(64u, parsed.segments[0].file_size);
	EXPECT_EQ(164u, parsed.segments[0].memory_size);

	EXPECT_NE(0, ParseImage(Elf(EM_X86_64, 0x40200000, 0x40200000, 64), &parsed, &text));
	EXPECT_NE(std::string::npos, text.find("another machine")) << text;
	EXPECT_NE(0, ParseImage(Elf(EM_AARCH64, 0x40200000, 0x40200000, 65), &parsed, &text));
	EXPECT_NE(std::string::npos, text.find("truncated")) << text;
}

TEST(Image, EveryTruncationOfAnElfIsRefusedOrHarmless)
{
	const std::vector<uint8_t> whole = Elf(EM_AARCH64, 0x40200000, 0x40200000, 64);
	image parsed;
	std::string text;

	for (size_t size = 4; size < whole.size(); size++) {
		std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));

		EXPECT_NE(0, ParseImage(cut, &parsed, &text)) << size;
	}
}

TEST(Image, NotAKernel)
{
	struct {
		std::string bytes;
		const char *named;
	} cases[] = {
		{ std::string("\x1f\x8b\x08", 3), "gzip" },
		{ std::string("\xfd"
			      "7zXZ\0",
			      6),
		  "xz" },
		{ std::string("\x28\xb5\x2f\xfd", 4), "zstd" },
		{ "BZh9", "bzip2" },
		{ "\xd0\x0d\xfe\xed", "device tree" },
		{ "070701", "cpio" },
		{ "\x27\x05\x19\x56", "uImage" },
		{ "!<arch>\n", "ar archive" },
		{ "PK\x03\x04", "zip" },
		{ "", "empty" },
		{ "#!/bin/sh\necho hello\n", "text" },
		{ std::string("MZ\0\0", 4), "EFI" },
		{ std::string(56, '\0') + std::string("RSC\x05", 4), "riscv64, not arm64" },
		{ std::string(0x202, '\0') + "HdrS", "x86" },
		{ std::string("\x7f"
			      "ELF\x01\x01",
			      6),
		  "ELF" },
	};
	image parsed;
	std::string text;

	for (const auto &c : cases) {
		std::vector<uint8_t> file(c.bytes.begin(), c.bytes.end());

		EXPECT_NE(0, ParseImage(file, &parsed, &text)) << c.named;
		EXPECT_NE(std::string::npos, text.find(c.named)) << text;
		EXPECT_NE(std::string::npos, text.find("FILE")) << text;
	}
}

TEST(Image, Riscv)
{
	image parsed;
	std::string text;

	ASSERT_EQ(0, ParseImage(LinuxImage(0x200000, 0x10000, 0, "RSC\x05"), &parsed, &text, kRiscv))
		<< text;
	EXPECT_EQ(IMAGE_LINUX, parsed.kind);
	EXPECT_EQ(0x80200000u, parsed.entry);
	EXPECT_NE(0, ParseImage(LinuxImage(0x200000, 0x10000, 0), &parsed, &text, kRiscv));
	EXPECT_NE(std::string::npos, text.find("arm64, not riscv64")) << text;
	EXPECT_NE(0, ParseImage(LinuxImage(0x40000000, 0x10000, 0, "RSC\x05"), &parsed, &text, kRiscv));
	EXPECT_NE(std::string::npos, text.find("broken")) << text;
	ASSERT_EQ(0, ParseImage(Elf(EM_RISCV, 0xffffffff80000000, 0x80200000, 64), &parsed, &text,
				kRiscv))
		<< text;
	EXPECT_EQ(0x80200008u, parsed.entry);
	EXPECT_NE(0, ParseImage(Elf(EM_AARCH64, 0x80200000, 0x80200000, 64), &parsed, &text, kRiscv));
	EXPECT_NE(std::string::npos, text.find("not RISC-V")) << text;
	ASSERT_EQ(0, ParseImage(std::vector<uint8_t>(100, 0xd5), &parsed, &text, kRiscv)) << text;
	EXPECT_EQ(IMAGE_RAW, parsed.kind);
	EXPECT_EQ(0x80200000u, parsed.entry);
}

// What a PC's kernels are, and what is none.
TEST(Image, Pc)
{
	const arch *pc = &arch_table[ARCH_X86_64];
	std::vector<uint8_t> file(8 * 512);
	image parsed;
	std::string text;

	EXPECT_NE(0, ParseImage(file, &parsed, &text, pc));
	EXPECT_NE(std::string::npos, text.find("no bzImage, ELF file or Multiboot kernel"));
	std::memcpy(&file[0x202], "HdrS", 4);
	EXPECT_NE(0, ParseImage(file, &parsed, &text, pc)) << "of protocol 0";
	EXPECT_NE(std::string::npos, text.find("FILE: "));
	file[0x206] = 0x0f;
	file[0x207] = 0x02;
	file[0x1f1] = 3;
	file[0x211] = 1;
	file[0x260 + 2] = 0x20; // init_size: 2 MiB
	ASSERT_EQ(0, ParseImage(file, &parsed, &text, pc)) << text;
	EXPECT_EQ(IMAGE_BZIMAGE, parsed.kind);
	EXPECT_EQ(kMiB, parsed.entry);
	EXPECT_EQ(4u * 512, parsed.segments[0].offset);
	EXPECT_EQ(kMiB, parsed.segments[0].gpa);
	EXPECT_EQ(4u * 512, parsed.segments[0].file_size);
	EXPECT_EQ(2 * kMiB, parsed.segments[0].memory_size);
	EXPECT_NE(0, ParseImage(file, &parsed, &text, kArm));
	EXPECT_NE(std::string::npos, text.find("bzImage for x86"));
}

TEST(Image, Raw)
{
	image parsed;
	std::string text;

	ASSERT_EQ(0, ParseImage(std::vector<uint8_t>(100, 0xd5), &parsed, &text)) << text;
	EXPECT_EQ(IMAGE_RAW, parsed.kind);
	EXPECT_EQ(kRam + 0x80000, parsed.entry);
}

int MakeLayout(const image &parsed, uint64_t memory, uint64_t initrd, layout *made,
	       std::string *text, const arch *of = kArm)
{
	message note = {};
	int result = layout_make(&parsed, of, memory, initrd, 4096, made, &note);

	*text = note.text;
	return result;
}

TEST(Layout, NothingOverlapsAndAllIsInMemory)
{
	layout made;
	std::string text;
	image parsed;

	for (uint64_t kernel : { 1 * kMiB, 30 * kMiB, 200 * kMiB }) {
		for (uint64_t initrd : { uint64_t{ 0 }, 1 * kMiB, 40 * kMiB }) {
			for (uint64_t memory : { 16 * kMiB, 64 * kMiB, 256 * kMiB, 2048 * kMiB }) {
				ASSERT_EQ(0, ParseImage(LinuxImage(0, kernel, 0), &parsed, &text));
				if (MakeLayout(parsed, memory, initrd, &made, &text) != 0) {
					EXPECT_LT(memory, kernel + initrd + 8 * kMiB) << text;
					continue;
				}
				uint64_t kernel_end = parsed.entry + kernel;
				EXPECT_LE(kernel_end, made.dtb);
				EXPECT_LE(made.dtb + 4096, kRam + memory);
				if (initrd > 0) {
					EXPECT_LE(kernel_end, made.initrd);
					EXPECT_LE(made.initrd + initrd, made.dtb);
				}
				EXPECT_EQ(0u, made.dtb % (2 * kMiB));
			}
		}
	}
}

TEST(Layout, Refusals)
{
	layout made;
	std::string text;
	image parsed;

	ASSERT_EQ(0, ParseImage(LinuxImage(0, 30 * kMiB, 0), &parsed, &text));
	EXPECT_NE(0, MakeLayout(parsed, 16 * kMiB, 0, &made, &text));
	EXPECT_NE(std::string::npos, text.find("memory too small")) << text;
	EXPECT_NE(0, MakeLayout(parsed, 64 * kMiB, 40 * kMiB, &made, &text));
	EXPECT_NE(std::string::npos, text.find("initrd")) << text;
	ASSERT_EQ(0, ParseImage(Elf(EM_AARCH64, 0x1000, 0x1000, 64), &parsed, &text));
	EXPECT_NE(0, MakeLayout(parsed, 64 * kMiB, 0, &made, &text));
	EXPECT_NE(std::string::npos, text.find("0x1000")) << text;
}

TEST(Layout, FirmwareFindsItsTreeAtTheStartOfRam)
{
	layout made;
	std::string text;
	image parsed;

	ASSERT_EQ(0, ParseImage(std::vector<uint8_t>(100, 0xd5), &parsed, &text));
	ASSERT_EQ(0, MakeLayout(parsed, 64 * kMiB, 0, &made, &text));
	EXPECT_EQ(kRam, made.dtb);
	ASSERT_EQ(0, ParseImage(Elf(EM_AARCH64, kRam, kRam, 64), &parsed, &text));
	ASSERT_EQ(0, MakeLayout(parsed, 64 * kMiB, 0, &made, &text));
	EXPECT_NE(kRam, made.dtb);
}

TEST(Layout, RiscvHasItsTreeBehindTheKernel)
{
	layout made;
	std::string text;
	image parsed;

	ASSERT_EQ(0, ParseImage(std::vector<uint8_t>(100, 0xd5), &parsed, &text, kRiscv));
	ASSERT_EQ(0, MakeLayout(parsed, 64 * kMiB, 1 * kMiB, &made, &text, kRiscv));
	EXPECT_LE(parsed.entry + 100, made.initrd);
	EXPECT_LE(made.initrd + kMiB, made.dtb);
	EXPECT_LE(made.dtb + 4096, kRiscv->ram + 64 * kMiB);
}

std::string Temporary(const char *name)
{
	const char *folder = std::getenv("TEST_TMPDIR");

	return std::string(folder != nullptr ? folder : "/tmp") + "/" + name;
}

TEST(Loads, DirectoryInFrontOfPagesThatDoNotOverlap)
{
	const std::string first = Temporary("first"), second = Temporary("second"),
			  directory = Temporary("directory");
	message note = {};
	loads list;

	std::ofstream(first) << std::string(5000, 'a');
	std::ofstream(second) << "b";
	loads_begin(&list, 0x80800000);
	ASSERT_EQ(0, loads_add(&list, "opt/one", first.c_str(), &note));
	ASSERT_EQ(0, loads_add(&list, "opt/two", second.c_str(), &note));
	EXPECT_EQ(0x80801000u, list.files[0].address);
	EXPECT_EQ(5000u, list.files[0].size);
	EXPECT_EQ(0x80803000u, list.files[1].address);
	EXPECT_EQ(0x80804000u, list.end);
	ASSERT_EQ(0, loads_write(&list, directory.c_str(), &note)) << note.text;

	std::ifstream in(directory, std::ios::binary);
	const std::string bytes((std::istreambuf_iterator<char>(in)), {});
	ASSERT_EQ(32u + 2 * 64u, bytes.size());
	EXPECT_EQ("axvcpu-1", bytes.substr(0, 8));
	EXPECT_EQ(std::string("\x00\x40\x80\x80\0\0\0\0\2\0\0\0\0\0\0\0", 16), bytes.substr(8, 16));
	EXPECT_STREQ("opt/one", bytes.substr(32, 48).c_str());
	EXPECT_EQ(std::string("\x00\x10\x80\x80\0\0\0\0\x88\x13\0\0\0\0\0\0", 16), bytes.substr(80, 16));
	EXPECT_STREQ("opt/two", bytes.substr(96, 48).c_str());
	for (unsigned i = 2; i < LOADS_MAX; i++) {
		EXPECT_EQ(0, loads_add(&list, "more", first.c_str(), &note));
	}
	EXPECT_NE(0, loads_add(&list, "more", first.c_str(), &note));
	EXPECT_NE(0, loads_write(&list, "/nowhere/at/all", &note));
	EXPECT_NE(nullptr, std::strstr(note.text, "/nowhere/at/all"));
}

std::string GuestIsa(const char *isa)
{
	char guest[256];

	harts_guest_isa(isa, guest, sizeof(guest));
	return guest;
}

TEST(Harts, ExtensionsThatAGuestHas)
{
	EXPECT_EQ("rv64imafdc_zicsr_zifencei_zihintpause_zba_sstc",
		  GuestIsa("rv64imafdch_zicsr_zifencei_zihintpause_zba_sstc"));
	EXPECT_EQ("rv64imafdcv", GuestIsa("rv64imafdcvh\n"));
	EXPECT_EQ("rv64imac_zicntr_svinval_svpbmt",
		  GuestIsa("rv64imac_zicntr_zihpm_smaia_ssaia_smstateen_svadu_svinval_svpbmt_xventana"));
	EXPECT_EQ("rv64i", GuestIsa("rv64i"));
	EXPECT_EQ("", GuestIsa(""));
	EXPECT_EQ("rv64i_zba", GuestIsa("rv64i__zba_"));
}

TEST(Harts, NoMoreThanItsRoom)
{
	char guest[16];

	for (size_t room = 1; room <= sizeof(guest); room++) {
		std::memset(guest, '#', sizeof(guest));
		harts_guest_isa("rv64imafdc_zba_zbb", guest, room);
		EXPECT_LT(std::strlen(guest), room);
	}
}

TEST(Harts, CommasForQemu)
{
	char value[32];

	EXPECT_STREQ("/tmp,,1/a,,b", harts_quote("/tmp,1/a,b", value, sizeof(value)));
}

std::string Compile(const std::string &source)
{
	const std::string base = Temporary("tree");
	const std::string dts = base + ".dts";
	const std::string dtb = base + ".dtb";
	const char *argv[] = { "dtc", "-q", "-o", dtb.c_str(), "-O", "dtb", dts.c_str(), nullptr };
	message note = {};

	std::ofstream(dts) << "/dts-v1/; / { " << source << " };";
	EXPECT_EQ(0, process_run(argv, nullptr, 0, &note)) << note.text;
	return dtb;
}

std::string Get(const std::string &dtb, const char *node, const char *property, const char *type)
{
	const char *argv[] = { "fdtget", "-t", type, dtb.c_str(), node, property, nullptr };
	char text[256];
	message note = {};

	return process_run(argv, text, sizeof(text), &note) == 0 ? text : "none\n";
}

int Patch(const std::string &dtb, const devicetree_values &values, std::string *text)
{
	message note = {};
	int result = devicetree_patch(dtb.c_str(), "TREE", &values, &note);

	*text = note.text;
	return result;
}

TEST(Devicetree, ValuesAsGiven)
{
	const std::string dtb = Compile("#address-cells = <2>; #size-cells = <2>;");
	devicetree_values values = {};
	std::string text;

	values.ram = kRam;
	values.memory = 8192 * kMiB;
	values.initrd = 0x48000000;
	values.initrd_size = 0x1000;
	for (const char *bootargs : { "console=ttyAMA0  a=\"b c\"", "-v", "--help", "-", "" }) {
		values.bootargs = bootargs;
		ASSERT_EQ(0, Patch(dtb, values, &text)) << text;
		EXPECT_EQ(std::string(bootargs) + "\n", Get(dtb, "/chosen", "bootargs", "s"));
	}
	EXPECT_EQ("0 40000000 2 0\n", Get(dtb, "/memory", "reg", "x"));
	EXPECT_EQ("0 48000000\n", Get(dtb, "/chosen", "linux,initrd-start", "x"));
	EXPECT_EQ("0 48001000\n", Get(dtb, "/chosen", "linux,initrd-end", "x"));
}

TEST(Devicetree, WhatIsOfAnotherRunGoes)
{
	const std::string dtb = Compile(
		"#address-cells = <1>; #size-cells = <1>;"
		"chosen { bootargs = \"kept\"; linux,initrd-start = <1>; linux,initrd-end = <2>; };"
		"memory@80000000 { device_type = \"memory\"; reg = <0x80000000 0x1000>; };"
		"memory@90000000 { device_type = \"memory\"; reg = <0x90000000 0x1000>; };"
		"memory-controller@1000 { reg = <0x1000 0x1000>; };");
	devicetree_values values = {};
	std::string text;

	values.ram = kRam;
	values.memory = 64 * kMiB;
	ASSERT_EQ(0, Patch(dtb, values, &text)) << text;
	EXPECT_EQ("kept\n", Get(dtb, "/chosen", "bootargs", "s"));
	EXPECT_EQ("none\n", Get(dtb, "/chosen", "linux,initrd-start", "x"));
	EXPECT_EQ("none\n", Get(dtb, "/chosen", "linux,initrd-end", "x"));
	EXPECT_EQ("1000 1000\n", Get(dtb, "/memory-controller@1000", "reg", "x"));
	EXPECT_NE(Get(dtb, "/memory@80000000", "reg", "x"), Get(dtb, "/memory@90000000", "reg", "x"));
	EXPECT_TRUE(Get(dtb, "/memory@80000000", "reg", "x") == "40000000 4000000\n" ||
		    Get(dtb, "/memory@90000000", "reg", "x") == "40000000 4000000\n");
	EXPECT_TRUE(Get(dtb, "/memory@80000000", "reg", "x") == "none\n" ||
		    Get(dtb, "/memory@90000000", "reg", "x") == "none\n");
}

TEST(Devicetree, WhatDoesNotFitIsRefused)
{
	devicetree_values values = {};
	std::string text;

	values.ram = kRam;
	values.memory = 8192 * kMiB;
	EXPECT_NE(0, Patch(Compile("#address-cells = <1>; #size-cells = <1>;"), values, &text));
	EXPECT_NE(std::string::npos, text.find("TREE: 0x200000000 does not go")) << text;
	values.memory = 64 * kMiB;
	EXPECT_NE(0, Patch(Compile("#address-cells = <3>; #size-cells = <1>;"), values, &text));
	EXPECT_NE(std::string::npos, text.find("#address-cells")) << text;
	EXPECT_NE(0, Patch("/dev/null", values, &text));
	EXPECT_NE(std::string::npos, text.find("not a device tree")) << text;
}

TEST(Report, Lines)
{
	report read = {};

	for (const char *line : { "exits MMIO_READ 12", "garbage", "exits HALT 3",
				  "instructions 99", "", "exits TOO", "status 3" }) {
		report_line(&read, line);
	}
	EXPECT_TRUE(read.has_status);
	EXPECT_EQ(3u, read.status);
	EXPECT_EQ(99u, read.instructions);
	ASSERT_EQ(2u, read.reason_count);
	EXPECT_STREQ("MMIO_READ", read.reasons[0].name);
	EXPECT_EQ(12u, read.reasons[0].count);
}

// A guest's own status stands for the hypervisor's, whichever line comes first.
TEST(Report, StatusOfTheGuest)
{
	report read = {};

	report_line(&read, "exit 43");
	EXPECT_FALSE(read.has_status);
	report_line(&read, "status 5");
	EXPECT_TRUE(read.has_status);
	EXPECT_EQ(43u, read.status);
	read = {};
	report_line(&read, "exit 511");
	report_line(&read, "status 5");
	EXPECT_EQ(255u, read.status) << "as much as an exit status holds";
}

TEST(Report, TimeToUserSpaceFromTheConsole)
{
	report read = {};

	report_console_line(&read, "[    0.7] Run /init as init process");
	report_console_line(&read, "axvcpu: user space after");
	EXPECT_EQ(0u, read.user_space);
	report_console_line(&read, "axvcpu: user space after 840 executed instructions (--icount)\r");
	report_console_line(&read, "axvcpu: user space after 841 executed instructions (--icount)\r");
	EXPECT_EQ(840u, read.user_space);
}

TEST(Report, MoreReasonsThanRoomAreDropped)
{
	report read = {};

	for (int i = 0; i < 100; i++) {
		report_line(&read, "exits A_REASON 1");
	}
	EXPECT_EQ(REPORT_MAX_REASONS, read.reason_count);
	report_line(&read, "exits A_REASON_WITH_A_NAME_OF_MORE_THAN_31_CHARACTERS 1");
	EXPECT_EQ(REPORT_MAX_REASONS, read.reason_count);
}

} // namespace
