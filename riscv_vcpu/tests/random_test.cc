/* SPDX-License-Identifier: Apache-2.0 */
// What nobody thought of: random instructions, calls, CSR accesses, faults, interrupt files and
// damaged snapshots, from fixed seeds. What must hold whatever comes is checked, and the
// sanitized twin of this test looks for the rest.
#include "tests/fake_hart.h"

#include <cstring>
#include <random>

namespace {

constexpr uint64_t kOff = UINT64_MAX;

class Random : public MachineTest {
protected:
	std::mt19937_64 generator{ 20240411 };

	uint64_t below(uint64_t bound) { return generator() % bound; }
	bool one_in(uint64_t n) { return below(n) == 0; }

	// Mostly what is at an edge of something.
	uint64_t value()
	{
		static const uint64_t edges[] = { 0, 1, 2, 3, 4, 7, 8, 63, 64, 4095, 4096, 0x80000000, kOff,
						  kOff - 1, kOff << 12, 1ull << 63, (1ull << 63) - 1, UINT32_MAX,
						  1ull << 32, 1ull << 20, 0x1000 };

		switch (below(4)) {
		case 0:
			return edges[below(sizeof(edges) / sizeof(edges[0]))];
		case 1:
			return edges[below(sizeof(edges) / sizeof(edges[0]))] + below(5) - 2;
		case 2:
			return generator() >> below(64);
		default:
			return generator();
		}
	}

	void fill_registers()
	{
		for (unsigned i = 1; i < 32; i++)
			state->gpr[i] = value();
	}

	void expect_registers_but(const std::array<uint64_t, 32> &before, std::set<unsigned> changed)
	{
		EXPECT_EQ(state->gpr[0], 0u);
		for (unsigned i = 1; i < 32; i++) {
			if (changed.count(i) == 0) {
				EXPECT_EQ(state->gpr[i], before[i]) << "x" << i;
			}
		}
	}

	std::array<uint64_t, 32> registers() const
	{
		std::array<uint64_t, 32> all;

		std::memcpy(all.data(), state->gpr, sizeof(all));
		return all;
	}

	// Whether the guest is in its handler for that exception.
	bool took(uint64_t cause, uint64_t pc)
	{
		return hart.csr[RV_CSR_vscause] == cause && hart.csr[RV_CSR_vsepc] == pc &&
		       state->pc == (hart.csr[RV_CSR_vstvec] & ~3ull);
	}
};

// ---------------------------------------------------------------- decoding

void expect_possible(const riscv_access &access, uint64_t insn)
{
	const bool integer = access.kind == RISCV_ACCESS_LOAD || access.kind == RISCV_ACCESS_STORE;

	ASSERT_LE(access.kind, static_cast<uint32_t>(RISCV_ACCESS_CACHE)) << std::hex << insn;
	ASSERT_LT(access.reg, 32u) << std::hex << insn;
	ASSERT_LT(access.base, 32u) << std::hex << insn;
	ASSERT_LE(access.sign_extend, access.kind == RISCV_ACCESS_LOAD ? 1u : 0u) << std::hex << insn;
	ASSERT_EQ(access.width == 1 || access.width == 2 || access.width == 4 || access.width == 8, integer)
		<< std::hex << insn;
	ASSERT_TRUE(access.offset >= -2048 && access.offset <= 2047) << std::hex << insn;
}

TEST_F(Random, EveryCompressedInstruction)
{
	for (uint32_t insn = 0; insn <= 0xffff; insn++) {
		if ((insn & 3) == 3)
			continue;
		for (uint32_t above : { 0u, 0xffffu, static_cast<uint32_t>(below(0x10000)) }) {
			const riscv_access access = riscv_vcpu_decode(insn | above << 16);

			expect_possible(access, insn);
			ASSERT_EQ(access.length, 2u);
			// No offset of theirs is negative, and all are multiples of the width.
			ASSERT_GE(access.offset, 0);
			if (access.width != 0) {
				ASSERT_EQ(static_cast<uint32_t>(access.offset) % access.width, 0u)
					<< std::hex << insn;
			}
		}
	}
}

// An instruction and its transformed form (15.6.3) are the same access.
TEST_F(Random, InstructionsAndTheirTransformedForms)
{
	for (int i = 0; i < 200000; i++) {
		const uint32_t insn = static_cast<uint32_t>(generator()) | 3;
		const bool store = (insn & 0x7f) == 0x23 || (insn & 0x7f) == 0x27;
		const uint32_t misaligned = static_cast<uint32_t>(below(8));
		// Stores keep rs2, all others rd; AMO and CBO the upper fields too.
		const uint32_t kept = store ? 0x01f0707f : (insn & 0x7f) == 0x2f ? 0xfff07fff : 0x00007fff;
		uint32_t offset = 0;
		const riscv_access whole = riscv_vcpu_decode(insn);
		const riscv_access part =
			riscv_vcpu_decode_htinst((insn & kept) | misaligned << 15, &offset);

		expect_possible(whole, insn);
		expect_possible(part, insn);
		ASSERT_EQ(whole.length, 4u);
		ASSERT_EQ(part.length, 4u);
		ASSERT_EQ(offset, misaligned);
		ASSERT_EQ(part.base, 0u);
		ASSERT_EQ(part.offset, 0);
		ASSERT_EQ(part.kind, whole.kind) << std::hex << insn;
		ASSERT_EQ(part.width, whole.width) << std::hex << insn;
		ASSERT_EQ(part.sign_extend, whole.sign_extend) << std::hex << insn;
		if (whole.width != 0) {
			ASSERT_EQ(part.reg, whole.reg) << std::hex << insn;
		}
	}
}

TEST_F(Random, AnyHtinst)
{
	for (int i = 0; i < 60000; i++) {
		const uint64_t htinst = value();
		uint32_t offset = 77;
		const riscv_access access = riscv_vcpu_decode_htinst(htinst, &offset);

		expect_possible(access, htinst);
		ASSERT_LT(offset, 32u);
		ASSERT_TRUE(access.length == 0 || access.length == 2 || access.length == 4);
		if ((htinst & 1) == 0 || htinst >> 32 != 0) {
			ASSERT_EQ(access.kind, static_cast<uint32_t>(RISCV_ACCESS_NONE)) << std::hex << htinst;
		}
	}
}

// ---------------------------------------------------------------- SBI

class RandomCalls : public Random {
protected:
	static constexpr uint64_t kGpa = 0x80005000, kHpa = 0x7000000;

