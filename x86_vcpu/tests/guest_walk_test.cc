// SPDX-License-Identifier: Apache-2.0
// The guest's page tables: every form, every right, every reserved bit.
#include "src/guest_walk.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "src/regs.h"

namespace {

constexpr uint64_t kP = 1, kRw = 2, kUs = 4, kA = 0x20, kD = 0x40, kPs = 0x80;
constexpr uint64_t kXd = UINT64_C(1) << 63;
constexpr uint64_t kAll = kP | kRw | kUs;
constexpr uint32_t kPresent = X86_PAGE_FAULT_PRESENT, kWrite = X86_PAGE_FAULT_WRITE,
		   kUser = X86_PAGE_FAULT_USER, kReserved = X86_PAGE_FAULT_RESERVED,
		   kFetch = X86_PAGE_FAULT_FETCH, kKey = X86_PAGE_FAULT_KEY;
constexpr uint64_t kRoot = 0x100000;

// Sparse memory; pages that were never written do not exist.
class Memory {
public:
	bool Read(uint64_t gpa, void *buffer, size_t size)
	{
		const auto page = pages_.find(gpa >> 12);

		if (page == pages_.end() || (gpa & 0xfff) + size > 4096)
			return false;
		std::memcpy(buffer, &page->second[gpa & 0xfff], size);
		return true;
	}
	void Write(uint64_t gpa, uint64_t value, size_t size)
	{
		std::vector<uint8_t> &page = pages_[gpa >> 12];

		page.resize(4096);
		std::memcpy(&page[gpa & 0xfff], &value, size);
	}
	uint64_t Get(uint64_t gpa, size_t size)
	{
		uint64_t value = 0;

		EXPECT_TRUE(Read(gpa, &value, size));
		return value;
	}
	// Fails that many times, as if another CPU had been quicker.
	uint32_t lost_races = 0;
	uint32_t exchanges = 0;
	std::map<uint64_t, std::vector<uint8_t>> pages_;
};

bool Read(void *ctx, uint64_t gpa, void *buffer, size_t size)
{
	return static_cast<Memory *>(ctx)->Read(gpa, buffer, size);
}

bool Exchange(void *ctx, uint64_t gpa, uint64_t expected, uint64_t value, size_t size)
{
	Memory *memory = static_cast<Memory *>(ctx);

	memory->exchanges++;
	if (memory->lost_races != 0) {
		memory->lost_races--;
		return false;
	}
	EXPECT_EQ(memory->Get(gpa, size), expected);
	memory->Write(gpa, value, size);
	return true;
}

enum Form { kNone, k32, kPae, k4, k5 };

x86_walk Walk(Form form, Memory *memory)
{
	x86_walk walk = {};

	walk.cr0 = CR0_PE | CR0_WP | (form == kNone ? 0 : CR0_PG);
	walk.cr3 = kRoot;
	walk.cr4 = form == k32 ? CR4_PSE : form == kNone ? 0 : CR4_PAE;
	walk.cr4 |= form == k5 ? CR4_LA57 : 0;
	walk.efer = EFER_NXE | (form >= k4 ? EFER_LME | EFER_LMA : 0);
	walk.physical_bits = 40;
	walk.pages_1g = true;
	walk.ctx = memory;
	walk.read = Read;
	return walk;
}

// Where the entry of `level` (1 is the last) for `linear` is, with tables at kRoot + n pages.
uint64_t EntryAt(Form form, uint32_t level, uint64_t linear)
{
	const uint32_t levels = form == k32 ? 2 : form == kPae ? 3 : form == k4 ? 4 : 5;
	const uint32_t bits = form == k32 ? 10 : 9, size = form == k32 ? 4 : 8;
	const uint64_t index = (linear >> (12 + bits * (level - 1))) & ((1u << bits) - 1);

	return kRoot + 0x1000 * (levels - level) +
	       (form == kPae && level == 3 ? index & 3 : index) * size;
}

// Tables down to `leaf_level`, which gets `leaf`; the others get `upper`.
void Map(Memory *memory, Form form, uint64_t linear, uint32_t leaf_level, uint64_t leaf,
	 uint64_t upper = kAll)
{
	const uint32_t levels = form == k32 ? 2 : form == kPae ? 3 : form == k4 ? 4 : 5;
	const size_t size = form == k32 ? 4 : 8;

	for (uint32_t level = levels; level > leaf_level; level--) {
		const uint64_t next = kRoot + 0x1000 * (levels - level + 1);
		// A PDPTE of PAE has no rights.
		const uint64_t rights = form == kPae && level == 3 ? kP : upper;

		memory->Write(EntryAt(form, level, linear), next | rights, size);
	}
	memory->Write(EntryAt(form, leaf_level, linear), leaf, size);
}

// Those that the CPU has loaded, whatever the memory says that they came from.
TEST(GuestWalk, LoadedPdptes)
{
	Memory memory;
	x86_walk walk = Walk(kPae, &memory);
	x86_translation t;
	uint64_t pdptes[4] = {};

	Map(&memory, kPae, 0x5000, 1, 0x7000 | kAll);
	walk.pdptes = pdptes;
	pdptes[0] = memory.Get(kRoot, 8);
	for (const uint64_t in_memory : { UINT64_C(0), UINT64_MAX }) {
		memory.Write(kRoot, in_memory, 8);
		EXPECT_EQ(X86_WALK_OK, x86_vcpu_guest_translate(&walk, 0x5123, X86_WALK_READ, &t));
		EXPECT_EQ(0x7123u, t.gpa);
		EXPECT_EQ(X86_WALK_PAGE_FAULT,
			  x86_vcpu_guest_translate(&walk, 0x40005123, X86_WALK_WRITE, &t));
		EXPECT_EQ(kWrite, t.error_code) << "not present";
	}
	pdptes[1] = pdptes[0];
	EXPECT_EQ(X86_WALK_OK, x86_vcpu_guest_translate(&walk, 0x40005123, X86_WALK_WRITE, &t));
}

TEST(GuestWalk, NoPagingIsTheLowFourGib)
{
	Memory memory;
	const x86_walk walk = Walk(kNone, &memory);
	x86_translation t;

	EXPECT_EQ(
		x86_vcpu_guest_translate(&walk, UINT64_C(0x1fffff123), X86_WALK_WRITE, &t), X86_WALK_OK);
	EXPECT_EQ(t.gpa, 0xfffff123u);
	EXPECT_EQ(t.page_size, 0x1000u);
}

TEST(GuestWalk, EveryFormAndPageSize)
{
	const struct {
		Form form;
		uint64_t linear;
		uint32_t leaf_level;
		uint64_t leaf, gpa, page_size;
	} cases[] = {
		{ k32, 0x12345678, 1, 0xabcde000 | kAll, 0xabcde678, 0x1000 },
		{ k32, 0xfffff000, 1, 0x00001000 | kAll, 0x1000, 0x1000 },
		{ k32, 0x12745678, 2, 0xabc00000 | kAll | kPs, 0xabf45678, 0x400000 },
		// PSE-36: bits 20:13 are address bits 39:32.
		{ k32, 0x00345678, 2, 0xabc00000 | (0xa5u << 13) | kAll | kPs, UINT64_C(0xa5abf45678),
		  0x400000 },
		{ kPae, 0xdeadbeef, 1, UINT64_C(0xfe12345000) | kAll, UINT64_C(0xfe12345eef), 0x1000 },
		{ kPae, 0x7fffffff, 2, UINT64_C(0x8000200000) | kAll | kPs, UINT64_C(0x80003fffff),
		  0x200000 },
		{ k4, UINT64_C(0x00007f1234567abc), 1, UINT64_C(0xff00001000) | kAll,
		  UINT64_C(0xff00001abc), 0x1000 },
		{ k4, UINT64_C(0xffffffff80234567), 2, 0x40000000 | kAll | kPs, 0x40034567, 0x200000 },
		{ k4, UINT64_C(0xffff8000ffffffff), 3, UINT64_C(0x140000000) | kAll | kPs,
		  UINT64_C(0x17fffffff), 0x40000000 },
		{ k5, UINT64_C(0x00ff7f1234567abc), 1, 0x7000 | kAll, 0x7abc, 0x1000 },
		{ k5, UINT64_C(0xff00000000200123), 2, 0x600000 | kAll | kPs, 0x600123, 0x200000 },
		{ k5, UINT64_C(0xff00000040200123), 3, 0x80000000 | kAll | kPs, 0x80200123, 0x40000000 },
		// A large page's PAT bit is no address bit.
		{ k4, 0x201000, 2, 0x600000 | 0x1000 | kAll | kPs, 0x601000, 0x200000 },
		{ k4, 0x1000, 1, 0x6000 | kPs | kAll, 0x6000, 0x1000 },
	};

	for (const auto &c : cases) {
		Memory memory;
		const x86_walk walk = Walk(c.form, &memory);
		x86_translation t;

		Map(&memory, c.form, c.linear, c.leaf_level, c.leaf);
		ASSERT_EQ(x86_vcpu_guest_translate(&walk, c.linear, X86_WALK_READ, &t), X86_WALK_OK)
			<< std::hex << c.linear << " error " << t.error_code << " at " << t.gpa;
		EXPECT_EQ(t.gpa, c.gpa) << std::hex << c.linear;
		EXPECT_EQ(t.page_size, c.page_size) << std::hex << c.linear;
		EXPECT_EQ(t.error_code, 0u);
	}
}

TEST(GuestWalk, PageSizeBitsThatCountNot)
{
	Memory memory;
	x86_walk walk = Walk(k32, &memory);
	x86_translation t;

	// Without CR4.PSE bit 7 of a directory entry is nothing.
	walk.cr4 = 0;
	Map(&memory, k32, 0x1234, 1, 0x5000 | kAll, kAll | kPs);
	ASSERT_EQ(x86_vcpu_guest_translate(&walk, 0x1234, 0, &t), X86_WALK_OK);
	EXPECT_EQ(t.gpa, 0x5234u);
}

TEST(GuestWalk, RootBitsOfEachForm)
{
	Memory memory;
	x86_walk walk = Walk(kPae, &memory);
	x86_translation t;

	// PAE: the four entries stand at a multiple of 32 bytes.
	memory.Write(kRoot + 0x20 + 8, (kRoot + 0x1000) | kP, 8);
	memory.Write(kRoot + 0x1000, 0x200000 | kAll | kPs, 8);
	walk.cr3 = kRoot | 0x20 | 0x18;
	ASSERT_EQ(x86_vcpu_guest_translate(&walk, 0x40000005, 0, &t), X86_WALK_OK);
	EXPECT_EQ(t.gpa, 0x200005u);
	// Four levels: the low bits are PCID or cache control, bit 63 keeps the TLB.
	walk = Walk(k4, &memory);
	Map(&memory, k4, 0x1000, 1, 0x9000 | kAll);
	walk.cr3 = kRoot | 0xfff | (UINT64_C(1) << 63);
	ASSERT_EQ(x86_vcpu_guest_translate(&walk, 0x1000, 0, &t), X86_WALK_OK);
	EXPECT_EQ(t.gpa, 0x9000u);
}

TEST(GuestWalk, Canonical)
{
	Memory memory;
	x86_walk walk = Walk(k4, &memory);
	x86_translation t;

	for (const uint64_t bad : { UINT64_C(0x0000800000000000), UINT64_C(0xffff7fffffffffff),
				    UINT64_C(0x0100000000000000) })
		EXPECT_EQ(x86_vcpu_guest_translate(&walk, bad, 0, &t), X86_WALK_NOT_CANONICAL);
	walk = Walk(k5, &memory);
	Map(&memory, k5, UINT64_C(0x0000800000000000), 1, 0x3000 | kAll);
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, UINT64_C(0x0000800000000000), 0, &t), X86_WALK_OK);
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, UINT64_C(0x0100000000000000), 0, &t),
		  X86_WALK_NOT_CANONICAL);
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, UINT64_C(0xfe00000000000000), 0, &t),
		  X86_WALK_NOT_CANONICAL);
}

