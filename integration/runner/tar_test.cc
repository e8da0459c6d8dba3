// SPDX-License-Identifier: Apache-2.0
// Archives as tar(1) reads them.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

extern "C" {
#include "tar.h"
}

namespace {

constexpr uint64_t kUnit = 10240;

std::string Scratch(const std::string &name)
{
	return testing::TempDir() + name;
}

void WriteFile(const std::string &path, const std::string &contents)
{
	std::ofstream(path, std::ios::binary) << contents;
}

std::string Output(const std::string &command)
{
	std::string output;
	FILE *pipe = popen(command.c_str(), "r");
	char bytes[4096];
	size_t got;

	while ((got = std::fread(bytes, 1, sizeof(bytes), pipe)) > 0) {
		output.append(bytes, got);
	}
	EXPECT_EQ(0, pclose(pipe)) << command;
	return output;
}

TEST(Tar, AsTarReadsIt)
{
	const std::string archive = Scratch("archive.tar"), one = Scratch("one"), two = Scratch("two"),
			  none = Scratch("none");
	const std::string contents(100000, 'x');
	message text = {};
	uint64_t units = 0;

	WriteFile(one, "hello\n");
	WriteFile(two, contents);
	WriteFile(none, "");
	FILE *file = std::fopen(archive.c_str(), "wb");
	ASSERT_NE(nullptr, file);
	ASSERT_EQ(0, tar_add(file, "a/one", one.c_str(), &text)) << text.text;
	ASSERT_EQ(0, tar_add(file, "a/none", none.c_str(), &text)) << text.text;
	ASSERT_EQ(0, tar_add(file, "a/two", two.c_str(), &text)) << text.text;
	ASSERT_EQ(0, tar_end(file, kUnit, &units, &text)) << text.text;
	std::fclose(file);
	std::ifstream sized(archive, std::ios::binary | std::ios::ate);
	EXPECT_EQ(static_cast<std::streamoff>(units * kUnit), sized.tellg());
	EXPECT_EQ("a/one\na/none\na/two\n", Output("tar -tf " + archive));
	EXPECT_EQ("hello\n", Output("tar -xOf " + archive + " a/one"));
	EXPECT_EQ("", Output("tar -xOf " + archive + " a/none"));
	EXPECT_EQ(contents, Output("tar -xOf " + archive + " a/two"));
}

TEST(Tar, WhatCannotBe)
{
	const std::string archive = Scratch("bad.tar"), one = Scratch("one");
	message text = {};

	WriteFile(one, "hello\n");
	FILE *file = std::fopen(archive.c_str(), "wb");
	ASSERT_NE(nullptr, file);
	EXPECT_NE(0, tar_add(file, "name", Scratch("missing").c_str(), &text));
	EXPECT_NE(std::string::npos, std::string(text.text).find("missing"));
	EXPECT_NE(0, tar_add(file, std::string(101, 'n').c_str(), one.c_str(), &text));
	std::fclose(file);
	// A full disk is an error, not a short archive.
	file = std::fopen("/dev/full", "wb");
	if (file != nullptr) {
		std::setvbuf(file, nullptr, _IONBF, 0);
		EXPECT_NE(0, tar_add(file, "name", one.c_str(), &text));
		std::fclose(file);
	}
}

} // namespace