	void start(uint32_t policy, uint32_t timer)
	{
		riscv_vcpu_create_config create{};
		riscv_vcpu_setup_config setup{};

		create.size = sizeof(create);
		create.hart_id = 5;
		create.first_hart_id = 4;
		create.hart_count = one_in(2) ? 4 : 100;
		harts = create.hart_count;
		setup.size = sizeof(setup);
		setup.sbi = policy;
		setup.timer = timer;
		make(&create, &setup);
		bind();
		physical[kHpa].fill(0);
		map(kGpa, kHpa);
	}

	uint64_t extension()
	{
		static const uint64_t known[] = { 0x10, 0x54494d45, 0x735049, 0x52464e43, 0x48534d, 0x53525354,
						  0x4442434e, 0x53555350, 0x504d55, 0x535441, 0x485643,
						  0x09000000, 0x09ffffff };

		if (one_in(8))
			return value();
		return one_in(5) ? below(17) : known[below(sizeof(known) / sizeof(known[0]))];
	}

	uint64_t argument()
	{
		switch (below(6)) {
		case 0:
			return kGpa + 64 * below(66);
		case 1:
			return below(20);
		case 2:
			return harts + 4 - below(8);
		default:
			return value();
		}
	}

	bool is_hart(uint64_t id) const { return id >= 4 && id - 4 < harts; }

	// Each bit of the mask is another hart of the machine.
	void expect_others(uint64_t mask, uint64_t base)
	{
		for (uint64_t bit = 0; bit < 64; bit++) {
			if ((mask >> bit & 1) != 0) {
				EXPECT_TRUE(is_hart(base + bit)) << base << " " << bit;
				EXPECT_NE(base + bit, 5u);
			}
		}
	}

