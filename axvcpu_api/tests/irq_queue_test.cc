// SPDX-License-Identifier: Apache-2.0
// The interrupt queue by itself: order, AGAIN, errors, and threads that race.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "irq_queue_shim.h"

namespace {

class IrqQueueTest : public ::testing::Test {
 protected:
	IrqQueueTest() : memory_(shim_queue_size() / sizeof(uint64_t) + 1, 0) {}

	axvcpu_irq_queue *queue() { return reinterpret_cast<axvcpu_irq_queue *>(memory_.data()); }

	// What the next drain does with each vector.
	axvcpu_error_t (*answer_)(uint32_t vector) = [](uint32_t) { return axvcpu_error_t{AXVCPU_OK}; };
	std::vector<uint32_t> got_;

	axvcpu_error_t Drain() {
		got_.clear();
		return shim_queue_drain(
			queue(),
			[](void *arg, uint32_t vector) {
				IrqQueueTest *test = static_cast<IrqQueueTest *>(arg);
				test->got_.push_back(vector);
				return test->answer_(vector);
			},
			this);
	}

 private:
	std::vector<uint64_t> memory_;
};

using List = std::vector<uint32_t>;

TEST_F(IrqQueueTest, StartsEmpty) {
	EXPECT_FALSE(shim_queue_has_any(queue()));
	EXPECT_FALSE(shim_queue_may_have(queue()));
	EXPECT_EQ(AXVCPU_OK, Drain());
	EXPECT_TRUE(got_.empty());
}

TEST_F(IrqQueueTest, EveryVectorByItself) {
	for (uint32_t vector = 0; vector < AXVCPU_VECTOR_MAX; vector++) {
		shim_queue_set(queue(), vector);
		EXPECT_TRUE(shim_queue_has_any(queue()));
		EXPECT_TRUE(shim_queue_may_have(queue()));
		EXPECT_EQ(AXVCPU_OK, Drain());
		EXPECT_EQ(List{vector}, got_);
		EXPECT_FALSE(shim_queue_has_any(queue()));
		EXPECT_FALSE(shim_queue_may_have(queue()));
	}
}

TEST_F(IrqQueueTest, AllAtOnceInOrderAndOnce) {
	List all;
	for (uint32_t vector = 0; vector < AXVCPU_VECTOR_MAX; vector++) {
		shim_queue_set(queue(), AXVCPU_VECTOR_MAX - 1 - vector);
		shim_queue_set(queue(), AXVCPU_VECTOR_MAX - 1 - vector);
		all.push_back(vector);
	}
	EXPECT_EQ(AXVCPU_OK, Drain());
	EXPECT_EQ(all, got_);
	EXPECT_EQ(AXVCPU_OK, Drain());
	EXPECT_TRUE(got_.empty());
}

TEST_F(IrqQueueTest, AgainPutsBack) {
	for (uint32_t vector : {1u, 2u, 3u, 500u}) {
		shim_queue_set(queue(), vector);
	}
	answer_ = [](uint32_t vector) {
		return axvcpu_error_t{vector % 2 == 0 ? AXVCPU_ERR_AGAIN : AXVCPU_OK};
	};
	EXPECT_EQ(AXVCPU_OK, Drain());
	EXPECT_EQ((List{1, 2, 3, 500}), got_);
	EXPECT_TRUE(shim_queue_has_any(queue()));
	EXPECT_TRUE(shim_queue_may_have(queue()));
	answer_ = [](uint32_t) { return axvcpu_error_t{AXVCPU_OK}; };
	EXPECT_EQ(AXVCPU_OK, Drain());
	EXPECT_EQ((List{2, 500}), got_);
	EXPECT_FALSE(shim_queue_has_any(queue()));
}

TEST_F(IrqQueueTest, AnErrorEndsItAndKeepsTheRest) {
	for (uint32_t vector : {1u, 2u, 3u, 4u, 100u, 900u}) {
		shim_queue_set(queue(), vector);
	}
	answer_ = [](uint32_t vector) {
		return axvcpu_error_t{vector == 1   ? AXVCPU_ERR_AGAIN :
				      vector == 3 ? AXVCPU_ERR_HARDWARE :
						    AXVCPU_OK};
	};
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, Drain());
	EXPECT_EQ((List{1, 2, 3}), got_);
	answer_ = [](uint32_t) { return axvcpu_error_t{AXVCPU_OK}; };
	EXPECT_EQ(AXVCPU_OK, Drain());
	EXPECT_EQ((List{1, 3, 4, 100, 900}), got_);
}

TEST_F(IrqQueueTest, AnErrorInALoneWordLeavesIt) {
	shim_queue_set(queue(), 70);
	answer_ = [](uint32_t) { return axvcpu_error_t{AXVCPU_ERR_HARDWARE}; };
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, Drain());
	EXPECT_TRUE(shim_queue_has_any(queue()));
}

TEST_F(IrqQueueTest, ASummaryBitAloneIsNothing) {
	shim_queue_set_summary_only(queue(), 70);
	EXPECT_TRUE(shim_queue_may_have(queue()));
	EXPECT_FALSE(shim_queue_has_any(queue()));
	EXPECT_EQ(AXVCPU_OK, Drain());
	EXPECT_TRUE(got_.empty());
	EXPECT_FALSE(shim_queue_may_have(queue()));
}

// Threads set vectors that share words and summary bits while the owner drains. Each thread
// sets a vector again only after it came, so each set must be seen: none may get lost.
TEST_F(IrqQueueTest, ThreadsLoseNothing) {
	constexpr uint32_t kThreads = 4;
	constexpr uint32_t kRounds = 2000;
	static std::atomic<uint32_t> arrived[kThreads];
	std::atomic<uint32_t> finished{0};
	std::vector<std::thread> threads;
	for (uint32_t t = 0; t < kThreads; t++) {
		arrived[t] = 0;
		threads.emplace_back([&, t] {
			for (uint32_t i = 0; i < kRounds; i++) {
				// Two threads in one word, the other two elsewhere, by turns.
				shim_queue_set(queue(), (t / 2) * 64 + t % 2);
				while (arrived[t].load() == i) {
					std::this_thread::yield();
				}
			}
			finished++;
		});
	}
	while (finished.load() < kThreads) {
		axvcpu_error_t error = shim_queue_drain(
			queue(),
			[](void *, uint32_t vector) {
				arrived[vector / 64 * 2 + vector % 64]++;
				return axvcpu_error_t{AXVCPU_OK};
			},
			nullptr);
		ASSERT_EQ(AXVCPU_OK, error);
		std::this_thread::yield();
	}
	for (std::thread &thread : threads) {
		thread.join();
	}
	for (uint32_t t = 0; t < kThreads; t++) {
		EXPECT_EQ(kRounds, arrived[t].load()) << "each set arrives exactly once";
	}
	EXPECT_FALSE(shim_queue_has_any(queue()));
}

}  // namespace
