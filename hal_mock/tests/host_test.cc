// SPDX-License-Identifier: Apache-2.0
// The host and the per-CPU object: checks of the tables, every refusal, every failure.
#include "fixture.h"

namespace axvcpu_test {
namespace {

class HostTest : public MachineTest {
 protected:
	axvcpu_error_t Init() {
		Block memory(axvcpu_host_size(arch_mock_ops()));
		axvcpu_host *host = nullptr;
		axvcpu_error_t error = axvcpu_host_init(memory.data(), memory.size(), &arch_ops_,
							&hal_ops_, mock_.get(), &host);
		EXPECT_EQ(error == AXVCPU_OK, host != nullptr);
		return error;
	}
};

TEST_F(HostTest, CompleteTablesAreTaken) { EXPECT_EQ(AXVCPU_OK, Init()); }

TEST_F(HostTest, ArchTableIsChecked) {
	const axvcpu_arch_ops good = arch_ops_;
#define EXPECT_MISMATCH(change)                                   \
	do {                                                      \
		arch_ops_ = good;                                 \
		arch_ops_.change;                                 \
		EXPECT_EQ(AXVCPU_ERR_ABI_MISMATCH, Init()) << #change; \
	} while (0)
	EXPECT_MISMATCH(abi_version = AXVCPU_ABI_VERSION + 1);
	EXPECT_MISMATCH(abi_version = 0);
	EXPECT_MISMATCH(size = offsetof(axvcpu_arch_ops, clear_interrupt) - 1);
	EXPECT_MISMATCH(size = 0);
	EXPECT_MISMATCH(reserved_flags = 1);
	EXPECT_MISMATCH(reserved = 1);
	EXPECT_MISMATCH(name = nullptr);
	EXPECT_MISMATCH(percpu_init = nullptr);
	EXPECT_MISMATCH(hardware_enable = nullptr);
	EXPECT_MISMATCH(hardware_disable = nullptr);
	EXPECT_MISMATCH(max_guest_page_table_levels = nullptr);
	EXPECT_MISMATCH(vcpu_create = nullptr);
	EXPECT_MISMATCH(vcpu_destroy = nullptr);
	EXPECT_MISMATCH(setup = nullptr);
	EXPECT_MISMATCH(set_entry = nullptr);
	EXPECT_MISMATCH(set_ept_root = nullptr);
	EXPECT_MISMATCH(bind = nullptr);
	EXPECT_MISMATCH(unbind = nullptr);
	EXPECT_MISMATCH(run = nullptr);
	EXPECT_MISMATCH(complete_read = nullptr);
	EXPECT_MISMATCH(complete_write = nullptr);
	EXPECT_MISMATCH(fail_access = nullptr);
	EXPECT_MISMATCH(set_return_value = nullptr);
	EXPECT_MISMATCH(set_gpr = nullptr);
	EXPECT_MISMATCH(get_gpr = nullptr);
	EXPECT_MISMATCH(get_reg = nullptr);
	EXPECT_MISMATCH(set_reg = nullptr);
	EXPECT_MISMATCH(reg_at = nullptr);
	EXPECT_MISMATCH(check_interrupt = nullptr);
	EXPECT_MISMATCH(inject_interrupt = nullptr);
#undef EXPECT_MISMATCH
}

TEST_F(HostTest, HalTableIsChecked) {
	const axvcpu_hal_ops good = hal_ops_;
#define EXPECT_MISMATCH(change)                                   \
	do {                                                      \
		hal_ops_ = good;                                  \
		hal_ops_.change;                                  \
		EXPECT_EQ(AXVCPU_ERR_ABI_MISMATCH, Init()) << #change; \
	} while (0)
	EXPECT_MISMATCH(abi_version = AXVCPU_ABI_VERSION + 1);
	EXPECT_MISMATCH(size = sizeof(axvcpu_hal_ops) - 1);
	EXPECT_MISMATCH(reserved_flags = 1);
	EXPECT_MISMATCH(alloc_frames = nullptr);
	EXPECT_MISMATCH(free_frames = nullptr);
	EXPECT_MISMATCH(phys_to_virt = nullptr);
	EXPECT_MISMATCH(virt_to_phys = nullptr);
	EXPECT_MISMATCH(percpu_get = nullptr);
	EXPECT_MISMATCH(percpu_set = nullptr);
#undef EXPECT_MISMATCH
}

TEST_F(HostTest, OptionalOperationsMayBeMissing) {
	arch_ops_.host_init = nullptr;
	arch_ops_.percpu_destroy = nullptr;
	hal_ops_.irq_fetch = nullptr;
	hal_ops_.irq_handle = nullptr;
	hal_ops_.inject_virtual_interrupt = nullptr;
	hal_ops_.kick_cpu = nullptr;
	hal_ops_.vcpu_runnable = nullptr;
	hal_ops_.time_ns = nullptr;
	hal_ops_.log = nullptr;
	EXPECT_EQ(AXVCPU_OK, Init());
}

TEST_F(HostTest, LargerTablesAreTaken) {
	arch_ops_.size += 64;
	hal_ops_.size += 64;
	EXPECT_EQ(AXVCPU_OK, Init());
}

// An arch package from before the operations at the end: nothing behind its table is read.
TEST_F(HostTest, TablesWithoutTheLastOperationsAreTaken) {
	for (size_t size : {offsetof(axvcpu_arch_ops, clear_interrupt),
			    offsetof(axvcpu_arch_ops, timer_deadline)}) {
		Block block(size, alignof(axvcpu_arch_ops));
		auto *table = static_cast<axvcpu_arch_ops *>(block.data());
		arch_ops_.size = static_cast<uint32_t>(size);
		std::memcpy(block.data(), &arch_ops_, size);
		Block memory(axvcpu_host_size(table));
		ASSERT_EQ(AXVCPU_OK, axvcpu_host_init(memory.data(), memory.size(), table, &hal_ops_,
						      mock_.get(), &host_));
		axvcpu *vcpu = MakeVcpu();
		ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
		bool clears = size > offsetof(axvcpu_arch_ops, clear_interrupt);
		EXPECT_EQ(clears ? AXVCPU_OK : AXVCPU_ERR_UNSUPPORTED,
			  axvcpu_clear_interrupt(vcpu, 3));
		uint64_t deadline = 0;
		EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_timer_deadline(vcpu, &deadline));
		EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu));
	}
}

