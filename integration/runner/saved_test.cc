// SPDX-License-Identifier: Apache-2.0
// The file of a saved machine: what goes in comes out, and nothing else is taken for one.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/runner/crc32c.h"
#include "integration/runner/options.h"
#include "integration/runner/saved.h"
}

namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t kMemory = UINT64_C(8) << 20;
constexpr uint64_t kMemoryAt = 0x3000;
constexpr uint64_t kState = 1001;
constexpr size_t kFormatAt = 8;

std::string Path(const std::string &name)
{
	const char *folder = std::getenv("TEST_TMPDIR");

	return std::string(folder != nullptr ? folder : "/tmp") + "/" + name;
}

void Write(const std::string &path, const Bytes &bytes)
{
	std::ofstream(path, std::ios::binary)
		.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Bytes Read(const std::string &path)
{
	std::ifstream file(path, std::ios::binary);

	return Bytes(std::istreambuf_iterator<char>(file), {});
}

class Saved : public ::testing::Test {
    protected:
	void SetUp() override
	{
		board_.resize(kMemoryAt + kMemory + 0x2000);
		for (uint64_t at : { UINT64_C(0), UINT64_C(4095), UINT64_C(0x5000), UINT64_C(0x6fff), kMemory - 1 }) {
			board_[kMemoryAt + at] = static_cast<uint8_t>(at % 255 + 1);
		}
		for (uint64_t i = 0; i < kState; i++) {
			board_[kMemoryAt + kMemory + i] = static_cast<uint8_t>(i * 7 + 1);
		}
		Write(Path("board"), board_);
		ASSERT_EQ(0, Save()) << message_.text;
		bytes_ = Read(Path("machine"));
	}

	int Save()
	{
		struct saved saved = {};
		const saved_place place = { kMemoryAt, kMemoryAt + kMemory };

		saved.arch = &arch_table[ARCH_ARM64];
		saved.cpus = 3;
		saved.memory = kMemory;
		saved.state_size = kState;
		return saved_write("--save", Path("machine").c_str(), &saved, Path("board").c_str(), &place,
				   &message_);
	}

	int Open() { return saved_open("--load", Path("machine").c_str(), &opened_, &message_); }
	bool Says(const std::string &words)
	{
		return std::string(message_.text).find(words) != std::string::npos;
	}

	/** Options with --load of the file; what they say. */
	std::string Options(std::vector<std::string> more)
	{
		std::string load = "--load=" + Path("machine");
		std::vector<char *> argv = { const_cast<char *>("run"), load.data() };

		for (std::string &option : more) {
			argv.push_back(option.data());
		}
		options_parse(static_cast<int>(argv.size()), argv.data(), &options_, &message_);
		return message_.text;
	}

	Bytes board_, bytes_;
	struct saved opened_ = {};
	struct options options_ = {};
	struct message message_ = {};
};

TEST_F(Saved, ComesBack)
{
	// Four pages and their neighbours in one: what is zero is not in the file.
	EXPECT_LT(bytes_.size(), 8u * 4096u);
	ASSERT_EQ(0, Open()) << message_.text;
	EXPECT_EQ(&arch_table[ARCH_ARM64], opened_.arch);
	EXPECT_EQ(3u, opened_.cpus);
	EXPECT_EQ(kMemory, opened_.memory);
	EXPECT_FALSE(opened_.test_devices);
	ASSERT_EQ(0, saved_unpack(&opened_, Path("state").c_str(), Path("memory").c_str(), &message_));
	EXPECT_EQ(Bytes(board_.begin() + kMemoryAt, board_.begin() + kMemoryAt + kMemory), Read(Path("memory")));
	EXPECT_EQ(Bytes(board_.begin() + kMemoryAt + kMemory, board_.begin() + kMemoryAt + kMemory + kState),
		  Read(Path("state")));
	EXPECT_NE(0, access(Path("machine.part").c_str(), F_OK)) << "the unfinished file is left behind";
}

TEST_F(Saved, EveryBitCounts)
{
	// All of the header, and one bit in each 97 bytes of the rest.
	for (size_t bit = 0; bit < bytes_.size() * 8; bit += bit < 64 * 8 ? 1 : 97 * 8 + 3) {
		Bytes damaged = bytes_;

		damaged[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
		Write(Path("machine"), damaged);
		ASSERT_EQ(-1, Open()) << bit;
		if (bit >= 16 * 8 + 64) {
			ASSERT_TRUE(Says("is damaged: its checksum is wrong")) << bit << message_.text;
		}
	}
}

TEST_F(Saved, CutShortOrTooLong)
{
	for (size_t size : { bytes_.size() - 1, bytes_.size() / 2, size_t{ 64 } }) {
		Write(Path("machine"), Bytes(bytes_.begin(), bytes_.begin() + static_cast<long>(size)));
		EXPECT_EQ(-1, Open());
		EXPECT_TRUE(Says("is cut short or too long")) << message_.text;
	}
	for (size_t size : { size_t{ 1 }, size_t{ 63 } }) {
		Write(Path("machine"), Bytes(bytes_.begin(), bytes_.begin() + static_cast<long>(size)));
		EXPECT_EQ(-1, Open());
		EXPECT_TRUE(Says("is no saved machine")) << message_.text;
	}
	bytes_.push_back(0);
	Write(Path("machine"), bytes_);
	EXPECT_EQ(-1, Open());
	EXPECT_TRUE(Says("is cut short or too long")) << message_.text;
}

TEST_F(Saved, OfAnotherFormat)
{
	bytes_[kFormatAt]++;
	Write(Path("machine"), bytes_);
	EXPECT_EQ(-1, Open());
	EXPECT_TRUE(Says("is a saved machine of format 3, not 2")) << message_.text;
	Write(Path("machine"), Bytes(100, 'x'));
	EXPECT_EQ(-1, Open());
	EXPECT_TRUE(Says("is no saved machine")) << message_.text;
}

TEST_F(Saved, OutsideTheBoard)
{
	truncate(Path("board").c_str(), static_cast<off_t>(kMemoryAt + kMemory));
	EXPECT_EQ(-1, Save());
	EXPECT_TRUE(Says("is not in the board's memory")) << message_.text;
}

TEST_F(Saved, TheMachineIsWhatTheFileSays)
{
	EXPECT_EQ("", Options({ "--arch=arm64" }));
	EXPECT_EQ(3u, options_.smp);
	EXPECT_EQ(3u, options_.host_cpus);
	EXPECT_EQ(kMemory, options_.memory);
	EXPECT_EQ("", Options({ "--arch=arm64", "--smp=3", "--memory=8M", "--host-cpus=1" }));
	EXPECT_EQ(1u, options_.host_cpus);
}

TEST_F(Saved, OfAnotherMachine)
{
	EXPECT_NE(std::string::npos, Options({ "--arch=riscv64" }).find("is a machine of arm64, not riscv64"));
	EXPECT_NE(std::string::npos, Options({ "--arch=arm64", "--smp=4" }).find("has 3 vCPUs, not 4"));
	EXPECT_NE(std::string::npos, Options({ "--arch=arm64", "--memory=16M" }).find("has 8M, not 16M"));
	EXPECT_NE(std::string::npos,
		  Options({ "--arch=arm64", "--kernel=x" }).find("the saved machine has its kernel already"));
	EXPECT_NE(std::string::npos, Options({ "--arch=arm64", "--test-devices" }).find("has none"));
	EXPECT_NE(std::string::npos, Options({ "--arch=arm64", "--neighbor=x" }).find("not with --neighbor"));
}

TEST(SaveOptions, Refusals)
{
	const struct {
		std::vector<std::string> options;
		const char *message;
	} cases[] = {
		{ { "--save=x" }, "--save: when? --save-at or --save-after says it" },
		{ { "--save-at=x" }, "--save is missing: into which file?" },
		{ { "--save-after=5" }, "--save is missing: into which file?" },
		{ { "--save=x", "--save-at=" }, "--save-at: not a text of 1 to 63 characters in a line" },
		{ { "--save=x", "--save-after=1", "--memory=2G" }, "--save: a machine with 2147483648 bytes of memory is too large" },
		{ { "--save=x", "--save-after=1", "--devices=passthrough" },
		  "--save: not with --devices passthrough: the board's cannot be saved" },
		{ { "--save=x", "--save-after=1", "--kill-first=1" }, "--save: not with --kill-first or --again" },
	};

	for (const auto &wrong : cases) {
		std::vector<std::string> texts = { "run", "--arch=arm64", "--kernel=k" };
		std::vector<char *> argv;
		struct options options;
		struct message message = {};

		texts.insert(texts.end(), wrong.options.begin(), wrong.options.end());
		for (std::string &text : texts) {
			argv.push_back(text.data());
		}
		EXPECT_EQ(-1, options_parse(static_cast<int>(argv.size()), argv.data(), &options, &message));
		EXPECT_STREQ(wrong.message, message.text);
	}
}

// RFC 3720, B.4: 32 bytes of zeros, of ones, and rising.
TEST(Crc32c, KnownValues)
{
	uint8_t bytes[32] = {};

	EXPECT_EQ(0x8a9136aau, crc32c(0, bytes, sizeof(bytes)));
	for (uint8_t &byte : bytes) {
		byte = 0xff;
	}
	EXPECT_EQ(0x62a8ab43u, crc32c(0, bytes, sizeof(bytes)));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = static_cast<uint8_t>(i);
	}
	EXPECT_EQ(0x46dd794eu, crc32c(0, bytes, sizeof(bytes)));
	EXPECT_EQ(0x46dd794eu, crc32c(crc32c(0, bytes, 5), bytes + 5, sizeof(bytes) - 5));
}

} // namespace
