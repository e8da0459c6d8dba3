// SPDX-License-Identifier: Apache-2.0
#include "tests/fake_gic.h"

namespace {

constexpr uint64_t kEn = 1;
constexpr uint64_t kUie = 1 << 1, kLrenpie = 1 << 2, kNpie = 1 << 3;
constexpr uint64_t kVgrp0Eie = 1 << 4, kVgrp0Die = 1 << 5, kVgrp1Eie = 1 << 6, kVgrp1Die = 1 << 7;
constexpr uint64_t kEoiCountOne = uint64_t{ 1 } << 27;
constexpr uint64_t kPending = uint64_t{ 1 } << 62, kActive = uint64_t{ 1 } << 63;
constexpr uint64_t kHw = uint64_t{ 1 } << 61, kGroup1 = uint64_t{ 1 } << 60;
constexpr uint64_t kEoi = uint64_t{ 1 } << 41;
// Five bits of priority, all of preemption: group priority is the whole of it.
constexpr uint32_t kPriorityMask = 0xf8;
constexpr uint32_t kFirstUnused = 1020;

uint32_t PriorityOf(uint64_t lr)
{
	return lr >> 48 & kPriorityMask;
}

} // namespace

FakeGic::FakeGic(FakeCpu &fake, uint32_t list_registers) : fake_(fake)
{
	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= 1u << 24;
	fake_.regs[ARM_FAKE_ICC_SRE_EL2] = ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE;
	fake_.regs[ARM_FAKE_ICC_CTLR_EL1] = ICC_CTLR_EL1_EOIMODE;
	SetListRegisters(list_registers);
}

void FakeGic::SetListRegisters(uint32_t count)
{
	count_ = count;
	// PRIbits and PREbits 5, TDS
	fake_.regs[ARM_FAKE_ICH_VTR_EL2] = uint64_t{ 4 } << 29 | 4 << 26 | ICH_VTR_EL2_TDS | (count - 1);
}

uint32_t FakeGic::RunningPriority() const
{
	const uint64_t bits = (fake_.regs[ARM_FAKE_ICH_AP0R0_EL2] | fake_.regs[ARM_FAKE_ICH_AP1R0_EL2]) &
			      0xffffffff;

	return bits == 0 ? 0xff : static_cast<uint32_t>(__builtin_ctzll(bits)) << 3;
}

int FakeGic::Highest() const
{
	int best = -1;

	if ((HcrOf() & kEn) == 0) {
		return -1;
	}
	for (uint32_t n = 0; n < count_; n++) {
		const uint64_t lr = Lr(n);
		const uint64_t enable = (lr & kGroup1) != 0 ? 2 : 1;

		if ((lr & (kPending | kActive)) == kPending && (Vmcr() & enable) != 0 &&
		    (best < 0 || PriorityOf(lr) < PriorityOf(Lr(static_cast<uint32_t>(best))))) {
			best = static_cast<int>(n);
		}
	}
	if (best < 0) {
		return -1;
	}
	const uint32_t priority = PriorityOf(Lr(static_cast<uint32_t>(best)));
	return priority < (Vmcr() >> 24 & 0xff) && priority < RunningPriority() ? best : -1;
}

bool FakeGic::Signals(uint32_t group) const
{
	const int best = Highest();

	return best >= 0 && (Lr(static_cast<uint32_t>(best)) >> 60 & 1) == group;
}

uint32_t FakeGic::Acknowledge(uint32_t group)
{
	if (!Signals(group)) {
		return kSpurious;
	}
	uint64_t &lr = LrOf(static_cast<uint32_t>(Highest()));

	lr = (lr & ~kPending) | kActive;
	fake_.regs[group == 0 ? ARM_FAKE_ICH_AP0R0_EL2 : ARM_FAKE_ICH_AP1R0_EL2] |=
		uint64_t{ 1 } << (PriorityOf(lr) >> 3);
	return static_cast<uint32_t>(lr);
}

int FakeGic::FindActive(uint32_t intid) const
{
	for (uint32_t n = 0; n < count_; n++) {
		if ((Lr(n) & kActive) != 0 && static_cast<uint32_t>(Lr(n)) == intid) {
			return static_cast<int>(n);
		}
	}
	return -1;
}

void FakeGic::LeaveActive(int n)
{
	uint64_t &lr = LrOf(static_cast<uint32_t>(n));

	lr &= ~kActive;
	if ((lr & kHw) != 0) {
		deactivated.insert(static_cast<uint32_t>(lr >> 32 & 0x1fff));
	}
}

void FakeGic::CountEnd()
{
	Hcr() = (Hcr() & ~ICH_HCR_EL2_EOICOUNT) | ((Hcr() + kEoiCountOne) & ICH_HCR_EL2_EOICOUNT);
}

bool FakeGic::DropPriority(uint32_t group)
{
	uint64_t &mine = fake_.regs[group == 0 ? ARM_FAKE_ICH_AP0R0_EL2 : ARM_FAKE_ICH_AP1R0_EL2];
	const uint64_t other = fake_.regs[group == 0 ? ARM_FAKE_ICH_AP1R0_EL2 : ARM_FAKE_ICH_AP0R0_EL2];

	if (mine == 0 || (other != 0 && __builtin_ctzll(other) < __builtin_ctzll(mine))) {
		return false;
	}
	mine &= mine - 1;
	return true;
}

void FakeGic::End(uint32_t group, uint32_t intid)
{
	if (intid >= kFirstUnused || !DropPriority(group) || (Vmcr() & kVmcrEoiMode) != 0) {
		return;
	}
	const int n = FindActive(intid);

	if (n >= 0) {
		LeaveActive(n);
	} else {
		CountEnd();
	}
}

bool FakeGic::Deactivate(uint32_t intid)
{
	if ((Hcr() & ICH_HCR_EL2_TDIR) != 0) {
		return false;
	}
	if (intid >= kFirstUnused || (Vmcr() & kVmcrEoiMode) == 0) {
		return true;
	}
	const int n = FindActive(intid);

	if (n >= 0) {
		LeaveActive(n);
	} else {
		CountEnd();
	}
	return true;
}

bool FakeGic::WantsMaintenance() const
{
	const uint64_t hcr = HcrOf();
	uint32_t used = 0;
	bool pending = false;
	bool eoi = false;

	if ((hcr & kEn) == 0) {
		return false;
	}
	for (uint32_t n = 0; n < count_; n++) {
		const uint64_t lr = Lr(n);

		used += (lr & (kPending | kActive)) != 0;
		pending = pending || (lr & (kPending | kActive)) == kPending;
		eoi = eoi || ((lr & (kPending | kActive | kHw)) == 0 && (lr & kEoi) != 0);
	}
	return eoi || ((hcr & kUie) != 0 && used <= 1) ||
	       ((hcr & kLrenpie) != 0 && (hcr & ICH_HCR_EL2_EOICOUNT) != 0) ||
	       ((hcr & kNpie) != 0 && !pending) || ((hcr & kVgrp0Eie) != 0 && (Vmcr() & 1) != 0) ||
	       ((hcr & kVgrp0Die) != 0 && (Vmcr() & 1) == 0) ||
	       ((hcr & kVgrp1Eie) != 0 && (Vmcr() & 2) != 0) ||
	       ((hcr & kVgrp1Die) != 0 && (Vmcr() & 2) == 0);
}
