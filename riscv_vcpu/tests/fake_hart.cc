/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake_hart.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

FakeHart hart;

static std::string text(const char *format, uint64_t a, uint64_t b = 0)
{
	char buffer[64];

	std::snprintf(buffer, sizeof(buffer), format, static_cast<unsigned long long>(a),
		      static_cast<unsigned long long>(b));
	return buffer;
}

uint64_t FakeHart::count(const std::string &what) const
{
	return static_cast<uint64_t>(std::count(log.begin(), log.end(), what));
}

/* Whether vsireg is one of the interrupt file that hstatus.VGEIN names. */
bool FakeHart::has_register() const
{
	const auto at = [this](uint32_t number) {
		const auto found = csr.find(number);

		return found == csr.end() ? 0 : found->second;
	};
	const uint64_t file = at(RV_CSR_hstatus) >> 12 & 0x3f, number = at(RV_CSR_vsiselect);
	const auto bits = writable.find(RV_CSR_hgeie);
	const uint64_t there = bits == writable.end() ? UINT64_MAX : bits->second;

	return file != 0 && (there >> file & 1) != 0 &&
	       (number == 0x70 || number == 0x72 ||
		(number % 2 == 0 && ((number >= 0x80 && number < 0x80 + 2 * file_words) ||
				     (number >= 0xc0 && number < 0xc0 + 2 * file_words))));
}

extern "C" {

uint64_t rv_fake_read(uint32_t csr)
{
	EXPECT_EQ(hart.absent.count(csr), 0u) << std::hex << csr;
	if (hart.log_reads)
		hart.log.push_back(text("r%llx", csr));
	if (csr == RV_CSR_vsireg) {
		EXPECT_TRUE(hart.has_register()) << std::hex << hart.csr[RV_CSR_vsiselect];
		return hart.files[hart.csr[RV_CSR_hstatus] >> 12 & 0x3f]
				 [hart.csr[RV_CSR_vsiselect]];
	}
	if (csr == RV_CSR_hip)
		return hart.csr[RV_CSR_hvip];
	return hart.csr[csr];
}

void rv_fake_write(uint32_t csr, uint64_t value)
{
	uint64_t &now = hart.csr[csr];

	EXPECT_EQ(hart.absent.count(csr), 0u) << std::hex << csr;
	hart.log.push_back(text("w%llx=%llx", csr, value));
	if (csr == RV_CSR_vsireg) {
		const uint64_t number = hart.csr[RV_CSR_vsiselect];

		EXPECT_TRUE(hart.has_register()) << std::hex << number;
		/* There is no interrupt 0. */
		hart.files[hart.csr[RV_CSR_hstatus] >> 12 & 0x3f][number] =
			number == 0x80 || number == 0xc0 ? value & ~UINT64_C(1) : value;
		return;
	}
	if (csr == RV_CSR_hgatp) {
		const uint64_t vmids = ((UINT64_C(1) << hart.vmid_bits) - 1) << HGATP_VMID_SHIFT;
		uint64_t mode = value >> 60;

		if (hart.hgatp_modes.count(mode) == 0)
			mode = now >> 60;
		now = (mode << 60) | (value & (vmids | 0xfffffffffff));
		return;
	}
	if (csr == RV_CSR_vsatp && hart.vsatp_modes.count(value >> 60) == 0) {
		now = (value & (UINT64_MAX >> 4)) | (now >> 60 << 60);
		return;
	}
	const auto mask = hart.writable.find(csr);
	if (mask == hart.writable.end())
		now = value;
	else
		now = (now & ~mask->second) | (value & mask->second);
}

bool rv_fake_probe(uint32_t csr, uint64_t *value)
{
	if (hart.absent.count(csr) != 0) {
		/* As firmware does that forgets to clear it. */
		hart.csr[RV_CSR_hstatus] |= HSTATUS_SPV;
		return false;
	}
	if (csr == RV_CSR_vsireg && !hart.has_register())
		return false;
	*value = csr == RV_CSR_vsireg ? rv_fake_read(csr) : hart.csr[csr];
	return true;
}

uint64_t riscv_vcpu_probe_illegal(void)
{
	EXPECT_EQ(hart.csr[RV_CSR_sstatus] & SSTATUS_SIE, 0u);
	return hart.illegal_cause;
}

bool rv_probe_double(void)
{
	return hart.has_double;
}

static bool fail_load(uint64_t gva)
{
	hart.csr[RV_CSR_scause] = hart.fault_cause;
	hart.csr[RV_CSR_stval] = gva;
	hart.csr[RV_CSR_htval] = hart.fault_htval;
	hart.csr[RV_CSR_htinst] = hart.fault_htinst;
	return false;
}

bool rv_try_hlvx_hu(uint64_t gva, uint64_t *value)
{
	const auto found = hart.memory.find(gva);

	hart.spvp_seen = hart.csr[RV_CSR_hstatus] & HSTATUS_SPVP;
	if (found == hart.memory.end())
		return fail_load(gva);
	*value = found->second;
	return true;
}

bool rv_try_hlv_d(uint64_t gva, uint64_t *value)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < 4; i++) {
		const auto found = hart.memory.find(gva + 2 * i);

		if (found == hart.memory.end())
			return fail_load(gva + 2 * i);
		all |= static_cast<uint64_t>(found->second) << (16 * i);
	}
	*value = all;
	return true;
}

