// SPDX-License-Identifier: Apache-2.0
// Any sequence of any operations, in any state, on any CPU, with good and with bad arguments,
// also inside a run, also while the arch package fails: after each of them every vCPU is what
// the model of random_model.h says. A number begins each sequence, so that it comes again.
#include "random_guest.h"

namespace axvcpu_test {
namespace {

constexpr int kSteps = 4000;

class RandomTest : public RandomGuest, public ::testing::WithParamInterface<int> {
 protected:
	void SetUp() override { MakeWorld(static_cast<uint64_t>(GetParam())); }

	void Interrupt(Slot &s) {
		int which = static_cast<int>(Pick(3));
		uint32_t vector = static_cast<uint32_t>(Chance(8) ? Pick(2000) : Pick(kVectors));
		axvcpu_error_t expected = AXVCPU_OK;
		if (which < 2 && vector >= AXVCPU_VECTOR_MAX) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else if (!s.m.IsLive()) {
			expected = AXVCPU_ERR_BAD_STATE;
		} else if (which < 2 && vector >= kVectors) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else {
			kicks_ += s.m.state == X;
			if (which == 0) {
				s.m.queued.insert(vector);
				s.m.attention = true;
			} else if (which == 1) {
				s.m.queued.erase(vector);
				s.m.cleared.insert(vector);
				s.m.attention = true;
			} else {
				s.m.kicked = true;
			}
			/* What is taken back wakes nobody. */
			runnable_ += which != 1 && s.m.Wake();
		}
		const char *const names[] = {"inject", "clear", "kick"};
		axvcpu_error_t got = which == 0 ? axvcpu_inject_interrupt(s.h, vector) :
				     which == 1 ? axvcpu_clear_interrupt(s.h, vector) :
						  axvcpu_kick(s.h);
		Expect(expected, got, names[which], &s);
	}

	void Save(Slot &s) {
		size_t needed = axvcpu_save_size(s.h);
		size_t size = needed - (needed != 0 && Chance(6) ? 1 : 0);
		Block buffer(size);
		size_t written = 0;
		axvcpu_error_t expected = AXVCPU_OK;
		EXPECT_EQ(s.m.state == C, needed == 0);
		if (!s.m.IsExited()) {
			expected = AXVCPU_ERR_BAD_STATE;
		} else if (!IsHere(s)) {
			expected = AXVCPU_ERR_WRONG_CPU;
		} else if (IsRead(s.m.open)) {
			expected = AXVCPU_ERR_INCOMPLETE;
		} else if (size < needed) {
			expected = AXVCPU_ERR_NO_MEMORY;
		} else if (IsWrite(s.m.open)) {
			if (Fails(ARCH_MOCK_COMPLETE_WRITE)) {
				expected = returned_;
			} else {
				s.m.regs.pc += ARCH_MOCK_INSTRUCTION_SIZE;
				s.m.open = AXVCPU_EXIT_NOTHING;
			}
		}
		Expect(expected, axvcpu_save(s.h, buffer.data(), size, &written), "save", &s);
		EXPECT_EQ(expected == AXVCPU_OK ? needed : 0, written);
		if (expected == AXVCPU_OK) {
			const uint8_t *bytes = static_cast<const uint8_t *>(buffer.data());
			saved_.push_back({{bytes, bytes + written}, s.m});
			if (saved_.size() > 8) {
				saved_.pop_front();
			}
		}
	}

	void Load(Slot &s) {
		if (saved_.empty()) {
			return;
		}
		Saved saved = saved_[Pick(saved_.size())];
		bool damaged = Chance(8);
		if (damaged) {
			saved.bytes[Pick(saved.bytes.size())] ^= 1;
		}
		VcpuModel &m = s.m;
		axvcpu_error_t expected = AXVCPU_OK;
		if (!m.In(Bit(F) | Bit(R))) {
			expected = AXVCPU_ERR_BAD_STATE;
		} else if (!IsHere(s)) {
			expected = AXVCPU_ERR_WRONG_CPU;
		} else if (damaged) {
			expected = AXVCPU_ERR_CORRUPT;
		} else if (saved.m.id != m.id) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else if (saved.m.has_vector && !m.has_vector) {
			expected = AXVCPU_ERR_NOT_FOUND;
			m.failure = {AXVCPU_OPERATION_LOAD, m.state, m.state, expected, ARCH_MOCK_REG_VECTOR};
		} else {
			expected = ModelLoad(m, saved.m);
		}
		Block buffer(saved.bytes.size());
		std::memcpy(buffer.data(), saved.bytes.data(), saved.bytes.size());
		axvcpu_error_t got = axvcpu_load(s.h, buffer.data(), buffer.size());
		if (damaged && expected == AXVCPU_ERR_CORRUPT && got == AXVCPU_ERR_ABI_MISMATCH) {
			expected = got; /* the damage is in the number of the format */
		}
		Expect(expected, got, "load", &s);
	}

	axvcpu_error_t ModelLoad(VcpuModel &m, const VcpuModel &from) {
		m.queued = from.queued;
		m.cleared = from.cleared;
		m.attention = false;
		if (Fails(ARCH_MOCK_SET_REG)) {
			m.attention = !m.cleared.empty();
			m.Fail(AXVCPU_OPERATION_LOAD, m.state, m.state, returned_);
			m.failure.reg = ARCH_MOCK_REG_GPR(0);
			return returned_;
		}
		Registers regs = from.regs;
		if (!from.has_vector) {
			regs.vector = m.regs.vector;
		}
		m.regs = regs;
		m.open = AXVCPU_EXIT_NOTHING;
		m.slept = false;
		if (m.state == R && from.state == B) {
			m.Block();
		}
		m.attention = !m.cleared.empty();
		return AXVCPU_OK;
	}

