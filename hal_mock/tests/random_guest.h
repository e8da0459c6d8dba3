// SPDX-License-Identifier: Apache-2.0
// Operations of random_test.cc: runs, what is done inside of them, accesses, registers.
#ifndef HAL_MOCK_TESTS_RANDOM_GUEST_H_
#define HAL_MOCK_TESTS_RANDOM_GUEST_H_

#include "random_life.h"

namespace axvcpu_test {

// Runs inside of runs.
constexpr size_t kDepth = 2;

inline constexpr uint64_t kRegIds[] = {ARCH_MOCK_REG_PC, ARCH_MOCK_REG_FLAGS, ARCH_MOCK_REG_MODE,
			    ARCH_MOCK_REG_VECTOR};

class RandomGuest : public RandomLife {
 protected:
	// The next operation of the sequence.
	virtual void Another() = 0;

	struct Inside {
		RandomGuest *test;
		uint64_t cpu;
	};

	static void During(void *arg, axvcpu *handle) {
		Inside *inside = static_cast<Inside *>(arg);
		RandomGuest *test = inside->test;
		EXPECT_EQ(handle, axvcpu_current(test->host_));
		test->depth_++;
		for (uint64_t i = test->Pick(4); i > 0; i--) {
			test->Another();
		}
		test->depth_--;
		test->mock_->cpu = inside->cpu;
	}

	void MakeStep(Slot &s, Inside *inside) {
		axvcpu_exit &exit = s.step.exit;
		s.step = arch_mock_step();
		exit.reason = static_cast<uint32_t>(Pick(AXVCPU_EXIT_REASON_COUNT));
		if (exit.reason == AXVCPU_EXIT_MMIO_READ) {
			exit.u.mmio.width = Bit(static_cast<uint32_t>(Pick(4)));
			exit.u.mmio.reg_width = exit.u.mmio.width > 4 || Chance(2) ? 8 : 4;
			exit.u.mmio.sign_extend = static_cast<uint32_t>(Pick(2));
			exit.u.mmio.reg = static_cast<uint32_t>(Pick(ARCH_MOCK_GPRS + 1));
		} else if (exit.reason == AXVCPU_EXIT_SYSREG_READ) {
			exit.u.sysreg.width = Chance(2) ? 8 : 4;
			exit.u.sysreg.reg = static_cast<uint32_t>(Pick(ARCH_MOCK_GPRS));
		} else if (exit.reason == AXVCPU_EXIT_PORT_READ) {
			exit.u.port.width = Bit(static_cast<uint32_t>(Pick(3)));
		}
		if (error_ == AXVCPU_OK && depth_ < kDepth && Chance(3)) {
			s.step.during = During;
			s.step.during_arg = inside;
		}
		if (Chance(40)) {
			s.step.error = AXVCPU_ERR_HARDWARE;
		}
		s.script = {&s.step, 1, 0};
	}

	// Hands what is pending to the arch package; its error leaves the rest pending.
	axvcpu_error_t Deliver(VcpuModel &m) {
		m.attention = false;
		for (auto v = m.cleared.begin(); v != m.cleared.end(); v = m.cleared.erase(v)) {
			if (Fails(ARCH_MOCK_CLEAR_INTERRUPT)) {
				m.attention = true;
				return returned_;
			}
		}
		for (auto v = m.queued.begin(); v != m.queued.end();) {
			bool fails = Fails(ARCH_MOCK_INJECT_INTERRUPT) ||
				     Fails(HAL_MOCK_INJECT_VIRTUAL_INTERRUPT);
			if (fails && returned_ != AXVCPU_ERR_AGAIN) {
				return returned_;
			}
			if (fails) {
				++v;
				continue;
			}
			injected_[*v]++;
			v = m.queued.erase(v);
		}
		return AXVCPU_OK;
	}

	// What a run finds wrong before the vCPU is Running.
	axvcpu_error_t CheckRun(Slot &s) {
		if (IsBusy()) {
			return AXVCPU_ERR_RESOURCE_BUSY;
		}
		if (s.m.state != R) {
			return s.m.WrongState(AXVCPU_OPERATION_RUN, R);
		}
		if (s.m.cpu != Here()) {
			return AXVCPU_ERR_WRONG_CPU;
		}
		if (IsRead(s.m.open)) {
			return AXVCPU_ERR_INCOMPLETE;
		}
		if (IsWrite(s.m.open)) {
			if (Fails(ARCH_MOCK_COMPLETE_WRITE)) {
				return s.m.Fail(AXVCPU_OPERATION_RUN, R, R, returned_);
			}
			s.m.regs.pc += ARCH_MOCK_INSTRUCTION_SIZE;
		}
		s.m.open = AXVCPU_EXIT_NOTHING;
		return AXVCPU_OK;
	}