void rv_hfence_gvma_all(void) { hart.log.push_back("hfence.gvma"); }
void rv_hfence_gvma_vmid(uint64_t vmid) { hart.log.push_back(text("hfence.gvma vmid %llx", vmid)); }
void rv_hfence_vvma_all(void) { hart.log.push_back("hfence.vvma"); }
void rv_hfence_vvma_asid(uint64_t asid) { hart.log.push_back(text("hfence.vvma asid %llx", asid)); }
void rv_hfence_vvma_va(uint64_t gva) { hart.log.push_back(text("hfence.vvma va %llx", gva)); }
void rv_hfence_vvma_va_asid(uint64_t gva, uint64_t asid)
{
	hart.log.push_back(text("hfence.vvma va %llx asid %llx", gva, asid));
}
void rv_fence_i(void) { hart.log.push_back("fence.i"); }

void riscv_vcpu_fp_save(struct riscv_fp_state *fp)
{
	EXPECT_NE(hart.csr[RV_CSR_sstatus] & SSTATUS_FS, 0u);
	hart.log.push_back("fp save");
	*fp = hart.fp;
}

void riscv_vcpu_fp_load(const struct riscv_fp_state *fp)
{
	EXPECT_NE(hart.csr[RV_CSR_sstatus] & SSTATUS_FS, 0u);
	hart.log.push_back("fp load");
	hart.fp = *fp;
}

void riscv_vcpu_vector_save(struct riscv_vector_csrs *csrs, void *registers)
{
	EXPECT_NE(hart.csr[RV_CSR_sstatus] & SSTATUS_VS, 0u);
	hart.log.push_back("vector save");
	*csrs = hart.vector;
	std::memcpy(registers, hart.vector_regs.data(), hart.vector_regs.size());
}

void riscv_vcpu_vector_load(const struct riscv_vector_csrs *csrs, const void *registers)
{
	EXPECT_NE(hart.csr[RV_CSR_sstatus] & SSTATUS_VS, 0u);
	hart.log.push_back("vector load");
	hart.vector = *csrs;
	hart.vector_regs.resize(32 * hart.csr[RV_CSR_vlenb]);
	std::memcpy(hart.vector_regs.data(), registers, hart.vector_regs.size());
}

uint64_t riscv_vcpu_enter(struct riscv_vcpu *vcpu)
{
	hart.entries++;
	return hart.guest(vcpu);
}

} /* extern "C" */

