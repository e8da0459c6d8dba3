// SPDX-License-Identifier: Apache-2.0
// Random input, the same in each run, for what knows no CPU: decoders, walks, local APIC. The
// sanitized twin of this test sees what is read behind an end; here is what always holds.
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "src/decode.h"
#include "src/emulate.h"
#include "src/guest_walk.h"
#include "src/lapic.h"
#include "src/system_insn.h"

namespace {

using Random = std::mt19937_64;

template <class T> T OneOf(Random &random, std::initializer_list<T> values)
{
	return *(values.begin() + random() % values.size());
}

// Bytes of code: some prefixes, an opcode that may be known, the rest anything.
std::vector<uint8_t> RandomCode(Random &random)
{
	std::vector<uint8_t> code;

	for (uint64_t i = random() % 8 == 0 ? random() % 16 : random() % 3; i > 0; i--) {
		code.push_back(OneOf<uint8_t>(random, { 0x26, 0x2e, 0x36, 0x3e, 0x41, 0x48, 0x4f, 0x64,
							0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 }));
	}
	if (random() % 2 == 0) {
		code.push_back(0x0f);
		if (random() % 8 == 0) {
			code.push_back(0x38);
		}
	}
	while (code.size() < 20) {
		code.push_back(static_cast<uint8_t>(random()));
	}
	return code;
}

// The first `size` bytes, behind which there is nothing.
std::unique_ptr<uint8_t[]> Exactly(const std::vector<uint8_t> &code, size_t size)
{
	std::unique_ptr<uint8_t[]> copy(new uint8_t[size]);

	std::copy(code.begin(), code.begin() + static_cast<ptrdiff_t>(size), copy.get());
	return copy;
}

struct Input {
	x86_vcpu_code_width width;
	std::vector<uint8_t> code;
	// Bytes that are there.
	size_t size;
};

Input RandomInput(Random &random)
{
	return { OneOf<x86_vcpu_code_width>(random, { X86_CODE_16, X86_CODE_32, X86_CODE_64 }),
		 RandomCode(random), random() % 4 == 0 ? random() % 17 : 17 };
}

// By enum x86_decode_status.
using Met = std::array<uint32_t, 4>;

void ExpectAllMet(const Met &met)
{
	for (const uint32_t count : met) {
		EXPECT_GT(count, 100u) << "the input reaches all results";
	}
}

void ExpectAddress(const x86_address &address)
{
	EXPECT_TRUE(address.base < 16 || address.base == X86_NO_REG || address.base == X86_BASE_RIP);
	EXPECT_TRUE(address.index < 16 || address.index == X86_NO_REG);
	EXPECT_TRUE(address.scale == 1 || address.scale == 2 || address.scale == 4 || address.scale == 8);
	EXPECT_TRUE(address.width == 2 || address.width == 4 || address.width == 8);
	EXPECT_LT(address.segment, X86_INSN_SEGMENTS);
}

void ExpectExecutes(Random &random, const x86_insn &insn)
{
	uint64_t bases[X86_INSN_SEGMENTS];
	x86_emulate_regs regs = {};
	x86_accesses accesses;

	for (uint64_t &gpr : regs.gpr) {
		gpr = random() % 4 == 0 ? random() % 3 : random();
	}
	regs.rip = random();
	regs.rflags = 2 | (random() & 0xcd5);
	for (uint64_t &base : bases) {
		base = random();
	}
	x86_vcpu_insn_accesses(&insn, &regs, bases, &accesses);
	if (insn.code_width != X86_CODE_64) {
		EXPECT_LE(accesses.load_address | accesses.store_address, UINT32_MAX);
	}
	EXPECT_EQ(accesses.load || accesses.store, !insn.rep || (regs.gpr[X86_INSN_RCX] &
			(UINT64_MAX >> (64 - 8 * insn.address.width))) != 0);
	const uint64_t rip = regs.rip, value = x86_vcpu_insn_execute(&insn, &regs, random());

	EXPECT_EQ(0u, insn.width < 8 ? value >> (8 * insn.width) : 0) << "zero-extended";
	EXPECT_TRUE(regs.rip == rip ? insn.rep :
		    insn.code_width == X86_CODE_64 ? regs.rip == rip + insn.length :
						     regs.rip == ((rip + insn.length) & UINT32_MAX));
}

TEST(Random, Decoder)
{
	Random random(1);
	Met met = {};

	for (uint32_t round = 0; round < 100000; round++) {
		const Input input = RandomInput(random);
		x86_insn insn, again;
		const x86_decode_status status =
			x86_vcpu_decode(Exactly(input.code, input.size).get(), input.size, input.width, &insn);

		met[status]++;
		if (status != X86_DECODE_OK) {
			ASSERT_EQ(insn.op, X86_OP_NONE);
			continue;
		}
		ASSERT_NE(insn.op, X86_OP_NONE);
		ASSERT_GE(insn.length, 1u);
		ASSERT_LE(insn.length, std::min<size_t>(input.size, X86_INSN_MAX));
		ASSERT_TRUE(insn.width == 1 || insn.width == 2 || insn.width == 4 || insn.width == 8);
		ASSERT_LT(insn.reg, 16u);
		ASSERT_LE(insn.reg_width, 8u);
		ASSERT_TRUE(insn.reads_memory || insn.writes_memory);
		ExpectAddress(insn.address);
		// Neither what follows it nor a missing byte is passed over.
		ASSERT_EQ(X86_DECODE_OK, x86_vcpu_decode(Exactly(input.code, insn.length).get(), insn.length,
							 input.width, &again));
		ASSERT_EQ(0, std::memcmp(&insn, &again, sizeof(insn)));
		ASSERT_EQ(X86_DECODE_TRUNCATED,
			  x86_vcpu_decode(Exactly(input.code, insn.length - 1u).get(), insn.length - 1u,
					  input.width, &again));
		ExpectExecutes(random, insn);
	}
	ExpectAllMet(met);
}

TEST(Random, SystemDecoder)
{
	Random random(2);
	Met met = {};

	for (uint32_t round = 0; round < 100000; round++) {
		const Input input = RandomInput(random);
		x86_system_insn insn, again;
		const x86_decode_status status =
			x86_vcpu_decode_system(
			Exactly(input.code, input.size).get(), input.size, input.width, &insn);

		met[status]++;
		if (status != X86_DECODE_OK) {
			ASSERT_EQ(insn.op, X86_SYSTEM_NONE);
			continue;
		}
		ASSERT_GE(insn.length, 1u);
		ASSERT_LE(insn.length, std::min<size_t>(input.size, X86_INSN_MAX));
		ASSERT_LT(insn.gpr, 16u);
		ASSERT_LT(insn.cr, 16u);
		ASSERT_TRUE(insn.segment < X86_INSN_SEGMENTS || insn.segment == X86_NO_REG);
		if (insn.memory) {
			ExpectAddress(insn.address);
		}
		ASSERT_EQ(X86_DECODE_TRUNCATED,
			  x86_vcpu_decode_system(Exactly(input.code, insn.length - 1u).get(),
						 insn.length - 1u, input.width, &again));
	}
	ExpectAllMet(met);
}

// Sixteen pages whose entries mostly lead to one another.
class Tables {
    public:
	static constexpr uint64_t kBase = 0x100000, kPages = 16;