	void check_exit()
	{
		switch (exit.reason) {
		case AXVCPU_EXIT_EXTERNAL_INTERRUPT: // the library answered
		case AXVCPU_EXIT_NOTHING:
		case AXVCPU_EXIT_HALT:
		case AXVCPU_EXIT_CPU_DOWN:
		case AXVCPU_EXIT_SYSTEM_DOWN:
			break;
		case AXVCPU_EXIT_CPU_UP:
			EXPECT_TRUE(is_hart(exit.u.cpu_up.target_cpu));
			EXPECT_NE(exit.u.cpu_up.target_cpu, 5u);
			EXPECT_EQ(exit.u.cpu_up.entry_point & 1, 0u);
			break;
		case AXVCPU_EXIT_SEND_IPI:
			if ((exit.u.send_ipi.flags & AXVCPU_SEND_IPI_ALL_BUT_SELF) == 0)
				expect_others(exit.u.send_ipi.target_mask, exit.u.send_ipi.target_cpu);
			break;
		case AXVCPU_EXIT_HYPERCALL:
			if (exit.u.hypercall.number == RISCV_VCPU_SBI_RFENCE && exit.u.hypercall.args[1] != kOff)
				expect_others(exit.u.hypercall.args[0], exit.u.hypercall.args[1]);
			if (exit.u.hypercall.number == RISCV_VCPU_SBI_DBCN && exit.u.hypercall.args[6] < 2) {
				EXPECT_LE((exit.u.hypercall.args[1] & 0xfff) + exit.u.hypercall.args[0], 4096u);
			}
			if (exit.u.hypercall.number == RISCV_VCPU_SBI_SUSP && one_in(2)) {
				EXPECT_EQ(riscv_vcpu_system_suspend(vcpu, exit.u.hypercall.args[1],
								    exit.u.hypercall.args[2]),
					  AXVCPU_OK);
				EXPECT_EQ(set(RISCV_VCPU_REG_PC, kEntry), AXVCPU_OK);
			}
			break;
		default:
			ADD_FAILURE() << exit.reason;
		}
	}

	void make_calls(int count)
	{
		for (int i = 0; i < count && !HasFailure(); i++) {
			const uint64_t called = extension(), function = one_in(6) ? value() : below(10);
			std::array<uint64_t, 32> before;
			uint64_t pc;

			fill_registers();
			state->gpr[17] = called;
			state->gpr[16] = function;
			for (unsigned a = 0; a < 6; a++)
				state->gpr[10 + a] = argument();
			EXPECT_EQ(set(RISCV_VCPU_REG_PC, kEntry), AXVCPU_OK);
			before = registers();
			pc = state->pc;
			hart.csr[RV_CSR_time] += below(50);
			hart.csr[RV_CSR_cycle] += below(50);
			hart.csr[RV_CSR_instret] += below(50);
			hart.log.clear();
			trap(CAUSE_ECALL_VS);
			SCOPED_TRACE(testing::Message() << std::hex << called << " " << function << " step " << i);
			check_exit();
			expect_registers_but(before, { 10, 11 });
			// The fences of one call are bounded.
			EXPECT_LE(hart.log.size(), 200u);
			if (called != 0x48534d && called != 0x53555350) {
				EXPECT_EQ(state->pc, pc + 4);
			}
			if (one_in(50)) {
				if (axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED) {
					EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
				}
				EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
				now_ns += below(1000);
				bind();
			}
		}
		// It is still a vCPU that runs: the version of SBI.
		state->sstatus |= SSTATUS_SPP;
		EXPECT_EQ(set(RISCV_VCPU_REG_SUSPENDED, 0), AXVCPU_OK);
		call(0x10, 0);
		EXPECT_EQ(a1(), 0x02000000u);
	}

	uint64_t harts = 0;
};

TEST_F(RandomCalls, Refusing)
{
	start(RISCV_VCPU_SBI_REFUSE, RISCV_VCPU_TIMER_BEST);
	make_calls(6000);
}

TEST_F(RandomCalls, PassingOn)
{
	start(RISCV_VCPU_SBI_EXIT_ALL, RISCV_VCPU_TIMER_HVIP);
	make_calls(6000);
}

// ---------------------------------------------------------------- virtual instructions

class RandomInstructions : public Random {
protected:
	void start(uint32_t flags)
	{
		riscv_vcpu_setup_config setup{};

		setup.size = sizeof(setup);
		setup.flags = flags;
		make(nullptr, &setup);
		bind();
		hart.csr[RV_CSR_vstvec] = 0xffff800000001000;
	}

	uint32_t instruction()
	{
		const uint32_t any = static_cast<uint32_t>(generator());
		static const uint32_t known[] = { 0x10500073, 0x00d00073, 0x01d00073, 0x10200073, 0x12000073,
						  0x22000073, 0x62000073, 0x0000100f };
		static const uint32_t csrs[] = { 0x151, 0x150, 0xc00, 0xc01, 0xc02, 0xc03, 0x15c, 0x600, 0x180,
						 0x14d, 0xf14 };

		switch (below(4)) {
		case 0:
			return known[below(sizeof(known) / sizeof(known[0]))];
		case 1:
			return any;
		default:
			return (any & 0xfff80) | (1 + static_cast<uint32_t>(below(7))) << 12 | 0x73 |
			       (one_in(2) ? csrs[below(sizeof(csrs) / sizeof(csrs[0]))] :
					    static_cast<uint32_t>(below(4096)))
				       << 20;
		}
	}