static MachineTest *machine(void *ctx)
{
	return static_cast<MachineTest *>(ctx);
}

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t, uint64_t *hpa)
{
	MachineTest *test = machine(ctx);

	for (uint64_t first = 0; first + count <= 16 && !test->out_of_frames; first++) {
		const auto begin = test->taken.begin() + static_cast<std::ptrdiff_t>(first);
		const auto end = begin + static_cast<std::ptrdiff_t>(count);

		if (std::find(begin, end, true) == end) {
			std::fill(begin, end, true);
			test->frames_used += count;
			*hpa = 0x1000 * (1 + first);
			return AXVCPU_OK;
		}
	}
	return AXVCPU_ERR_NO_MEMORY;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	MachineTest *test = machine(ctx);

	for (uint64_t frame = hpa / 0x1000 - 1; count != 0; frame++, count--) {
		ASSERT_LT(frame, 16u);
		EXPECT_TRUE(test->taken[frame]);
		test->taken[frame] = false;
		test->frames_used--;
	}
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	MachineTest *test = machine(ctx);
	const auto page = test->physical.find(hpa);

	EXPECT_EQ(hpa % 4096, 0u);
	if (test->meanwhile)
		test->meanwhile(hpa);
	if (page != test->physical.end())
		return page->second.data();
	return hpa >= 0x1000 && hpa < 0x1000 + sizeof(test->frames) ? test->frames + (hpa - 0x1000) :
								      nullptr;
}

static uint64_t time_ns(void *ctx)
{
	return machine(ctx)->now_ns;
}

static uint64_t virt_to_phys(void *, const void *virt)
{
	return reinterpret_cast<uint64_t>(virt);
}

static void *percpu_get(void *ctx)
{
	if (machine(ctx)->on_other_cpu)
		return &machine(ctx)->on_other_cpu;
	return machine(ctx)->percpu_pointer;
}

static void percpu_set(void *ctx, void *pointer)
{
	machine(ctx)->percpu_pointer = pointer;
}

static uint64_t irq_fetch(void *ctx)
{
	return machine(ctx)->irq;
}

static axvcpu_hal_ops hal_ops()
{
	axvcpu_hal_ops ops{};

	ops.size = sizeof(ops);
	ops.abi_version = AXVCPU_ABI_VERSION;
	ops.alloc_frames = alloc_frames;
	ops.free_frames = free_frames;
	ops.phys_to_virt = phys_to_virt;
	ops.virt_to_phys = virt_to_phys;
	ops.percpu_get = percpu_get;
	ops.percpu_set = percpu_set;
	ops.irq_fetch = irq_fetch;
	ops.time_ns = time_ns;
	return ops;
}

void MachineTest::SetUp()
{
	static axvcpu_hal_ops with, without;

	with = without = hal_ops();
	without.time_ns = nullptr;

	hart = FakeHart();
	std::memset(host_memory, 0, sizeof(host_memory));
	std::memset(cpu_memory, 0, sizeof(cpu_memory));
	std::memset(vcpu_memory, 0, sizeof(vcpu_memory));
	std::memset(frames, 0xee, sizeof(frames));
	hart.csr[RV_CSR_vlenb] = 16;
	hart.writable[RV_CSR_hgeie] = 0;
	ASSERT_EQ(axvcpu_host_init(host_memory, sizeof(host_memory), riscv_vcpu_ops(),
				   with_time ? &with : &without, this,
				   &host),
		  AXVCPU_OK);
}

void MachineTest::TearDown()
{
	if (vcpu != nullptr) {
		if (state->percpu != nullptr) {
			if (axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED) {
				EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
			}
			EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
		}
		EXPECT_EQ(axvcpu_destroy(vcpu), AXVCPU_OK);
	}
	EXPECT_EQ(frames_used, 0u);
}

void MachineTest::enable()
{
	if (percpu == nullptr) {
		ASSERT_EQ(axvcpu_percpu_init(host, cpu_memory, sizeof(cpu_memory), 0, &percpu),
			  AXVCPU_OK);
		ASSERT_EQ(axvcpu_hardware_enable(percpu), AXVCPU_OK);
	}
}