struct RightsCase {
	const char *text;
	uint64_t leaf, upper;
	uint32_t cpl;
	uint32_t access;
	// Changes to CR0, CR4, EFER and RFLAGS of Walk(): toggled.
	uint64_t cr0, cr4, efer, rflags;
	// -1: permitted
	int64_t error;
};

constexpr uint32_t W = X86_WALK_WRITE, F = X86_WALK_FETCH, I = X86_WALK_IMPLICIT;

const RightsCase kRights[] = {
	{ "user reads user", kP | kUs, kAll, 3, 0, 0, 0, 0, 0, -1 },
	{ "user reads supervisor", kP | kRw, kAll, 3, 0, 0, 0, 0, 0, kPresent | kUser },
	{ "user reads below a supervisor table", kAll, kP | kRw, 3, 0, 0, 0, 0, 0, kPresent | kUser },
	{ "user writes writable", kAll, kAll, 3, W, 0, 0, 0, 0, -1 },
	{ "user writes read-only", kP | kUs, kAll, 3, W, 0, 0, 0, 0, kPresent | kUser | kWrite },
	{ "user writes below a read-only table", kAll, kP | kUs, 3, W, 0, 0, 0, 0,
	  kPresent | kUser | kWrite },
	{ "user writes read-only, WP clear", kP | kUs, kAll, 3, W, CR0_WP, 0, 0, 0,
	  kPresent | kUser | kWrite },
	{ "user fetches", kP | kUs, kAll, 3, F, 0, 0, 0, 0, -1 },
	{ "user fetches NX", kP | kUs | kXd, kAll, 3, F, 0, 0, 0, 0, kPresent | kUser | kFetch },
	{ "user fetches below an NX table", kAll, kAll | kXd, 3, F, 0, 0, 0, 0,
	  kPresent | kUser | kFetch },
	{ "user reads NX", kP | kUs | kXd, kAll, 3, 0, 0, 0, 0, 0, -1 },
	{ "user, not present", kRw | kUs, kAll, 3, 0, 0, 0, 0, 0, kUser },
	{ "user writes, not present", 0, kAll, 3, W, 0, 0, 0, 0, kUser | kWrite },
	{ "user fetches, not present", 0, kAll, 3, F, 0, 0, 0, 0, kUser | kFetch },
	{ "fetches, not present, neither NXE nor SMEP", 0, kAll, 3, F, 0, 0, EFER_NXE, 0, kUser },
	{ "fetches, not present, SMEP alone", 0, kAll, 0, F, 0, CR4_SMEP, EFER_NXE, 0, kFetch },
	{ "XD without NXE is reserved", kAll | kXd, kAll, 0, 0, 0, 0, EFER_NXE, 0,
	  kPresent | kReserved },
	{ "supervisor reads supervisor", kP, kP, 0, 0, 0, 0, 0, 0, -1 },
	{ "CPL 1 is supervisor", kP, kP, 1, 0, 0, 0, 0, 0, -1 },
	{ "supervisor reads user", kP | kUs, kAll, 0, 0, 0, 0, 0, 0, -1 },
	{ "supervisor writes read-only", kP, kAll, 0, W, 0, 0, 0, 0, kPresent | kWrite },
	{ "supervisor writes read-only, WP clear", kP, kP, 0, W, CR0_WP, 0, 0, 0, -1 },
	{ "supervisor writes read-only user, WP clear", kP | kUs, kAll, 0, W, CR0_WP, 0, 0, 0, -1 },
	{ "supervisor fetches NX", kP | kXd, kAll, 0, F, 0, 0, 0, 0, kPresent | kFetch },
	{ "supervisor fetches user", kAll, kAll, 0, F, 0, 0, 0, 0, -1 },
	{ "supervisor fetches user, SMEP", kAll, kAll, 0, F, 0, CR4_SMEP, 0, 0, kPresent | kFetch },
	{ "supervisor fetches supervisor, SMEP", kP, kAll, 0, F, 0, CR4_SMEP, 0, 0, -1 },
	{ "supervisor page by its table, SMEP", kAll, kP | kRw, 0, F, 0, CR4_SMEP, 0, 0, -1 },
	{ "user fetches user, SMEP", kAll, kAll, 3, F, 0, CR4_SMEP, 0, 0, -1 },
	{ "supervisor reads user, SMAP", kAll, kAll, 0, 0, 0, CR4_SMAP, 0, 0, kPresent },
	{ "supervisor reads user, SMAP, AC", kAll, kAll, 0, 0, 0, CR4_SMAP, 0, RFLAGS_AC, -1 },
	{ "supervisor writes user, SMAP", kAll, kAll, 0, W, 0, CR4_SMAP, 0, 0, kPresent | kWrite },
	{ "supervisor writes user, SMAP, WP clear", kAll, kAll, 0, W, CR0_WP, CR4_SMAP, 0, 0,
	  kPresent | kWrite },
	{ "supervisor writes read-only user, SMAP, AC", kP | kUs, kAll, 0, W, 0, CR4_SMAP, 0, RFLAGS_AC,
	  kPresent | kWrite },
	{ "supervisor fetches user, SMAP", kAll, kAll, 0, F, 0, CR4_SMAP, 0, 0, -1 },
	{ "supervisor reads supervisor, SMAP", kP, kP, 0, 0, 0, CR4_SMAP, 0, 0, -1 },
	{ "user reads user, SMAP", kAll, kAll, 3, 0, 0, CR4_SMAP, 0, 0, -1 },
	{ "implicit at CPL 3 is supervisor", kP, kP, 3, I, 0, 0, 0, 0, -1 },
	{ "implicit reads user, SMAP, AC", kAll, kAll, 3, I, 0, CR4_SMAP, 0, RFLAGS_AC, kPresent },
	{ "implicit writes read-only at CPL 3", kP, kAll, 3, I | W, 0, 0, 0, 0, kPresent | kWrite },
};

