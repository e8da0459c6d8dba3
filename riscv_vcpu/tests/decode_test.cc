/* SPDX-License-Identifier: Apache-2.0 */
// Every load and store encoding of RV64GC with Zcb, and what is none.
#include "src/decode.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace {

struct Case {
	const char *text;
	uint32_t insn;
	uint32_t kind, width, reg, sign, base;
	int32_t offset;
	uint32_t length;
};

constexpr uint32_t L = RISCV_ACCESS_LOAD, S = RISCV_ACCESS_STORE, FL = RISCV_ACCESS_FP_LOAD,
		   FS = RISCV_ACCESS_FP_STORE, A = RISCV_ACCESS_ATOMIC, N = RISCV_ACCESS_NONE,
		   C = RISCV_ACCESS_CACHE;

// Encodings as an assembler gives them.
const Case kCases[] = {
	{ "lb x10, 0(x11)", 0x00058503, L, 1, 10, 1, 11, 0, 4 },
	{ "lb x31, 2047(x1)", 0x7ff08f83, L, 1, 31, 1, 1, 2047, 4 },
	{ "lb x0, -2048(x31)", 0x800f8003, L, 1, 0, 1, 31, -2048, 4 },
	{ "lh x10, 0(x11)", 0x00059503, L, 2, 10, 1, 11, 0, 4 },
	{ "lh x31, 2047(x1)", 0x7ff09f83, L, 2, 31, 1, 1, 2047, 4 },
	{ "lh x0, -2048(x31)", 0x800f9003, L, 2, 0, 1, 31, -2048, 4 },
	{ "lw x10, 0(x11)", 0x0005a503, L, 4, 10, 1, 11, 0, 4 },
	{ "lw x31, 2047(x1)", 0x7ff0af83, L, 4, 31, 1, 1, 2047, 4 },
	{ "lw x0, -2048(x31)", 0x800fa003, L, 4, 0, 1, 31, -2048, 4 },
	{ "ld x10, 0(x11)", 0x0005b503, L, 8, 10, 1, 11, 0, 4 },
	{ "ld x31, 2047(x1)", 0x7ff0bf83, L, 8, 31, 1, 1, 2047, 4 },
	{ "ld x0, -2048(x31)", 0x800fb003, L, 8, 0, 1, 31, -2048, 4 },
	{ "lbu x10, 0(x11)", 0x0005c503, L, 1, 10, 0, 11, 0, 4 },
	{ "lbu x31, 2047(x1)", 0x7ff0cf83, L, 1, 31, 0, 1, 2047, 4 },
	{ "lbu x0, -2048(x31)", 0x800fc003, L, 1, 0, 0, 31, -2048, 4 },
	{ "lhu x10, 0(x11)", 0x0005d503, L, 2, 10, 0, 11, 0, 4 },
	{ "lhu x31, 2047(x1)", 0x7ff0df83, L, 2, 31, 0, 1, 2047, 4 },
	{ "lhu x0, -2048(x31)", 0x800fd003, L, 2, 0, 0, 31, -2048, 4 },
	{ "lwu x10, 0(x11)", 0x0005e503, L, 4, 10, 0, 11, 0, 4 },
	{ "lwu x31, 2047(x1)", 0x7ff0ef83, L, 4, 31, 0, 1, 2047, 4 },
	{ "lwu x0, -2048(x31)", 0x800fe003, L, 4, 0, 0, 31, -2048, 4 },
	{ "sb x10, 0(x11)", 0x00a58023, S, 1, 10, 0, 11, 0, 4 },
	{ "sb x31, 2047(x1)", 0x7ff08fa3, S, 1, 31, 0, 1, 2047, 4 },
	{ "sb x0, -2048(x31)", 0x800f8023, S, 1, 0, 0, 31, -2048, 4 },
	{ "sb x7, -1(x9)", 0xfe748fa3, S, 1, 7, 0, 9, -1, 4 },
	{ "sh x10, 0(x11)", 0x00a59023, S, 2, 10, 0, 11, 0, 4 },
	{ "sh x31, 2047(x1)", 0x7ff09fa3, S, 2, 31, 0, 1, 2047, 4 },
	{ "sh x0, -2048(x31)", 0x800f9023, S, 2, 0, 0, 31, -2048, 4 },
	{ "sh x7, -1(x9)", 0xfe749fa3, S, 2, 7, 0, 9, -1, 4 },
	{ "sw x10, 0(x11)", 0x00a5a023, S, 4, 10, 0, 11, 0, 4 },
	{ "sw x31, 2047(x1)", 0x7ff0afa3, S, 4, 31, 0, 1, 2047, 4 },
	{ "sw x0, -2048(x31)", 0x800fa023, S, 4, 0, 0, 31, -2048, 4 },
	{ "sw x7, -1(x9)", 0xfe74afa3, S, 4, 7, 0, 9, -1, 4 },
	{ "sd x10, 0(x11)", 0x00a5b023, S, 8, 10, 0, 11, 0, 4 },
	{ "sd x31, 2047(x1)", 0x7ff0bfa3, S, 8, 31, 0, 1, 2047, 4 },
	{ "sd x0, -2048(x31)", 0x800fb023, S, 8, 0, 0, 31, -2048, 4 },
	{ "sd x7, -1(x9)", 0xfe74bfa3, S, 8, 7, 0, 9, -1, 4 },
	{ "c.lw x8, 0(x15)", 0x4380, L, 4, 8, 1, 15, 0, 2 },
	{ "c.lw x15, 124(x8)", 0x5c7c, L, 4, 15, 1, 8, 124, 2 },
	{ "c.lw x9, 64(x10)", 0x4124, L, 4, 9, 1, 10, 64, 2 },
	{ "c.lw x9, 8(x10)", 0x4504, L, 4, 9, 1, 10, 8, 2 },
	{ "c.lw x12, 4(x13)", 0x42d0, L, 4, 12, 1, 13, 4, 2 },
	{ "c.ld x8, 0(x15)", 0x6380, L, 8, 8, 1, 15, 0, 2 },
	{ "c.ld x15, 248(x8)", 0x7c7c, L, 8, 15, 1, 8, 248, 2 },
	{ "c.ld x9, 64(x10)", 0x6124, L, 8, 9, 1, 10, 64, 2 },
	{ "c.ld x9, 8(x10)", 0x6504, L, 8, 9, 1, 10, 8, 2 },
	{ "c.ld x12, 128(x13)", 0x62d0, L, 8, 12, 1, 13, 128, 2 },
	{ "c.sw x8, 0(x15)", 0xc380, S, 4, 8, 0, 15, 0, 2 },
	{ "c.sw x15, 124(x8)", 0xdc7c, S, 4, 15, 0, 8, 124, 2 },
	{ "c.sw x9, 64(x10)", 0xc124, S, 4, 9, 0, 10, 64, 2 },
	{ "c.sw x9, 8(x10)", 0xc504, S, 4, 9, 0, 10, 8, 2 },
	{ "c.sd x8, 0(x15)", 0xe380, S, 8, 8, 0, 15, 0, 2 },
	{ "c.sd x15, 248(x8)", 0xfc7c, S, 8, 15, 0, 8, 248, 2 },
	{ "c.sd x9, 64(x10)", 0xe124, S, 8, 9, 0, 10, 64, 2 },
	{ "c.sd x9, 8(x10)", 0xe504, S, 8, 9, 0, 10, 8, 2 },
	{ "c.lwsp x1, 0(sp)", 0x4082, L, 4, 1, 1, 2, 0, 2 },
	{ "c.lwsp x31, 252(sp)", 0x5ffe, L, 4, 31, 1, 2, 252, 2 },
	{ "c.lwsp x17, 64(sp)", 0x4886, L, 4, 17, 1, 2, 64, 2 },
	{ "c.lwsp x17, 32(sp)", 0x5882, L, 4, 17, 1, 2, 32, 2 },
	{ "c.lwsp x17, 8(sp)", 0x48a2, L, 4, 17, 1, 2, 8, 2 },
	{ "c.lwsp x17, 128(sp)", 0x488a, L, 4, 17, 1, 2, 128, 2 },
	{ "c.ldsp x1, 0(sp)", 0x6082, L, 8, 1, 1, 2, 0, 2 },
	{ "c.ldsp x31, 504(sp)", 0x7ffe, L, 8, 31, 1, 2, 504, 2 },
	{ "c.ldsp x17, 64(sp)", 0x6886, L, 8, 17, 1, 2, 64, 2 },
	{ "c.ldsp x17, 32(sp)", 0x7882, L, 8, 17, 1, 2, 32, 2 },
	{ "c.ldsp x17, 8(sp)", 0x68a2, L, 8, 17, 1, 2, 8, 2 },
	{ "c.ldsp x17, 128(sp)", 0x688a, L, 8, 17, 1, 2, 128, 2 },
	{ "c.swsp x0, 0(sp)", 0xc002, S, 4, 0, 0, 2, 0, 2 },
	{ "c.swsp x31, 252(sp)", 0xdffe, S, 4, 31, 0, 2, 252, 2 },
	{ "c.swsp x17, 64(sp)", 0xc0c6, S, 4, 17, 0, 2, 64, 2 },
	{ "c.swsp x17, 32(sp)", 0xd046, S, 4, 17, 0, 2, 32, 2 },
	{ "c.swsp x17, 8(sp)", 0xc446, S, 4, 17, 0, 2, 8, 2 },
	{ "c.swsp x17, 128(sp)", 0xc146, S, 4, 17, 0, 2, 128, 2 },
	{ "c.sdsp x0, 0(sp)", 0xe002, S, 8, 0, 0, 2, 0, 2 },
	{ "c.sdsp x31, 504(sp)", 0xfffe, S, 8, 31, 0, 2, 504, 2 },
	{ "c.sdsp x17, 64(sp)", 0xe0c6, S, 8, 17, 0, 2, 64, 2 },
	{ "c.sdsp x17, 32(sp)", 0xf046, S, 8, 17, 0, 2, 32, 2 },
	{ "c.sdsp x17, 8(sp)", 0xe446, S, 8, 17, 0, 2, 8, 2 },
	{ "c.sdsp x17, 128(sp)", 0xe146, S, 8, 17, 0, 2, 128, 2 },
	{ "c.lbu x9, 0(x10)", 0x8104, L, 1, 9, 0, 10, 0, 2 },
	{ "c.sb x15, 0(x8)", 0x881c, S, 1, 15, 0, 8, 0, 2 },
	{ "c.lbu x9, 1(x10)", 0x8144, L, 1, 9, 0, 10, 1, 2 },
	{ "c.sb x15, 1(x8)", 0x885c, S, 1, 15, 0, 8, 1, 2 },
	{ "c.lbu x9, 2(x10)", 0x8124, L, 1, 9, 0, 10, 2, 2 },
	{ "c.sb x15, 2(x8)", 0x883c, S, 1, 15, 0, 8, 2, 2 },
	{ "c.lbu x9, 3(x10)", 0x8164, L, 1, 9, 0, 10, 3, 2 },
	{ "c.sb x15, 3(x8)", 0x887c, S, 1, 15, 0, 8, 3, 2 },
	{ "c.lhu x9, 0(x10)", 0x8504, L, 2, 9, 0, 10, 0, 2 },
	{ "c.lh x9, 0(x10)", 0x8544, L, 2, 9, 1, 10, 0, 2 },
	{ "c.sh x9, 0(x10)", 0x8d04, S, 2, 9, 0, 10, 0, 2 },
	{ "c.lhu x9, 2(x10)", 0x8524, L, 2, 9, 0, 10, 2, 2 },
	{ "c.lh x9, 2(x10)", 0x8564, L, 2, 9, 1, 10, 2, 2 },
	{ "c.sh x9, 2(x10)", 0x8d24, S, 2, 9, 0, 10, 2, 2 },
	{ "flw f1, 4(x2)", 0x00412087, FL, 0, 0, 0, 0, 0, 4 },
	{ "fld f1, 8(x2)", 0x00813087, FL, 0, 0, 0, 0, 0, 4 },
	{ "flh f1, 2(x2)", 0x00211087, FL, 0, 0, 0, 0, 0, 4 },
	{ "vle8.v v1, (x5)", 0x02028087, FL, 0, 0, 0, 0, 0, 4 },
	{ "fsw f1, 4(x2)", 0x00112227, FS, 0, 0, 0, 0, 0, 4 },
	{ "fsd f1, 8(x2)", 0x00113427, FS, 0, 0, 0, 0, 0, 4 },
	{ "vse8.v v1, (x5)", 0x020280a7, FS, 0, 0, 0, 0, 0, 4 },
	{ "c.fld f8, 8(x9)", 0x2480, FL, 0, 0, 0, 0, 0, 2 },
	{ "c.fldsp f1, 8(sp)", 0x20a2, FL, 0, 0, 0, 0, 0, 2 },
	{ "c.fsd f8, 8(x9)", 0xa480, FS, 0, 0, 0, 0, 0, 2 },
	{ "c.fsdsp f1, 8(sp)", 0xa406, FS, 0, 0, 0, 0, 0, 2 },
	{ "lr.w x1, (x2)", 0x100120af, A, 0, 0, 0, 0, 0, 4 },
	{ "sc.w x1, x3, (x2)", 0x183120af, A, 0, 0, 0, 0, 0, 4 },
	{ "amoadd.w x1, x3, (x2)", 0x003120af, A, 0, 0, 0, 0, 0, 4 },
	{ "amoswap.w.aqrl x1, x3, (x2)", 0x0e3120af, A, 0, 0, 0, 0, 0, 4 },
	{ "amomaxu.w x1, x3, (x2)", 0xe03120af, A, 0, 0, 0, 0, 0, 4 },
	{ "lr.d x1, (x2)", 0x100130af, A, 0, 0, 0, 0, 0, 4 },
	{ "sc.d x1, x3, (x2)", 0x183130af, A, 0, 0, 0, 0, 0, 4 },
	{ "amoadd.d x1, x3, (x2)", 0x003130af, A, 0, 0, 0, 0, 0, 4 },
	{ "amoswap.d.aqrl x1, x3, (x2)", 0x0e3130af, A, 0, 0, 0, 0, 0, 4 },
	{ "amomaxu.d x1, x3, (x2)", 0xe03130af, A, 0, 0, 0, 0, 0, 4 },
	{ "cbo.zero (x1)", 0x0040a00f, C, 0, 0, 0, 0, 0, 4 },
	{ "cbo.clean (x1)", 0x0010a00f, C, 0, 0, 0, 0, 0, 4 },
	{ "cbo.flush (x1)", 0x0020a00f, C, 0, 0, 0, 0, 0, 4 },
	{ "cbo.inval (x1)", 0x0000a00f, C, 0, 0, 0, 0, 0, 4 },
	{ "add x1, x2, x3", 0x003100b3, N, 0, 0, 0, 0, 0, 4 },
	{ "ecall", 0x00000073, N, 0, 0, 0, 0, 0, 4 },
	{ "fence", 0x0ff0000f, N, 0, 0, 0, 0, 0, 4 },
	{ "fence.i", 0x0000100f, N, 0, 0, 0, 0, 0, 4 },
	{ "jal x1, 0", 0x000000ef, N, 0, 0, 0, 0, 0, 4 },
	{ "lui x1, 1", 0x000010b7, N, 0, 0, 0, 0, 0, 4 },
	{ "c.nop", 0x0001, N, 0, 0, 0, 0, 0, 2 },
	{ "c.addi x8, 1", 0x0405, N, 0, 0, 0, 0, 0, 2 },
	{ "c.mv x1, x2", 0x808a, N, 0, 0, 0, 0, 0, 2 },
	{ "c.j 0", 0xa001, N, 0, 0, 0, 0, 0, 2 },
	{ "c.addi4spn x8, sp, 16", 0x0800, N, 0, 0, 0, 0, 0, 2 },
	{ "c.slli x1, 3", 0x008e, N, 0, 0, 0, 0, 0, 2 },
	{ "c.jr x1", 0x8082, N, 0, 0, 0, 0, 0, 2 },
	{ "load, funct3 7", 0x0000f083, N, 0, 0, 0, 0, 0, 4 },
	{ "store, funct3 4", 0x0000c023, N, 0, 0, 0, 0, 0, 4 },
	{ "c.lwsp x0", 0x4002, N, 0, 0, 0, 0, 0, 2 },
	{ "c.ldsp x0", 0x6002, N, 0, 0, 0, 0, 0, 2 },
	{ "Zcb reserved", 0x9c00, N, 0, 0, 0, 0, 0, 2 },
	{ "c.sh with bit 6", 0x8c40, N, 0, 0, 0, 0, 0, 2 },
	{ "all zero", 0x0000, N, 0, 0, 0, 0, 0, 2 },
	{ "all ones", 0xffffffff, N, 0, 0, 0, 0, 0, 4 },
};