TEST_F(HostTest, ArgumentsAreChecked) {
	size_t size = axvcpu_host_size(&arch_ops_);
	Block memory(size + AXVCPU_MEMORY_ALIGN);
	char *start = static_cast<char *>(memory.data());
	axvcpu_host *host = nullptr;
	void *ctx = mock_.get();

	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_host_init(nullptr, size, &arch_ops_, &hal_ops_, ctx, &host));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_host_init(start + 8, size, &arch_ops_, &hal_ops_, ctx, &host));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_host_init(start, size, nullptr, &hal_ops_, ctx, &host));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_host_init(start, size, &arch_ops_, nullptr, ctx, &host));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_host_init(start, size, &arch_ops_, &hal_ops_, ctx, nullptr));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY,
		  axvcpu_host_init(start, size - 1, &arch_ops_, &hal_ops_, ctx, &host));
	EXPECT_EQ(nullptr, host);
	EXPECT_EQ(0u, axvcpu_host_size(nullptr));
	arch_ops_.abi_version++;
	EXPECT_EQ(0u, axvcpu_host_size(&arch_ops_));
}

TEST_F(HostTest, ArchErrorComesThrough) {
	FailNext(ARCH_MOCK_HOST_INIT, AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Init());
	EXPECT_EQ(AXVCPU_OK, Init());
}

TEST_F(HostTest, TheArchPackageGetsZeroedMemoryOrNone) {
	static void *state;
	static bool zero;
	arch_ops_.host_init = [](void *host, const axvcpu_hal *) {
		state = host;
		zero = host != nullptr && *static_cast<uint64_t *>(host) == 0;
		return axvcpu_error_t{AXVCPU_OK};
	};
	EXPECT_EQ(AXVCPU_OK, Init());
	EXPECT_TRUE(zero);
	arch_ops_.host_size = 0;
	EXPECT_EQ(AXVCPU_OK, Init());
	EXPECT_EQ(nullptr, state);
}

