/* SPDX-License-Identifier: Apache-2.0 */
// A hart made of maps, and a machine on it: host, CPU and one vCPU.
#ifndef RISCV_VCPU_TESTS_FAKE_HART_H_
#define RISCV_VCPU_TESTS_FAKE_HART_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "src/decode.h"
#include "src/guest_mem.h"
#include "src/sbi/sbi.h"
#include "src/vcpu.h"

struct FakeHart {
	std::map<uint32_t, uint64_t> csr;
	/* Bits that a write changes; all if there is no entry. */
	std::map<uint32_t, uint64_t> writable;
	std::set<uint32_t> absent;
	std::set<uint64_t> hgatp_modes{ 0, 8, 9, 10 };
	std::set<uint64_t> vsatp_modes{ 0, 8, 9, 10 };
	uint64_t vmid_bits = 14;
	bool has_double = true;
	/* What a guest's illegal instruction becomes here; CAUSE_ECALL_VS where it does not come. */
	uint64_t illegal_cause = CAUSE_ILLEGAL;

	/* Guest memory that HLV and HLVX find, in halfwords; elsewhere they fault so. */
	std::map<uint64_t, uint16_t> memory;
	uint64_t fault_cause = 21;
	uint64_t fault_htval = 0x12345;
	uint64_t fault_htinst = 0;
	uint64_t spvp_seen = 0;

	/* Registers beyond CSRs. */
	riscv_fp_state fp{};
	riscv_vector_csrs vector{};
	std::vector<uint8_t> vector_regs;

	/* "w280=0", "hfence.gvma", ... */
	std::vector<std::string> log;
	bool log_reads = false;

	/* Guest interrupt files: their registers by number. */
	std::map<uint64_t, std::map<uint64_t, uint64_t>> files;
	/* Words of 64 interrupts in each. */
	uint64_t file_words = 4;
	bool has_register() const;
	std::function<uint64_t(riscv_vcpu *)> guest;
	unsigned entries = 0;

	uint64_t count(const std::string &text) const;
};

extern FakeHart hart;

/* A vCPU that is set up with the given configurations on a fresh fake hart. */
class MachineTest : public ::testing::Test {
protected:
	void SetUp() override;
	void TearDown() override;

	void enable();
	void make(const riscv_vcpu_create_config *create, const riscv_vcpu_setup_config *setup);
	axvcpu_error_t try_setup(const riscv_vcpu_setup_config &setup);
	void bind();
	/* A leaf of stage 2, at a level from 0, with these low bits. */
	void map(uint64_t gpa, uint64_t hpa, uint64_t bits = 0xdf, uint32_t level = 0);
	/* Four harts, ids 4 to 7, this one 5; bound. */
	void make_four();

	/* Enters once; the guest ends with these CSRs. */
	const axvcpu_exit &trap(uint64_t scause, uint64_t stval = 0, uint64_t htval = 0,
				uint64_t htinst = 0);
	/* An SBI call: a7, a6, then arguments from a0 on. */
	const axvcpu_exit &call(uint64_t extension, uint64_t function,
				std::vector<uint64_t> args = {});
	void code(uint64_t address, uint32_t insn);
	uint64_t reg(uint64_t id);
	axvcpu_error_t set(uint64_t id, uint64_t value);
	int64_t a0() const { return static_cast<int64_t>(state->gpr[10]); }
	uint64_t a1() const { return state->gpr[11]; }

	alignas(64) uint8_t host_memory[4096];
	alignas(64) uint8_t cpu_memory[4096];
	alignas(64) uint8_t vcpu_memory[16384];
	axvcpu_host *host = nullptr;
	axvcpu_percpu *percpu = nullptr;
	axvcpu *vcpu = nullptr;
	riscv_vcpu *state = nullptr;
	axvcpu_exit exit{};

public:
	/* What the HAL is. */
	void *percpu_pointer = nullptr;
	alignas(4096) uint8_t frames[16 * 4096];
	std::array<bool, 16> taken{};
	uint64_t frames_used = 0;
	bool out_of_frames = false;
	uint64_t irq = 33;
	bool with_irq_fetch = true;
	bool with_time = true;
	/* The CPU that calls is one without virtualization. */
	bool on_other_cpu = false;
	uint64_t now_ns = 0;
	/* Pages of physical memory in doublewords, by address; others are not there. */
	std::map<uint64_t, std::array<uint64_t, 512>> physical;
	/* What the hypervisor does on another CPU while a page is looked up. */
	std::function<void(uint64_t hpa)> meanwhile;
	uint64_t next_table = 0x10000000;

	static constexpr uint64_t kEntry = 0x80200000;
	static constexpr uint64_t kRoot = 0x90004000;
};

#endif /* RISCV_VCPU_TESTS_FAKE_HART_H_ */
