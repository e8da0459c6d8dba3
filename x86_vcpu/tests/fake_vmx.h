// SPDX-License-Identifier: Apache-2.0
// VMX for the host tests, on the CPU of fake_cpu.h: VMCSs in maps, what an entry checks,
// and a guest that does to its VMCS what the test says.
#ifndef X86_VCPU_TESTS_FAKE_VMX_H_
#define X86_VCPU_TESTS_FAKE_VMX_H_

#include <set>
#include <utility>

#include "tests/fake_cpu.h"

extern "C" {
#include "src/vmx/vmx.h"
}

using Vmcs = std::map<uint64_t, uint64_t>;

struct FakeVmx {
	bool on = false;
	bool refuse_on = false;
	bool refuse_load = false;
	uint64_t current = 0;
	std::map<uint64_t, Vmcs> vmcs;
	std::set<uint64_t> launched;
	uint16_t ldtr = 0x30;
	vmx_table gdtr = {}, idtr = {};
	uint32_t host_nmis = 0;
	uint32_t entries = 0;
	// "invept", "invvpid", "vmclear", "vmptrld"
	std::vector<std::string> log;
	// VMX_ENTRY_* of the next entry, and its error number.
	uint32_t entry_result = VMX_ENTRY_EXITED;
	uint64_t entry_error = 0;
	// As the last entry found it.
	Vmcs entered;
	std::deque<std::function<void(uint64_t *gpr, Vmcs *vmcs)>> guest;

	size_t Count(const std::string &entry) const;
};

extern FakeVmx *fake_vmx;

// What outlives X86Test, which takes vCPU and CPU apart.
class VmxParts {
    protected:
	VmxParts();
	~VmxParts();
	void *Block(size_t size);

	FakeVmx vmx_;
	std::string logged_;

    private:
	std::vector<void *> own_blocks_;
};

// X86Test on an Intel CPU.
class VmxTest : public VmxParts, public X86Test {
    protected:
	VmxTest();

	// After changes to the CPU: percpu_init again.
	axvcpu_error_t InitCpu();
	void StartVmx(uint32_t mode = X86_VCPU_START_LONG, uint32_t flags = 0);
	// One run in which the guest exits for this reason, with these fields in the VMCS.
	const axvcpu_exit *Exit(uint32_t reason,
				std::initializer_list<std::pair<const uint64_t, uint64_t>> fields = {});
	// The same, handled inside: a physical interrupt ends the run.
	void ExitHandled(uint32_t reason,
			 std::initializer_list<std::pair<const uint64_t, uint64_t>> fields = {});
	Vmcs &Current() { return vmx_.vmcs[State()->u.vmx.vmcs_hpa]; }

    private:
	uint8_t *ept_ = nullptr;
	uint8_t gdt_[64] = {};
};

#endif // X86_VCPU_TESTS_FAKE_VMX_H_
