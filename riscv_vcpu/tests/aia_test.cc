/* SPDX-License-Identifier: Apache-2.0 */
// The guest's interrupt file: where its contents are, who reads them, what wakes whom.
#include "tests/fake_hart.h"

#include <cstring>

namespace {

constexpr uint32_t kDelivery = 0x70, kThreshold = 0x72, kEip = 0x80, kEie = 0xc0;
constexpr uint64_t kHsm = 0x48534d;

constexpr uint64_t id_of(uint32_t number)
{
	return AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_IMSIC, number);
}

class Aia : public MachineTest {
protected:
	void SetUp() override
	{
		MachineTest::SetUp();
		hart.writable[RV_CSR_hgeie] = 0xfe;
		hart.csr[RV_CSR_hstatus] = 0x4000000000 | HSTATUS_VTW;
		hart.csr[RV_CSR_vsiselect] = 0x11;
	}

	void make_with_file(uint32_t file)
	{
		riscv_vcpu_setup_config setup{};

		setup.size = sizeof(setup);
		setup.guest_file = file;
		make(nullptr, &setup);
	}

	// The guest's file on this hart.
	uint64_t &in(uint32_t file, uint32_t number) { return hart.files[file][number]; }
};

TEST_F(Aia, Features)
{
	riscv_vcpu_features features{};

	make_with_file(3);
	features.size = sizeof(features);
	EXPECT_EQ(riscv_vcpu_get_features(vcpu, &features), AXVCPU_OK);
	EXPECT_EQ(features.guest_files, 7u);
	EXPECT_EQ(features.guest_file_ids, 256u);
	EXPECT_EQ(state->hstatus >> 12 & 0x3f, 3u);
	EXPECT_EQ(hart.csr[RV_CSR_hie] & HIE_SGEIE, HIE_SGEIE);
	// Looking left nothing behind.
	EXPECT_EQ(hart.csr[RV_CSR_hstatus], 0x4000000000 | HSTATUS_VTW);
	EXPECT_EQ(hart.csr[RV_CSR_vsiselect], 0x11u);
	for (const auto &number : hart.files[1])
		EXPECT_EQ(number.second, 0u);
	EXPECT_EQ(axvcpu_destroy(vcpu), AXVCPU_OK);
	vcpu = nullptr;
	EXPECT_EQ(axvcpu_percpu_destroy(percpu), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_hie] & HIE_SGEIE, 0u);
}

// What a reset left in hgeie, or whoever had the hart before, is no guest's; it comes back.
TEST_F(Aia, NobodyWaitsAtFirst)
{
	hart.csr[RV_CSR_hgeie] = 0x24;
	make_with_file(3);
	hart.csr[RV_CSR_hgeip] = 0x24;
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0u);
	EXPECT_EQ(riscv_vcpu_take_guest_interrupts(), 0u);
	EXPECT_EQ(axvcpu_destroy(vcpu), AXVCPU_OK);
	vcpu = nullptr;
	EXPECT_EQ(axvcpu_percpu_destroy(percpu), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x24u);
}

// A hart that is new here has files that nobody ever wrote to; one that is turned on again keeps them.
TEST_F(Aia, FilesAreEmptyAtFirst)
{
	for (uint32_t file = 1; file <= 7; file++)
		in(file, kEip) = in(file, kEip + 6) = in(file, kEie) = in(file, kDelivery) = 1 << 1;
	make_with_file(3);
	for (uint32_t file = 1; file <= 7; file++) {
		for (const auto &number : hart.files[file])
			EXPECT_EQ(number.second, 0u) << file << " " << std::hex << number.first;
	}
	in(5, kEip) = 4;
	EXPECT_EQ(axvcpu_hardware_disable(percpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_hardware_enable(percpu), AXVCPU_OK);
	EXPECT_EQ(in(5, kEip), 4u);
}

// Virtualization may be off for a while in which a guest waits for its file.
TEST_F(Aia, WaitsAcrossOffAndOn)
{
	make_with_file(2);
	bind();
	EXPECT_EQ(call(kHsm, 3, { 0 }).reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x4u);
	EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_hardware_disable(percpu), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0u);
	EXPECT_EQ(axvcpu_hardware_enable(percpu), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x4u);
	hart.csr[RV_CSR_hgeip] = 0x4;
	EXPECT_EQ(riscv_vcpu_take_guest_interrupts(), 0x4u);
}