void MachineTest::make(const riscv_vcpu_create_config *create, const riscv_vcpu_setup_config *setup)
{
	axvcpu_create_params params{};

	enable();
	params.size = sizeof(params);
	params.vcpu_id = 3;
	params.preferred_cpu = AXVCPU_CPU_ANY;
	ASSERT_LE(axvcpu_size(host), sizeof(vcpu_memory));
	ASSERT_EQ(axvcpu_create(host, vcpu_memory, sizeof(vcpu_memory), &params, create, &vcpu),
		  AXVCPU_OK);
	state = static_cast<riscv_vcpu *>(axvcpu_arch_state(vcpu));
	ASSERT_EQ(axvcpu_setup(vcpu, kEntry, kRoot, setup), AXVCPU_OK);
}

axvcpu_error_t MachineTest::try_setup(const riscv_vcpu_setup_config &setup)
{
	axvcpu_error_t error;

	if (axvcpu_set_state(vcpu, AXVCPU_STATE_CREATED) != AXVCPU_OK)
		return AXVCPU_ERR_BAD_STATE;
	error = axvcpu_setup(vcpu, kEntry, kRoot, &setup);
	return error;
}

void MachineTest::map(uint64_t gpa, uint64_t hpa, uint64_t bits, uint32_t level)
{
	const uint32_t levels = static_cast<uint32_t>(state->control.hgatp >> 60) - 8 + 3;
	uint64_t table = kRoot;

	for (uint32_t at = levels - 1;; at--) {
		const uint64_t index =
			(gpa >> (12 + 9 * at)) & (at + 1 == levels ? 2047u : 511u);
		uint64_t &entry = physical[table + index / 512 * 4096][index % 512];

		if (at == level) {
			entry = (hpa >> 12 << 10) | bits;
			return;
		}
		if (entry == 0) {
			entry = (next_table >> 12 << 10) | 1;
			next_table += 4096;
		}
		table = entry >> 10 << 12;
	}
}

void MachineTest::bind()
{
	ASSERT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
}

void MachineTest::make_four()
{
	riscv_vcpu_create_config create{};

	create.size = sizeof(create);
	create.hart_id = 5;
	create.first_hart_id = 4;
	create.hart_count = 4;
	make(&create, nullptr);
	bind();
}

const axvcpu_exit &MachineTest::trap(uint64_t scause, uint64_t stval, uint64_t htval,
				     uint64_t htinst)
{
	const axvcpu_exit *result = nullptr;
	bool first = true;

	hart.guest = [&](riscv_vcpu *) -> uint64_t {
		if (!first) {
			/* What the library handled itself: then a physical interrupt. */
			return SCAUSE_INTERRUPT | 5;
		}
		first = false;
		hart.csr[RV_CSR_scause] = scause;
		hart.csr[RV_CSR_stval] = stval;
		hart.csr[RV_CSR_htval] = htval;
		hart.csr[RV_CSR_htinst] = htinst;
		return scause;
	};
	if (axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED) {
		EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
	}
	EXPECT_EQ(axvcpu_run(vcpu, &result), AXVCPU_OK);
	exit = result != nullptr ? *result : axvcpu_exit{};
	return exit;
}

const axvcpu_exit &MachineTest::call(uint64_t extension, uint64_t function,
				     std::vector<uint64_t> args)
{
	state->gpr[17] = extension;
	state->gpr[16] = function;
	for (size_t i = 0; i < 6; i++)
		state->gpr[10 + i] = i < args.size() ? args[i] : 0xbad0 + i;
	return trap(CAUSE_ECALL_VS);
}

void MachineTest::code(uint64_t address, uint32_t insn)
{
	hart.memory[address] = static_cast<uint16_t>(insn);
	if ((insn & 3) == 3)
		hart.memory[address + 2] = static_cast<uint16_t>(insn >> 16);
}

uint64_t MachineTest::reg(uint64_t id)
{
	uint64_t value = 0;

	EXPECT_EQ(axvcpu_get_reg(vcpu, id, &value, AXVCPU_REG_SIZE(id)), AXVCPU_OK) << std::hex << id;
	return value;
}

axvcpu_error_t MachineTest::set(uint64_t id, uint64_t value)
{
	return axvcpu_set_reg(vcpu, id, &value, AXVCPU_REG_SIZE(id));
}
