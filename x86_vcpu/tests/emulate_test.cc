// SPDX-License-Identifier: Apache-2.0
// Addresses and results: by tables, and against the processor that runs the test.
#include "src/emulate.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/insn_text.h"

#if defined(__x86_64__) && defined(__linux__)
#include <sys/mman.h>
#endif

namespace {

std::vector<uint8_t> Bytes(const std::string &hex)
{
	std::vector<uint8_t> bytes;

	for (size_t i = 0; i < hex.size(); i += 2)
		bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
	return bytes;
}

x86_insn Decode(const std::string &hex, x86_vcpu_code_width mode)
{
	const std::vector<uint8_t> bytes = Bytes(hex);
	x86_insn insn;

	EXPECT_EQ(x86_vcpu_decode(bytes.data(), bytes.size(), mode, &insn), X86_DECODE_OK) << hex;
	return insn;
}

// Registers that differ in every half.
x86_emulate_regs Regs()
{
	x86_emulate_regs regs = {};

	for (uint32_t i = 0; i < 16; i++)
		regs.gpr[i] = UINT64_C(0x1000000020000000) * (i + 1) + 0x10001000u * i + 0x100;
	regs.rip = 0x7ffffff8;
	return regs;
}

TEST(Accesses, AddressesAndSegments)
{
	const uint64_t bases[X86_INSN_SEGMENTS] = { 0x100000,   0x200000,   0x300000,
					       0x400000,   0x50000000, UINT64_C(0xffff800000000000) };
	const x86_emulate_regs r = Regs();
	const uint64_t rbx = r.gpr[X86_INSN_RBX], rbp = r.gpr[X86_INSN_RBP], rsi = r.gpr[X86_INSN_RSI];
	const struct {
		x86_vcpu_code_width mode;
		const char *bytes;
		uint64_t address;
	} cases[] = {
		{ X86_CODE_64, "8b03", rbx },
		{ X86_CODE_64, "648b03", rbx + bases[X86_INSN_FS] },
		{ X86_CODE_64, "658b03", rbx + bases[X86_INSN_GS] },
		{ X86_CODE_64, "8b45f8", rbp - 8 },
		{ X86_CODE_64, "678b03", rbx & 0xffffffff },
		{ X86_CODE_64, "65678b43ff", bases[X86_INSN_GS] + ((rbx - 1) & 0xffffffff) },
		// The next instruction is at 0x7ffffffe.
		{ X86_CODE_64, "8b0500000080", UINT64_C(0xfffffffffffffffe) },
		{ X86_CODE_64, "678b0500000070", UINT64_C(0xefffffff) },
		// The immediate counts too.
		{ X86_CODE_64, "c7050000000011223344", UINT64_C(0x80000002) },
		{ X86_CODE_64, "a18877665544332211", UINT64_C(0x1122334455667788) },
		{ X86_CODE_64, "8b04f3", rbx + 8 * rsi },
		{ X86_CODE_32, "8b04f3", (bases[X86_INSN_DS] + ((rbx + 8 * rsi) & 0xffffffff)) & 0xffffffff },
		{ X86_CODE_32, "8b4500", (bases[X86_INSN_SS] + rbp) & 0xffffffff },
		{ X86_CODE_32, "658b03", rbx & 0xffffffff },
		{ X86_CODE_32, "2e8b05f0ffffff", 0x1ffff0 },
		{ X86_CODE_16, "8b07", bases[X86_INSN_DS] + (rbx & 0xffff) },
		{ X86_CODE_16, "8b42ff", bases[X86_INSN_SS] + ((rbp + rsi - 1) & 0xffff) },
		{ X86_CODE_16, "268b0effff", bases[X86_INSN_ES] + 0xffff },
		{ X86_CODE_16, "678b03", (bases[X86_INSN_DS] + rbx) & 0xffffffff },
		{ X86_CODE_16, "ad", bases[X86_INSN_DS] + (rsi & 0xffff) },
		{ X86_CODE_16, "2ead", bases[X86_INSN_CS] + (rsi & 0xffff) },
	};

	for (const auto &c : cases) {
		const x86_insn insn = Decode(c.bytes, c.mode);
		x86_accesses accesses;

		x86_vcpu_insn_accesses(&insn, &r, bases, &accesses);
		EXPECT_EQ(accesses.load || accesses.store, true) << c.bytes;
		EXPECT_EQ(accesses.load ? accesses.load_address : accesses.store_address, c.address)
			<< c.bytes << " " << x86_test::InsnText(insn);
	}
}

TEST(Accesses, BitOffsetsReachToBothSides)
{
	const uint64_t bases[X86_INSN_SEGMENTS] = {};
	const struct {
		x86_vcpu_code_width mode;
		const char *bytes;
		uint64_t offset;
		int64_t delta;
	} cases[] = {
		{ X86_CODE_64, "0fa303", 31, 0 },
		{ X86_CODE_64, "0fa303", 32, 4 },
		{ X86_CODE_64, "0fa303", UINT64_C(0xffffffff), -4 },
		{ X86_CODE_64, "0fa303", UINT64_C(0xffffffdf), -8 },
		{ X86_CODE_64, "480fa303", UINT64_C(0xffffffff), 0x1ffffff8 },
		{ X86_CODE_64, "480fa303", UINT64_MAX, -8 },
		{ X86_CODE_64, "480fa303", UINT64_C(1) << 63, -(INT64_C(1) << 60) },
		{ X86_CODE_64, "660fa303", 0xfff0, -2 },
		{ X86_CODE_64, "660fa303", 0xffef, -4 },
		{ X86_CODE_64, "660fa303", 0x7fff, 0xffe },
		{ X86_CODE_64, "0fba23ff", 0, 0 },
	};

	for (const auto &c : cases) {
		const x86_insn insn = Decode(c.bytes, c.mode);
		x86_emulate_regs regs = Regs();
		x86_accesses accesses;

		regs.gpr[X86_INSN_RAX] = c.offset;
		x86_vcpu_insn_accesses(&insn, &regs, bases, &accesses);
		EXPECT_EQ(static_cast<int64_t>(accesses.load_address - regs.gpr[X86_INSN_RBX]), c.delta)
			<< c.bytes << " bit " << c.offset;
	}
}

TEST(Accesses, StringsGoFromTheirSegmentToEs)
{
	const uint64_t bases[X86_INSN_SEGMENTS] = { 0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000 };
	x86_emulate_regs regs = Regs();
	x86_accesses accesses;
	x86_insn insn = Decode("64a5", X86_CODE_32);

	x86_vcpu_insn_accesses(&insn, &regs, bases, &accesses);
	EXPECT_TRUE(accesses.load && accesses.store);
	EXPECT_EQ(accesses.load_address, (regs.gpr[X86_INSN_RSI] + 0x5000) & 0xffffffff);
	EXPECT_EQ(accesses.store_address, (regs.gpr[X86_INSN_RDI] + 0x1000) & 0xffffffff);
	insn = Decode("64ab", X86_CODE_32);
	x86_vcpu_insn_accesses(&insn, &regs, bases, &accesses);
	EXPECT_FALSE(accesses.load);
	EXPECT_EQ(accesses.store_address, (regs.gpr[X86_INSN_RDI] + 0x1000) & 0xffffffff);
}

TEST(Execute, RepCountsInTheAddressWidth)
{
	const uint64_t bases[X86_INSN_SEGMENTS] = {};
	const struct {
		x86_vcpu_code_width mode;
		const char *bytes;
		uint64_t rcx;
		bool accesses;
		uint64_t rcx_after;
		bool again;
	} cases[] = {
		{ X86_CODE_64, "f3ab", 0, false, 0, false },
		{ X86_CODE_64, "f3ab", 1, true, 0, false },
		{ X86_CODE_64, "f3ab", UINT64_C(0x100000000), true, 0xffffffff, true },
		{ X86_CODE_64, "f367ab", UINT64_C(0x500000000), false, UINT64_C(0x500000000), false },
		{ X86_CODE_64, "f367ab", UINT64_C(0x500000002), true, 1, true },
		{ X86_CODE_32, "f3a4", 2, true, 1, true },
		{ X86_CODE_16, "f3a4", 0x10000, false, 0x10000, false },
		{ X86_CODE_16, "f3a4", 0x30002, true, 0x30001, true },
		{ X86_CODE_64, "ab", 0, true, 0, false },
	};

	for (const auto &c : cases) {
		const x86_insn insn = Decode(c.bytes, c.mode);
		x86_emulate_regs regs = Regs();
		const x86_emulate_regs before = regs;
		x86_accesses accesses;

		regs.gpr[X86_INSN_RCX] = c.rcx;
		x86_vcpu_insn_accesses(&insn, &regs, bases, &accesses);
		EXPECT_EQ(accesses.store, c.accesses) << c.bytes << " " << c.rcx;
		(void)x86_vcpu_insn_execute(&insn, &regs, 0);
		EXPECT_EQ(regs.gpr[X86_INSN_RCX], c.rcx_after) << c.bytes << " " << c.rcx;
		EXPECT_EQ(regs.rip == before.rip, c.again) << c.bytes << " " << c.rcx;
		if (!c.accesses) {
			EXPECT_EQ(regs.gpr[X86_INSN_RDI], before.gpr[X86_INSN_RDI]);
		}
	}
}

TEST(Execute, StringPointersWrapInTheAddressWidth)
{
	x86_emulate_regs regs = Regs();
	x86_insn insn = Decode("a5", X86_CODE_16);

	regs.gpr[X86_INSN_RSI] = 0x1ffff;
	regs.gpr[X86_INSN_RDI] = 0x2fffe;
	EXPECT_EQ(x86_vcpu_insn_execute(&insn, &regs, 0xabcd1234), 0x1234u);
	EXPECT_EQ(regs.gpr[X86_INSN_RSI], 0x10001u);
	EXPECT_EQ(regs.gpr[X86_INSN_RDI], 0x20000u);
	regs.rflags |= RFLAGS_DF;
	(void)x86_vcpu_insn_execute(&insn, &regs, 0);
	EXPECT_EQ(regs.gpr[X86_INSN_RSI], 0x1ffffu);
	EXPECT_EQ(regs.gpr[X86_INSN_RDI], 0x2fffeu);
	insn = Decode("67a5", X86_CODE_64);
	regs.gpr[X86_INSN_RSI] = UINT64_C(0x500000000);
	(void)x86_vcpu_insn_execute(&insn, &regs, 0);
	EXPECT_EQ(regs.gpr[X86_INSN_RSI], 0xfffffffcu);
}

TEST(Execute, InstructionPointerAndResumeFlag)
{
	x86_emulate_regs regs = Regs();
	x86_insn insn = Decode("8b03", X86_CODE_32);

	regs.rip = 0xfffffffe;
	regs.rflags = RFLAGS_RF | RFLAGS_CF;
	(void)x86_vcpu_insn_execute(&insn, &regs, 0);
	EXPECT_EQ(regs.rip, 0u);
	EXPECT_EQ(regs.rflags, RFLAGS_CF);
	insn = Decode("8b03", X86_CODE_64);
	regs.rip = 0xfffffffe;
	(void)x86_vcpu_insn_execute(&insn, &regs, 0);
	EXPECT_EQ(regs.rip, UINT64_C(0x100000000));
}

#if defined(__x86_64__) && defined(__linux__)

// One page of code with room for all registers, and data around the middle of the next
// ones; below 4 GiB, so that 32-bit addresses reach it.
class Native {
public:
	static constexpr size_t kDataSize = 512;

