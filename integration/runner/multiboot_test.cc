// SPDX-License-Identifier: Apache-2.0
// Multiboot's header and information, and the modules that go with it.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

extern "C" {
#include "image.h"
#include "multiboot.h"
#include "pc.h"
}

namespace {

constexpr uint32_t kMagic = 0x1badb002;
constexpr uint64_t kMiB = uint64_t{1} << 20;

void Put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		at[i] = static_cast<uint8_t>(value >> (8 * i));
	}
}

uint32_t Get32(const uint8_t *at)
{
	return static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8 |
	       static_cast<uint32_t>(at[2]) << 16 | static_cast<uint32_t>(at[3]) << 24;
}

// A file of `size` bytes with a header at `at`.
std::vector<uint8_t> File(size_t size, size_t at, uint32_t flags,
			  const std::vector<uint32_t> &addresses = {})
{
	std::vector<uint8_t> file(size);

	Put32(&file[at], kMagic);
	Put32(&file[at + 4], flags);
	Put32(&file[at + 8], 0u - kMagic - flags);
	for (size_t i = 0; i < addresses.size(); i++) {
		Put32(&file[at + 12 + 4 * i], addresses[i]);
	}
	return file;
}

std::string Scratch(const std::string &name)
{
	return testing::TempDir() + name;
}

void WriteFile(const std::string &path, const std::string &contents)
{
	std::ofstream(path, std::ios::binary) << contents;
}

std::string ReadFile(const std::string &path)
{
	std::ostringstream text;

	text << std::ifstream(path, std::ios::binary).rdbuf();
	return text.str();
}

TEST(Multiboot, WhereTheHeaderMayBe)
{
	struct {
		size_t size, at;
		bool found;
	} cases[] = {
		{ 12, 0, true },	{ 8192, 8180, true }, { 9000, 8180, true },
		{ 9000, 8184, false }, { 9000, 2, false },
	};
	size_t at;

	for (const auto &c : cases) {
		std::vector<uint8_t> file = File(c.size, c.at, 3);

		ASSERT_EQ(c.found, multiboot_find(file.data(), file.size(), &at)) << c.at;
		if (c.found) {
			EXPECT_EQ(c.at, at);
			EXPECT_FALSE(multiboot_find(file.data(), c.at + 11, &at)) << "cut";
		}
		file[c.at + 8] ^= 1;
		EXPECT_FALSE(multiboot_find(file.data(), file.size(), &at)) << "a wrong checksum";
	}
}

TEST(Multiboot, Addresses)
{
	multiboot_header header;
	message text = {};
	// Loaded from byte 100 - 0x40 on to 2 MiB, all of the file, with 1 MiB behind it.
	std::vector<uint8_t> file =
		File(1000, 100, 0x10003,
		     { 0x200040, 0x200000, 0, 0x300000, 0x200080 });

	ASSERT_EQ(0, multiboot_parse(file.data(), file.size(), 100, &header, &text)) << text.text;
	EXPECT_TRUE(header.has_addresses);
	EXPECT_EQ(100u - 0x40, header.offset);
	EXPECT_EQ(0x200000u, header.load);
	EXPECT_EQ(1000u - (100 - 0x40), header.load_size);
	EXPECT_EQ(kMiB, header.memory_size);
	EXPECT_EQ(0x200080u, header.entry);

	file = File(1000, 100, 0x10000, { 0x200040, 0x200000, 0x200100, 0, 0x200080 });
	ASSERT_EQ(0, multiboot_parse(file.data(), file.size(), 100, &header, &text)) << text.text;
	EXPECT_EQ(0x100u, header.load_size);
	EXPECT_EQ(0x100u, header.memory_size);
}

TEST(Multiboot, Refusals)
{
	struct {
		uint32_t flags;
		std::vector<uint32_t> addresses;
		const char *named;
	} cases[] = {
		{ 0x7, {}, "flags 0x7" }, // a video mode
		{ 0x8003, {}, "flags 0x8003" },
		// Before the file's start; behind the header; ends before it begins, or outside.
		{ 0x10003, { 0x200065, 0x200000, 0, 0, 0 }, "not where it says" },
		{ 0x10003, { 0x200000, 0x200040, 0, 0, 0 }, "not where it says" },
		{ 0x10003, { 0x200040, 0x200000, 0x1fffff, 0, 0 }, "truncated" },
		{ 0x10003, { 0x200040, 0x200000, 0x200400, 0, 0 }, "truncated" },
		{ 0x10003, { 0x200040, 0x200000, 0xffffffff, 0, 0 }, "truncated" },
	};
	multiboot_header header;

	for (const auto &c : cases) {
		std::vector<uint8_t> file = File(1000, 100, c.flags, c.addresses);
		message text = {};

		EXPECT_NE(0, multiboot_parse(file.data(), file.size(), 100, &header, &text));
		EXPECT_NE(nullptr, std::strstr(text.text, c.named)) << text.text;
	}
	// Every cut of a file with addresses is refused or harmless.
	std::vector<uint8_t> file = File(1000, 100, 0x10003, { 0x200040, 0x200000, 0, 0, 0x200080 });
	for (size_t size = 112; size < file.size(); size++) {
		std::vector<uint8_t> cut(file.begin(), file.begin() + static_cast<long>(size));
		message text = {};

		if (multiboot_parse(cut.data(), cut.size(), 100, &header, &text) == 0) {
			EXPECT_GE(size, 132u);
			EXPECT_LE(header.offset + header.load_size, size);
		}
	}
}

