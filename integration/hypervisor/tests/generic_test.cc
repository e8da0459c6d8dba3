// SPDX-License-Identifier: Apache-2.0
// The parts of the hypervisor that know no CPU, on the host: what it is told, text,
// pages, the device tree.
#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"

// C11's word for what C++ has as an attribute.
#define _Noreturn [[noreturn]]
extern "C" {
#include "integration/hypervisor/board.h"
#include "integration/hypervisor/boot_files.h"
#include "integration/hypervisor/config.h"
#include "integration/hypervisor/console.h"
#include "integration/hypervisor/fdt.h"
#include "integration/hypervisor/guest_console.h"
#include "integration/hypervisor/pages.h"
#include "integration/hypervisor/text.h"
}

namespace {

constexpr uint64_t kRam = 0x40000000;
std::string config_text;
std::string logged;
std::string printed;
uint64_t counter;

void Append(void *arg, char c)
{
	static_cast<std::string *>(arg)->push_back(c);
}

} // namespace

// What the code under test stands on.
extern "C" {

const struct board board = { 0, 0, kRam, 0 };

void log_line(uint32_t, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	text_format(Append, &logged, format, values);
	va_end(values);
	logged += '\n';
}

bool boot_file_find(const char *name, struct boot_file *file)
{
	file->size = static_cast<uint32_t>(config_text.size());
	return strcmp(name, "opt/axvcpu/config") == 0 && !config_text.empty();
}

bool boot_file_read(const struct boot_file *, uint32_t offset, void *to, uint32_t size)
{
	memcpy(to, config_text.data() + offset, size);
	return true;
}

void board_relax(void)
{
}

uint64_t board_counter(void)
{
	return counter;
}

uint64_t board_counter_frequency(void)
{
	return 1000;
}

} // extern "C"

