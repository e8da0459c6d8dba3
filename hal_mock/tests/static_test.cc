// SPDX-License-Identifier: Apache-2.0
// axvcpu_api bound to the mock arch package at compile time: the same calls, no other table.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "axvcpu/axvcpu.h"
#include "hal_mock/arch_mock.h"
#include "hal_mock/hal_mock.h"

namespace {

struct Free {
	void operator()(void *memory) const { std::free(memory); }
};

std::unique_ptr<void, Free> Block(size_t size, size_t align = AXVCPU_MEMORY_ALIGN) {
	return std::unique_ptr<void, Free>(
		std::aligned_alloc(align, (size + align - 1) / align * align));
}

class StaticTest : public ::testing::Test {
 protected:
	StaticTest()
		: mock_(std::make_unique<hal_mock>()),
		  arena_(Block(8 * AXVCPU_FRAME_SIZE, AXVCPU_FRAME_SIZE)) {
		hal_mock_init(mock_.get(), arena_.get(), 8 * AXVCPU_FRAME_SIZE);
		hal_mock_fill_ops(&hal_);
	}

	std::unique_ptr<hal_mock> mock_;
	std::unique_ptr<void, Free> arena_;
	axvcpu_hal_ops hal_;
	axvcpu_host *host_ = nullptr;
};

TEST_F(StaticTest, NoOtherTable) {
	axvcpu_arch_ops other = *arch_mock_ops();
	auto memory = Block(4096);
	EXPECT_EQ(0u, axvcpu_host_size(&other));
	EXPECT_EQ(AXVCPU_ERR_ABI_MISMATCH,
		  axvcpu_host_init(memory.get(), 4096, &other, &hal_, mock_.get(), &host_));
	EXPECT_EQ(nullptr, host_);
	EXPECT_NE(0u, axvcpu_host_size(arch_mock_ops()));
}

TEST_F(StaticTest, AVcpuLivesAsWithTheGenericBinding) {
	auto host_memory = Block(axvcpu_host_size(arch_mock_ops()));
	ASSERT_EQ(AXVCPU_OK,
		  axvcpu_host_init(host_memory.get(), axvcpu_host_size(arch_mock_ops()),
				   arch_mock_ops(), &hal_, mock_.get(), &host_));
	EXPECT_EQ(arch_mock_ops(), axvcpu_host_arch(host_));

	axvcpu_percpu *percpu = nullptr;
	auto percpu_memory = Block(axvcpu_percpu_size(host_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_init(host_, percpu_memory.get(),
						axvcpu_percpu_size(host_), 0, &percpu));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu));
	EXPECT_EQ(ARCH_MOCK_LEVELS, axvcpu_max_guest_page_table_levels(percpu));

	arch_mock_step steps[2] = {};
	steps[0].exit.reason = AXVCPU_EXIT_MMIO_READ;
	steps[0].exit.u.mmio = {0x9000000, 0, 2, 5, 8, 1};
	steps[1].exit.reason = AXVCPU_EXIT_HALT;
	arch_mock_script script = {steps, 2, 0};
	arch_mock_create_config config = {sizeof(config), 0, &script};
	axvcpu_create_params params = {};
	params.size = sizeof(params);
	params.preferred_cpu = AXVCPU_CPU_ANY;
	axvcpu *vcpu = nullptr;
	auto vcpu_memory = Block(axvcpu_size(host_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_create(host_, vcpu_memory.get(), axvcpu_size(host_), &params,
					   &config, &vcpu));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, 0x1000, 0x2000, nullptr));
	EXPECT_EQ(0x2000u, arch_mock_root(vcpu));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));

	const axvcpu_exit *exit = nullptr;
	uint64_t value = 0;
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu, &exit));
	EXPECT_EQ(AXVCPU_EXIT_MMIO_READ, exit->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu, 0x8001));
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu, 5, &value));
	EXPECT_EQ(0xffffffffffff8001u, value);
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu, &exit));
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 9));
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu, &exit));
	EXPECT_EQ(1u, mock_->injected[9]);

	// The operations were called, each once a run.
	EXPECT_EQ(3u, hal_mock_count(&mock_->trace, ARCH_MOCK_RUN));
	EXPECT_EQ(1u, hal_mock_count(&mock_->trace, ARCH_MOCK_COMPLETE_READ));

	// Another one in its place, by the one operation.
	axvcpu *other = nullptr;
	auto other_memory = Block(axvcpu_size(host_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_create(host_, other_memory.get(), axvcpu_size(host_), &params,
					   nullptr, &other));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(other, 0x1000, 0x2000, nullptr));
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(vcpu, other));
	EXPECT_EQ(1u, hal_mock_count(&mock_->trace, ARCH_MOCK_SWITCH_VCPUS));
	EXPECT_EQ(0u, hal_mock_count(&mock_->trace, ARCH_MOCK_UNBIND));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(other));
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(other));
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu));
	EXPECT_EQ(0u, mock_->used_frames);
}

}  // namespace