class DecodeTest : public ::testing::TestWithParam<Case> {};

TEST_P(DecodeTest, Fields)
{
	const Case &c = GetParam();
	const riscv_access access = riscv_vcpu_decode(c.insn);

	EXPECT_EQ(access.kind, c.kind) << c.text;
	EXPECT_EQ(access.length, c.length) << c.text;
	if (c.kind == L || c.kind == S) {
		EXPECT_EQ(access.width, c.width) << c.text;
		EXPECT_EQ(access.reg, c.reg) << c.text;
		EXPECT_EQ(access.base, c.base) << c.text;
		EXPECT_EQ(access.offset, c.offset) << c.text;
	}
	if (c.kind == L) {
		EXPECT_EQ(access.sign_extend, c.sign) << c.text;
	}
}

INSTANTIATE_TEST_SUITE_P(All, DecodeTest, ::testing::ValuesIn(kCases));

// The transformed form has no offsets and, in place of the base, how far the
// faulting byte is from the first; bit 1 clear means a compressed instruction.
TEST(Htinst, Transformed)
{
	for (const Case &c : kCases) {
		if ((c.insn & 3) != 3 || (c.kind != L && c.kind != S))
			continue;
		for (uint32_t misaligned : { 0u, 3u }) {
			for (uint32_t length : { 2u, 4u }) {
				uint32_t transformed = c.insn & (c.kind == L ? 0x00007fffu : 0x01f0707fu);
				uint32_t found = 99;

				transformed |= misaligned << 15;
				if (length == 2)
					transformed &= ~2u;
				const riscv_access access = riscv_vcpu_decode_htinst(transformed, &found);
				EXPECT_EQ(access.kind, c.kind) << c.text;
				EXPECT_EQ(access.width, c.width) << c.text;
				EXPECT_EQ(access.reg, c.reg) << c.text;
				EXPECT_EQ(access.sign_extend, c.kind == L ? c.sign : 0) << c.text;
				EXPECT_EQ(access.length, length) << c.text;
				EXPECT_EQ(found, misaligned) << c.text;
			}
		}
	}
}