// Memory for what a file holds is there for who has one, and only for those.
TEST_F(Aia, MemoryOfAFile)
{
	riscv_vcpu_setup_config setup{};

	hart.absent = { RV_CSR_vlenb };
	setup.size = sizeof(setup);
	make(nullptr, nullptr);
	EXPECT_EQ(frames_used, 0u);
	EXPECT_LT(sizeof(riscv_vcpu), 2400u);
	setup.guest_file = 2;
	out_of_frames = true;
	EXPECT_EQ(try_setup(setup), AXVCPU_ERR_NO_MEMORY);
	out_of_frames = false;
	EXPECT_EQ(try_setup(setup), AXVCPU_OK);
	EXPECT_EQ(frames_used, 1u);
	EXPECT_EQ(set(id_of(kEip), 0x8), AXVCPU_OK);
	// Set up once more: nothing of it is left.
	EXPECT_EQ(try_setup(setup), AXVCPU_OK);
	EXPECT_EQ(frames_used, 1u);
	EXPECT_EQ(reg(id_of(kEip)), 0u);
	setup.guest_file = 0;
	EXPECT_EQ(try_setup(setup), AXVCPU_OK);
	EXPECT_EQ(frames_used, 0u);
	uint64_t value = 0;
	EXPECT_EQ(axvcpu_get_reg(vcpu, id_of(kEip), &value, 8), AXVCPU_ERR_NOT_FOUND);
}

TEST_F(Aia, NoFiles)
{
	riscv_vcpu_setup_config setup{};

	setup.size = sizeof(setup);
	hart.absent = { RV_CSR_hviprio1 };
	make(nullptr, nullptr);
	setup.guest_file = 1;
	EXPECT_EQ(try_setup(setup), AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(axvcpu_set_state(vcpu, AXVCPU_STATE_FREE), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_hie] & HIE_SGEIE, 0u);
	EXPECT_EQ(riscv_vcpu_clear_guest_file(vcpu, 1), AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(riscv_vcpu_set_guest_file(vcpu, 1), AXVCPU_ERR_UNSUPPORTED);
}

// Binding on the same hart again touches nothing; what MSIs set meanwhile stays.
TEST_F(Aia, ContentsStayInTheFile)
{
	make_with_file(2);
	in(2, kEip) = 0x40;
	EXPECT_EQ(set(id_of(kEie + 2), 0xf0), AXVCPU_OK);
	EXPECT_EQ(set(id_of(kEip), 0x8), AXVCPU_OK);
	EXPECT_EQ(set(id_of(kDelivery), 1), AXVCPU_OK);
	EXPECT_EQ(in(2, kEie + 2), 0u);
	bind();
	EXPECT_EQ(in(2, kEip), 0x48u);
	EXPECT_EQ(in(2, kEie + 2), 0xf0u);
	EXPECT_EQ(in(2, kDelivery), 1u);
	EXPECT_EQ(hart.csr[RV_CSR_hstatus] & HSTATUS_VGEIN, 0u);
	EXPECT_EQ(hart.files[1][kDelivery], 0u);
	EXPECT_EQ(hart.files[3][kDelivery], 0u);
	in(2, kThreshold) = 9;
	EXPECT_EQ(reg(id_of(kThreshold)), 9u);
	hart.log.clear();
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	in(2, kEip) |= 0x100;
	EXPECT_EQ(reg(id_of(kEip)), 0x148u);
	bind();
	EXPECT_EQ(in(2, kEip), 0x148u);
	for (const std::string &entry : hart.log)
		EXPECT_NE(entry.substr(0, 5), "w251=");
	EXPECT_EQ(set(id_of(kThreshold), 12), AXVCPU_OK);
	EXPECT_EQ(in(2, kThreshold), 12u);
}

TEST_F(Aia, AnotherFile)
{
	make_with_file(2);
	bind();
	in(2, kEip) = 0x8;
	in(2, kEip + 6) = 0x4;
	in(2, kEie) = 0xff0;
	in(2, kThreshold) = 5;
	in(2, kDelivery) = 1;
	EXPECT_EQ(riscv_vcpu_set_guest_file(nullptr, 4), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_set_guest_file(vcpu, 4), AXVCPU_ERR_BAD_STATE);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(riscv_vcpu_set_guest_file(vcpu, 8), AXVCPU_ERR_UNSUPPORTED);
	on_other_cpu = true;
	EXPECT_EQ(riscv_vcpu_set_guest_file(vcpu, 4), AXVCPU_ERR_WRONG_CPU);
	uint64_t value = 0;
	EXPECT_EQ(axvcpu_get_reg(vcpu, id_of(kEip), &value, 8), AXVCPU_ERR_WRONG_CPU);
	EXPECT_EQ(axvcpu_set_reg(vcpu, id_of(kEip), &value, 8), AXVCPU_ERR_WRONG_CPU);
	on_other_cpu = false;
	EXPECT_EQ(riscv_vcpu_set_guest_file(vcpu, 4), AXVCPU_OK);
	for (const auto &number : hart.files[2])
		EXPECT_EQ(number.second, 0u) << std::hex << number.first;
	EXPECT_EQ(reg(id_of(kEip + 6)), 4u);
	in(4, kEip) = 0x20;
	bind();
	EXPECT_EQ(state->hstatus >> 12 & 0x3f, 4u);
	EXPECT_EQ(in(4, kEip), 0x28u);
	EXPECT_EQ(in(4, kEip + 6), 0x4u);
	EXPECT_EQ(in(4, kEie), 0xff0u);
	EXPECT_EQ(in(4, kThreshold), 5u);
	EXPECT_EQ(in(4, kDelivery), 1u);
	// Without one it cannot run.
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(riscv_vcpu_set_guest_file(vcpu, 0), AXVCPU_OK);
	EXPECT_EQ(reg(id_of(kEip)), 0x28u);
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_ERR_BAD_STATE);
	EXPECT_EQ(axvcpu_set_state(vcpu, AXVCPU_STATE_FREE), AXVCPU_OK);
	EXPECT_EQ(riscv_vcpu_set_guest_file(vcpu, 7), AXVCPU_OK);
	bind();
	EXPECT_EQ(in(7, kEip), 0x28u);
}