namespace {

std::string Format(const char *format, ...)
{
	std::string out;
	va_list values;

	va_start(values, format);
	text_format(Append, &out, format, values);
	va_end(values);
	return out;
}

TEST(Text, Formats)
{
	EXPECT_EQ(Format("a %s b %u c %x %% %q", "text", UINT64_C(0), UINT64_MAX),
		  "a text b 0 c 0xffffffffffffffff % q");
	EXPECT_EQ(Format("%u", UINT64_MAX), "18446744073709551615");
	EXPECT_EQ(Format("end%"), "end");
}

TEST(Text, Numbers)
{
	const struct {
		const char *text;
		bool ok;
		uint64_t value;
		size_t length;
	} cases[] = {
		{ "0", true, 0, 1 },
		{ "42 x", true, 42, 2 },
		{ "0xAf\n", true, 0xaf, 4 },
		{ "18446744073709551615", true, UINT64_MAX, 20 },
		{ "18446744073709551616", false, 0, 0 },
		{ "0xffffffffffffffff", true, UINT64_MAX, 18 },
		{ "0x10000000000000000", false, 0, 0 },
		{ "", false, 0, 0 },
		{ "0x", false, 0, 0 },
		{ "0x\n", false, 0, 0 },
		{ "-1", false, 0, 0 },
		{ "12a", false, 0, 0 },
		{ "1,2", false, 0, 0 },
	};

	for (const auto &c : cases) {
		const char *cursor = c.text;
		uint64_t value = 7;

		EXPECT_EQ(text_number(&cursor, &value), c.ok) << c.text;
		EXPECT_EQ(value, c.ok ? c.value : 7) << c.text;
		EXPECT_EQ(static_cast<size_t>(cursor - c.text), c.length) << c.text;
	}
}

bool Read(const std::string &text, struct config *config)
{
	config_text = text;
	logged.clear();
	return config_read(config);
}

const char kMinimal[] = "memory 0x800000\nentry 0x40200000\n";

TEST(Config, TakesAll)
{
	struct config config;

	ASSERT_TRUE(Read(std::string(kMinimal) +
				 "arg 0x40000000\nlog 4\ndevices passthrough\ncpus 1\ninterrupts trap\ntestdev 1\n"
				 "hypervisor-name twelve=bytes\n"
				 "vhe 1\nstage2 4\nkill 3 5\nrenew 7\nmove 9\nload opt/axvcpu/kernel 64 0x40200000 1000\n"
				 "load opt/axvcpu/dtb 0 0x40000000 10\n",
			 &config))
		<< logged;
	EXPECT_EQ(config.machines[0].memory, 0x800000u);
	EXPECT_EQ(config.machines[0].entry, 0x40200000u);
	EXPECT_EQ(config.machines[0].arg, 0x40000000u);
	EXPECT_EQ(config.log, 4u);
	EXPECT_TRUE(config.machines[0].trap_interrupts);
	EXPECT_TRUE(config.machines[0].test_devices);
	EXPECT_TRUE(config.vhe);
	EXPECT_EQ(config.stage2_levels, 4u);
	EXPECT_STREQ(config.machines[0].hypervisor_name, "twelve=bytes");
	EXPECT_EQ(config.renew, 7u);
	EXPECT_EQ(config.move, 9u);
	EXPECT_EQ(config.kill_first, 3u);
	EXPECT_EQ(config.kill_step, 5u);
	ASSERT_EQ(config.machines[0].load_count, 2u);
	EXPECT_STREQ(config.machines[0].loads[0].name, "opt/axvcpu/kernel");
	EXPECT_EQ(config.machines[0].loads[0].offset, 64u);
	EXPECT_EQ(config.machines[0].loads[0].gpa, 0x40200000u);
	EXPECT_EQ(config.machines[0].loads[0].size, 1000u);
	EXPECT_EQ(logged, "");
}

TEST(Config, WhereNothingIsLoaded)
{
	struct config config;

	ASSERT_TRUE(Read(std::string(kMinimal) + "load opt/axvcpu/kernel 0 0x40200000 0x1000\n"
						 "load opt/axvcpu/dtb 0 0x40400000 16\n",
			 &config))
		<< logged;
	const struct {
		uint64_t gpa, size;
		bool free;
	} cases[] = {
		{ 0x40000000, 0x200000, true },	 { 0x40000000, 0x200001, false },
		{ 0x40200fff, 1, false },	 { 0x40201000, 0x1ff000, true },
		{ 0x40400008, 4, false },	 { 0x40400010, 1, true },
		{ 0x40000000, 0x800000, false },
	};
	for (const auto &c : cases) {
		EXPECT_EQ(config_range_is_free(&config.machines[0], c.gpa, c.size), c.free)
			<< std::hex << c.gpa;
	}
}

TEST(Config, Defaults)
{
	struct config config;

	ASSERT_TRUE(Read(kMinimal, &config)) << logged;
	EXPECT_EQ(config.log, static_cast<uint64_t>(AXVCPU_LOG_WARN));
	EXPECT_EQ(config.machine_count, 1u);
	EXPECT_EQ(config.machines[0].cpus, 1u);
	EXPECT_EQ(config.machines[0].devices, CONFIG_DEVICES_EMULATED);
	EXPECT_FALSE(config.machines[0].trap_interrupts);
	EXPECT_FALSE(config.machines[0].test_devices);
	EXPECT_FALSE(config.vhe);
	EXPECT_EQ(config.stage2_levels, 0u);
	EXPECT_EQ(config.kill_first, 0u);
}

TEST(Config, SeveralMachines)
{
	struct config config;

	ASSERT_TRUE(Read(std::string(kMinimal) + "cpus 2\nload k 0 0x40200000 8\nmachine\nlog 1\n" +
				 "load k 0 0x40200000 8\nload d 0 0x40000000 8\ncpus 8\n" + kMinimal,
			 &config))
		<< logged;
	ASSERT_EQ(config.machine_count, 2u);
	EXPECT_EQ(config.log, 1u);
	EXPECT_EQ(config.machines[0].cpus, 2u);
	EXPECT_EQ(config.machines[0].load_count, 1u);
	EXPECT_EQ(config.machines[1].cpus, 8u);
	EXPECT_EQ(config.machines[1].load_count, 2u);
	EXPECT_EQ(config.machines[1].memory, 0x800000u);
}

TEST(Config, RefusesWithAReason)
{
	const struct {
		std::string more;
		const char *reason;
	} cases[] = {
		{ "colour red\n", "line 3: no known key" },
		{ "\n", "line 3: no known key" },
		{ " log 1\n", "line 3: no known key" },
		{ "a-key-that-is-longer-than-any-that-there-is-or-will-ever-be-here 1\n", "line 3: no known key" },
		{ "memory 0x800000\n", "line 3: memory is there already" },
		{ "log 1\nlog 1\n", "line 4: log is there already" },
		{ "log 0\n", "line 3: log has a wrong value" },
		{ "log 5\n", "line 3: log has a wrong value" },
		{ "log\n", "line 3: log has a wrong value" },
		{ "log one\n", "line 3: log has a wrong value" },
		{ "log 1 2\n", "line 3: log has a wrong value" },
		{ "log 1", "line 3: log has a wrong value" },
		{ "arg 0x1g\n", "line 3: arg has a wrong value" },
		{ "arg 18446744073709551616\n", "line 3: arg has a wrong value" },
		{ "devices none\n", "line 3: devices has a wrong value" },
		{ "cpus 0\n", "line 3: cpus has a wrong value" },
		{ "cpus 9\n", "line 3: cpus has a wrong value" },
		{ "cpus 1\ncpus 1\n", "line 4: cpus is there already" },
		{ "machine 1\n", "line 3: machine has a wrong value" },
		{ "machine\nmachine\nmachine\nmachine\n", "line 6: machine has a wrong value" },
		{ "machine\n", "memory 0x0 is no multiple" },
		{ "interrupts trap\n", "emulated devices have their interrupts trapped" },
		{ "devices passthrough\ncpus 2\n", "one machine with one CPU" },
		{ "devices passthrough\nmachine\nmemory 0x800000\nentry 0x40200000\n", "one machine with one CPU" },
		{ "kill 1 1\ncpus 2\n", "kill is for one machine with one CPU" },
		{ "interrupts pass\n", "line 3: interrupts has a wrong value" },
		{ "vhe 2\n", "line 3: vhe has a wrong value" },
		{ "stage2 2\n", "line 3: stage2 has a wrong value" },
		{ "renew 0\n", "line 3: renew has a wrong value" },
		{ "move 0\n", "line 3: move has a wrong value" },
		{ "stage2 6\n", "line 3: stage2 has a wrong value" },
		{ "testdev 2\n", "line 3: testdev has a wrong value" },
		{ "hypervisor-name\n", "line 3: hypervisor-name has a wrong value" },
		{ "hypervisor-name thirteen=char\n", "line 3: hypervisor-name has a wrong value" },
		{ "sve 0\n", "line 3: sve has a wrong value" },
		{ "aia 2\n", "line 3: aia has a wrong value" },
		{ "saved 2\n", "line 3: saved has a wrong value" },
		{ "save-after 0\n", "line 3: save-after has a wrong value" },
		{ "save-at\n", "line 3: save-at has a wrong value" },
		{ "save-at " + std::string(64, 't') + "\n", "line 3: save-at has a wrong value" },
		{ "again 0 1\n", "line 3: again has a wrong value" },
		{ "again 2 0\ncpus 2\n", "again is for a machine with one CPU" },
		{ "firmware f 0\n", "line 3: firmware has a wrong value" },
		{ "firmware f 4097\n", "line 3: firmware has a wrong value" },
		{ "firmware f 0x1001000\n", "line 3: firmware has a wrong value" },
		{ "item f 0 n\n", "line 3: item has a wrong value" },
		{ "item f 1\n", "line 3: item has a wrong value" },
		{ "item f 1 n\nitem f 1 n\nitem f 1 n\n", "line 5: item has a wrong value" },
		{ "save-after 9\ndevices passthrough\n", "configuration: one machine alone" },
		{ "saved 1\nfirmware f 4096\n", "configuration: one machine alone" },
		{ "machine\nmemory 0x800000\nentry 0x40000000\nsaved 1\n",
		  "configuration: one machine alone" },
		{ "kill 0 1\n", "line 3: kill has a wrong value" },
		{ "kill 1\n", "line 3: kill has a wrong value" },
		{ "load k 0 0x40000000\n", "line 3: load has a wrong value" },
		{ "load k 0 0x40000000 1 1\n", "line 3: load has a wrong value" },
		{ "load k 0 0x3fffffff 1\n", "load of k at 0x3fffffff is outside guest memory" },
		{ "load k 0 0x40800000 1\n", "load of k at 0x40800000 is outside guest memory" },
		{ "load k 0 0x407fffff 2\n", "load of k at 0x407fffff is outside guest memory" },
		{ "load k 0 0x40000000 0xffffffffffffffff\n", "is outside guest memory" },
		{ "load k 0x100000000 0x40000000 1\n", "is outside guest memory" },
		{ "load k 0 0x40000000 8\nload d 0 0x40000007 1\n",
		  "load of d at 0x40000007 overlaps that of k at 0x40000000" },
		{ "load k 0 0x40000008 8\nload d 0 0x40000000 9\n",
		  "load of d at 0x40000000 overlaps that of k at 0x40000008" },
	};
	struct config config;

	for (const auto &c : cases) {
		EXPECT_FALSE(Read(std::string(kMinimal) + c.more, &config)) << c.more;
		EXPECT_NE(logged.find(c.reason), std::string::npos) << c.more << logged;
	}
	EXPECT_TRUE(Read(std::string(kMinimal) +
				 "load k 0 0x40000000 8\nload d 0 0x40000008 1\nload e 0 0x407fffff 1\n",
			 &config))
		<< logged;
}

TEST(Config, RefusesWhatIsMissing)
{
	struct config config;
	std::string loads = kMinimal;

	EXPECT_FALSE(Read("", &config));
	EXPECT_NE(logged.find("no file"), std::string::npos);
	EXPECT_FALSE(Read(std::string(16385, '\n'), &config));
	EXPECT_NE(logged.find("too large"), std::string::npos);
	EXPECT_FALSE(Read("entry 0x40200000\n", &config));
	EXPECT_NE(logged.find("memory 0x0"), std::string::npos);
	EXPECT_FALSE(Read("memory 0x801000\nentry 0x40200000\n", &config));
	EXPECT_NE(logged.find("multiple of 2 MiB"), std::string::npos);
	EXPECT_FALSE(Read("memory 0x800000\n", &config));
	EXPECT_NE(logged.find("entry 0x0 is outside"), std::string::npos);
	EXPECT_FALSE(Read("memory 0x800000\nentry 0x407ffffd\n", &config));
	for (uint32_t i = 0; i < CONFIG_MAX_LOADS; i++) {
		loads += Format("load k 0 %x 1\n", kRam + i);
	}
	EXPECT_TRUE(Read(loads, &config)) << logged;
	EXPECT_FALSE(Read(loads + "load k 0 0x40000100 1\n", &config));
	EXPECT_NE(logged.find("line 35: load has a wrong value"), std::string::npos) << logged;
}

// Consoles of three machines on one line.
class GuestConsole : public ::testing::Test {
protected:
	GuestConsole()
	{
		for (uint32_t i = 0; i < 3; i++) {
			guest_console_init(&consoles[i], i,
					   [](uint8_t byte) { printed += static_cast<char>(byte); });
			guest_console_flush(&consoles[i]);
		}
		printed.clear();
		Put(0, "\n");
		printed.clear();
	}

