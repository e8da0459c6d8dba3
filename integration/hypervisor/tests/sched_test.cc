// SPDX-License-Identifier: Apache-2.0
// The scheduler of one CPU with vCPUs that wait: a machine that has ended is taken apart, however
// it ended, and never is anything waited for then.
#include <cstdio>
#include <functional>

#include "integration/hypervisor/tests/vm_fixture.h"

namespace {

struct cpu this_cpu;
// What a vCPU does in its guest.
std::function<void(struct vm_vcpu *)> guest;

} // namespace

extern "C" {

struct cpu *board_this_cpu(void) { return &this_cpu; }
uint64_t board_counter(void) { return 0; }
uint64_t board_counter_frequency(void) { return 1000; }
void board_timer_set(uint64_t) {}
void board_handle_interrupts(void) {}
axvcpu_error_t board_vcpu_move(struct vm_vcpu *, uint32_t) { return AXVCPU_OK; }
uint64_t board_machine_deadline(struct vm_vcpu *) { return UINT64_MAX; }
uint64_t guest_console_settle(void) { return UINT64_MAX; }
void vm_vcpu_run_once(struct vm_vcpu *vcpu) { guest(vcpu); }

// No interrupt would ever come.
void board_wait(void)
{
	std::fprintf(stderr, "FAIL: it waits for ever\n");
	std::abort();
}

// The last one saves the machine.
void save_stop(struct vm_vcpu *vcpu)
{
	vcpu->vm->stopped += vcpu->stopped ? 0 : 1;
	vcpu->stopped = true;
	if (vcpu->vm->stopped == vcpu->vm->config->cpus) {
		vm_end(vcpu->vm, VM_SAVED);
	}
}

} // extern "C"

namespace {

class Sched : public Machine {
    protected:
	Sched()
	{
		this_cpu = {};
		config_.cpus = 3;
		EXPECT_EQ(AXVCPU_OK, sched_cpu_start(host_, &this_cpu));
		percpu_pages_ = pages_in_use();
		EXPECT_EQ(VM_ALIVE, Create());
		for (struct vm_vcpu &vcpu : vm.vcpus) {
			vcpu.power = vcpu.index < config_.cpus && vcpu.vm != nullptr ? VCPU_STARTING : VCPU_OFF;
		}
	}
	~Sched() override
	{
		EXPECT_EQ(AXVCPU_OK, sched_cpu_stop(&this_cpu));
		pages_free(reinterpret_cast<uint64_t>(this_cpu.percpu), percpu_pages_);
	}
	// Until every machine has ended.
	enum vm_status Run()
	{
		sched_add(&vm);
		sched_run(&this_cpu);
		sched_remove(&vm);
		for (const struct vm_vcpu &vcpu : vm.vcpus) {
			EXPECT_EQ(nullptr, vcpu.handle);
		}
		return static_cast<enum vm_status>(vm.status);
	}

	uint64_t percpu_pages_ = 0;
};

TEST_F(Sched, EachHasItsTurnUntilTheEnd)
{
	std::vector<uint32_t> turns;

	guest = [&](struct vm_vcpu *vcpu) {
		turns.push_back(vcpu->index);
		this_cpu.turn_over = true;
		if (turns.size() == 7) {
			vm_end(&vm, VM_POWERED_OFF);
		}
	};
	EXPECT_EQ(VM_POWERED_OFF, Run());
	EXPECT_EQ((std::vector<uint32_t>{ 1, 2, 0, 1, 2, 0, 1 }), turns);
}

// The vCPU that fails comes behind one that waits, and before the one that ran last.
TEST_F(Sched, AVcpuThatCannotBeStoppedWhileAnotherWaits)
{
	guest = [&](struct vm_vcpu *vcpu) {
		vcpu->waiting = true;
		if (vcpu->index == 0) {
			no_frames = true;
			lock_take(&vm.lock);
			vm_vcpu_turn_off(&vm.vcpus[2]);
			lock_release(&vm.lock);
		}
	};
	EXPECT_EQ(VM_ERROR, Run());
}

TEST_F(Sched, AVcpuThatCannotBeStartedWhileAnotherWaits)
{
	vm.vcpus[2].power = VCPU_OFF;
	guest = [&](struct vm_vcpu *vcpu) {
		vcpu->waiting = true;
		if (vcpu->index == 0) {
			setup_error = AXVCPU_ERR_UNSUPPORTED;
			vm.vcpus[2].power = VCPU_STARTING;
		}
	};
	EXPECT_EQ(VM_ERROR, Run());
}

TEST_F(Sched, AMachineIsSavedByTheLastOfItsVcpus)
{
	guest = [&](struct vm_vcpu *vcpu) {
		vcpu->waiting = true;
		if (vcpu->index == 0) {
			vm.save_due = true;
		}
	};
	EXPECT_EQ(VM_SAVED, Run());
}

TEST_F(Sched, AVcpuThatCannotBeRenewed)
{
	vm.renew = 1;
	guest = [&](struct vm_vcpu *vcpu) {
		vcpu->exits_of_this++;
		no_frames = vcpu->index == 2;
	};
	EXPECT_EQ(VM_ERROR, Run());
}

} // namespace