TEST(Htinst, Others)
{
	uint32_t misaligned = 0;

	for (uint64_t htinst : { UINT64_C(0), UINT64_C(0x3000), UINT64_C(0x3020), UINT64_C(0x100000003) })
		EXPECT_EQ(riscv_vcpu_decode_htinst(htinst, &misaligned).kind, N);
	EXPECT_EQ(riscv_vcpu_decode_htinst(0x0000202f, &misaligned).kind, A);
	EXPECT_EQ(riscv_vcpu_decode_htinst(0x00002007, &misaligned).kind, FL);
}

// Total: every halfword has a result, of which the fields are in range.
TEST(Decode, AllCompressed)
{
	for (uint32_t insn = 0; insn <= 0xffff; insn++) {
		const riscv_access access = riscv_vcpu_decode(insn);

		EXPECT_EQ(access.length, (insn & 3) == 3 ? 4u : 2u);
		EXPECT_LT(access.reg, 32u);
		EXPECT_LT(access.base, 32u);
		const bool plain = access.kind == L || access.kind == S;
		const bool known = access.width == 1 || access.width == 2 || access.width == 4 ||
				   access.width == 8;
		EXPECT_EQ(known, plain);
		EXPECT_TRUE(known || access.width == 0);
	}
}

} // namespace