	explicit Tables(Random &random)
	{
		for (uint64_t &entry : words_) {
			const uint64_t flags = random() % 4 == 0 ? random() % 512 : 7;

			entry = (kBase + 0x1000 * (random() % (kPages + 1))) | flags;
			if (random() % 16 == 0) {
				entry ^= UINT64_C(1) << random() % 64;
			}
		}
	}
	static bool Read(void *ctx, uint64_t gpa, void *buffer, size_t size)
	{
		const uint64_t at = gpa - kBase;

		EXPECT_LE((gpa & 0xfff) + size, 4096u) << "in one page";
		if (at >= 4096 * kPages) {
			return false;
		}
		std::memcpy(buffer, static_cast<Tables *>(ctx)->Byte(at), size);
		return true;
	}
	static bool Exchange(void *ctx, uint64_t gpa, uint64_t expected, uint64_t value, size_t size)
	{
		Tables *tables = static_cast<Tables *>(ctx);
		uint64_t found = 0;

		tables->exchanges++;
		EXPECT_EQ(0u, gpa % size);
		EXPECT_EQ(0u, (value ^ expected) & ~UINT64_C(0x60)) << "accessed and dirty alone";
		EXPECT_TRUE(Read(ctx, gpa, &found, size));
		EXPECT_EQ(expected, found);
		std::memcpy(tables->Byte(gpa - kBase), &value, size);
		return true;
	}
	uint32_t exchanges = 0;

