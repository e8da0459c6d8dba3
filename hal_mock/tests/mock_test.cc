// SPDX-License-Identifier: Apache-2.0
// The mocks themselves: frames, failures, the log, the machine that they need.
#include "fixture.h"

namespace axvcpu_test {
namespace {

class MockTest : public MachineTest {
 protected:
	axvcpu_error_t Alloc(uint64_t count, uint64_t align, uint64_t *hpa) {
		return hal_ops_.alloc_frames(mock_.get(), count, align, hpa);
	}
	void FreeFrames(uint64_t hpa, uint64_t count) {
		hal_ops_.free_frames(mock_.get(), hpa, count);
	}
};

TEST_F(MockTest, FramesAreAlignedAndDistinct) {
	uint64_t a = 1, b = 1, c = 1;
	ASSERT_EQ(AXVCPU_OK, Alloc(1, AXVCPU_FRAME_SIZE, &a));
	ASSERT_EQ(AXVCPU_OK, Alloc(4, 4 * AXVCPU_FRAME_SIZE, &b));
	ASSERT_EQ(AXVCPU_OK, Alloc(2, AXVCPU_FRAME_SIZE, &c));
	EXPECT_EQ(HAL_MOCK_HPA_BASE, a);
	EXPECT_EQ(HAL_MOCK_HPA_BASE + 4 * AXVCPU_FRAME_SIZE, b);
	EXPECT_EQ(HAL_MOCK_HPA_BASE + 1 * AXVCPU_FRAME_SIZE, c);
	EXPECT_EQ(7u, mock_->used_frames);
	void *virt = hal_ops_.phys_to_virt(mock_.get(), b + 8);
	EXPECT_EQ(static_cast<char *>(arena_.data()) + 4 * AXVCPU_FRAME_SIZE + 8, virt);
	EXPECT_EQ(b + 8, hal_ops_.virt_to_phys(mock_.get(), virt));
	EXPECT_EQ(nullptr, hal_ops_.phys_to_virt(mock_.get(), HAL_MOCK_HPA_BASE - 1));
	EXPECT_EQ(nullptr,
		  hal_ops_.phys_to_virt(mock_.get(), HAL_MOCK_HPA_BASE + 64 * AXVCPU_FRAME_SIZE));
	FreeFrames(b, 4);
	FreeFrames(a, 1);
	FreeFrames(c, 2);
	EXPECT_EQ(0u, mock_->used_frames);
	EXPECT_EQ(0u, mock_->bad_frees);
}

TEST_F(MockTest, ExhaustionAndBadFrees) {
	uint64_t all = 0;
	uint64_t more = 5;
	ASSERT_EQ(AXVCPU_OK, Alloc(64, AXVCPU_FRAME_SIZE, &all));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Alloc(1, AXVCPU_FRAME_SIZE, &more));
	EXPECT_EQ(5u, more);
	FreeFrames(all, 63);
	FreeFrames(all + AXVCPU_FRAME_SIZE, 1);
	FreeFrames(all + 1, 64);
	FreeFrames(0, 1);
	EXPECT_EQ(4u, mock_->bad_frees);
	FreeFrames(all, 64);
	FreeFrames(all, 64);
	EXPECT_EQ(5u, mock_->bad_frees);
	EXPECT_EQ(0u, mock_->used_frames);
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Alloc(0, AXVCPU_FRAME_SIZE, &more));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Alloc(65, AXVCPU_FRAME_SIZE, &more));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Alloc(UINT64_MAX, AXVCPU_FRAME_SIZE, &more));
}

TEST_F(MockTest, FailuresComeWhereTheyWereOrdered) {
	const uint32_t op = HAL_MOCK_LOG;
	std::vector<axvcpu_error_t> got;
	auto call = [&](int times) {
		got.clear();
		for (int i = 0; i < times; i++) {
			got.push_back(hal_mock_record(trace(), op, nullptr, 0, 0));
		}
		return got;
	};
	const axvcpu_error_t e = AXVCPU_ERR_HARDWARE;
	const axvcpu_error_t o = AXVCPU_OK;
	using List = std::vector<axvcpu_error_t>;
	EXPECT_EQ((List{o, o}), call(2));
	hal_mock_fail(trace(), op, 1, 2, e);
	EXPECT_EQ((List{o, e, e, o}), call(4));
	// Clearing the log keeps what is still to come.
	hal_mock_fail(trace(), op, 2, 1, e);
	call(1);
	hal_mock_clear_log(trace());
	EXPECT_EQ(0u, Count(op));
	EXPECT_EQ((List{o, e, o}), call(3));
	hal_mock_fail(trace(), op, 0, 3, e);
	call(1);
	hal_mock_clear_log(trace());
	EXPECT_EQ((List{e, e, o}), call(3));
	hal_mock_clear_log(trace());
	EXPECT_EQ((List{o, o, o}), call(3));
	hal_mock_fail(trace(), HAL_MOCK_OPERATION_COUNT, 0, 1, e);  // does nothing
	EXPECT_EQ(0u, Count(HAL_MOCK_OPERATION_COUNT));
}