	// Answers the exits of one instruction, as a hypervisor could; false if there was none.
	void answer()
	{
		const axvcpu_exit *next = nullptr;

		if (exit.reason == AXVCPU_EXIT_SYSREG_READ) {
			EXPECT_EQ(one_in(4) ? axvcpu_fail_access(vcpu) : axvcpu_complete_read(vcpu, value()),
				  AXVCPU_OK);
			// If nothing is left of it, the guest goes on, until a physical interrupt.
			hart.guest = [](riscv_vcpu *) { return SCAUSE_INTERRUPT | 5; };
			EXPECT_EQ(axvcpu_run(vcpu, &next), AXVCPU_OK);
			exit = *next;
		}
		if (exit.reason == AXVCPU_EXIT_SYSREG_WRITE) {
			EXPECT_EQ(one_in(4) ? axvcpu_fail_access(vcpu) : axvcpu_complete_write(vcpu), AXVCPU_OK);
		}
	}

	void execute(int count, bool with_exits)
	{
		for (int i = 0; i < count && !HasFailure(); i++) {
			const uint32_t insn = instruction();
			std::array<uint64_t, 32> before;

			fill_registers();
			EXPECT_EQ(set(RISCV_VCPU_REG_PC, kEntry), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_MODE, below(2)), AXVCPU_OK);
			hart.csr[RV_CSR_vsiselect] = one_in(2) ? 0x30 + below(16) : below(0x200);
			hart.csr[RV_CSR_vsepc] = hart.csr[RV_CSR_vscause] = 0;
			hart.memory.clear();
			if (!one_in(4))
				code(kEntry, insn);
			before = registers();
			trap(CAUSE_VIRTUAL, one_in(3) ? 0 : insn);
			SCOPED_TRACE(testing::Message() << std::hex << insn << " step " << i);
			if (with_exits)
				answer();
			EXPECT_TRUE(exit.reason == AXVCPU_EXIT_EXTERNAL_INTERRUPT || exit.reason == AXVCPU_EXIT_HALT ||
				    exit.reason == AXVCPU_EXIT_NESTED_PAGE_FAULT ||
				    (with_exits && (exit.reason == AXVCPU_EXIT_SYSREG_READ ||
						    exit.reason == AXVCPU_EXIT_SYSREG_WRITE)))
				<< exit.reason;
			// Done, or an exception of the guest's, or to be tried again.
			EXPECT_TRUE(state->pc == kEntry + 4 || took(CAUSE_ILLEGAL, kEntry) ||
				    (state->pc == kEntry && exit.reason == AXVCPU_EXIT_NESTED_PAGE_FAULT))
				<< std::hex << state->pc;
			expect_registers_but(before, { insn >> 7 & 31 });
		}
	}
};

TEST_F(RandomInstructions, Refused)
{
	start(0);
	execute(10000, false);
}

TEST_F(RandomInstructions, AsExits)
{
	start(RISCV_VCPU_EXIT_CSR);
	execute(10000, true);
}

// ---------------------------------------------------------------- guest page faults