TEST(GuestWalk, RightsInTheFormsThatHaveThem)
{
	for (const Form form : { k32, kPae, k4, k5 }) {
		for (const RightsCase &c : kRights) {
			Memory memory;
			x86_walk walk = Walk(form, &memory);
			x86_translation t;
			int64_t error = c.error;

			if (form == k32) {
				// No bit 63 there, so no NX; the I/D flag needs SMEP.
				if (((c.leaf | c.upper) & kXd) != 0)
					continue;
				if (error > 0 && ((walk.cr4 ^ c.cr4) & CR4_SMEP) == 0)
					error &= ~static_cast<int64_t>(kFetch);
			}
			walk.cpl = c.cpl;
			walk.cr0 ^= c.cr0;
			walk.cr4 ^= c.cr4;
			walk.efer ^= c.efer;
			walk.rflags ^= c.rflags;
			Map(&memory, form, 0x5000, 1, 0x7000 | c.leaf, c.upper);
			const x86_walk_status status = x86_vcpu_guest_translate(&walk, 0x5123, c.access, &t);
			if (error < 0) {
				EXPECT_EQ(status, X86_WALK_OK) << c.text << " in form " << form;
				EXPECT_EQ(t.gpa, 0x7123u) << c.text;
			} else {
				EXPECT_EQ(status, X86_WALK_PAGE_FAULT) << c.text << " in form " << form;
				EXPECT_EQ(t.error_code, static_cast<uint32_t>(error)) << c.text;
			}
		}
	}
}