	// The model's part after the guest: what the run returns, and the flags of its exit.
	axvcpu_error_t AfterGuest(Slot &s, uint32_t reason, uint32_t *flags) {
		s.m.slept = false;
		if (IsStepped(reason)) {
			s.m.regs.pc += ARCH_MOCK_INSTRUCTION_SIZE;
		}
		if (s.m.state == I) {
			return AXVCPU_ERR_BAD_STATE; /* what made it so has recorded itself */
		}
		if (s.m.state != X) {
			return s.m.WrongState(AXVCPU_OPERATION_RUN, X);
		}
		if (reason == AXVCPU_EXIT_HALT) {
			s.m.Block();
		} else {
			s.m.state = R;
			s.m.open = IsAccess(reason) ? reason : uint32_t{AXVCPU_EXIT_NOTHING};
		}
		if (s.m.kicked) {
			s.m.kicked = false;
			*flags |= AXVCPU_EXIT_FLAG_KICKED;
		}
		return AXVCPU_OK;
	}

	void RunOne(Slot &s) {
		Inside inside = {this, mock_->cpu};
		const axvcpu_exit *exit = &s.last;
		Cpu &cpu = HereCpu();
		uint32_t reason = AXVCPU_EXIT_NOTHING;
		uint32_t flags = 0;
		uint64_t pc = 0;

		if (!s.in_run) {
			MakeStep(s, &inside);
		}
		axvcpu_error_t expected = CheckRun(s);
		bool running = expected == AXVCPU_OK;
		bool guest = running && !s.m.kicked;
		bool traced = s.m.traced;
		if (running) {
			s.m.state = X;
			s.in_run = true;
			cpu.current = Index(s);
		}
		if (running && s.m.kicked) {
			s.m.kicked = false;
			flags = AXVCPU_EXIT_FLAG_KICKED;
		}
		if (guest) {
			expected = Deliver(s.m);
			if (expected == AXVCPU_OK && Fails(ARCH_MOCK_RUN)) {
				expected = returned_;
			}
			guest = expected == AXVCPU_OK;
		}
		axvcpu_error_t got = axvcpu_run(s.h, &exit);
		if (running) {
			cpu.current = kNowhere;
			s.in_run = false;
			if (guest) {
				pc = s.m.regs.pc;
				expected = s.step.error;
				reason = s.step.exit.reason;
			}
			expected = expected != AXVCPU_OK ?
					   s.m.Fail(AXVCPU_OPERATION_RUN, R, R, expected) :
					   AfterGuest(s, reason, &flags);
		}
		Expect(expected, got, "run", &s);
		ASSERT_EQ(expected == AXVCPU_OK, exit != nullptr);
		if (exit != nullptr) {
			s.m.traced_exits += traced;
			EXPECT_EQ(reason, exit->reason);
			EXPECT_EQ(flags, exit->flags);
			EXPECT_EQ(pc, exit->pc);
			s.last = *exit;
		}
	}

	// What the access that is open makes of `value`; false if the register does not exist.
	bool ModelRead(Slot &s, uint64_t value) {
		const axvcpu_exit &exit = s.last;
		uint64_t *gpr = s.m.regs.gpr.data();
		if (s.m.open == AXVCPU_EXIT_SYSREG_READ) {
			gpr[exit.u.sysreg.reg] = Extended(value, exit.u.sysreg.width, false, 8);
		} else if (s.m.open == AXVCPU_EXIT_PORT_READ) {
			gpr[0] = Merged(gpr[0], value, exit.u.port.width);
		} else if (exit.u.mmio.reg >= ARCH_MOCK_GPRS) {
			return false;
		} else {
			gpr[exit.u.mmio.reg] = Extended(value, exit.u.mmio.width,
							exit.u.mmio.sign_extend != 0,
							exit.u.mmio.reg_width);
		}
		return true;
	}