    private:
	uint8_t *Byte(uint64_t at) { return reinterpret_cast<uint8_t *>(words_.data()) + at; }
	std::array<uint64_t, 512 * kPages> words_;
};

TEST(Random, GuestWalk)
{
	std::map<x86_walk_status, uint32_t> met;

	for (uint64_t seed = 0; seed < 15; seed++) {
		Random random(seed);
		Tables tables(random);

		for (uint32_t round = 0; round < 5000; round++) {
			x86_walk walk = {};
			x86_translation t, again;

			walk.cr0 = 1 | (random() % 16 != 0 ? UINT64_C(1) << 31 : 0) | (random() & 0x10000);
			walk.cr3 = Tables::kBase + random() % (4096 * Tables::kPages);
			// PSE, PAE, LA57, SMEP, SMAP, PKE
			walk.cr4 = random() & 0x701030;
			walk.efer = random() & 0x800;
			if ((walk.cr0 >> 31) != 0 && random() % 2 != 0) {
				// Long mode has PAE.
				walk.efer |= 0x400;
				walk.cr4 |= 0x20;
			}
			walk.rflags = random() & 0x40000;
			walk.cpl = random() % 4;
			walk.pkru = static_cast<uint32_t>(random());
			walk.physical_bits = static_cast<uint8_t>(32 + random() % 21);
			walk.pages_1g = random() % 2 != 0;
			walk.ctx = &tables;
			walk.read = Tables::Read;
			walk.exchange = random() % 2 != 0 ? Tables::Exchange : nullptr;
			const uint64_t linear = random() % 2 != 0 ? random() : random() % (UINT64_C(1) << 33);
			const uint32_t access = OneOf<uint32_t>(
				random, { 0, X86_WALK_WRITE, X86_WALK_FETCH, X86_WALK_IMPLICIT,
					  X86_WALK_IMPLICIT | X86_WALK_WRITE });
			const x86_walk_status status =
				x86_vcpu_guest_translate(&walk, linear, access, &t);
			const bool user = walk.cpl == 3 && (access & X86_WALK_IMPLICIT) == 0;

			met[status]++;
			if (status == X86_WALK_PAGE_FAULT) {
				ASSERT_EQ((access & X86_WALK_WRITE) != 0,
					  (t.error_code & X86_PAGE_FAULT_WRITE) != 0);
				ASSERT_EQ(user, (t.error_code & X86_PAGE_FAULT_USER) != 0);
				if ((t.error_code & (X86_PAGE_FAULT_RESERVED | X86_PAGE_FAULT_KEY)) != 0) {
					ASSERT_TRUE(t.error_code & X86_PAGE_FAULT_PRESENT);
				}
				ASSERT_EQ(X86_WALK_PAGE_FAULT,
					  x86_vcpu_guest_translate(&walk, linear, access, &again));
				ASSERT_EQ(t.error_code, again.error_code);
				continue;
			}
			if (status != X86_WALK_OK) {
				continue;
			}
			ASSERT_EQ(0u, t.gpa >> 52);
			ASSERT_EQ(0u, (t.gpa ^ linear) & 0xfff);
			ASSERT_TRUE(t.page_size == 0x1000 || t.page_size == 0x200000 ||
				    t.page_size == 0x400000 || t.page_size == 0x40000000);
			// The same again, and a read where a write is permitted; all is marked by then.
			const uint32_t exchanges = tables.exchanges;

			ASSERT_EQ(X86_WALK_OK, x86_vcpu_guest_translate(&walk, linear, access, &again));
			ASSERT_EQ(t.gpa, again.gpa);
			if ((access & X86_WALK_FETCH) == 0) {
				ASSERT_EQ(X86_WALK_OK,
					  x86_vcpu_guest_translate(&walk, linear,
								   access & ~uint32_t{ X86_WALK_WRITE },
								   &again));
				ASSERT_EQ(t.gpa, again.gpa);
			}
			ASSERT_EQ(exchanges, tables.exchanges);
		}
	}
	EXPECT_GT(met[X86_WALK_OK], 3000u);
	EXPECT_GT(met[X86_WALK_PAGE_FAULT], 3000u);
	EXPECT_GT(met[X86_WALK_NO_MEMORY], 300u);
	EXPECT_GT(met[X86_WALK_NOT_CANONICAL], 300u);
}

using Words = std::array<uint64_t, X86_LAPIC_STATE_WORDS>;

Words StateOf(const x86_lapic &lapic)
{
	Words words;

	for (uint32_t i = 0; i < words.size(); i++) {
		words[i] = x86_vcpu_lapic_get_state(&lapic, i);
	}
	return words;
}

bool Has(const uint32_t *words, int32_t vector)
{
	return (words[vector / 32] >> (vector % 32) & 1) != 0;
}

class RandomLapic {
    public:
	RandomLapic(Random &random, uint64_t hz) : random_(random)
	{
		x86_vcpu_lapic_reset(&apic_, 5, true, hz);
		other_ = apic_;
	}
	void Step()
	{
		const uint32_t number = static_cast<uint32_t>(random_() % 0x42);
		const uint32_t width = OneOf<uint32_t>(random_, { 4, 4, 4, 1, 2, 8 });
		const uint64_t value = Value();
		x86_lapic_effect effect = {};
		uint64_t read;

		now_ += random_() % 16 == 0 ? random_() >> random_() % 64 : random_() % 1000;
		switch (random_() % 16) {
		case 0:
			(void)x86_vcpu_lapic_page_read(&apic_, random_() % 4096, width, now_);
			break;
		case 1:
		case 2:
		case 3:
			x86_vcpu_lapic_page_write(&apic_, number * 16, width, value, now_, &effect);
			break;
		case 4:
			(void)x86_vcpu_lapic_msr_read(&apic_, static_cast<uint32_t>(random_() % 256), &read, now_);
			break;
		case 5:
		case 6:
		case 7:
			(void)x86_vcpu_lapic_msr_write(&apic_, number, value, now_, &effect);
			break;
		case 8:
			(void)x86_vcpu_lapic_set_base(&apic_, 0xfee00000 | (random_() & 0xd00), 48);
			break;
		case 9:
			x86_vcpu_lapic_raise(&apic_, static_cast<uint32_t>(random_() % 256));
			break;
		case 10:
			x86_vcpu_lapic_raise_level(&apic_, static_cast<uint32_t>(random_() % 256));
			break;
		case 11:
			x86_vcpu_lapic_deadline_write(&apic_, now_ + value);
			break;
		case 12:
			x86_vcpu_lapic_tsc_moved(&apic_, value);
			now_ += value;
			break;
		case 13:
			x86_vcpu_lapic_set_cr8(&apic_, random_() % 16);
			break;
		case 14:
			(void)x86_vcpu_lapic_set_state(&apic_, static_cast<uint32_t>(random_() % 64), value);
			break;
		default:
			Take();
			break;
		}
		x86_vcpu_lapic_advance(&apic_, now_);
		ExpectSane();
	}

