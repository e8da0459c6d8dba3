// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

extern "C" {
#include "bzimage.h"
}

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

void Put32(std::vector<uint8_t> &file, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		file[at + static_cast<size_t>(i)] = static_cast<uint8_t>(value >> (8 * i));
	}
}

uint32_t Get32(const uint8_t *at)
{
	return static_cast<uint32_t>(at[0] | at[1] << 8 | at[2] << 16) | static_cast<uint32_t>(at[3]) << 24;
}

// Two sectors of setup, and 1000 bytes of kernel that needs 8 MiB.
std::vector<uint8_t> File()
{
	std::vector<uint8_t> file(3 * 512 + 1000);

	file[0x1f1] = 2;
	file[0x201] = 0x66;
	Put32(file, 0x202, 0x53726448);
	file[0x206] = 0x0f;
	file[0x207] = 0x02;
	file[0x211] = 1;
	Put32(file, 0x22c, 0x7fffffff);
	Put32(file, 0x238, 2047);
	Put32(file, 0x260, 8 * kMiB);
	return file;
}

TEST(Bzimage, Parse)
{
	std::vector<uint8_t> file = File();
	bzimage image = {};
	message text = {};

	ASSERT_EQ(0, bzimage_parse(file.data(), file.size(), &image, &text));
	EXPECT_EQ(3u * 512, image.offset);
	EXPECT_EQ(1000u, image.size);
	EXPECT_EQ(8 * kMiB, image.memory);
	EXPECT_EQ(0x80000000u, image.initrd_limit);
}

TEST(Bzimage, Refused)
{
	bzimage image = {};
	message text = {};
	std::vector<uint8_t> file = File();

	EXPECT_EQ(-1, bzimage_parse(file.data(), 0x263, &image, &text));
	EXPECT_EQ(-1, bzimage_parse(file.data(), 3 * 512, &image, &text));
	file[0x202] = 0;
	EXPECT_EQ(-1, bzimage_parse(file.data(), file.size(), &image, &text));
	file = File();
	file[0x206] = 9;
	EXPECT_EQ(-1, bzimage_parse(file.data(), file.size(), &image, &text));
	EXPECT_NE(nullptr, std::strstr(text.text, "2.09"));
	file = File();
	file[0x211] = 0;
	EXPECT_EQ(-1, bzimage_parse(file.data(), file.size(), &image, &text));
}

TEST(Bzimage, Params)
{
	std::vector<uint8_t> file = File();
	static uint8_t params[BZIMAGE_PARAMS_MAX];
	bzimage image = {};
	message text = {};
	uint64_t initrd = 0;
	size_t used = 0;

	ASSERT_EQ(0, bzimage_parse(file.data(), file.size(), &image, &text));
	ASSERT_EQ(0, bzimage_params(&image, file.data(), 64 * kMiB, 5000, "quiet", &initrd, params,
				    &used, &text));
	EXPECT_EQ(64 * kMiB - 8192, initrd) << "a whole page, at the top";
	EXPECT_EQ(initrd, Get32(params + 0x218));
	EXPECT_EQ(5000u, Get32(params + 0x21c));
	EXPECT_EQ(BZIMAGE_PARAMS + 4096, Get32(params + 0x228));
	EXPECT_STREQ("quiet", reinterpret_cast<char *>(params + 4096));
	EXPECT_EQ(4096u + 6, used);
	EXPECT_EQ(0x53726448u, Get32(params + 0x202));
	ASSERT_EQ(3, params[0x1e8]);
	EXPECT_EQ(64 * kMiB - kMiB, Get32(params + 0x2d0 + 2 * 20 + 8));
	EXPECT_EQ(1u, Get32(params + 0x2d0 + 2 * 20 + 16));
	EXPECT_EQ(2u, Get32(params + 0x2d0 + 1 * 20 + 16));
}

TEST(Bzimage, WhatDoesNotFit)
{
	std::vector<uint8_t> file = File();
	static uint8_t params[BZIMAGE_PARAMS_MAX];
	bzimage image = {};
	message text = {};
	uint64_t initrd = 0;
	size_t used = 0;

	ASSERT_EQ(0, bzimage_parse(file.data(), file.size(), &image, &text));
	auto make = [&](uint64_t memory, uint64_t size, const std::string &line) {
		return bzimage_params(&image, file.data(), memory, size, line.c_str(), &initrd, params,
				      &used, &text);
	};
	EXPECT_EQ(0, make(9 * kMiB, 0, ""));
	EXPECT_EQ(-1, make(9 * kMiB - 1, 0, ""));
	EXPECT_EQ(0, make(10 * kMiB, kMiB, ""));
	EXPECT_EQ(-1, make(10 * kMiB, kMiB + 1, ""));
	EXPECT_EQ(-1, make(10 * kMiB, UINT64_MAX, ""));
	EXPECT_EQ(0, make(64 * kMiB, 0, std::string(2047, 'x')));
	EXPECT_EQ(-1, make(64 * kMiB, 0, std::string(2048, 'x')));
	image.initrd_limit = 32 * kMiB;
	EXPECT_EQ(0, make(64 * kMiB, kMiB, ""));
	EXPECT_EQ(31 * kMiB, initrd);
}

} // namespace