TEST_F(Aia, Cleared)
{
	make_with_file(1);
	in(5, kEip) = in(5, kEie) = in(5, kDelivery) = in(5, kThreshold) = in(5, kEip + 6) = 1 << 1;
	in(4, kEip) = 2;
	hart.csr[RV_CSR_hgeie] = 0x30;
	EXPECT_EQ(riscv_vcpu_clear_guest_file(nullptr, 5), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_clear_guest_file(vcpu, 0), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_clear_guest_file(vcpu, 8), AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(riscv_vcpu_clear_guest_file(vcpu, 5), AXVCPU_OK);
	for (const auto &number : hart.files[5])
		EXPECT_EQ(number.second, 0u) << std::hex << number.first;
	EXPECT_EQ(in(4, kEip), 2u);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x10u);
}

TEST_F(Aia, RegistersTakeWhatAGuestCouldDo)
{
	make_with_file(1);
	EXPECT_EQ(set(id_of(kDelivery), 2), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(id_of(kDelivery), 0x40000000), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(id_of(kThreshold), 256), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(id_of(kThreshold), 255), AXVCPU_OK);
	EXPECT_EQ(set(id_of(kEip), 1), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(id_of(kEie), 3), AXVCPU_ERR_INVALID_ARGUMENT);
	for (uint32_t number : { 0x71u, 0x73u, 0x81u, 0x88u, 0xc8u, 0xc1u, 0u, 0xffffffffu })
		EXPECT_EQ(set(id_of(number), 0), AXVCPU_ERR_NOT_FOUND) << std::hex << number;
	size_t count = 0;
	EXPECT_EQ(axvcpu_list_regs(vcpu, nullptr, &count), AXVCPU_ERR_NO_MEMORY);
	std::vector<uint64_t> ids(count);
	EXPECT_EQ(axvcpu_list_regs(vcpu, ids.data(), &count), AXVCPU_OK);
	size_t found = 0;
	for (uint64_t id : ids)
		found += AXVCPU_REG_CLASS(id) == RISCV_VCPU_REG_IMSIC;
	EXPECT_EQ(found, 10u);
}

// Saved out of one file, loaded into another one.
TEST_F(Aia, Snapshot)
{
	make_with_file(3);
	bind();
	in(3, kEip + 2) = 0x5;
	in(3, kEie + 4) = 0x7;
	in(3, kDelivery) = 1;
	hart.csr[RV_CSR_hviprio1] = 0x4d000000;
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	std::vector<uint8_t> snapshot(axvcpu_save_size(vcpu));
	ASSERT_EQ(axvcpu_save(vcpu, snapshot.data(), snapshot.size(), nullptr), AXVCPU_OK);
	EXPECT_EQ(axvcpu_destroy(vcpu), AXVCPU_OK);
	hart.csr[RV_CSR_hviprio1] = 0;
	std::memset(vcpu_memory, 0, sizeof(vcpu_memory));
	make_with_file(6);
	ASSERT_EQ(axvcpu_load(vcpu, snapshot.data(), snapshot.size()), AXVCPU_OK);
	bind();
	EXPECT_EQ(in(6, kEip + 2), 5u);
	EXPECT_EQ(in(6, kEie + 4), 7u);
	EXPECT_EQ(in(6, kDelivery), 1u);
	EXPECT_EQ(hart.csr[RV_CSR_hviprio1], 0x4d000000u);
}