    private:
	uint64_t Value()
	{
		switch (random_() % 4) {
		case 0:
			return random_() % 1024;
		case 1:
			return UINT64_C(1) << random_() % 64;
		case 2:
			return static_cast<uint32_t>(random_());
		default:
			return random_();
		}
	}
	void Take()
	{
		const int32_t vector = x86_vcpu_lapic_pending(&apic_);

		if (vector < 0) {
			return;
		}
		ASSERT_GT(static_cast<uint32_t>(vector) >> 4, x86_vcpu_lapic_ppr(&apic_) >> 4);
		x86_vcpu_lapic_accept(&apic_, static_cast<uint32_t>(vector));
		ASSERT_FALSE(Has(apic_.irr, vector));
		ASSERT_TRUE(Has(apic_.isr, vector));
		ASSERT_GE(x86_vcpu_lapic_ppr(&apic_) >> 4, static_cast<uint32_t>(vector) >> 4);
	}
	void ExpectSane()
	{
		const int32_t requested = x86_vcpu_lapic_requested(&apic_);
		const uint64_t deadline = x86_vcpu_lapic_deadline(&apic_);
		const Words words = StateOf(apic_);

		ASSERT_TRUE(requested == -1 || (requested >= 16 && Has(apic_.irr, requested)));
		ASSERT_LE(x86_vcpu_lapic_pending(&apic_), requested);
		if (deadline != UINT64_MAX) {
			ASSERT_NE(0u, x86_vcpu_lapic_ticks_to(&apic_, deadline, now_)) << "what is over fired";
		}
		// Another one takes its state, and is the same.
		for (uint32_t i = 0; i < words.size(); i++) {
			ASSERT_TRUE(x86_vcpu_lapic_set_state(&other_, i, words[i])) << i << " " << words[i];
		}
		ASSERT_EQ(words, StateOf(other_));
		ASSERT_EQ(deadline, x86_vcpu_lapic_deadline(&other_));
	}

	Random &random_;
	x86_lapic apic_ = {}, other_ = {};
	uint64_t now_ = 1000;
};

TEST(Random, LocalApic)
{
	for (uint64_t seed = 0; seed < 10; seed++) {
		Random random(seed);
		RandomLapic lapic(random, seed % 3 == 0 ? 0 : UINT64_C(1) << (20 + seed % 20));

		for (uint32_t round = 0; round < 5000 && !testing::Test::HasFatalFailure(); round++) {
			lapic.Step();
		}
	}
}

} // namespace
