// SPDX-License-Identifier: Apache-2.0
// Every encoding of the instructions that access memory, and what is none of them.
#include "src/decode.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/insn_text.h"

namespace {

using x86_test::InsnText;

struct Case {
	x86_vcpu_code_width mode;
	const char *bytes;
	const char *text;
};

const Case kCases[] = {
#include "tests/decode_cases.inc"
};

std::vector<uint8_t> Bytes(const std::string &hex)
{
	std::vector<uint8_t> bytes;

	for (size_t i = 0; i < hex.size(); i += 2)
		bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
	return bytes;
}

// Decodes from memory of exactly that size, so that a sanitizer sees a read past it.
x86_decode_status Decode(
	const uint8_t *bytes, size_t size, x86_vcpu_code_width mode, x86_insn *insn)
{
	const std::unique_ptr<uint8_t[]> exact(new uint8_t[size]);

	for (size_t i = 0; i < size; i++)
		exact[i] = bytes[i];
	return x86_vcpu_decode(exact.get(), size, mode, insn);
}

x86_decode_status Decode(const std::string &hex, x86_vcpu_code_width mode, x86_insn *insn)
{
	const std::vector<uint8_t> bytes = Bytes(hex);

	return Decode(bytes.data(), bytes.size(), mode, insn);
}

TEST(Decode, EveryEncodingAsTheAssemblerReadsIt)
{
	for (const Case &c : kCases) {
		x86_insn insn;

		ASSERT_EQ(Decode(c.bytes, c.mode, &insn), X86_DECODE_OK) << c.bytes << " " << c.text;
		EXPECT_EQ(InsnText(insn), c.text) << c.bytes << " in mode " << c.mode;
		EXPECT_EQ(insn.length, Bytes(c.bytes).size()) << c.text;
		EXPECT_EQ(insn.code_width, c.mode);
	}
}

TEST(Decode, FewerBytesAreTruncatedMoreAreLeft)
{
	for (const Case &c : kCases) {
		std::vector<uint8_t> bytes = Bytes(c.bytes);
		x86_insn insn;

		for (size_t size = 0; size < bytes.size(); size++) {
			ASSERT_EQ(Decode(bytes.data(), size, c.mode, &insn), X86_DECODE_TRUNCATED)
				<< c.text << " cut to " << size;
			EXPECT_EQ(insn.op, X86_OP_NONE);
		}
		bytes.resize(40, 0xf0);
		ASSERT_EQ(Decode(bytes.data(), bytes.size(), c.mode, &insn), X86_DECODE_OK);
		EXPECT_EQ(InsnText(insn), c.text);
	}
}

TEST(Decode, FifteenBytesAndNotOneMore)
{
	for (const Case &c : kCases) {
		std::vector<uint8_t> bytes = Bytes(c.bytes);
		x86_insn insn;

		// A segment prefix in front changes no length; all are overridden by a later one.
		bytes.insert(bytes.begin(), X86_INSN_MAX - bytes.size(), 0x3e);
		ASSERT_EQ(Decode(bytes.data(), bytes.size(), c.mode, &insn), X86_DECODE_OK) << c.text;
		EXPECT_EQ(insn.length, X86_INSN_MAX);
		bytes.insert(bytes.begin(), 0x3e);
		EXPECT_EQ(Decode(bytes.data(), bytes.size(), c.mode, &insn), X86_DECODE_TOO_LONG) << c.text;
		EXPECT_EQ(Decode(bytes.data(), X86_INSN_MAX, c.mode, &insn), X86_DECODE_TOO_LONG)
			<< "the sixteenth byte decides nothing";
		EXPECT_EQ(insn.op, X86_OP_NONE);
	}
}

TEST(Decode, WhatItDoesNotKnow)
{
	const struct {
		x86_vcpu_code_width mode;
		const char *bytes;
		const char *why;
	} cases[] = {
		{ X86_CODE_64, "89c3", "mov between registers" },
		{ X86_CODE_64, "0fb6c3", "movzx between registers" },
		{ X86_CODE_64, "f6c301", "test of a register" },
		{ X86_CODE_64, "c6f810", "xabort" },
		{ X86_CODE_64, "c60801", "group 11, /1" },
		{ X86_CODE_64, "f620", "mul" },
		{ X86_CODE_64, "f730", "div" },
		{ X86_CODE_64, "fe10", "group 4, /2" },
		{ X86_CODE_64, "ff10", "call" },
		{ X86_CODE_64, "ff30", "push" },
		{ X86_CODE_64, "0fba1801", "group 8, /3" },
		{ X86_CODE_64, "8200ff", "82 is gone in 64-bit mode" },
		{ X86_CODE_32, "6303", "arpl" },
		{ X86_CODE_16, "6307", "arpl" },
		{ X86_CODE_64, "f08903", "lock mov" },
		{ X86_CODE_64, "f03903", "lock cmp" },
		{ X86_CODE_64, "f08503", "lock test" },
		{ X86_CODE_64, "f00303", "lock add to a register" },
		{ X86_CODE_64, "f00fa303", "lock bt" },
		{ X86_CODE_64, "f00fba2001", "lock bt with an immediate" },
		{ X86_CODE_64, "f0a5", "lock movs" },
		{ X86_CODE_64, "f0ab", "lock stos" },
		{ X86_CODE_64, "f00fb603", "lock movzx" },
		{ X86_CODE_64, "f20f38f003", "crc32" },
		{ X86_CODE_64, "f30f38f003", "no movbe" },
		{ X86_CODE_64, "660fc303", "no movnti" },
		{ X86_CODE_64, "90", "nop" },
		{ X86_CODE_64, "c5f81003", "vmovups" },
		{ X86_CODE_64, "62f17c481003", "EVEX" },
		{ X86_CODE_32, "c403", "les" },
		{ X86_CODE_64, "0f1003", "movups" },
		{ X86_CODE_64, "0f0b", "ud2" },
		{ X86_CODE_64, "a6", "cmps" },
		{ X86_CODE_64, "d700", "xlat" },
	};

	for (const auto &c : cases) {
		x86_insn insn;

		EXPECT_EQ(Decode(c.bytes, c.mode, &insn), X86_DECODE_UNKNOWN) << c.why;
		EXPECT_EQ(insn.op, X86_OP_NONE) << c.why;
		EXPECT_EQ(insn.length, 0) << c.why;
	}
}

TEST(Decode, PrefixesThatChangeOrDoNot)
{
	const Case cases[] = {
		// A REX prefix that is not the last one is none.
		{ X86_CODE_64, "48668903", "mov word [rbx], ax" },
		{ X86_CODE_64, "41648903", "mov dword fs:[rbx], eax" },
		{ X86_CODE_64, "484489" "03", "mov dword [rbx], r8d" },
		// REX.W outranks 66.
		{ X86_CODE_64, "66488903", "mov qword [rbx], rax" },
		// The old segments mean nothing in 64-bit mode, and do not undo FS.
		{ X86_CODE_64, "2e8903", "mov dword [rbx], eax" },
		{ X86_CODE_64, "64368903", "mov dword fs:[rbx], eax" },
		// Elsewhere the last one counts.
		{ X86_CODE_32, "64368903", "mov dword ss:[ebx], eax" },
		{ X86_CODE_32, "36648903", "mov dword fs:[ebx], eax" },
		// Repeated ones count once.
		{ X86_CODE_16, "666667678b03", "mov eax, dword [ebx]" },
		// F2 repeats as F3 does where there is no comparison.
		{ X86_CODE_64, "f2ab", "rep stos dword es:[rdi], eax" },
		{ X86_CODE_64, "f3a4", "rep movs byte [rsi]" },
		// A destination stays in ES.
		{ X86_CODE_32, "64ab", "stos dword es:[edi], eax" },
		// F2 and F3 are hints or nothing elsewhere.
		{ X86_CODE_64, "f38903", "mov dword [rbx], eax" },
		{ X86_CODE_64, "f2f00103", "lock add dword [rbx], eax" },
		{ X86_CODE_64, "f30fa303", "bt dword [rbx], eax" },
		// F6 /1 and F7 /1 are TEST too.
		{ X86_CODE_64, "f60b11", "test byte [rbx], 0x11" },
		{ X86_CODE_32, "66f70b1122", "test word [ebx], 0x2211" },
		// MOVSXD with 66 has both operands of 16 bits, without REX.W both of 32.
		{ X86_CODE_64, "666303", "movsx ax, word [rbx]" },
		{ X86_CODE_64, "6303", "movsx eax, dword [rbx]" },
		// 40 to 4F are INC and DEC outside 64-bit mode: no prefix.
	};

	for (const Case &c : cases) {
		x86_insn insn;

		ASSERT_EQ(Decode(c.bytes, c.mode, &insn), X86_DECODE_OK) << c.bytes;
		EXPECT_EQ(InsnText(insn), c.text) << c.bytes;
	}
	x86_insn insn;
	EXPECT_EQ(Decode("488903", X86_CODE_32, &insn), X86_DECODE_UNKNOWN) << "dec eax";
}

TEST(Decode, Directions)
{
	const struct {
		const char *bytes;
		bool reads, writes;
	} cases[] = {
		{ "8903", false, true },  { "8b03", true, false },     { "0fb603", true, false },
		{ "c60301", false, true }, { "0103", true, true },     { "0303", true, false },
		{ "3903", true, false },  { "3b03", true, false },     { "8503", true, false },
		{ "f60301", true, false }, { "8703", true, true },     { "0fa303", true, false },
		{ "0fab03", true, true }, { "0fba2301", true, false }, { "0fba3b01", true, true },
		{ "ff03", true, true },	  { "f713", true, true },      { "0fb103", true, true },
		{ "0fc103", true, true }, { "a5", true, true },	       { "ab", false, true },
		{ "ad", true, false },	  { "0f38f003", true, false }, { "0f38f103", false, true },
		{ "833b01", true, false }, { "832301", true, true },   { "4863" "03", true, false },
	};

	for (const auto &c : cases) {
		x86_insn insn;

		ASSERT_EQ(Decode(c.bytes, X86_CODE_64, &insn), X86_DECODE_OK) << c.bytes;
		EXPECT_EQ(insn.reads_memory, c.reads) << c.bytes;
		EXPECT_EQ(insn.writes_memory, c.writes) << c.bytes;
	}
}

// Random bytes, half of them with a ModRM that names memory after a known opcode.
TEST(Decode, RandomBytesNeverReachPastTheEnd)
{
	std::mt19937 random(1);
	const x86_vcpu_code_width modes[] = { X86_CODE_16, X86_CODE_32, X86_CODE_64 };
	uint32_t decoded = 0;

	for (uint32_t round = 0; round < 300000; round++) {
		uint8_t bytes[20];
		x86_insn insn;
		const size_t size = random() % (sizeof(bytes) + 1);
		const x86_vcpu_code_width mode = modes[random() % 3];

		for (uint8_t &byte : bytes)
			byte = static_cast<uint8_t>(random());
		if (size > 6 && random() % 2 != 0) {
			const Case &c = kCases[random() % (sizeof(kCases) / sizeof(kCases[0]))];
			const std::vector<uint8_t> known = Bytes(c.bytes);

			for (size_t i = 0; i < known.size() && i < 4; i++)
				bytes[i + random() % 2] = known[i];
		}
		const x86_decode_status status = Decode(bytes, size, mode, &insn);
		if (status != X86_DECODE_OK) {
			ASSERT_EQ(insn.op, X86_OP_NONE);
			if (status == X86_DECODE_TRUNCATED) {
				ASSERT_LT(size, X86_INSN_MAX);
			}
			continue;
		}
		decoded++;
		ASSERT_LE(insn.length, size);
		ASSERT_LE(insn.length, X86_INSN_MAX);
		ASSERT_NE(insn.length, 0);
		ASSERT_TRUE(insn.width == 1 || insn.width == 2 || insn.width == 4 || insn.width == 8);
		ASSERT_LT(insn.reg, 16);
		ASSERT_LT(insn.address.segment, X86_INSN_SEGMENTS);
		ASSERT_TRUE(insn.reads_memory || insn.writes_memory);
		if (insn.high_byte) {
			ASSERT_LT(insn.reg, 4);
			ASSERT_EQ(insn.reg_width, 1);
		}
		if (mode != X86_CODE_64) {
			ASSERT_LT(insn.reg, 8);
			ASSERT_LE(insn.width, 4);
		}
	}
	EXPECT_GT(decoded, 10000u);
}

} // namespace
