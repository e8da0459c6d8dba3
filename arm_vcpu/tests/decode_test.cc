// SPDX-License-Identifier: Apache-2.0
// Instruction words to transfers: every form by a table, and any word at all.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

extern "C" {
#include "src/decode.h"
}
#include "tests/decode_cases.h"

namespace {

constexpr uint32_t kZeroBlock = 64;

std::string Number(int64_t n)
{
	return std::to_string(n);
}

// The index register: sign, number, what is done to it, "w" if it is in the address and the
// writeback, "W" (or, in A64, "w") if in the writeback alone.
std::string DescribeIndex(const arm_transfer &t)
{
	static const char *const extends[] = { "", "u", "s", "lsr", "asr", "ror" };
	std::string text;
	bool right = t.extend >= ARM_EXTEND_LSR;

	if (t.index_use == 0) {
		return "";
	}
	text = std::string(" ") + (t.index_negative ? "-" : "") + "x" + Number(t.index) +
	       extends[t.extend];
	if (right) {
		text += Number(t.index_shift);
	} else if (t.index_shift != 0) {
		text += "<" + Number(t.index_shift);
	}
	if (t.writes_back && (t.index_use & ARM_INDEX_WRITES_BACK) != 0) {
		text += !t.address_32 || (t.index_use & ARM_INDEX_ADDRESSES) != 0 ? "w" : "W";
	}
	return text;
}

// "L g 4x2 r1,2 z8 s b3 o16 w16 x4u<2 32": load, general registers, two elements of four
// bytes, X1 and X2, of which eight bytes are written, sign-extended, base X3, offset, writeback,
// index, 32-bit addresses. "v": whole SIMD registers, "c" if the rest of them is cleared;
// "l": lanes, from register t, taking turns among i, n of them in one, from lane f on,
// "d" if all get the same.
std::string Describe(const arm_transfer &t)
{
	static const char kinds[] = "gvl0";
	std::string text = std::string(t.write ? "S " : "L ") + kinds[t.operand] + " " +
			   Number(t.element_size) + "x" + Number(t.element_count);

	if (t.operand == ARM_OPERAND_GENERAL || t.operand == ARM_OPERAND_SCALAR) {
		for (uint32_t i = 0; i < t.element_count; i++) {
			text += (i == 0 ? " r" : ",") + Number(t.reg[i]);
		}
	}
	if (t.operand == ARM_OPERAND_GENERAL) {
		text += " z" + Number(t.register_size) + (t.sign_extend ? " s" : "");
	}
	if (t.operand == ARM_OPERAND_LANES) {
		text += " t" + Number(t.reg[0]) + " i" + Number(t.interleave) + " n" +
			Number(t.lanes) + " f" + Number(t.first_lane);
	}
	if (t.operand == ARM_OPERAND_SCALAR || t.operand == ARM_OPERAND_LANES) {
		text += t.clear_rest ? " c" : "";
		text += t.replicate ? " d" : "";
	}
	text += t.base == ARM_BASE_PC ? " bpc" : t.base == ARM_BASE_ZERO ? " bzr" :
									   " b" + Number(t.base);
	text += t.offset != 0 ? " o" + Number(t.offset) : "";
	text += t.writes_back ? " w" + Number(t.writeback) : "";
	return text + DescribeIndex(t) + (t.address_32 ? " 32" : "");
}

template <size_t N> void Check(const DecodeCase (&cases)[N], arm_instruction_set set)
{
	for (const DecodeCase &c : cases) {
		arm_transfer transfer;
		bool decoded = arm_vcpu_decode(c.word, set, kZeroBlock, &transfer);

		if (c.transfer == nullptr) {
			EXPECT_FALSE(decoded) << c.text << ": " << Describe(transfer);
		} else {
			EXPECT_TRUE(decoded) << c.text;
			EXPECT_EQ(decoded ? Describe(transfer) : "", c.transfer) << c.text;
		}
	}
}

TEST(DecodeTest, A64)
{
	Check(kA64Cases, ARM_SET_A64);
}

TEST(DecodeTest, A32)
{
	Check(kA32Cases, ARM_SET_A32);
}

TEST(DecodeTest, T32)
{
	Check(kT32Cases, ARM_SET_T32);
}

// What is unallocated, which no assembler writes (C4.1.94, F4.1, F3.1).
TEST(DecodeTest, Unallocated)
{
	const std::pair<arm_instruction_set, uint32_t> words[] = {
		{ ARM_SET_A64, 0xf9c00000 }, // unsigned offset: size 11, opc 11
		{ ARM_SET_A64, 0xb9c00000 }, // size 10, opc 11
		{ ARM_SET_A64, 0x7d800000 }, // SIMD: size 01, opc 10
		{ ARM_SET_A64, 0xf8800400 }, // a prefetch, post-indexed
		{ ARM_SET_A64, 0x3c000800 }, // SIMD, unprivileged
		{ ARM_SET_A64, 0xe9400000 }, // pair: opc 11
		{ ARM_SET_A64, 0x68400000 }, // LDPSW that does not allocate
		{ ARM_SET_A64, 0x68000000 }, // STGP that does not allocate
		{ ARM_SET_A64, 0xec400000 }, // SIMD pair: opc 11
		{ ARM_SET_A64, 0xf8600800 }, // register offset: option 000
		{ ARM_SET_A64, 0xdc000000 }, // literal: opc 11, SIMD
		{ ARM_SET_A64, 0x0c401000 }, // multiple structures: opcode 0001
		{ ARM_SET_A64, 0x0c408c00 }, // LD2 .1d
		{ ARM_SET_A64, 0x0c417000 }, // Rm without post-index
		{ ARM_SET_A64, 0x0c607000 }, // R set
		{ ARM_SET_A64, 0x0d404400 }, // LD1 .h with an odd size
		{ ARM_SET_A64, 0x0d409400 }, // LD1 .d with S
		{ ARM_SET_A64, 0x0d00c000 }, // ST1R
		{ ARM_SET_A64, 0x0d40d000 }, // LD1R with S
		{ ARM_SET_A64, 0xd50b7440 }, // SYS beside DC ZVA
		{ ARM_SET_A64, 0x09000000 }, { ARM_SET_A64, 0x00000000 }, { ARM_SET_A64, 0xffffffff },
		{ ARM_SET_A32, 0xf5901000 }, // unconditional
		{ ARM_SET_A32, 0xe1c010d0 }, // LDRD of r1
		{ ARM_SET_A32, 0xe1c0e0d0 }, // LDRD of r14
		{ ARM_SET_A32, 0xe0e200d4 }, // LDRD, unprivileged
		{ ARM_SET_A32, 0xe8900000 }, // LDM of nothing
		{ ARM_SET_A32, 0xe8b20004 }, // LDM that loads its base and writes it back
		{ ARM_SET_A32, 0xe49f1004 }, // a pc that is written back
		{ ARM_SET_A32, 0xe7910012 }, // media instructions
		{ ARM_SET_A32, 0xec900b00 }, // VLDM of nothing
		{ ARM_SET_A32, 0xecd0fb04 }, // VLDM past D31
		{ ARM_SET_A32, 0xec900b22 }, // VLDM of seventeen
		{ ARM_SET_A32, 0xedb00b04 }, // P, U and W
		{ ARM_SET_T32, 0xf8511804 }, // P = U = W = 0
		{ ARM_SET_T32, 0xf8711004 }, // size 11
		{ ARM_SET_T32, 0xf9411004 }, // a store, signed
		{ ARM_SET_T32, 0xe8402300 }, // exclusive
		{ ARM_SET_T32, 0xe9906000 }, // LDMDB with U
		{ ARM_SET_T32, 0xe8902000 }, // a list with sp
		{ ARM_SET_T32, 0x0001c8ff }, // sixteen bits with more above
		{ ARM_SET_T32, 0x0000b400 }, // PUSH of nothing
	};

	for (const auto &[set, word] : words) {
		arm_transfer transfer;

		EXPECT_FALSE(arm_vcpu_decode(word, set, kZeroBlock, &transfer))
			<< std::hex << word << ": " << Describe(transfer);
	}
}

TEST(DecodeTest, ZeroBlocksOfEverySize)
{
	arm_transfer transfer;
	uint64_t after;

	for (uint32_t size = 8; size <= ARM_ZERO_BLOCK_LIMIT; size *= 2) {
		ASSERT_TRUE(arm_vcpu_decode(0xd50b7423, ARM_SET_A64, size, &transfer));
		EXPECT_EQ(size, arm_vcpu_transfer_size(&transfer));
		EXPECT_EQ(8u, transfer.element_size);
		EXPECT_EQ(0x10000u, arm_vcpu_transfer_address(&transfer, 0x10000 + size - 1, 0, &after));
	}
	for (uint32_t size : { 0u, 4u, 24u, 4096u, UINT32_MAX }) {
		EXPECT_FALSE(arm_vcpu_decode(0xd50b7423, ARM_SET_A64, size, &transfer)) << size;
	}
}

// The structures as the manual's own loops have them (C7.2, LD1 to LD4, multiple structures).
TEST(DecodeTest, ElementsOfStructuresAreInTheManualsOrder)
{
	for (uint32_t opcode = 0; opcode < 16; opcode++) {
		for (uint32_t size = 0; size < 4; size++) {
			for (uint32_t q = 0; q < 2; q++) {
				const uint32_t t = 30;
				arm_transfer transfer;
				if (!arm_vcpu_decode(0x0c400000 | q << 30 | opcode << 12 | size << 10 | t,
						ARM_SET_A64, kZeroBlock, &transfer)) {
					continue;
				}
				uint32_t rpt = opcode == 2 ? 4 : opcode == 6 ? 3 : opcode == 10 ? 2 : 1;
				uint32_t selem = opcode == 0 ? 4 : opcode == 4 ? 3 : opcode == 8 ? 2 : 1;
				uint32_t elements = (q ? 16u : 8u) >> size;
				uint32_t n = 0;
				for (uint32_t r = 0; r < rpt; r++) {
					for (uint32_t e = 0; e < elements; e++) {
						for (uint32_t s = 0; s < selem; s++) {
							uint32_t byte;
							EXPECT_EQ((t + r + s) % 32,
								  arm_vcpu_transfer_lane(&transfer, n, &byte));
							EXPECT_EQ(e << size, byte);
							n++;
						}
					}
				}
				EXPECT_EQ(n, transfer.element_count);
			}
		}
	}
}

struct AddressCase {
	uint32_t word;
	arm_instruction_set set;
	uint64_t base, index, address, after;
};

TEST(DecodeTest, Addresses)
{
	constexpr uint64_t kTop = 0xfffffffffffffff0;
	const AddressCase cases[] = {
		{ 0xa9410861, ARM_SET_A64, 0x1000, 0, 0x1010, 0x1000 }, // ldp x1, x2, [x3, #16]
		{ 0xa8c10861, ARM_SET_A64, 0x1000, 0, 0x1000, 0x1010 }, // ldp x1, x2, [x3], #16
		{ 0xa9ff0861, ARM_SET_A64, 0x1000, 0, 0xff0, 0xff0 },   // ldp x1, x2, [x3, #-16]!
		{ 0xa8c20861, ARM_SET_A64, kTop, 0, kTop, 0x10 },       // ldp x1, x2, [x3], #32
		{ 0xb8245861, ARM_SET_A64, 0x1000, 0x8ffffffff, 0x400000ffc, 0x1000 }, // str w1, [x3, w4, uxtw #2]
		{ 0xb824d861, ARM_SET_A64, 0x1000, 0x8ffffffff, 0xffc, 0x1000 }, // str w1, [x3, w4, sxtw #2]
		{ 0xf8247861, ARM_SET_A64, 0x1000, 0x100, 0x1800, 0x1000 },      // str x1, [x3, x4, lsl #3]
		{ 0x0cc67461, ARM_SET_A64, 0x1000, 0x99, 0x1000, 0x1099 },       // ld1 {v1.4h}, [x3], x6
		{ 0xe7b21003, ARM_SET_A32, 0xfffffff0, 0x20, 0x10, 0x10 },       // ldr r1, [r2, r3]!
		{ 0xe6121003, ARM_SET_A32, 0x10, 0x20, 0x10, 0xfffffff0 },       // ldr r1, [r2], -r3
		{ 0xe7921fa3, ARM_SET_A32, 0x1000, 0x80000000, 0x1001, 0x1000 }, // lsr #31
		{ 0xe7921023, ARM_SET_A32, 0x1000, 0x80000000, 0x1000, 0x1000 }, // lsr #32
		{ 0xe7921fc3, ARM_SET_A32, 0x1000, 0x80000000, 0xfff, 0x1000 },  // asr #31
		{ 0xe7921043, ARM_SET_A32, 0x1000, 0x80000000, 0xfff, 0x1000 },  // asr #32
		{ 0xe7921043, ARM_SET_A32, 0x1000, 0x7fffffff, 0x1000, 0x1000 }, // asr #32
		{ 0xe7921263, ARM_SET_A32, 0x1000, 0x81, 0x10001008, 0x1000 },   // ror #4
		{ 0xe8320003, ARM_SET_A32, 0x1000, 0, 0xffc, 0xff8 },            // ldmda r2!, {r0, r1}
		{ 0xe9a20003, ARM_SET_A32, 0x1000, 0, 0x1004, 0x1008 },          // stmib r2!, {r0, r1}
		{ 0x0000b411, ARM_SET_T32, 0x1000, 0, 0xff8, 0xff8 },            // push {r0, r4}
		{ 0x0000bc11, ARM_SET_T32, 0x1000, 0, 0x1000, 0x1008 },          // pop {r0, r4}
	};

	for (const AddressCase &c : cases) {
		arm_transfer transfer;
		uint64_t after;

		ASSERT_TRUE(arm_vcpu_decode(c.word, c.set, kZeroBlock, &transfer)) << std::hex << c.word;
		EXPECT_EQ(c.address, arm_vcpu_transfer_address(&transfer, c.base, c.index, &after))
			<< std::hex << c.word;
		EXPECT_EQ(c.after, after) << std::hex << c.word;
	}
}

TEST(DecodeTest, AnyWordIsDecodedIntoWhatFitsOrRefused)
{
	std::mt19937 random(1);
	uint32_t decoded[3] = {};

	for (uint32_t i = 0; i < 3000000; i++) {
		uint32_t word = static_cast<uint32_t>(random());
		auto set = static_cast<arm_instruction_set>(i % 3);
		arm_transfer t;
		uint64_t after;

		// Two of three in the space of the loads and stores.
		if (i % 2 == 0) {
			word = set == ARM_SET_A64 ? (word & ~0x0a000000u) | 0x08000000u :
			       set == ARM_SET_A32 ? (word & 0x0fffffffu) | 0xe0000000u :
						    (word & 0x17ffffffu) | 0xe8000000u;
		}
		if (!arm_vcpu_decode(word, set, kZeroBlock, &t)) {
			continue;
		}
		decoded[set]++;
		uint32_t size = arm_vcpu_transfer_size(&t);
		ASSERT_GT(size, 0u) << std::hex << word;
		ASSERT_LE(size, t.operand == ARM_OPERAND_ZERO ? kZeroBlock : ARM_TRANSFER_BYTES)
			<< std::hex << word;
		ASSERT_TRUE(t.element_size == 1 || t.element_size == 2 || t.element_size == 4 ||
			    t.element_size == 8 || t.element_size == 16);
		ASSERT_LE(t.base, ARM_BASE_ZERO);
		ASSERT_LE(t.index, 31u);
		(void)arm_vcpu_transfer_address(&t, word, ~uint64_t{ word }, &after);
		for (uint32_t n = 0; n < t.element_count; n++) {
			if (t.operand == ARM_OPERAND_GENERAL) {
				ASSERT_LT(n, ARM_TRANSFER_REGS);
				ASSERT_LE(t.reg[n], 31u) << std::hex << word;
				ASSERT_LE(t.element_size, t.register_size);
			} else if (t.operand != ARM_OPERAND_ZERO) {
				uint32_t byte;
				ASSERT_LT(arm_vcpu_transfer_lane(&t, n, &byte), 32u) << std::hex << word;
				ASSERT_LE(byte + t.element_size, 16u) << std::hex << word;
			}
		}
	}
	for (uint32_t count : decoded) {
		EXPECT_GT(count, 10000u) << "the test sees what it is about";
	}
}

} // namespace