TEST(GuestWalk, ReservedBits)
{
	const struct {
		Form form;
		uint32_t level;
		uint32_t low, high;
		uint64_t base;
		uint32_t physical_bits;
		bool reserved;
	} cases[] = {
		// PAE: from the width of addresses to bit 62, in every entry.
		{ kPae, 1, 40, 62, kAll, 40, true },
		{ kPae, 2, 40, 62, kAll, 40, true },
		{ kPae, 3, 40, 63, kP, 40, true },
		{ kPae, 3, 1, 2, kP, 40, true },
		{ kPae, 3, 6, 8, kP, 40, true },
		// Marked by the CPU.
		{ kPae, 3, 5, 5, kP, 40, false },
		{ kPae, 3, 3, 4, kP, 40, false },
		{ kPae, 3, 9, 11, kP, 40, false },
		{ kPae, 2, 13, 20, kAll | kPs, 40, true },
		// Four levels: to bit 51; 62:52 are software's.
		{ k4, 1, 40, 51, kAll, 40, true },
		{ k4, 1, 46, 51, kAll, 46, true },
		{ k4, 1, 40, 45, kAll, 46, false },
		{ k4, 1, 52, 62, kAll, 40, false },
		{ k4, 1, 9, 11, kAll, 40, false },
		{ k4, 4, 7, 7, kAll, 40, true },
		{ k5, 5, 7, 7, kAll, 40, true },
		{ k5, 4, 7, 7, kAll, 40, true },
		{ k4, 2, 13, 20, kAll | kPs, 40, true },
		{ k4, 3, 13, 29, kAll | kPs, 40, true },
		{ k4, 3, 12, 12, kAll | kPs, 40, false },
		// 4 MiB pages: bit 21 and what no address has.
		{ k32, 2, 21, 21, kAll | kPs, 40, true },
		{ k32, 2, 13, 20, kAll | kPs, 40, false },
		{ k32, 2, 17, 20, kAll | kPs, 36, true },
		{ k32, 2, 13, 16, kAll | kPs, 36, false },
		{ k32, 2, 13, 20, kAll | kPs, 32, true },
		{ k32, 1, 7, 11, kAll, 32, false },
	};

	for (const auto &c : cases) {
		for (uint32_t bit = c.low; bit <= c.high; bit++) {
			Memory memory;
			x86_walk walk = Walk(c.form, &memory);
			x86_translation t;

			walk.physical_bits = static_cast<uint8_t>(c.physical_bits);
			Map(&memory, c.form, 0x5000, 1, 0x7000 | kAll);
			const size_t size = c.form == k32 ? 4 : 8;
			const uint64_t at = EntryAt(c.form, c.level, 0x5000);
			const bool leaf = c.level == 1 || (c.base & kPs) != 0;
			const uint64_t next = leaf ? 0 : memory.Get(at, size) & ~UINT64_C(0xfff);

			memory.Write(at, next | c.base | (UINT64_C(1) << bit), size);
			const x86_walk_status status = x86_vcpu_guest_translate(&walk, 0x5123, W, &t);
			const std::string where = "form " + std::to_string(c.form) + " level " +
						  std::to_string(c.level) + " bit " + std::to_string(bit);
			if (c.reserved) {
				EXPECT_EQ(status, X86_WALK_PAGE_FAULT) << where;
				EXPECT_EQ(t.error_code, kPresent | kReserved | kWrite) << where;
			} else {
				EXPECT_EQ(status, X86_WALK_OK) << where;
			}
		}
	}
}