	Native()
	{
		base_ = static_cast<uint8_t *>(mmap(nullptr, 4096 + kDataSize,
						    PROT_READ | PROT_WRITE | PROT_EXEC,
						    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
	}
	~Native()
	{
		if (ok())
			munmap(base_, 4096 + kDataSize);
	}
	Native(const Native &) = delete;
	Native &operator=(const Native &) = delete;

	bool ok() const { return base_ != MAP_FAILED; }
	uint8_t *data() { return base_ + 4096; }
	// Where the next instruction will be.
	uint64_t insn_address()
	{
		Emit({});
		return reinterpret_cast<uint64_t>(base_) + insn_;
	}

	// Runs one instruction on this processor.
	void Run(const std::vector<uint8_t> &insn, x86_emulate_regs *regs)
	{
		Emit(insn);
		std::memcpy(slot(0), regs->gpr, sizeof(regs->gpr));
		std::memcpy(slot(16), &regs->rflags, 8);
		const uint8_t *const entry = base_;
		// The thunk saves what a callee saves, the others are clobbered; the red zone
		// below rsp stays free.
		__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
				 "call *%0\n\t"
				 "lea 128(%%rsp), %%rsp"
				 :
				 : "a"(entry)
				 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory",
				   "cc");
		std::memcpy(regs->gpr, slot(0), sizeof(regs->gpr));
		std::memcpy(&regs->rflags, slot(16), 8);
		regs->rip += insn.size();
	}

private:
	static constexpr size_t kSlots = 2048;

	uint8_t *slot(size_t index) { return base_ + kSlots + 8 * index; }
	void Byte(uint32_t byte) { base_[at_++] = static_cast<uint8_t>(byte); }
	void Relative(size_t index)
	{
		const uint32_t offset = static_cast<uint32_t>(kSlots + 8 * index - (at_ + 4));

		std::memcpy(base_ + at_, &offset, 4);
		at_ += 4;
	}
	// mov between a register and its slot
	void Move(uint32_t opcode, uint32_t reg, size_t index)
	{
		Byte(0x48u | (reg >= 8 ? 4u : 0u));
		Byte(opcode);
		Byte(((reg & 7u) << 3) | 5u);
		Relative(index);
	}
	void Emit(const std::vector<uint8_t> &insn)
	{
		static const uint8_t kPush[] = { 0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57 };
		static const uint8_t kPop[] = { 0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b };

		at_ = 0;
		for (const uint8_t byte : kPush)
			Byte(byte);
		Byte(0xff); // push the flags' slot
		Byte(0x35);
		Relative(16);
		Byte(0x9d); // popfq
		Move(0x89, X86_INSN_RSP, 17);
		for (uint32_t reg = 0; reg < 16; reg++)
			Move(0x8b, reg, reg);
		insn_ = at_;
		for (const uint8_t byte : insn)
			Byte(byte);
		for (uint32_t reg = 0; reg < 16; reg++)
			Move(0x89, reg, reg);
		Move(0x8b, X86_INSN_RSP, 17);
		Byte(0x9c); // pushfq
		Byte(0x8f); // pop into the flags' slot
		Byte(0x05);
		Relative(16);
		for (const uint8_t byte : kPop)
			Byte(byte);
		Byte(0xfc); // cld
		Byte(0xc3);
	}

	uint8_t *base_;
	size_t at_ = 0, insn_ = 0;
};

constexpr uint64_t kArithmetic = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF |
				 RFLAGS_SF | RFLAGS_OF;

uint64_t DefinedFlags(const x86_insn &insn)
{
	switch (insn.op) {
	case X86_OP_AND:
	case X86_OP_OR:
	case X86_OP_XOR:
	case X86_OP_TEST:
		return kArithmetic & ~RFLAGS_AF;
	case X86_OP_BT:
	case X86_OP_BTS:
	case X86_OP_BTR:
	case X86_OP_BTC:
		return RFLAGS_CF | RFLAGS_ZF;
	default:
		return kArithmetic;
	}
}

// A random 64-bit instruction of these forms: base and maybe index, 32-bit displacement.
std::vector<uint8_t> RandomInsn(std::mt19937 &random)
{
	static const uint8_t kOne[] = { 0x63, 0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
					0x89, 0x8a, 0x8b, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5,
					0xaa, 0xab, 0xac, 0xad, 0xc6, 0xc7, 0xf6, 0xf7, 0xfe, 0xff };
	static const uint8_t kTwo[] = { 0xa3, 0xab, 0xb3, 0xbb, 0xba, 0xb0, 0xb1, 0xb6,
					0xb7, 0xbe, 0xbf, 0xc0, 0xc1, 0xc3 };
	std::vector<uint8_t> bytes;

	if (random() % 8 == 0)
		bytes.push_back(0xf0);
	else if (random() % 6 == 0)
		bytes.push_back(0xf3);
	if (random() % 4 == 0)
		bytes.push_back(0x66);
	if (random() % 4 == 0)
		bytes.push_back(0x67);
	if (random() % 4 != 0)
		bytes.push_back(static_cast<uint8_t>(0x40 | (random() % 16)));
	switch (random() % 3) {
	case 0:
		bytes.push_back(static_cast<uint8_t>((random() % 8) << 3 | (random() % 4)));
		break;
	case 1:
		bytes.push_back(kOne[random() % sizeof(kOne)]);
		break;
	default:
		bytes.push_back(0x0f);
		bytes.push_back(kTwo[random() % sizeof(kTwo)]);
		break;
	}
	// ModRM with any memory form
	bytes.push_back(static_cast<uint8_t>(((random() % 3) << 6) | (random() % 64)));
	while (bytes.size() < X86_INSN_MAX)
		bytes.push_back(static_cast<uint8_t>(random()));
	return bytes;
}

TEST(Execute, LikeTheProcessorThatRunsThisTest)
{
	Native native;
	if (!native.ok())
		GTEST_SKIP() << "no executable memory below 4 GiB";
	std::mt19937_64 random(7);
	std::mt19937 random32(8);
	uint8_t *const data = native.data();
	const uint64_t middle = reinterpret_cast<uint64_t>(data) + Native::kDataSize / 2;
	const uint64_t bases[X86_INSN_SEGMENTS] = {};
	uint32_t done = 0, seen[X86_OP_LODS + 1] = {};

	for (uint32_t round = 0; round < 30000; round++) {
		std::vector<uint8_t> bytes = RandomInsn(random32);
		x86_insn insn;

		if (x86_vcpu_decode(bytes.data(), bytes.size(), X86_CODE_64, &insn) != X86_DECODE_OK)
			continue;
		bytes.resize(insn.length);
		const bool string = insn.op >= X86_OP_MOVS;
		const bool bit = insn.op >= X86_OP_BT && insn.op <= X86_OP_BTC &&
				 insn.source == X86_OPERAND_REGISTER;
		x86_emulate_regs regs = {};

		for (uint64_t &gpr : regs.gpr)
			gpr = random() % 4 == 0 ? random() % 3 - 1 : random();
		regs.rflags = 2 | (random() & (kArithmetic | (string ? RFLAGS_DF : 0)));
		regs.rip = native.insn_address();
		// Make the address end up in the data.
		if (string) {
			regs.gpr[X86_INSN_RSI] = middle - 64 + random() % 32;
			regs.gpr[X86_INSN_RDI] = middle + 64 + random() % 32;
			regs.gpr[X86_INSN_RCX] = random() % 5;
		} else if (insn.address.base == X86_BASE_RIP || insn.address.base == X86_NO_REG) {
			// A0 to A3 have a whole address where the others have 32 bits.
			const uint64_t whole = static_cast<uint64_t>(insn.address.displacement);
			const size_t width = insn.length > 8 && insn.address.width == 8 &&
							     std::memcmp(&bytes[insn.length - 8u], &whole, 8) == 0 ?
						     8 :
						     4;
			uint64_t disp = middle;

			if (insn.address.index != X86_NO_REG)
				continue;
			if (insn.address.base == X86_BASE_RIP)
				disp -= regs.rip + insn.length;
			// Find the displacement by what it decoded to.
			size_t at = 0;
			for (; at + width <= bytes.size(); at++) {
				uint64_t found = 0;
				std::memcpy(&found, &bytes[at], width);
				const uint64_t mask = x86_test::Mask(static_cast<unsigned>(width));
				if ((static_cast<uint64_t>(insn.address.displacement) & mask) == found)
					break;
			}
			if (at + width > bytes.size())
				continue;
			std::memcpy(&bytes[at], &disp, width);
			ASSERT_EQ(
				x86_vcpu_decode(bytes.data(), bytes.size(), X86_CODE_64, &insn), X86_DECODE_OK);
			ASSERT_EQ(insn.length, bytes.size());
		} else {
			if (insn.address.index == insn.address.base)
				continue;
			if (bit && (insn.reg == insn.address.base || insn.reg == insn.address.index))
				continue;
			regs.gpr[insn.address.base] =
				middle - static_cast<uint64_t>(insn.address.displacement) -
				(insn.address.index == X86_NO_REG ?
					 0 :
					 regs.gpr[insn.address.index] * insn.address.scale);
		}
		if (bit) {
			if (insn.reg == insn.address.base || insn.reg == insn.address.index)
				continue;
			regs.gpr[insn.reg] = random() % 1024 - 512;
		}
		std::vector<uint8_t> before(Native::kDataSize);
		for (uint8_t &byte : before)
			byte = static_cast<uint8_t>(random() % 8 == 0 ? 0 : random());
		// Give the comparisons something to be equal with.
		if (random() % 4 == 0)
			std::memcpy(&before[Native::kDataSize / 2], &regs.gpr[X86_INSN_RAX], 8);

		// Ours, on a copy of the data.
		std::vector<uint8_t> ours = before;
		x86_emulate_regs mine = regs;
		bool inside = true;
		do {
			x86_accesses accesses;
			uint64_t loaded = 0;

			x86_vcpu_insn_accesses(&insn, &mine, bases, &accesses);
			const uint64_t start = reinterpret_cast<uint64_t>(data);
			const uint64_t load = accesses.load_address - start;
			const uint64_t store = accesses.store_address - start;
			inside = (!accesses.load || load < Native::kDataSize - 8) &&
				 (!accesses.store || store < Native::kDataSize - 8);
			if (!inside)
				break;
			if (accesses.load)
				std::memcpy(&loaded, &ours[load], insn.width);
			const uint64_t stored = x86_vcpu_insn_execute(&insn, &mine, loaded);
			if (accesses.store) {
				ASSERT_EQ(stored & ~x86_test::Mask(insn.width), 0u);
				std::memcpy(&ours[store], &stored, insn.width);
			}
		} while (mine.rip == regs.rip);
		ASSERT_TRUE(inside) << x86_test::InsnText(insn);

		// The processor's.
		x86_emulate_regs theirs = regs;
		std::memcpy(data, before.data(), before.size());
		native.Run(bytes, &theirs);

		std::string text = x86_test::InsnText(insn) + " :";
		for (const uint8_t byte : bytes)
			text += " " + x86_test::Hex(byte);
		for (uint32_t reg = 0; reg < 16; reg++)
			ASSERT_EQ(mine.gpr[reg], theirs.gpr[reg])
				<< text << ": register " << reg << " was " << std::hex << regs.gpr[reg];
		ASSERT_EQ(mine.rflags & DefinedFlags(insn), theirs.rflags & DefinedFlags(insn)) << text;
		ASSERT_EQ(std::memcmp(ours.data(), data, ours.size()), 0) << text;
		ASSERT_EQ(mine.rip, theirs.rip) << text;
		done++;
		seen[insn.op]++;
	}
	EXPECT_GT(done, 10000u);
	for (uint32_t op = X86_OP_MOV; op <= X86_OP_LODS; op++) {
		if (op != X86_OP_MOVBE) {
			EXPECT_GT(seen[op], 20u) << op;
		}
	}
}

#endif

TEST(Execute, SwapsBytes)
{
	x86_emulate_regs regs = Regs();
	x86_insn insn = Decode("0f38f003", X86_CODE_64);

	(void)x86_vcpu_insn_execute(&insn, &regs, 0x11223344);
	EXPECT_EQ(regs.gpr[X86_INSN_RAX], 0x44332211u);
	insn = Decode("660f38f003", X86_CODE_64);
	regs.gpr[X86_INSN_RAX] = UINT64_MAX;
	(void)x86_vcpu_insn_execute(&insn, &regs, 0x1122);
	EXPECT_EQ(regs.gpr[X86_INSN_RAX], UINT64_C(0xffffffffffff2211));
	insn = Decode("480f38f103", X86_CODE_64);
	regs.gpr[X86_INSN_RAX] = UINT64_C(0x1122334455667788);
	EXPECT_EQ(x86_vcpu_insn_execute(&insn, &regs, 0), UINT64_C(0x8877665544332211));
}

} // namespace
