// SPDX-License-Identifier: Apache-2.0
// What goes wrong in the life of a machine ends it, takes nothing apart twice, and leaves no
// memory behind.
#include "integration/hypervisor/tests/vm_fixture.h"

extern "C" void sched_kick_all(void) {}

namespace {

TEST_F(Machine, AVcpuThatIsOffIsMadeNew)
{
	ASSERT_EQ(VM_ALIVE, Create());
	RunAndTurnOff(&vm.vcpus[1]);
	EXPECT_TRUE(vm_vcpu_stop(&vm.vcpus[1]));
	EXPECT_FALSE(vm.vcpus[1].stop_due);
	EXPECT_EQ(AXVCPU_STATE_CREATED, axvcpu_get_state(vm.vcpus[1].handle));
	EXPECT_EQ(2u, vm.vcpus_left);
	vm.vcpus[1].power = VCPU_STARTING;
	EXPECT_TRUE(vm_vcpu_start(&vm.vcpus[1]));
	EXPECT_TRUE(vm_is_alive(&vm));
}

TEST_F(Machine, AVcpuThatCannotBeMadeNewIsGone)
{
	ASSERT_EQ(VM_ALIVE, Create());
	RunAndTurnOff(&vm.vcpus[1]);
	no_frames = true;
	EXPECT_FALSE(vm_vcpu_stop(&vm.vcpus[1]));
	EXPECT_EQ(VM_ERROR, vm.status);
	EXPECT_EQ(nullptr, vm.vcpus[1].handle);
	EXPECT_EQ(VCPU_OFF, vm.vcpus[1].power);
	EXPECT_EQ(1u, vm.vcpus_left) << "nobody waits for it";
	ASSERT_NE(nullptr, vm.vcpus[0].handle);
	vm_vcpu_destroy(&vm.vcpus[0]);
	EXPECT_EQ(0u, vm.vcpus_left);
}

TEST_F(Machine, AVcpuThatCannotBeStoppedIsThereUntilItsMachineEnds)
{
	ASSERT_EQ(VM_ALIVE, Create());
	RunAndTurnOff(&vm.vcpus[1]);
	stop_error = AXVCPU_ERR_BAD_STATE;
	EXPECT_FALSE(vm_vcpu_stop(&vm.vcpus[1]));
	EXPECT_EQ(VM_ERROR, vm.status);
	EXPECT_NE(nullptr, vm.vcpus[1].handle);
	EXPECT_EQ(2u, vm.vcpus_left);
}

TEST_F(Machine, AVcpuThatCannotBeRenewedIsGone)
{
	ASSERT_EQ(VM_ALIVE, Create());
	vm.vcpus[0].power = VCPU_STARTING;
	ASSERT_TRUE(vm_vcpu_start(&vm.vcpus[0]));
	vm_vcpu_renew(&vm.vcpus[0]);
	ASSERT_TRUE(vm_is_alive(&vm));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vm.vcpus[0].handle));
	no_frames = true;
	vm_vcpu_renew(&vm.vcpus[0]);
	EXPECT_EQ(VM_ERROR, vm.status);
	EXPECT_EQ(nullptr, vm.vcpus[0].handle);
	EXPECT_EQ(1u, vm.vcpus_left);
}

TEST_F(Machine, AVcpuThatCannotBeCreated)
{
	no_frames = true;
	EXPECT_EQ(VM_ERROR, Create());
	EXPECT_EQ(0u, vm.vcpus_left);
}

TEST_F(Machine, NoDevicesWithoutTables)
{
	no_tables = true;
	EXPECT_EQ(VM_ERROR, Create());
	EXPECT_EQ(0u, Count("devices"));
}

TEST_F(Machine, NoVcpusWithoutDevices)
{
	no_devices = true;
	EXPECT_EQ(VM_ERROR, Create());
	EXPECT_EQ(nullptr, vm.vcpus[0].handle);
}

class MachineAgain : public Machine {
    protected:
	MachineAgain()
	{
		config_.cpus = 1;
		EXPECT_EQ(VM_ALIVE, Create());
		vm.again = 3;
		EXPECT_TRUE(vm_vcpu_start(&vm.vcpus[0]));
		vm_guest_ended(&vm, VM_ERROR);
		EXPECT_TRUE(vm.begins_anew);
		events.clear();
	}
	// What begun before is undone in the end.
	~MachineAgain() override
	{
		events.insert(events.begin(), { "tables", "devices" });
	}
};

TEST_F(MachineAgain, BeginsWithAllThatItHadAtFirst)
{
	*reinterpret_cast<uint8_t *>(vm.ram + 1) = 0x55;
	vm_begin_anew(&vm);
	EXPECT_TRUE(vm_is_alive(&vm));
	EXPECT_EQ(VCPU_STARTING, vm.vcpus[0].power);
	EXPECT_EQ(kTables, *reinterpret_cast<uint8_t *>(vm.ram)) << "what devices leave in memory";
	EXPECT_EQ(0, *reinterpret_cast<uint8_t *>(vm.ram + 1));
	EXPECT_EQ(1u, Count("no devices"));
	EXPECT_TRUE(vm_vcpu_start(&vm.vcpus[0]));
}

TEST_F(MachineAgain, KeepsItsTablesAsLongAsItsVcpu)
{
	no_frames = true;
	vm_begin_anew(&vm);
	EXPECT_EQ(VM_ERROR, vm.status);
	EXPECT_EQ(VCPU_OFF, vm.vcpus[0].power) << "it does not start once more";
	EXPECT_EQ(0u, Count("no tables"));
	EXPECT_EQ(0u, vm.vcpus_left);
}

TEST_F(MachineAgain, WithoutTablesItEnds)
{
	no_tables = true;
	vm_begin_anew(&vm);
	EXPECT_EQ(VM_ERROR, vm.status);
	EXPECT_EQ(nullptr, vm.machine);
	EXPECT_EQ(1u, vm.vcpus_left) << "it is new, and taken apart as any other";
	vm_vcpu_destroy(&vm.vcpus[0]);
}

} // namespace