TEST(GuestWalk, GigabytePagesOnlyWhereTheyExist)
{
	Memory memory;
	x86_walk walk = Walk(k4, &memory);
	x86_translation t;

	Map(&memory, k4, 0, 3, kAll | kPs);
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x1234, 0, &t), X86_WALK_OK);
	walk.pages_1g = false;
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x1234, 0, &t), X86_WALK_PAGE_FAULT);
	EXPECT_EQ(t.error_code, kPresent | kReserved);
}

TEST(GuestWalk, ProtectionKeys)
{
	const uint64_t key5 = UINT64_C(5) << 59;
	const struct {
		const char *text;
		uint32_t pkru, cpl, access;
		uint64_t leaf, cr0;
		int64_t error;
	} cases[] = {
		{ "open", 0, 3, W, kAll, 0, -1 },
		{ "another key", ~(3u << 10), 3, W, kAll, 0, -1 },
		{ "no access, read", 1u << 10, 3, 0, kAll, 0, kPresent | kUser | kKey },
		{ "no write, read", 2u << 10, 3, 0, kAll, 0, -1 },
		{ "no write, write", 2u << 10, 3, W, kAll, 0, kPresent | kUser | kKey | kWrite },
		{ "supervisor too", 2u << 10, 0, W, kAll, 0, kPresent | kKey | kWrite },
		{ "supervisor, WP clear", 2u << 10, 0, W, kAll, CR0_WP, -1 },
		{ "no access counts with WP clear", 1u << 10, 0, W, kAll, CR0_WP,
		  kPresent | kKey | kWrite },
		{ "fetch", 3u << 10, 3, F, kAll, 0, -1 },
		{ "supervisor page", 3u << 10, 0, W, kP | kRw, 0, -1 },
		{ "both reasons", 3u << 10, 3, W, kP | kUs, 0, kPresent | kUser | kKey | kWrite },
	};

	for (const auto &c : cases) {
		Memory memory;
		x86_walk walk = Walk(k4, &memory);
		x86_translation t;

		walk.cr4 |= CR4_PKE;
		walk.cr0 ^= c.cr0;
		walk.pkru = c.pkru;
		walk.cpl = c.cpl;
		Map(&memory, k4, 0x5000, 1, 0x7000 | c.leaf | key5);
		EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, c.access, &t),
			  c.error < 0 ? X86_WALK_OK : X86_WALK_PAGE_FAULT)
			<< c.text;
		EXPECT_EQ(t.error_code, c.error < 0 ? 0u : static_cast<uint32_t>(c.error)) << c.text;
		walk.cr4 &= ~CR4_PKE;
		x86_vcpu_guest_translate(&walk, 0x5000, c.access, &t);
		EXPECT_EQ(t.error_code & kKey, 0u) << c.text;
	}
}