TEST(Multiboot, Kinds)
{
	const arch *pc = &arch_table[ARCH_X86_64];
	message text = {};
	image parsed;
	std::vector<uint8_t> file =
		File(1000, 0, 0x10003, { 0x100000, 0x100000, 0, 0, 0x100020 });

	ASSERT_EQ(0, image_parse("k", file.data(), file.size(), pc, &parsed, &text)) << text.text;
	EXPECT_EQ(IMAGE_MULTIBOOT, parsed.kind);
	EXPECT_EQ(0x100020u, parsed.entry);
	EXPECT_EQ(0x100000u, parsed.segments[0].gpa);
	file = File(1000, 0, 3);
	EXPECT_NE(0, image_parse("k", file.data(), file.size(), pc, &parsed, &text));
	EXPECT_NE(nullptr, std::strstr(text.text, "no ELF file"));
}

TEST(Multiboot, Information)
{
	static uint8_t info[MULTIBOOT_INFO_MAX];
	static modules none, two;
	multiboot_boot boot = {};
	message text = {};
	size_t used = 0;
	auto at = [&](uint32_t offset) { return info + (Get32(info + offset) - MULTIBOOT_INFO); };

	boot.memory = 64 * kMiB;
	boot.kernel = "kernel";
	boot.modules = &none;
	ASSERT_EQ(0, multiboot_info(&boot, info, &used, &text)) << text.text;
	EXPECT_EQ(0x245u, Get32(info));
	EXPECT_EQ(639u, Get32(info + 4));
	EXPECT_EQ(63u * 1024, Get32(info + 8));
	EXPECT_STREQ("kernel", reinterpret_cast<char *>(at(16)));
	EXPECT_EQ(0u, Get32(info + 20));
	EXPECT_EQ(3u * 24, Get32(info + 44));
	EXPECT_STREQ("axvcpu", reinterpret_cast<char *>(at(64)));
	// The last range: what follows its size field, base, length, type.
	const uint8_t *last = at(48) + 2 * 24;
	EXPECT_EQ(20u, Get32(last));
	EXPECT_EQ(kMiB, Get32(last + 4));
	EXPECT_EQ(63 * kMiB, Get32(last + 12));
	EXPECT_EQ(1u, Get32(last + 20));

	boot.append = "a b";
	boot.modules_at = 0x400000;
	two.count = 2;
	two.list[0].text = "x y";
	two.list[0].size = 5;
	two.list[1].text = "z";
	two.list[1].offset = 4096;
	two.list[1].size = 7;
	boot.modules = &two;
	ASSERT_EQ(0, multiboot_info(&boot, info, &used, &text)) << text.text;
	EXPECT_EQ(0x24du, Get32(info));
	EXPECT_STREQ("kernel a b", reinterpret_cast<char *>(at(16)));
	EXPECT_EQ(2u, Get32(info + 20));
	const uint8_t *second = at(24) + 16;
	EXPECT_EQ(0x401000u, Get32(second));
	EXPECT_EQ(0x401007u, Get32(second + 4));
	EXPECT_STREQ("z", reinterpret_cast<char *>(info + (Get32(second + 8) - MULTIBOOT_INFO)));
	EXPECT_LE(used, sizeof(info));

	std::string line(4000, 'x');
	boot.append = line.c_str();
	EXPECT_NE(0, multiboot_info(&boot, info, &used, &text));
}

TEST(Modules, InOneFile)
{
	const std::string first = Scratch("first"), second = Scratch("second"),
			  out = Scratch("modules");
	static modules made;
	message text = {};

	WriteFile(first, "one");
	WriteFile(second, "two");
	ASSERT_EQ(0, modules_write("--initrd", (first + " a,,b c," + second).c_str(), out.c_str(),
				   &made, &text))
		<< text.text;
	ASSERT_EQ(2u, made.count);
	EXPECT_EQ(first + " a,b c", made.list[0].text);
	EXPECT_EQ(second, made.list[1].text);
	EXPECT_EQ(0u, made.list[0].offset);
	EXPECT_EQ(3u, made.list[0].size);
	EXPECT_EQ(4096u, made.list[1].offset);
	EXPECT_EQ(4099u, made.size);
	std::string contents = ReadFile(out);
	EXPECT_EQ("one", contents.substr(0, 3));
	EXPECT_EQ("two", contents.substr(4096));

	ASSERT_EQ(0, modules_write("--initrd", nullptr, out.c_str(), &made, &text));
	EXPECT_EQ(0u, made.count);
	EXPECT_EQ(0u, made.size);
	for (const std::string &bad :
	     { std::string("none-such"), first + ",none-such", std::string(""), first + ",",
	       first + "," + first + "," + first + "," + first + "," + first,
	       std::string(MODULES_TEXT_MAX, 'x') }) {
		text = {};
		EXPECT_NE(0, modules_write("--initrd", bad.c_str(), out.c_str(), &made, &text)) << bad;
		EXPECT_NE(nullptr, std::strstr(text.text, "--initrd")) << text.text;
	}
}

} // namespace
