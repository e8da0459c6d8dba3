// SPDX-License-Identifier: Apache-2.0
// The virtual CPU interface of a GICv3 as hardware does it (IHI 0069H, 4.8, 6.2 and 12.4), on the
// registers of the fake CPU: what a guest gets from ICC_IAR1_EL1, what ICC_EOIR1_EL1 and
// ICC_DIR_EL1 do to list registers and active priorities, when maintenance is asked for.
#ifndef ARM_VCPU_TESTS_FAKE_GIC_H_
#define ARM_VCPU_TESTS_FAKE_GIC_H_

#include <cstdint>
#include <set>

#include "tests/fake_cpu.h"

constexpr uint32_t kSpurious = 1023;
// ICH_VMCR_EL2: everything enabled, no priority masked, smallest binary points.
constexpr uint64_t kVmcrOpen = uint64_t{ 0xff } << 24 | 2 << 21 | 3 << 18 | 3;
constexpr uint64_t kVmcrEoiMode = 1 << 9;

class FakeGic {
    public:
	// Makes `fake` a CPU with `list_registers`, five bits of priority, and a host that is ready.
	FakeGic(FakeCpu &fake, uint32_t list_registers);

	// Another CPU, with its own number of list registers.
	void SetListRegisters(uint32_t count);

	// The guest reads ICC_IAR0_EL1 or ICC_IAR1_EL1.
	uint32_t Acknowledge(uint32_t group);
	// It writes ICC_EOIR0_EL1 or ICC_EOIR1_EL1.
	void End(uint32_t group, uint32_t intid);
	// It writes ICC_DIR_EL1; false if that traps.
	bool Deactivate(uint32_t intid);
	// Whether a virtual interrupt is signalled, of this group.
	bool Signals(uint32_t group) const;
	// ICH_MISR_EL2 is not 0: the maintenance interrupt is asserted.
	bool WantsMaintenance() const;

	uint64_t Lr(uint32_t n) const { return fake_.regs[ARM_FAKE_ICH_LR0_EL2 + n]; }
	uint32_t ListRegisters() const { return count_; }
	// The lowest running priority is 0xff.
	uint32_t RunningPriority() const;

	// Physical interrupts that were deactivated by a list register's HW.
	std::multiset<uint32_t> deactivated;

    private:
	uint64_t &LrOf(uint32_t n) { return fake_.regs[ARM_FAKE_ICH_LR0_EL2 + n]; }
	uint64_t Vmcr() const { return fake_.regs[ARM_FAKE_ICH_VMCR_EL2]; }
	uint64_t &Hcr() { return fake_.regs[ARM_FAKE_ICH_HCR_EL2]; }
	uint64_t HcrOf() const { return fake_.regs[ARM_FAKE_ICH_HCR_EL2]; }
	// The list register whose interrupt is signalled, or -1.
	int Highest() const;
	int FindActive(uint32_t intid) const;
	void LeaveActive(int n);
	void CountEnd();
	bool DropPriority(uint32_t group);

	FakeCpu &fake_;
	uint32_t count_ = 0;
};

#endif // ARM_VCPU_TESTS_FAKE_GIC_H_