TEST(GuestWalk, TablesOutsideMemory)
{
	for (const Form form : { k32, kPae, k4, k5 }) {
		const uint32_t levels = form == k32 ? 2 : form == kPae ? 3 : form == k4 ? 4 : 5;

		for (uint32_t level = 1; level <= levels; level++) {
			Memory memory;
			const x86_walk walk = Walk(form, &memory);
			x86_translation t;
			const uint64_t entry = EntryAt(form, level, 0x5000);

			Map(&memory, form, 0x5000, 1, 0x7000 | kAll);
			memory.pages_.erase(entry >> 12);
			EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, 0, &t), X86_WALK_NO_MEMORY);
			EXPECT_EQ(t.gpa, entry) << "form " << form << " level " << level;
		}
	}
}

TEST(GuestWalk, AccessedAndDirty)
{
	for (const Form form : { k32, kPae, k4, k5 }) {
		const uint32_t levels = form == k32 ? 2 : form == kPae ? 3 : form == k4 ? 4 : 5;
		const size_t size = form == k32 ? 4 : 8;
		Memory memory;
		x86_walk walk = Walk(form, &memory);
		x86_translation t;

		Map(&memory, form, 0x5000, 1, 0x7000 | kP | kUs);
		const std::map<uint64_t, std::vector<uint8_t>> before = memory.pages_;
		EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, 0, &t), X86_WALK_OK);
		EXPECT_EQ(memory.pages_, before) << "without a way to write nothing changes";

		walk.exchange = Exchange;
		// A fault leaves the last entry alone.
		EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, W, &t), X86_WALK_PAGE_FAULT);
		EXPECT_EQ(memory.Get(EntryAt(form, 1, 0x5000), size) & (kA | kD), 0u);
		EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, 0, &t), X86_WALK_OK);
		for (uint32_t level = 1; level <= levels; level++) {
			const uint64_t entry = memory.Get(EntryAt(form, level, 0x5000), size);

			EXPECT_EQ(entry & (kA | kD), form == kPae && level == 3 ? 0 : kA)
				<< "form " << form << " level " << level;
		}
		memory.Write(EntryAt(form, 1, 0x5000), 0x7000 | kAll, size);
		EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, W, &t), X86_WALK_OK);
		EXPECT_EQ(memory.Get(EntryAt(form, 1, 0x5000), size), 0x7000 | kAll | kA | kD);
		const uint32_t exchanges = memory.exchanges;
		EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, W, &t), X86_WALK_OK);
		EXPECT_EQ(memory.exchanges, exchanges) << "what is set is not set again";
		EXPECT_EQ(t.gpa, 0x7000u);
	}
}