TEST_F(HostTest, NullHostsHaveNothing) {
	EXPECT_EQ(nullptr, axvcpu_host_arch(nullptr));
	EXPECT_EQ(0u, axvcpu_percpu_size(nullptr));
	EXPECT_EQ(0u, axvcpu_size(nullptr));
	EXPECT_EQ(nullptr, axvcpu_this_percpu(nullptr));
	EXPECT_EQ(nullptr, axvcpu_current(nullptr));
	EXPECT_EQ(0u, axvcpu_max_guest_page_table_levels(nullptr));
	EXPECT_EQ(AXVCPU_CPU_ANY, axvcpu_percpu_cpu(nullptr));
	EXPECT_FALSE(axvcpu_is_enabled(nullptr));
}

TEST_F(HostTest, SizesKeepTheAlignment) {
	MakeHost();
	EXPECT_EQ(&arch_ops_, axvcpu_host_arch(host_));
	EXPECT_EQ(0u, axvcpu_host_size(&arch_ops_) % AXVCPU_MEMORY_ALIGN);
	EXPECT_EQ(0u, axvcpu_percpu_size(host_) % AXVCPU_MEMORY_ALIGN);
	EXPECT_EQ(0u, axvcpu_size(host_) % AXVCPU_MEMORY_ALIGN);
	EXPECT_GT(axvcpu_host_size(&arch_ops_), arch_ops_.host_size);
	EXPECT_GT(axvcpu_percpu_size(host_), arch_ops_.percpu_size);
	EXPECT_GT(axvcpu_size(host_), arch_ops_.vcpu_size + sizeof(axvcpu_exit));
}

TEST_F(HostTest, InterruptsGoToTheHal) {
	MakeHost();
	EXPECT_EQ(AXVCPU_OK, axvcpu_handle_interrupt(host_, 27));
	ASSERT_EQ(1u, Count(HAL_MOCK_IRQ_HANDLE));
	EXPECT_EQ(27u, hal_mock_find(trace(), HAL_MOCK_IRQ_HANDLE, 0)->args[0]);
	EXPECT_EQ(AXVCPU_OK, axvcpu_handle_interrupt(host_, AXVCPU_IRQ_NONE));
	EXPECT_EQ(1u, Count(HAL_MOCK_IRQ_HANDLE));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_handle_interrupt(nullptr, 27));
	hal_ops_.irq_handle = nullptr;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_handle_interrupt(host_, 27));
	EXPECT_EQ(AXVCPU_OK, axvcpu_handle_interrupt(host_, AXVCPU_IRQ_NONE));
}

class PercpuTest : public MachineTest {
 protected:
	PercpuTest() { MakeHost(); }
	axvcpu_error_t Init(Block *memory, axvcpu_percpu **percpu) {
		return axvcpu_percpu_init(host_, memory->data(), memory->size(), 3, percpu);
	}
};

TEST_F(PercpuTest, LifeCycle) {
	Block memory(axvcpu_percpu_size(host_));
	axvcpu_percpu *percpu = nullptr;
	EXPECT_EQ(nullptr, axvcpu_this_percpu(host_));
	ASSERT_EQ(AXVCPU_OK, Init(&memory, &percpu));
	EXPECT_EQ(percpu, axvcpu_this_percpu(host_));
	EXPECT_EQ(3u, axvcpu_percpu_cpu(percpu));
	EXPECT_FALSE(axvcpu_is_enabled(percpu));
	EXPECT_EQ(ARCH_MOCK_LEVELS, axvcpu_max_guest_page_table_levels(percpu));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_hardware_disable(percpu));

	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu));
	EXPECT_TRUE(axvcpu_is_enabled(percpu));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_enable(percpu));
	EXPECT_EQ(1u, Count(ARCH_MOCK_HARDWARE_ENABLE));
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu));
	EXPECT_FALSE(axvcpu_is_enabled(percpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu));

	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu));
	EXPECT_EQ(2u, Count(ARCH_MOCK_HARDWARE_DISABLE)) << "destroying disables";
	EXPECT_EQ(1u, Count(ARCH_MOCK_PERCPU_DESTROY));
	EXPECT_EQ(nullptr, axvcpu_this_percpu(host_));
	EXPECT_EQ(0u, mock_->used_frames);
	EXPECT_EQ(0u, mock_->bad_frees);
}