	void Put(uint32_t machine, const std::string &text)
	{
		for (char byte : text) {
			guest_console_put(&consoles[machine], static_cast<uint8_t>(byte));
		}
	}

	guest_console consoles[3];
};

TEST_F(GuestConsole, TheFirstMachineAsItComes)
{
	Put(0, "login: ");
	EXPECT_EQ(printed, "login: ");
	Put(0, "\033[2J\r\n\n");
	EXPECT_EQ(printed, "login: \033[2J\r\n\n");
}

TEST_F(GuestConsole, OthersByLines)
{
	Put(1, "a li");
	Put(2, "another\r\n");
	EXPECT_EQ(printed, "[machine 2] another\n");
	Put(1, "ne\n\n");
	EXPECT_EQ(printed, "[machine 2] another\n[machine 1] a line\n");
}

TEST_F(GuestConsole, AnOpenLineIsNotSplit)
{
	Put(0, "one ");
	Put(1, "first\n");
	Put(0, "whole ");
	Put(2, "second\n");
	EXPECT_EQ(printed, "one whole ");
	EXPECT_EQ(guest_console_settle(), counter + 1000);
	Put(0, "line\n");
	EXPECT_EQ(printed, "one whole line\n[machine 1] first\n[machine 2] second\n");
	EXPECT_EQ(guest_console_settle(), UINT64_MAX);
}

TEST_F(GuestConsole, APromptHoldsNobodyUp)
{
	Put(0, "# ");
	Put(1, "first\n");
	counter += 999;
	EXPECT_EQ(guest_console_settle(), counter + 1);
	EXPECT_EQ(printed, "# ");
	counter += 1;
	EXPECT_EQ(guest_console_settle(), UINT64_MAX);
	EXPECT_EQ(printed, "# \n[machine 1] first\n");
	Put(0, "# ");
	counter += 1000;
	Put(1, "second\n");
	EXPECT_EQ(printed, "# \n[machine 1] first\n# \n[machine 1] second\n");
}

TEST_F(GuestConsole, NothingIsLost)
{
	std::string line(300, 'x');
	size_t expected;

	Put(0, "open");
	for (int i = 0; i < 100; i++) {
		Put(1, line + "\n");
	}
	Put(2, "the rest");
	guest_console_flush(&consoles[2]);
	guest_console_flush(&consoles[1]);
	guest_console_flush(&consoles[0]);
	EXPECT_EQ(static_cast<size_t>(std::count(printed.begin(), printed.end(), 'x')), 100 * line.size());
	EXPECT_EQ(printed.substr(0, 5), "open\n");
	/* Lines that are too long are cut into such that have the prefix again. */
	expected = printed.find("[machine 2] the rest\n");
	EXPECT_EQ(expected, printed.size() - strlen("[machine 2] the rest\n"));
}

TEST(Pages, AllocatesAlignedWithoutOverlap)
{
	uint64_t first, second, third, none = 7;

	pages_init(kRam + 1, kRam + 64 * PAGE_SIZE);
	EXPECT_EQ(pages_in_use(), 0u);
	ASSERT_TRUE(pages_alloc(1, PAGE_SIZE, &first));
	EXPECT_EQ(first, kRam + PAGE_SIZE);
	ASSERT_TRUE(pages_alloc(4, 16 * PAGE_SIZE, &second));
	EXPECT_EQ(second, kRam + 16 * PAGE_SIZE);
	ASSERT_TRUE(pages_alloc(20, PAGE_SIZE, &third));
	EXPECT_EQ(third, kRam + 20 * PAGE_SIZE);
	EXPECT_EQ(pages_in_use(), 25u);
	EXPECT_FALSE(pages_alloc(25, PAGE_SIZE, &none));
	EXPECT_FALSE(pages_alloc(64, PAGE_SIZE, &none));
	EXPECT_FALSE(pages_alloc(UINT64_MAX, PAGE_SIZE, &none));
	EXPECT_FALSE(pages_alloc(0, PAGE_SIZE, &none));
	EXPECT_FALSE(pages_alloc(1, 1, &none));
	EXPECT_EQ(none, 7u);
	pages_free(second, 4);
	ASSERT_TRUE(pages_alloc(18, PAGE_SIZE, &second));
	EXPECT_EQ(second, kRam + 2 * PAGE_SIZE);
	ASSERT_TRUE(pages_alloc(24, PAGE_SIZE, &none));
	EXPECT_EQ(none, kRam + 40 * PAGE_SIZE);
	EXPECT_FALSE(pages_alloc(1, PAGE_SIZE, &none));
	pages_free(first, 1);
	pages_free(second, 18);
	pages_free(third, 20);
	pages_free(kRam + 40 * PAGE_SIZE, 24);
	EXPECT_EQ(pages_in_use(), 0u);
}

TEST(Pages, NoMemory)
{
	uint64_t hpa;

	pages_init(kRam, kRam);
	EXPECT_FALSE(pages_alloc(1, PAGE_SIZE, &hpa));
	pages_init(kRam, 0);
	EXPECT_FALSE(pages_alloc(1, PAGE_SIZE, &hpa));
}

// A device tree, made by hand: words are big-endian.
class Tree {
public:
	void Word(uint32_t word)
	{
		words_.push_back(__builtin_bswap32(word));
	}
	void Begin(const char *name)
	{
		Word(1);
		Bytes(name);
	}
	void End()
	{
		Word(2);
	}
	void Text(uint32_t name, const char *value)
	{
		Word(3);
		Word(static_cast<uint32_t>(strlen(value) + 1));
		Word(name);
		Bytes(value);
	}
	void Range(uint32_t name, uint64_t base, uint64_t size)
	{
		Word(3);
		Word(16);
		Word(name);
		Word(static_cast<uint32_t>(base >> 32));
		Word(static_cast<uint32_t>(base));
		Word(static_cast<uint32_t>(size >> 32));
		Word(static_cast<uint32_t>(size));
	}
	// The blob: header, structure block, the two names that are used.
	const void *Blob()
	{
		static const char names[] = "device_type\0reg\0\0";
		const uint32_t structure = 40;
		uint32_t size = static_cast<uint32_t>(words_.size() * 4);
		std::vector<uint32_t> block = words_;

		words_.clear();
		for (uint32_t word : { 0xd00dfeedu, structure + size + 16, structure,
				       structure + size, 0u, 17u, 16u, 0u, 16u, size }) {
			Word(word);
		}
		words_.insert(words_.end(), block.begin(), block.end());
		words_.resize(words_.size() + 4);
		memcpy(reinterpret_cast<char *>(words_.data()) + structure + size, names, 16);
		return words_.data();
	}
	static constexpr uint32_t kDeviceType = 0, kReg = 12;

private:
	void Bytes(const char *text)
	{
		size_t at = words_.size() * 4;

		words_.resize(words_.size() + strlen(text) / 4 + 1);
		strcpy(reinterpret_cast<char *>(words_.data()) + at, text);
	}
	std::vector<uint32_t> words_;
};

TEST(DeviceTree, FindsMemory)
{
	uint64_t base = 0, size = 0;
	Tree tree;

	tree.Begin("");
	tree.Begin("cpu@0");
	tree.Text(Tree::kDeviceType, "cpu");
	tree.Range(Tree::kReg, 1, 2);
	tree.End();
	tree.Word(4); // NOP
	tree.Begin("memory@40000000");
	tree.Range(Tree::kReg, kRam, UINT64_C(0x3ff000000));
	tree.Text(Tree::kDeviceType, "memory");
	tree.End();
	tree.End();
	tree.Word(9);
	ASSERT_TRUE(fdt_memory(tree.Blob(), &base, &size));
	EXPECT_EQ(base, kRam);
	EXPECT_EQ(size, UINT64_C(0x3ff000000));
}

TEST(DeviceTree, NoMemory)
{
	uint64_t base = 0, size = 0;
	uint32_t zeros[10] = { 0 };
	Tree tree;

	EXPECT_FALSE(fdt_memory(zeros, &base, &size));
	tree.Begin("");
	tree.Text(Tree::kDeviceType, "memory");
	tree.Begin("inside");
	tree.Range(Tree::kReg, 1, 2);
	tree.End();
	tree.End();
	EXPECT_FALSE(fdt_memory(tree.Blob(), &base, &size));
}

} // namespace