TEST(GuestWalk, LostRacesAreTriedAgainNotForEver)
{
	Memory memory;
	x86_walk walk = Walk(k4, &memory);
	x86_translation t;

	walk.exchange = Exchange;
	Map(&memory, k4, 0x5000, 1, 0x7000 | kAll);
	memory.lost_races = 3;
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, W, &t), X86_WALK_OK);
	EXPECT_EQ(t.gpa, 0x7000u);
	Map(&memory, k4, 0x5000, 1, 0x7000 | kAll);
	memory.lost_races = UINT32_MAX;
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, 0x5000, W, &t), X86_WALK_NO_MEMORY);
	EXPECT_GT(UINT32_MAX - memory.lost_races, 1u);
}

TEST(GuestWalk, TablesThatPointAtThemselvesEnd)
{
	Memory memory;
	const x86_walk walk = Walk(k5, &memory);
	x86_translation t;

	for (uint64_t i = 0; i < 512; i++)
		memory.Write(kRoot + 8 * i, kRoot | kAll, 8);
	EXPECT_EQ(x86_vcpu_guest_translate(&walk, UINT64_C(0xff123456789abcde), 0, &t), X86_WALK_OK);
	EXPECT_EQ(t.gpa, kRoot + 0xcde);
}

TEST(GuestWalk, CodeInOneAndInTwoPages)
{
	Memory memory;
	x86_walk walk = Walk(k4, &memory);
	x86_translation t;
	uint8_t code[15];
	size_t got;

	Map(&memory, k4, 0x5000, 1, 0x7000 | kP);
	for (uint64_t i = 0; i < 0x1000; i++) {
		memory.Write(0x7000 + i, i & 0xff, 1);
		memory.Write(0x9000 + i, 0x80 | (i & 0xf), 1);
	}
	ASSERT_EQ(x86_vcpu_guest_fetch(&walk, 0x5100, code, 15, &got, &t), X86_WALK_OK);
	EXPECT_EQ(got, 15u);
	EXPECT_EQ(code[14], 14);
	// The next page is not there.
	ASSERT_EQ(x86_vcpu_guest_fetch(&walk, 0x5ffa, code, 15, &got, &t), X86_WALK_PAGE_FAULT);
	EXPECT_EQ(got, 6u);
	EXPECT_EQ(code[5], 0xff);
	EXPECT_EQ(t.error_code, kFetch);
	memory.Write(EntryAt(k4, 1, 0x6000), 0x9000 | kP | kXd, 8);
	ASSERT_EQ(x86_vcpu_guest_fetch(&walk, 0x5ffa, code, 15, &got, &t), X86_WALK_PAGE_FAULT);
	EXPECT_EQ(t.error_code, kPresent | kFetch);
	memory.Write(EntryAt(k4, 1, 0x6000), 0x9000 | kP, 8);
	ASSERT_EQ(x86_vcpu_guest_fetch(&walk, 0x5ffa, code, 15, &got, &t), X86_WALK_OK);
	EXPECT_EQ(got, 15u);
	EXPECT_EQ(code[6], 0x80);
	EXPECT_EQ(code[14], 0x88);
	// Its memory does not exist.
	memory.Write(EntryAt(k4, 1, 0x6000), 0xa000 | kP, 8);
	ASSERT_EQ(x86_vcpu_guest_fetch(&walk, 0x5ffa, code, 15, &got, &t), X86_WALK_NO_MEMORY);
	EXPECT_EQ(t.gpa, 0xa000u);
	EXPECT_EQ(got, 6u);
}

} // namespace