TEST_F(RandomInstructions, PageFaults)
{
	start(0);
	for (int i = 0; i < 12000 && !HasFailure(); i++) {
		static const uint64_t causes[] = { CAUSE_FETCH_GUEST_PAGE, CAUSE_LOAD_GUEST_PAGE,
						   CAUSE_STORE_GUEST_PAGE };
		static const uint32_t opcodes[] = { 0x03, 0x23, 0x07, 0x27, 0x2f, 0x0f };
		const uint64_t cause = causes[below(3)];
		uint32_t insn = static_cast<uint32_t>(generator());
		uint64_t gva = value(), htinst = 0;

		if (!one_in(3))
			insn = (insn & ~0x7fu) | opcodes[below(6)];
		fill_registers();
		EXPECT_EQ(set(RISCV_VCPU_REG_PC, kEntry), AXVCPU_OK);
		hart.memory.clear();
		if (!one_in(8))
			code(kEntry, insn);
		hart.fault_cause = one_in(2) ? CAUSE_LOAD_PAGE : CAUSE_LOAD_GUEST_PAGE;
		const riscv_access access = riscv_vcpu_decode(insn);
		if (!one_in(4))
			gva = state->gpr[access.base] + static_cast<uint64_t>(static_cast<int64_t>(access.offset));
		switch (below(5)) {
		case 0:
			htinst = value();
			break;
		case 1:
			htinst = one_in(2) ? HTINST_WALK_READ : HTINST_WALK_WRITE;
			break;
		default:
			break;
		}
		const auto before = registers();
		trap(cause, gva, value() >> 2, htinst);
		SCOPED_TRACE(testing::Message() << std::hex << cause << " " << insn << " " << htinst << " " << gva);
		if (exit.reason == AXVCPU_EXIT_MMIO_READ || exit.reason == AXVCPU_EXIT_MMIO_WRITE) {
			const axvcpu_exit_mmio &mmio = exit.u.mmio;
			const bool read = exit.reason == AXVCPU_EXIT_MMIO_READ;

			EXPECT_EQ(cause == CAUSE_LOAD_GUEST_PAGE, read);
			EXPECT_TRUE(mmio.width == 1 || mmio.width == 2 || mmio.width == 4 || mmio.width == 8);
			EXPECT_LE((mmio.gpa & 0xfff) + mmio.width, 4096u);
			EXPECT_LT(mmio.reg, 32u);
			if (!read) {
				EXPECT_EQ(mmio.data, mmio.width == 8 ? before[mmio.reg] :
								       before[mmio.reg] & ((1ull << 8 * mmio.width) - 1));
			}
			const uint64_t length = exit.instruction_length;
			EXPECT_TRUE(length == 2 || length == 4);
			switch (below(3)) {
			case 0:
				EXPECT_EQ(axvcpu_fail_access(vcpu), AXVCPU_OK);
				EXPECT_TRUE(took(read ? CAUSE_LOAD_ACCESS : CAUSE_STORE_ACCESS, kEntry));
				expect_registers_but(before, {});
				break;
			case 1:
				EXPECT_EQ(axvcpu_retry_access(vcpu), AXVCPU_OK);
				EXPECT_EQ(state->pc, kEntry);
				expect_registers_but(before, {});
				break;
			default:
				EXPECT_EQ(read ? axvcpu_complete_read(vcpu, value()) : axvcpu_complete_write(vcpu),
					  AXVCPU_OK);
				EXPECT_EQ(state->pc, kEntry + length);
				expect_registers_but(before, { read ? mmio.reg : 0 });
				break;
			}
			continue;
		}
		expect_registers_but(before, {});
		if (exit.reason == AXVCPU_EXIT_NESTED_PAGE_FAULT) {
			EXPECT_EQ(one_in(2) ? axvcpu_fail_access(vcpu) : axvcpu_retry_access(vcpu), AXVCPU_OK);
		} else {
			// The instruction was gone when it was looked at.
			EXPECT_EQ(exit.reason, static_cast<uint32_t>(AXVCPU_EXIT_EXTERNAL_INTERRUPT));
			EXPECT_TRUE(took(CAUSE_FETCH_PAGE, kEntry));
		}
	}
}

// ---------------------------------------------------------------- interrupt files

// Wherever the contents are, a register reads what was last written, with what came since.
TEST_F(Random, InterruptFiles)
{
	constexpr uint32_t kWords = 4;
	std::map<uint32_t, uint64_t> model;
	riscv_vcpu_setup_config setup{};
	uint32_t file = 2;
	bool bound = false, fresh = true;
	const auto id = [](uint32_t number) {
		return AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_IMSIC, number);
	};
	const auto number = [this] {
		const uint32_t words[] = { 0x80, 0xc0 };

		return one_in(5) ? 0x70 + 2 * static_cast<uint32_t>(below(2)) :
				   words[below(2)] + 2 * static_cast<uint32_t>(below(kWords));
	};

	hart.writable[RV_CSR_hgeie] = 0xfe;
	setup.size = sizeof(setup);
	setup.guest_file = file;
	make(nullptr, &setup);
	for (int i = 0; i < 6000 && !HasFailure(); i++) {
		SCOPED_TRACE(i);
		switch (below(7)) {
		case 0:
			if (bound) {
				EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
				bound = false;
			} else if (file != 0) {
				bind();
				bound = true;
				fresh = false;
			}
			break;
		case 1: {
			const uint32_t other = static_cast<uint32_t>(below(9));
			const axvcpu_error_t error = riscv_vcpu_set_guest_file(vcpu, other);

			if (bound || other == 8) {
				EXPECT_NE(error, AXVCPU_OK);
				break;
			}
			EXPECT_EQ(error, AXVCPU_OK);
			// As the hypervisor has to: nobody sends there any more.
			if (fresh && file != 0) {
				EXPECT_EQ(riscv_vcpu_clear_guest_file(vcpu, file), AXVCPU_OK);
			}
			file = other;
			fresh = true;
			break;
		}
		case 2: {
			// A message; one that is in a file before its first bind joins there.
			const uint64_t identity = 1 + below(64 * kWords - 1);

			if (file != 0 && !fresh) {
				hart.files[file][0x80 + identity / 64 * 2] |= 1ull << identity % 64;
				model[static_cast<uint32_t>(0x80 + identity / 64 * 2)] |= 1ull << identity % 64;
			}
			break;
		}
		case 3:
		case 4: {
			const uint32_t reg_number = number();
			uint64_t written = value();

			if (reg_number == 0x70)
				written &= 1;
			else if (reg_number == 0x72)
				written &= 0xff;
			else if (reg_number == 0x80 || reg_number == 0xc0)
				written &= ~1ull;
			EXPECT_EQ(set(id(reg_number), written), AXVCPU_OK);
			model[reg_number] = written;
			break;
		}
		case 5: {
			const uint32_t any = static_cast<uint32_t>(value());
			uint64_t ignored = value();

			(void)axvcpu_get_reg(vcpu, id(any), &ignored, 8);
			break;
		}
		default: {
			const uint32_t reg_number = number();

			EXPECT_EQ(reg(id(reg_number)), model[reg_number]) << std::hex << reg_number;
			break;
		}
		}
	}
	if (bound) {
		EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	}
}

