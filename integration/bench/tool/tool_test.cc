// SPDX-License-Identifier: Apache-2.0
// Figures read, written, compared and drawn; instructions given to their parts.
#include <gtest/gtest.h>

#include <elf.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "integration/bench/tool/breakdown.h"
#include "integration/bench/tool/figures.h"
#include "integration/bench/tool/show.h"
#include "integration/bench/tool/symbols.h"

namespace {

template <typename Read>
auto Reading(const std::string &text, Read read)
{
	std::FILE *in = fmemopen(const_cast<char *>(text.data()), text.size(), "r");
	auto result = read(in);

	std::fclose(in);
	return result;
}

template <typename Write>
std::string Written(Write write)
{
	char *text = nullptr;
	size_t size = 0;
	std::FILE *out = open_memstream(&text, &size);

	write(out);
	std::fclose(out);
	std::string result(text, size);
	std::free(text);
	return result;
}

std::string Json(const figures &f)
{
	return Written([&](std::FILE *out) { figures_write_json(&f, out); });
}

const char kConsole[] = "arch arm64\ninstructions floor 59\ninstructions hypercall 314\n"
			"hal_calls hypercall 1\nend ok\n";

figures Sample()
{
	figures f;

	EXPECT_EQ(nullptr, Reading(kConsole, [&](std::FILE *in) {
			  return figures_read_console(&f, in);
		  }));
	return f;
}

// The figures of the static binding come last: those of a JSON reader must not be these alone.
TEST(Figures, EachSectionIsOneObject)
{
	figures f = Sample();

	ASSERT_TRUE(figures_add(&f, "instructions", "hypercall_static", 300));
	EXPECT_EQ("{\n  \"arch\": \"arm64\",\n"
		  "  \"instructions\": {\n    \"floor\": 59,\n    \"hypercall\": 314,\n"
		  "    \"hypercall_static\": 300\n  },\n"
		  "  \"hal_calls\": {\n    \"hypercall\": 1\n  }\n}\n",
		  Json(f));
}

TEST(Figures, Console)
{
	const figures f = Sample();
	uint64_t value = 0;

	EXPECT_STREQ("arm64", f.arch);
	EXPECT_EQ(3u, f.count);
	EXPECT_TRUE(figures_get(&f, "instructions", "hypercall", &value));
	EXPECT_EQ(314u, value);
	EXPECT_TRUE(figures_get(&f, "hal_calls", "hypercall", &value));
	EXPECT_EQ(1u, value);
	EXPECT_FALSE(figures_get(&f, "hal_calls", "floor", &value));
}

TEST(Figures, ConsoleThatIsNotWhole)
{
	figures f;

	for (const char *text : { "x\n", "arch arm64\ninstructions floor 1\n",
				  "instructions floor 1\nend ok\n",
				  "arch arm64\nfailed run: HALT\nend ok\n" }) {
		EXPECT_NE(nullptr, Reading(text, [&](std::FILE *in) {
				  return figures_read_console(&f, in);
			  })) << text;
	}
	std::string many = "arch arm64\n";
	for (size_t i = 0; i <= FIGURES_MAX; i++) {
		many += "instructions a" + std::to_string(i) + " 1\n";
	}
	EXPECT_STREQ("too many figures", Reading(many + "end ok\n", [&](std::FILE *in) {
			     return figures_read_console(&f, in);
		     }));
}

TEST(Figures, JsonComesBack)
{
	figures f = Sample();
	figures again;

	ASSERT_TRUE(figures_add(&f, FIGURES_BREAKDOWN "hypercall", "world switch in", 34));
	const std::string text = Json(f);
	EXPECT_EQ("{\n  \"arch\": \"arm64\",\n  \"instructions\": {\n    \"floor\": 59,\n"
		  "    \"hypercall\": 314\n  },\n  \"hal_calls\": {\n    \"hypercall\": 1\n  },\n"
		  "  \"breakdown_hypercall\": {\n    \"world switch in\": 34\n  }\n}\n",
		  text);
	EXPECT_EQ(nullptr,
		  Reading(text, [&](std::FILE *in) { return figures_read_json(&again, in); }));
	EXPECT_EQ(text, Json(again));
	for (const char *bad : { "{}", "{\n  \"arch\": \"arm64\"\n}\n",
				 "  \"arch\": \"arm64\",\n  \"instructions\": {\n    \"a\": b\n" }) {
		EXPECT_NE(nullptr, Reading(bad, [&](std::FILE *in) {
				  return figures_read_json(&again, in);
			  })) << bad;
	}
}

TEST(Figures, NamesThatAreTooLong)
{
	figures f = Sample();
	const std::string name(FIGURES_NAME_SIZE, 'n');

	EXPECT_FALSE(figures_add(&f, "instructions", name.c_str(), 1));
	EXPECT_FALSE(figures_add(&f, name.c_str(), "a", 1));
	EXPECT_FALSE(figures_add(&f, "instructions", "", 1));
	EXPECT_EQ(3u, f.count);
}

// What the guard says of figures that changed.
TEST(Growth, Limits)
{
	const struct {
		uint64_t kept, measured;
		bool good;
	} cases[] = {
		{ 100, 100, true }, { 100, 102, true },	   { 100, 103, false }, { 314, 320, true },
		{ 314, 321, false }, { 100, 50, true },	   { 0, 0, true },	{ 0, 1, false },
		{ 1, 2, false },     { 10000, 10201, false }, { 10000, 10200, true },
	};
	for (const auto &c : cases) {
		figures kept = Sample();
		figures measured = Sample();
		bool good = false;

		ASSERT_TRUE(figures_add(&kept, "instructions", "line", c.kept));
		ASSERT_TRUE(figures_add(&measured, "instructions", "line", c.measured));
		const std::string text = Written([&](std::FILE *out) {
			good = show_growth(&kept, &measured, out);
		});
		EXPECT_EQ(c.good, good) << c.kept << " " << c.measured;
		EXPECT_EQ(c.kept == c.measured, text.empty()) << text;
		EXPECT_EQ(!c.good, text.find("too much") != std::string::npos) << text;
	}
}

TEST(Growth, LinesThatCameOrWent)
{
	figures kept = Sample();
	figures measured = Sample();
	bool good = true;

	ASSERT_TRUE(figures_add(&kept, "instructions", "old", 1));
	std::string text = Written([&](std::FILE *out) { good = show_growth(&kept, &measured, out); });
	EXPECT_FALSE(good);
	EXPECT_NE(std::string::npos, text.find("instructions old: kept, but not measured"));
	kept = Sample();
	ASSERT_TRUE(figures_add(&measured, "bytes", "new", 1));
	text = Written([&](std::FILE *out) { good = show_growth(&kept, &measured, out); });
	EXPECT_FALSE(good);
	EXPECT_NE(std::string::npos, text.find("bytes new: measured, but not kept"));
	// Parts may trade places.
	measured = Sample();
	ASSERT_TRUE(figures_add(&measured, FIGURES_BREAKDOWN "hypercall", "decode", 9));
	text = Written([&](std::FILE *out) { good = show_growth(&kept, &measured, out); });
	EXPECT_TRUE(good) << text;
}

// A kernel of nothing but symbols.
std::vector<uint8_t> Elf(const std::vector<std::pair<std::string, uint64_t>> &labels)
{
	std::vector<Elf64_Sym> table(1);
	std::string names(1, '\0');

	for (const auto &label : labels) {
		Elf64_Sym symbol = {};
		symbol.st_name = static_cast<Elf64_Word>(names.size());
		symbol.st_value = label.second;
		symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
		symbol.st_shndx = 1;
		table.push_back(symbol);
		names += label.first + '\0';
	}
	Elf64_Ehdr head = {};
	Elf64_Shdr sections[3] = {};
	const size_t symbols_at = sizeof(head) + sizeof(sections);
	const size_t names_at = symbols_at + table.size() * sizeof(table[0]);
	std::memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	head.e_shoff = sizeof(head);
	head.e_shentsize = sizeof(Elf64_Shdr);
	head.e_shnum = 3;
	sections[1].sh_type = SHT_SYMTAB;
	sections[1].sh_link = 2;
	sections[1].sh_offset = symbols_at;
	sections[1].sh_size = table.size() * sizeof(table[0]);
	sections[2].sh_type = SHT_STRTAB;
	sections[2].sh_offset = names_at;
	sections[2].sh_size = names.size();
	std::vector<uint8_t> bytes(names_at + names.size());
	std::memcpy(bytes.data(), &head, sizeof(head));
	std::memcpy(bytes.data() + sizeof(head), sections, sizeof(sections));
	std::memcpy(bytes.data() + symbols_at, table.data(), table.size() * sizeof(table[0]));
	std::memcpy(bytes.data() + names_at, names.data(), names.size());
	return bytes;
}

TEST(Symbols, Names)
{
	const std::vector<uint8_t> elf = Elf({ { "second", 0x200 }, { "first", 0x100 }, { "$x", 0x180 } });
	symbols s;
	uint64_t address = 0;

	ASSERT_EQ(nullptr, symbols_read(&s, elf.data(), elf.size()));
	EXPECT_STREQ("", symbols_name(&s, 0xff));
	EXPECT_STREQ("first", symbols_name(&s, 0x100));
	EXPECT_STREQ("first", symbols_name(&s, 0x1ff));
	EXPECT_STREQ("second", symbols_name(&s, 0x200));
	EXPECT_STREQ("second", symbols_name(&s, UINT64_MAX));
	EXPECT_TRUE(symbols_find(&s, "second", &address));
	EXPECT_EQ(0x200u, address);
	EXPECT_FALSE(symbols_find(&s, "third", &address));
	symbols_free(&s);
}

TEST(Symbols, DamagedFiles)
{
	const std::vector<uint8_t> elf = Elf({ { "first", 0x100 } });
	symbols s;

	for (size_t size = 0; size < elf.size(); size++) {
		std::vector<uint8_t> part(elf.begin(), elf.begin() + static_cast<ptrdiff_t>(size));
		part.shrink_to_fit();
		EXPECT_NE(nullptr, symbols_read(&s, part.data(), part.size())) << size;
		symbols_free(&s);
	}
	for (size_t at = 0; at < elf.size(); at++) {
		for (uint8_t flip : std::vector<uint8_t>{ 0x01, 0x80, 0xff }) {
			std::vector<uint8_t> bad = elf;
			bad[at] ^= flip;
			if (symbols_read(&s, bad.data(), bad.size()) == nullptr) {
				(void)symbols_name(&s, 0x100);
			}
			symbols_free(&s);
		}
	}
}

TEST(Breakdown, PartsOfTwoLines)
{
	const std::vector<uint8_t> elf = Elf({
		{ "bench_guest_hypercall_at", 0x1000 }, { "bench_guest_library_call_at", 0x1100 },
		{ "bench_arch_text_start", 0x2000 },	{ "arm_vcpu_leave", 0x2100 },
		{ "arm_vcpu_enter", 0x2200 },		{ "decode", 0x2300 },
		{ "bench_arch_text_end", 0x3000 },	{ "bench_api_text_start", 0x3000 },
		{ "axvcpu_run", 0x3000 },		{ "bench_api_text_end", 0x4000 },
		{ "rounds", 0x5000 },			{ "percpu_get", 0x6000 },
	});
	std::string log = "nothing of interest\n";
	symbols s;
	trace t;
	figures f = Sample();

	for (uint64_t pc : { 0x1100, 0x9999, 0x1100, 0x2100, 0x2300, 0x2304, 0x2200, 0x1104, 0x1100,
			     0x1000, 0x2100, 0x1000, 0x2100, 0x2104, 0x2300, 0x3000, 0x5000, 0x5004,
			     0x3004, 0x6000, 0x3008, 0x2308, 0x2200, 0x1004, 0x1000 }) {
		char line[128];
		std::snprintf(line, sizeof(line),
			      "Trace 0: 0x7f0000000000 [0000000000000000/%016lx/00000061/ff020201] x\n",
			      static_cast<unsigned long>(pc));
		log += line;
	}
	ASSERT_EQ(nullptr, symbols_read(&s, elf.data(), elf.size()));
	ASSERT_EQ(nullptr, Reading(log, [&](std::FILE *in) { return trace_read(&t, in); }));
	EXPECT_EQ(25u, t.count);
	ASSERT_EQ(nullptr, breakdown_add(&f, &s, &t));
	EXPECT_NE(std::string::npos,
		  Json(f).find("  \"breakdown_library_call\": {\n    \"guest\": 2,\n"
			       "    \"world switch out\": 1,\n    \"decode and answer\": 2,\n"
			       "    \"world switch in\": 1\n  },\n"
			       "  \"breakdown_hypercall\": {\n    \"guest\": 2,\n"
			       "    \"world switch out\": 2,\n    \"decode and answer\": 1,\n"
			       "    \"state machine out\": 1,\n    \"hypervisor\": 2,\n"
			       "    \"state machine in\": 2,\n    \"HAL\": 1,\n"
			       "    \"arch run\": 1,\n    \"world switch in\": 1\n  }\n"))
		<< Json(f);
	trace_free(&t);
	EXPECT_NE(nullptr, Reading("no trace\n", [&](std::FILE *in) { return trace_read(&t, in); }));
	trace_free(&t);
	symbols_free(&s);
}

TEST(Show, TableAndPicture)
{
	figures f = Sample();

	ASSERT_TRUE(figures_add(&f, "instructions", "library_call", 140));
	ASSERT_TRUE(figures_add(&f, FIGURES_BREAKDOWN "hypercall", "decode and answer", 100));
	ASSERT_TRUE(figures_add(&f, FIGURES_BREAKDOWN "hypercall", "hypervisor", 50));
	const std::string table = Written([&](std::FILE *out) { show_table(&f, out); });
	EXPECT_NE(std::string::npos, table.find("     314     5.32     1\n")) << table;
	EXPECT_NE(std::string::npos, table.find("     140     2.37     0  within 2.5\n")) << table;
	EXPECT_NE(std::string::npos, table.find("where hypercall goes\n  decode and answer")) << table;
	const std::string svg = Written([&](std::FILE *out) { show_svg(&f, out); });
	EXPECT_EQ(0u, svg.find("<svg ")) << svg;
	EXPECT_NE(std::string::npos, svg.find("<title>decode and answer: 100</title>")) << svg;
	EXPECT_NE(std::string::npos, svg.find("floor 59</text>")) << svg;
	EXPECT_NE(std::string::npos, svg.find("</svg>\n")) << svg;
	// Nothing at all is no reason to fail.
	const figures none = {};
	EXPECT_FALSE(Written([&](std::FILE *out) { show_table(&none, out); }).empty());
	EXPECT_FALSE(Written([&](std::FILE *out) { show_svg(&none, out); }).empty());
}

} // namespace