// Who halts is woken through hgeie; who runs takes its interrupts itself.
TEST_F(Aia, Waiting)
{
	make_with_file(2);
	bind();
	hart.csr[RV_CSR_hgeie] = 0x80;
	hart.csr[RV_CSR_vsie] = HVIP_VSEIP >> 1;
	hart.csr[RV_CSR_hgeip] = 0x8;
	EXPECT_EQ(call(kHsm, 3, { 0 }).reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x84u);
	EXPECT_EQ(riscv_vcpu_take_guest_interrupts(), 0u);
	hart.csr[RV_CSR_hgeip] = 0xc;
	EXPECT_EQ(riscv_vcpu_take_guest_interrupts(), 0x4u);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x80u);
	// It is there already: no halt.
	EXPECT_EQ(call(kHsm, 3, { 0 }).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x80u);
	hart.csr[RV_CSR_vsie] = 0;
	EXPECT_EQ(call(kHsm, 3, { 0 }).reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x84u);
	call(0x10, 0);
	EXPECT_EQ(hart.csr[RV_CSR_hgeie], 0x80u);
}

TEST_F(Aia, ControlsWithAndWithoutAFile)
{
	make_with_file(2);
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_hvictl], 0u);
	EXPECT_EQ(hart.csr[RV_CSR_hvien], 0u);
	EXPECT_EQ(hart.csr[RV_CSR_hstateen0],
		  STATEEN0_ENVCFG | STATEEN0_AIA | STATEEN0_CSRIND | STATEEN0_IMSIC);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_destroy(vcpu), AXVCPU_OK);
	std::memset(vcpu_memory, 0, sizeof(vcpu_memory));
	make(nullptr, nullptr);
	bind();
	// An external interrupt by hvip is the most urgent one.
	EXPECT_EQ(hart.csr[RV_CSR_hvictl], 0x90001u);
	EXPECT_EQ(hart.csr[RV_CSR_hstateen0], STATEEN0_ENVCFG | STATEEN0_AIA | STATEEN0_CSRIND);
}

// csrrw/csrrs/csrr of sireg while siselect names priorities (AIA, 6.3.2).
TEST_F(Aia, Priorities)
{
	const auto access = [this](uint32_t funct3, uint64_t rs1) {
		state->gpr[12] = rs1;
		state->gpr[13] = 0xbad;
		trap(CAUSE_VIRTUAL, 0x15100073u | 12u << 15 | funct3 << 12 | 13u << 7);
		return state->gpr[13];
	};

	make_with_file(1);
	bind();
	hart.csr[RV_CSR_vsiselect] = 0x30;
	const uint64_t pc = state->pc;
	EXPECT_EQ(access(1, UINT64_MAX), 0u);
	EXPECT_EQ(state->pc, pc + 4);
	// Of 0 to 7: 1, 4 and 5.
	EXPECT_EQ(hart.csr[RV_CSR_hviprio1], 0xffffff00u);
	EXPECT_EQ(access(1, 0x4d0000001100), 0xffff0000ff00u);
	EXPECT_EQ(hart.csr[RV_CSR_hviprio1], 0x4d001100u);
	EXPECT_EQ(access(2, 0x800000), 0x4d0000001100u);
	EXPECT_EQ(access(3, 0x1100), 0x4d0000001100u);
	EXPECT_EQ(hart.csr[RV_CSR_hviprio1], 0x4d000000u);
	hart.csr[RV_CSR_vsiselect] = 0x32;
	EXPECT_EQ(access(1, 0x0102030405060708), 0u);
	EXPECT_EQ(hart.csr[RV_CSR_hviprio1], 0x010203084d000000u);
	hart.csr[RV_CSR_vsiselect] = 0x34;
	EXPECT_EQ(access(1, 0x1112131415161718), 0u);
	EXPECT_EQ(hart.csr[RV_CSR_hviprio2], 0x1112131415161718u);
	hart.csr[RV_CSR_vsiselect] = 0x3e;
	EXPECT_EQ(access(1, UINT64_MAX), 0u);
	EXPECT_EQ(access(2, 0), 0u);
	// Odd ones are none, nor are other registers.
	for (uint64_t select : { 0x31ul, 0x3ful, 0x2eul, 0x40ul }) {
		hart.csr[RV_CSR_vsiselect] = select;
		EXPECT_EQ(access(1, 1), 0xbadu);
		EXPECT_EQ(hart.csr[RV_CSR_vscause], 2u);
	}
	// User mode has none of it.
	hart.csr[RV_CSR_vsiselect] = 0x30;
	state->sstatus &= ~SSTATUS_SPP;
	EXPECT_EQ(access(1, 1), 0xbadu);
}

} // namespace