	void Trace(Slot &s) {
		axvcpu_error_t expected = s.m.state == X ? AXVCPU_ERR_BAD_STATE : AXVCPU_OK;
		if (Chance(2)) {
			auto memory = std::make_unique<Block>(axvcpu_trace_size(4));
			Expect(expected, axvcpu_trace_start(s.h, memory->data(), memory->size(), nullptr),
			       "trace_start", &s);
			if (expected == AXVCPU_OK) {
				s.trace_memory = std::move(memory);
				s.m.traced = true;
				s.m.traced_exits = 0;
			}
		} else {
			Expect(expected, axvcpu_trace_stop(s.h), "trace_stop", &s);
			s.m.traced = s.m.traced && expected != AXVCPU_OK;
		}
	}

	void Percpu(int number) {
		Cpu &cpu = cpus_[number];
		axvcpu_percpu *made = nullptr;
		bool here = number == Here();
		bool used = cpu.bound != kNowhere || cpu.current != kNowhere;
		if (cpu.h == nullptr) {
			mock_->cpu = static_cast<uint64_t>(number);
			Expect(AXVCPU_OK, axvcpu_percpu_init(host_, cpu.memory->data(), cpu.memory->size(),
							     mock_->cpu, &made), "percpu_init", nullptr);
			cpu.h = made;
			return;
		}
		axvcpu_error_t expected = here ? AXVCPU_OK : AXVCPU_ERR_WRONG_CPU;
		if (!cpu.enabled) {
			Expect(expected, axvcpu_hardware_enable(cpu.h), "enable", nullptr);
			cpu.enabled = here;
		} else if (Chance(2)) {
			if (here && used) {
				expected = AXVCPU_ERR_RESOURCE_BUSY;
			} else if (here && Fails(ARCH_MOCK_HARDWARE_DISABLE)) {
				expected = returned_;
			}
			Expect(expected, axvcpu_hardware_disable(cpu.h), "disable", nullptr);
			cpu.enabled = expected != AXVCPU_OK;
		} else {
			if (here && used) {
				expected = AXVCPU_ERR_RESOURCE_BUSY;
			} else if (here && Fails(ARCH_MOCK_HARDWARE_DISABLE)) {
				expected = returned_;
			}
			Expect(expected, axvcpu_percpu_destroy(cpu.h), "percpu_destroy", nullptr);
			if (expected == AXVCPU_OK) {
				cpu.h = nullptr;
				cpu.enabled = false;
			}
		}
	}

	// What a hypervisor does next with a vCPU; else most of a sequence is refusals.
	void Advance(Slot &s) {
		if (s.m.cpu != kNowhere) {
			mock_->cpu = static_cast<uint64_t>(s.m.cpu);
		}
		switch (s.m.state) {
		case C:
			return Setup(s);
		case F:
			return Chance(4) ? Interrupt(s) : Bind(s);
		case R:
			return IsRead(s.m.open) ? Complete(s) : Chance(8) ? Unbind(s) : RunOne(s);
		case B:
			return Chance(2) ? Interrupt(s) : Unblock(s);
		default:
			return Chance(2) ? SetState(s) : Destroy(s);
		}
	}

	void Anything(Slot &s, Slot &other) {
		switch (Pick(17)) {
		case 0: return Destroy(s);
		case 1: return Setup(s);
		case 2: return Bind(s);
		case 3: return Unbind(s);
		case 4: return other.h == nullptr ? Bind(s) : Switch(s, other);
		case 5: return RunOne(s);
		case 6: return Unblock(s);
		case 7: return SetState(s);
		case 8: return Transition(s);
		case 9: return Complete(s);
		case 10: return Gprs(s);
		case 11: return SetReg(s);
		case 12: return Save(s);
		case 13: return Load(s);
		case 14: return Trace(s);
		case 15: return Percpu(static_cast<int>(Pick(kCpus)));
		default: return Interrupt(s);
		}
	}

	void Another() override {
		Slot &s = slots_[Pick(kVcpus)];
		mock_->cpu = Pick(kCpus);
		if (!HereCpu().enabled && Chance(2)) {
			Percpu(Here());
		}
		if (s.h == nullptr) {
			Create(s);
		} else if (Chance(3)) {
			Anything(s, slots_[Pick(kVcpus)]);
		} else {
			Advance(s);
		}
	}

};

TEST_P(RandomTest, TheLibraryIsItsModel) {
	uint64_t seen = 0;
	for (int i = 0; i < kSteps; i++) {
		if (Chance(6)) {
			Arm();
		}
		Another();
		Disarm();
		CheckAll();
		ASSERT_FALSE(HasFailure()) << "sequence " << GetParam() << ", step " << i << "\n"
					   << History();
		for (const Slot &s : slots_) {
			seen |= s.h == nullptr ? 0 : Bit(s.m.state);
		}
	}
	EXPECT_EQ(Bit(I) | Bit(C) | Bit(F) | Bit(R) | Bit(B), seen) << "states";
	EndAll();
}

INSTANTIATE_TEST_SUITE_P(Sequences, RandomTest, ::testing::Range(1, 17));

}  // namespace
}  // namespace axvcpu_test
