// SPDX-License-Identifier: Apache-2.0
// What axvcpu_api's headers say that a vCPU does, as a model without threads: for
// random_test.cc, which compares the library with it.
#ifndef HAL_MOCK_TESTS_RANDOM_MODEL_H_
#define HAL_MOCK_TESTS_RANDOM_MODEL_H_

#include <array>
#include <cstdint>
#include <set>

#include "axvcpu/axvcpu.h"
#include "hal_mock/arch_mock.h"

namespace axvcpu_test {

constexpr int kNowhere = -1;
// Vectors of the mock vCPUs; more are refused.
constexpr uint32_t kVectors = 200;

inline uint32_t Bit(uint32_t number) { return uint32_t{1} << number; }

constexpr uint32_t I = AXVCPU_STATE_INVALID;
constexpr uint32_t C = AXVCPU_STATE_CREATED;
constexpr uint32_t F = AXVCPU_STATE_FREE;
constexpr uint32_t R = AXVCPU_STATE_READY;
constexpr uint32_t X = AXVCPU_STATE_RUNNING;
constexpr uint32_t B = AXVCPU_STATE_BLOCKED;

inline bool IsRead(uint32_t reason) {
	return reason == AXVCPU_EXIT_MMIO_READ || reason == AXVCPU_EXIT_SYSREG_READ ||
	       reason == AXVCPU_EXIT_PORT_READ;
}
inline bool IsWrite(uint32_t reason) {
	return reason == AXVCPU_EXIT_MMIO_WRITE || reason == AXVCPU_EXIT_SYSREG_WRITE ||
	       reason == AXVCPU_EXIT_PORT_WRITE;
}
inline bool IsAccess(uint32_t reason) {
	return IsRead(reason) || IsWrite(reason) || reason == AXVCPU_EXIT_NESTED_PAGE_FAULT;
}
// Exits of an instruction that is over.
inline bool IsStepped(uint32_t reason) {
	return reason == AXVCPU_EXIT_HYPERCALL || reason == AXVCPU_EXIT_HALT ||
	       reason == AXVCPU_EXIT_CPU_UP || reason == AXVCPU_EXIT_CPU_DOWN ||
	       reason == AXVCPU_EXIT_SYSTEM_DOWN || reason == AXVCPU_EXIT_SEND_IPI;
}

struct Registers {
	std::array<uint64_t, ARCH_MOCK_GPRS> gpr = {};
	uint64_t pc = 0;
	uint32_t flags = 0;
	uint8_t mode = 0;
	std::array<uint8_t, ARCH_MOCK_VECTOR_SIZE> vector = {};

	bool operator==(const Registers &other) const {
		return gpr == other.gpr && pc == other.pc && flags == other.flags &&
		       mode == other.mode && vector == other.vector;
	}
};

// The failure that axvcpu_get_failure() tells of.
struct Failure {
	uint32_t operation = AXVCPU_OPERATION_NONE;
	uint32_t required = 0;
	uint32_t found = 0;
	axvcpu_error_t error = AXVCPU_OK;
	uint64_t reg = 0;
};

struct VcpuModel {
	uint32_t state = C;
	int cpu = kNowhere;
	int allowed = kNowhere;
	uint64_t id = 0;
	// The last exit, if it is an access that nobody finished.
	uint32_t open = AXVCPU_EXIT_NOTHING;
	bool slept = false;
	bool kicked = false;
	// Something was queued or taken back since the last entry.
	bool attention = false;
	std::set<uint32_t> queued;
	std::set<uint32_t> cleared;
	Registers regs;
	bool has_vector = false;
	Failure failure;
	bool traced = false;
	uint64_t traced_exits = 0;

	bool In(uint32_t states) const { return (Bit(state) & states) != 0; }
	bool IsLive() const { return In(Bit(F) | Bit(R) | Bit(X) | Bit(B)); }
	bool IsExited() const { return In(Bit(F) | Bit(R) | Bit(B)); }
	bool HasRegs() const { return IsExited() || state == C; }
	bool IsHere(int here) const { return cpu == kNowhere || cpu == here; }
	bool IsRunnable() const {
		return state == R || ((state == F || state == B) && (kicked || !queued.empty()));
	}

	// A transition that cannot be made, or whose work failed.
	axvcpu_error_t Fail(uint32_t operation, uint32_t required, uint32_t found,
			    axvcpu_error_t error) {
		failure = {operation, required, found, error, 0};
		state = I;
		return error;
	}
	axvcpu_error_t WrongState(uint32_t operation, uint32_t required) {
		return Fail(operation, required, state, AXVCPU_ERR_BAD_STATE);
	}

	// Becomes Blocked, or Ready at once if something is pending.
	void Block() {
		slept = true;
		state = kicked || attention || !queued.empty() ? R : B;
	}
	// A set-up: nothing of what was before.
	void StartAnew() {
		state = F;
		open = AXVCPU_EXIT_NOTHING;
		slept = kicked = attention = false;
		queued.clear();
		cleared.clear();
	}
	// Whether somebody is told: it was asleep, or nobody works on it.
	bool Wake() {
		bool told = state == B || state == F;
		if (state == B) {
			state = R;
		}
		return told;
	}
};

// The value that a general register gets by a read of `width` bytes.
inline uint64_t Extended(uint64_t value, uint32_t width, bool sign, uint32_t to) {
	uint64_t mask = width >= 8 ? UINT64_MAX : (uint64_t{1} << (width * 8)) - 1;
	value &= mask;
	if (sign && width < 8 && (value >> (width * 8 - 1)) != 0) {
		value |= ~mask;
	}
	return to >= 8 ? value : value & ((uint64_t{1} << (to * 8)) - 1);
}

// As x86 writes a part of a register: 4 bytes clear those above, fewer keep them.
inline uint64_t Merged(uint64_t old, uint64_t value, uint32_t bytes) {
	uint64_t mask = bytes >= 8 ? UINT64_MAX : (uint64_t{1} << (bytes * 8)) - 1;
	return bytes >= 4 ? value & mask : (old & ~mask) | (value & mask);
}

}  // namespace axvcpu_test

#endif  // HAL_MOCK_TESTS_RANDOM_MODEL_H_