TEST_F(MockTest, AFullLogStillCounts) {
	for (uint32_t i = 0; i < HAL_MOCK_CALLS + 10; i++) {
		hal_mock_record(trace(), HAL_MOCK_TIME_NS, nullptr, i, 0);
	}
	EXPECT_EQ(HAL_MOCK_CALLS + 10, Count(HAL_MOCK_TIME_NS));
	EXPECT_EQ(HAL_MOCK_CALLS - 1,
		  hal_mock_find(trace(), HAL_MOCK_TIME_NS, HAL_MOCK_CALLS - 1)->args[0]);
	EXPECT_EQ(nullptr, hal_mock_find(trace(), HAL_MOCK_TIME_NS, HAL_MOCK_CALLS));
}

TEST_F(MockTest, TheRestOfTheHal) {
	mock_->now_ns = 123;
	EXPECT_EQ(123u, hal_ops_.time_ns(mock_.get()));
	const char *text = "line";
	hal_ops_.log(mock_.get(), AXVCPU_LOG_WARN, text);
	ASSERT_EQ(1u, Count(HAL_MOCK_LOG));
	EXPECT_EQ(text, hal_mock_find(trace(), HAL_MOCK_LOG, 0)->object);
	EXPECT_EQ(AXVCPU_LOG_WARN, hal_mock_find(trace(), HAL_MOCK_LOG, 0)->args[0]);
	mock_->cpu = 3;
	hal_ops_.percpu_set(mock_.get(), &text);
	EXPECT_EQ(&text, hal_ops_.percpu_get(mock_.get()));
	mock_->cpu = 4;
	EXPECT_EQ(nullptr, hal_ops_.percpu_get(mock_.get()));
	mock_->cpu_of_caller = [](void *) { return uint64_t{3}; };
	EXPECT_EQ(&text, hal_ops_.percpu_get(mock_.get()));
}

TEST_F(MockTest, TheArchPackageWorksWithAnotherHalAndKeepsNoLog) {
	static void *slot = nullptr;
	hal_ops_.percpu_get = [](void *) -> void * { return slot; };
	hal_ops_.percpu_set = [](void *, void *pointer) { slot = pointer; };
	EXPECT_EQ(nullptr, hal_mock_of(&hal_ops_, mock_.get()));
	MakeHost();
	FailNext(ARCH_MOCK_BIND, AXVCPU_ERR_HARDWARE);
	axvcpu_percpu *percpu = MakeCpu(0);
	axvcpu *vcpu = MakeReadyVcpu();
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	EXPECT_EQ(0u, Count(ARCH_MOCK_BIND));
	EXPECT_EQ(2u, mock_->used_frames) << "one of the CPU, one of the vCPU";
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu));
	EXPECT_EQ(0u, mock_->used_frames);
}

TEST_F(MockTest, ConfigurationsAreChecked) {
	MakeMachine();
	axvcpu_create_params params = Params();
	Block memory(axvcpu_size(host_));
	axvcpu *vcpu = nullptr;
	arch_mock_create_config create = {};
	create.size = sizeof(create);
	create.vector_count = AXVCPU_VECTOR_MAX + 1;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_create(host_, memory.data(), memory.size(),
							     &params, &create, &vcpu));
	arch_mock_setup_config setup = {};
	for (uint32_t flags : {0u, 2u}) {
		setup.flags = flags;
		axvcpu *other = MakeVcpu();
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_setup(other, kEntry, kRoot, &setup));
		EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(other));
		setup.size = sizeof(setup);
	}
	setup.flags = 0;
	setup.argument = 99;
	vcpu = MakeVcpu();
	uint64_t value = 0;
	EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, &setup));
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu, ARCH_MOCK_ACCUMULATOR, &value));
	EXPECT_EQ(99u, value);
}

}  // namespace
}  // namespace axvcpu_test