TEST_F(PercpuTest, DestroyOfADisabledOneDoesNotDisable) {
	Block memory(axvcpu_percpu_size(host_));
	axvcpu_percpu *percpu = nullptr;
	arch_ops_.percpu_destroy = nullptr;
	ASSERT_EQ(AXVCPU_OK, Init(&memory, &percpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu));
	EXPECT_EQ(0u, Count(ARCH_MOCK_HARDWARE_DISABLE));
}

TEST_F(PercpuTest, ArgumentsAreChecked) {
	size_t size = axvcpu_percpu_size(host_);
	Block memory(size + AXVCPU_MEMORY_ALIGN);
	char *start = static_cast<char *>(memory.data());
	axvcpu_percpu *percpu = nullptr;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_percpu_init(nullptr, start, size, 0, &percpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_percpu_init(host_, nullptr, size, 0, &percpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_percpu_init(host_, start + 1, size, 0, &percpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_percpu_init(host_, start, size, AXVCPU_CPU_ANY, &percpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_percpu_init(host_, start, size, 0, nullptr));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_percpu_init(host_, start, size - 1, 0, &percpu));
	EXPECT_EQ(nullptr, percpu);
	EXPECT_EQ(0u, Count(ARCH_MOCK_PERCPU_INIT));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_percpu_destroy(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_hardware_enable(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_hardware_disable(nullptr));
}

TEST_F(PercpuTest, OneForEachCpu) {
	Block memory(axvcpu_percpu_size(host_));
	axvcpu_percpu *percpu = nullptr;
	MakeCpu(0);
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, Init(&memory, &percpu));
	EXPECT_EQ(nullptr, percpu);
}

TEST_F(PercpuTest, FailedInitLeavesNothing) {
	Block memory(axvcpu_percpu_size(host_));
	axvcpu_percpu *percpu = nullptr;
	FailNext(ARCH_MOCK_PERCPU_INIT, AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Init(&memory, &percpu));
	FailNext(HAL_MOCK_ALLOC_FRAMES, AXVCPU_ERR_NO_MEMORY);
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Init(&memory, &percpu));
	EXPECT_EQ(nullptr, percpu);
	EXPECT_EQ(nullptr, axvcpu_this_percpu(host_));
	EXPECT_EQ(0u, Count(HAL_MOCK_PERCPU_SET));
	EXPECT_EQ(AXVCPU_OK, Init(&memory, &percpu)) << "a second try works";
}

TEST_F(PercpuTest, OnlyOnItsCpu) {
	axvcpu_percpu *percpu = MakeCpu(0, false);
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_hardware_enable(percpu));
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_hardware_disable(percpu));
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_percpu_destroy(percpu));
	MakeCpu(1);
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_hardware_enable(percpu));
	EXPECT_EQ(0u, Count(ARCH_MOCK_HARDWARE_DISABLE));
	EXPECT_EQ(0u, Count(ARCH_MOCK_PERCPU_DESTROY));
}

TEST_F(PercpuTest, FailedEnableAndDisableChangeNothing) {
	axvcpu_percpu *percpu = MakeCpu(0, false);
	FailNext(ARCH_MOCK_HARDWARE_ENABLE, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_hardware_enable(percpu));
	EXPECT_FALSE(axvcpu_is_enabled(percpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu));
	FailNext(ARCH_MOCK_HARDWARE_DISABLE, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_hardware_disable(percpu));
	EXPECT_TRUE(axvcpu_is_enabled(percpu));
	FailNext(ARCH_MOCK_HARDWARE_DISABLE, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_percpu_destroy(percpu));
	EXPECT_EQ(percpu, axvcpu_this_percpu(host_));
	EXPECT_EQ(0u, Count(ARCH_MOCK_PERCPU_DESTROY));
	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu));
}

TEST_F(PercpuTest, ABoundVcpuKeepsIt) {
	axvcpu_percpu *percpu = MakeCpu(0);
	axvcpu *vcpu = MakeReadyVcpu();
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_disable(percpu));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_percpu_destroy(percpu));
	EXPECT_TRUE(axvcpu_is_enabled(percpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu));
}

}  // namespace
}  // namespace axvcpu_test