	void Complete(Slot &s) {
		uint64_t value = rng_();
		int which = static_cast<int>(Pick(4));
		bool fits[] = {IsRead(s.m.open), IsWrite(s.m.open), IsAccess(s.m.open), IsAccess(s.m.open)};
		const uint32_t operations[] = {ARCH_MOCK_COMPLETE_READ, ARCH_MOCK_COMPLETE_WRITE,
					       ARCH_MOCK_FAIL_ACCESS, HAL_MOCK_OPERATION_COUNT};
		axvcpu_error_t expected = AXVCPU_OK;
		if (!s.m.IsExited()) {
			expected = AXVCPU_ERR_BAD_STATE;
		} else if (!fits[which]) {
			expected = AXVCPU_ERR_NOT_FOUND;
		} else if (which == 2 && !IsHere(s)) {
			expected = AXVCPU_ERR_WRONG_CPU;
		} else if (Fails(operations[which])) {
			expected = returned_;
		} else if (which == 0 && !ModelRead(s, value)) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else {
			s.m.open = AXVCPU_EXIT_NOTHING;
			if (which <= 1) {
				s.m.regs.pc += ARCH_MOCK_INSTRUCTION_SIZE;
			} else if (which == 2) {
				s.m.regs.pc = ARCH_MOCK_ABORT_VECTOR;
			}
		}
		const char *const names[] = {"complete_read", "complete_write", "fail_access",
					     "retry_access"};
		axvcpu_error_t got = which == 0 ? axvcpu_complete_read(s.h, value) :
				     which == 1 ? axvcpu_complete_write(s.h) :
				     which == 2 ? axvcpu_fail_access(s.h) :
						  axvcpu_retry_access(s.h);
		Expect(expected, got, names[which], &s);
	}

	void Gprs(Slot &s) {
		uint32_t reg = static_cast<uint32_t>(Pick(ARCH_MOCK_GPRS + 2));
		uint64_t value = rng_();
		uint64_t read = 1;
		bool exists = reg < ARCH_MOCK_GPRS;
		axvcpu_error_t expected = !s.m.HasRegs() ? AXVCPU_ERR_BAD_STATE :
					  !exists ? AXVCPU_ERR_INVALID_ARGUMENT : AXVCPU_OK;
		Expect(expected, axvcpu_get_gpr(s.h, reg, &read), "get_gpr", &s);
		EXPECT_EQ(expected == AXVCPU_OK ? s.m.regs.gpr[reg] : 1, read);
		Expect(expected, axvcpu_set_gpr(s.h, reg, value), "set_gpr", &s);
		if (expected == AXVCPU_OK) {
			s.m.regs.gpr[reg] = value;
		}
	}

	void SetReg(Slot &s) {
		const uint64_t id = kRegIds[Pick(std::size(kRegIds))];
		uint8_t bytes[AXVCPU_REG_MAX_SIZE];
		size_t size = AXVCPU_REG_SIZE(id) + (Chance(8) ? 1 : 0);
		for (uint8_t &byte : bytes) {
			byte = static_cast<uint8_t>(Pick(8));
		}
		bool allowed = !(id == ARCH_MOCK_REG_PC && bytes[0] % ARCH_MOCK_INSTRUCTION_SIZE != 0) &&
			       !(id == ARCH_MOCK_REG_MODE && bytes[0] > ARCH_MOCK_MODE_MAX);
		axvcpu_error_t expected = AXVCPU_OK;
		if (!s.m.HasRegs()) {
			expected = AXVCPU_ERR_BAD_STATE;
		} else if (!IsHere(s)) {
			expected = AXVCPU_ERR_WRONG_CPU;
		} else if (size != AXVCPU_REG_SIZE(id)) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else if (Fails(ARCH_MOCK_SET_REG)) {
			expected = returned_;
		} else if (id == ARCH_MOCK_REG_VECTOR && !s.m.has_vector) {
			expected = AXVCPU_ERR_NOT_FOUND;
		} else if (!allowed) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else if (id == ARCH_MOCK_REG_PC) {
			std::memcpy(&s.m.regs.pc, bytes, sizeof(s.m.regs.pc));
		} else if (id == ARCH_MOCK_REG_FLAGS) {
			std::memcpy(&s.m.regs.flags, bytes, sizeof(s.m.regs.flags));
		} else if (id == ARCH_MOCK_REG_MODE) {
			s.m.regs.mode = bytes[0];
		} else {
			std::memcpy(s.m.regs.vector.data(), bytes, ARCH_MOCK_VECTOR_SIZE);
		}
		Expect(expected, axvcpu_set_reg(s.h, id, bytes, size), "set_reg", &s);
	}
};

}  // namespace axvcpu_test

#endif  // HAL_MOCK_TESTS_RANDOM_GUEST_H_
