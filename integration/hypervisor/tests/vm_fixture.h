// SPDX-License-Identifier: Apache-2.0
// A machine on the host: vCPUs of the mock arch package, devices and tables that only say when
// they come and go. In the end nothing may be left of it.
#ifndef HYPERVISOR_TESTS_VM_FIXTURE_H_
#define HYPERVISOR_TESTS_VM_FIXTURE_H_

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#define _Noreturn [[noreturn]]
extern "C" {
#include "hal_mock/arch_mock.h"
#include "hal_mock/hal_mock.h"
#include "integration/hypervisor/board.h"
#include "integration/hypervisor/loader.h"
#include "integration/hypervisor/pages.h"
#include "integration/hypervisor/save.h"
#include "integration/hypervisor/sched.h"
#include "integration/hypervisor/vm.h"
}

namespace {

constexpr uint64_t kMemory = UINT64_C(2) << 20;
constexpr uint64_t kPages = 4 * kMemory / PAGE_SIZE;
constexpr size_t kHostRoom = 16 * AXVCPU_FRAME_SIZE;
constexpr uint8_t kTables = 0xac;
constexpr uint64_t kRoot = 0x1000;

struct vm vm;
// What happened, a word each.
std::vector<std::string> events;
bool no_frames, no_tables, no_devices;
// What board_vcpu_stop() and board_vcpu_setup() give.
axvcpu_error_t stop_error, setup_error;
int device;

uint64_t Count(const std::string &event)
{
	return static_cast<uint64_t>(std::count(events.begin(), events.end(), event));
}

} // namespace

// What the code under test stands on.
extern "C" {

const struct board board = { 0, 0, 0, 0 };

void log_line(uint32_t, const char *, ...) {}
void board_relax(void) {}
uint64_t test_device_checksum(void) { return 1; }
void test_devices_reset(struct test_devices *) {}
enum vm_status save_load(struct vm *) { return VM_ALIVE; }

bool loader_run(const struct machine_config *config, uint64_t memory)
{
	events.push_back("load");
	memset(reinterpret_cast<void *>(memory), 0, config->memory);
	return true;
}

uint64_t board_stage2_create(const struct machine_config *, uint64_t)
{
	events.push_back("tables");
	return no_tables ? 0 : kRoot;
}

void board_stage2_destroy(uint64_t root)
{
	EXPECT_EQ(kRoot, root);
	events.push_back("no tables");
}

// As a PC's does, it leaves something in the guest's memory.
struct board_machine *board_machine_create(struct vm *of)
{
	EXPECT_EQ(kRoot, of->stage2_root) << "devices without tables";
	events.push_back("devices");
	*reinterpret_cast<uint8_t *>(of->ram) = kTables;
	return no_devices ? nullptr : reinterpret_cast<struct board_machine *>(&device);
}

void board_machine_destroy(struct board_machine *machine)
{
	EXPECT_EQ(reinterpret_cast<struct board_machine *>(&device), machine);
	events.push_back("no devices");
}

axvcpu_error_t board_vcpu_create(struct vm_vcpu *vcpu, const struct axvcpu_create_params *params)
{
	return axvcpu_create(vcpu->vm->host, reinterpret_cast<void *>(vcpu->memory),
			     vcpu->pages * PAGE_SIZE, params, nullptr, &vcpu->handle);
}

axvcpu_error_t board_vcpu_setup(struct vm_vcpu *vcpu, uint64_t entry, uint64_t)
{
	const struct arch_mock_setup_config setup = { sizeof(setup), 0, 0 };

	if (setup_error != AXVCPU_OK) {
		return setup_error;
	}
	return axvcpu_setup(vcpu->handle, entry, kRoot, &setup);
}

axvcpu_error_t board_vcpu_stop(struct vm_vcpu *)
{
	return stop_error;
}

void board_vcpu_destroy(struct vm_vcpu *) {}
void board_kick(uint32_t) {}

} // extern "C"

namespace {

axvcpu_error_t (*alloc_frames)(void *, uint64_t, uint64_t, uint64_t *);

axvcpu_error_t AllocFrames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	return no_frames ? AXVCPU_ERR_NO_MEMORY : alloc_frames(ctx, count, align, hpa);
}

class Machine : public ::testing::Test {
    protected:
	Machine()
	    : ram_(std::aligned_alloc(kMemory, kPages * PAGE_SIZE)),
	      arena_(std::aligned_alloc(AXVCPU_FRAME_SIZE, 64 * AXVCPU_FRAME_SIZE)),
	      host_memory_(std::aligned_alloc(AXVCPU_FRAME_SIZE, kHostRoom))
	{
		no_frames = no_tables = no_devices = false;
		stop_error = AXVCPU_ERR_UNSUPPORTED;
		setup_error = AXVCPU_OK;
		pages_init(reinterpret_cast<uint64_t>(ram_),
			   reinterpret_cast<uint64_t>(ram_) + kPages * PAGE_SIZE);
		hal_mock_init(&mock_, arena_, 64 * AXVCPU_FRAME_SIZE);
		hal_mock_fill_ops(&hal_);
		alloc_frames = hal_.alloc_frames;
		hal_.alloc_frames = AllocFrames;
		EXPECT_EQ(AXVCPU_OK, axvcpu_host_init(host_memory_, kHostRoom, arch_mock_ops(), &hal_,
						      &mock_, &host_));
		config_ = {};
		config_.memory = kMemory;
		config_.cpus = 2;
		events.clear();
	}
	~Machine() override
	{
		vm_destroy(&vm);
		EXPECT_EQ(0u, pages_in_use());
		EXPECT_EQ(0u, mock_.used_frames);
		EXPECT_EQ(0u, mock_.bad_frees);
		EXPECT_EQ(0u, vm.vcpus_left);
		EXPECT_EQ(Count("tables") - (no_tables ? 1 : 0), Count("no tables"));
		EXPECT_EQ(Count("devices") - (no_devices ? 1 : 0), Count("no devices"));
		std::free(host_memory_);
		std::free(arena_);
		std::free(ram_);
	}
	enum vm_status Create()
	{
		return vm_create(&vm, host_, 0, &config_, 1);
	}
	// The guest turned it off after it had run.
	void RunAndTurnOff(struct vm_vcpu *vcpu)
	{
		vcpu->power = VCPU_STARTING;
		ASSERT_TRUE(vm_vcpu_start(vcpu));
		vm_vcpu_turn_off(vcpu);
		ASSERT_TRUE(vcpu->stop_due);
	}

	void *ram_;
	void *arena_;
	void *host_memory_;
	struct hal_mock mock_;
	struct axvcpu_hal_ops hal_ = {};
	struct axvcpu_host *host_ = nullptr;
	struct machine_config config_;
};

} // namespace

#endif // HYPERVISOR_TESTS_VM_FIXTURE_H_