// ---------------------------------------------------------------- snapshots

constexpr size_t kChecksum = 24;

// CRC-32C, bit by bit, of a snapshot whose own is 0.
uint32_t checksum_of(const std::vector<uint8_t> &bytes)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < bytes.size(); i++) {
		crc ^= i >= kChecksum && i < kChecksum + 4 ? 0 : bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

// A damaged snapshot is refused, or is one of a state that a guest could be in: then it runs.
TEST_F(Random, DamagedSnapshots)
{
	riscv_vcpu_setup_config setup{};
	int loaded = 0, refused = 0;

	hart.writable[RV_CSR_hgeie] = 0xfe;
	setup.size = sizeof(setup);
	setup.guest_file = 3;
	make(nullptr, &setup);
	fill_registers();
	EXPECT_EQ(set(RISCV_VCPU_REG_S(0x180), 8ull << 60 | 0x80123), AXVCPU_OK);
	std::vector<uint8_t> snapshot(axvcpu_save_size(vcpu));
	ASSERT_EQ(axvcpu_save(vcpu, snapshot.data(), snapshot.size(), nullptr), AXVCPU_OK);
	for (int i = 0; i < 800 && !HasFailure(); i++) {
		std::vector<uint8_t> damaged = snapshot;
		size_t size = damaged.size();

		SCOPED_TRACE(i);
		for (uint64_t n = 1 + below(4); n != 0; n--) {
			const size_t at = below(damaged.size());

			if (one_in(2))
				damaged[at] ^= static_cast<uint8_t>(1u << below(8));
			else
				damaged[at] = static_cast<uint8_t>(generator());
		}
		if (one_in(10))
			size = below(size + 1);
		damaged.resize(size); // so that a read beyond the end is found
		damaged.shrink_to_fit();
		if (!one_in(10) && size >= kChecksum + 4) {
			const uint32_t sum = checksum_of(damaged);

			std::memcpy(&damaged[kChecksum], &sum, sizeof(sum));
		}
		if (axvcpu_load(vcpu, damaged.data(), size) == AXVCPU_OK) {
			loaded++;
			if (axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED) {
				EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
			}
			bind();
			trap(SCAUSE_INTERRUPT | 5);
			EXPECT_EQ(state->gpr[0], 0u);
			if (axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED) {
				EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
			}
			EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
		} else {
			refused++;
			if (axvcpu_get_state(vcpu) == AXVCPU_STATE_INVALID) {
				EXPECT_EQ(axvcpu_set_state(vcpu, AXVCPU_STATE_FREE), AXVCPU_OK);
			}
		}
	}
	// Neither was the exception.
	EXPECT_GT(loaded, 20);
	EXPECT_GT(refused, 20);
	EXPECT_EQ(axvcpu_load(vcpu, snapshot.data(), snapshot.size()), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_S(0x180)), 8ull << 60 | 0x80123);
	EXPECT_EQ(reg(RISCV_VCPU_REG_TIMER), kOff);
}

} // namespace
