// SPDX-License-Identifier: Apache-2.0
// Operations of random_test.cc: the life cycle.
#ifndef HAL_MOCK_TESTS_RANDOM_LIFE_H_
#define HAL_MOCK_TESTS_RANDOM_LIFE_H_

#include "random_world.h"

namespace axvcpu_test {

class RandomLife : public RandomWorld {
 protected:
	void Create(Slot &s) {
		axvcpu_create_params params = Params(Pick(3));
		arch_mock_create_config config = {sizeof(config), kVectors, &s.script};
		s.m = VcpuModel();
		s.m.id = params.vcpu_id;
		if (Chance(3)) {
			s.m.allowed = static_cast<int>(Pick(kCpus));
			params.allowed_cpus[0] = Bit(static_cast<uint32_t>(s.m.allowed));
		}
		s.memory = std::make_unique<Block>(axvcpu_size(host_));
		axvcpu *made = nullptr;
		axvcpu_error_t expected = AXVCPU_OK;
		if (Chance(8)) {
			params.flags = 1;
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		}
		Expect(expected, axvcpu_create(host_, s.memory->data(), s.memory->size(), &params, &config,
					       &made), "create", &s);
		s.h = made;
	}

	void Destroy(Slot &s) {
		axvcpu_error_t expected = AXVCPU_OK;
		if (!s.m.In(Bit(C) | Bit(F) | Bit(I))) {
			expected = AXVCPU_ERR_BAD_STATE;
		} else if (!IsHere(s)) {
			expected = AXVCPU_ERR_WRONG_CPU;
		} else if (HereCpu().current == Index(s)) {
			expected = AXVCPU_ERR_RESOURCE_BUSY;
		}
		Expect(expected, axvcpu_destroy(s.h), "destroy", &s);
		if (expected == AXVCPU_OK) {
			Leave(s);
			s.h = nullptr;
		}
	}

	axvcpu_error_t ModelSetup(Slot &s, uint64_t entry, uint64_t root,
				  const arch_mock_setup_config &config) {
		if (Fails(ARCH_MOCK_SET_ENTRY)) {
			return returned_;
		}
		if (entry != kEntry) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		s.m.regs.pc = entry;
		if (Fails(ARCH_MOCK_SET_EPT_ROOT)) {
			return returned_;
		}
		if (root != kRoot) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		if (Fails(ARCH_MOCK_SETUP)) {
			return returned_;
		}
		if (config.flags > ARCH_MOCK_SETUP_VECTOR) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		s.m.StartAnew();
		s.m.regs.gpr[ARCH_MOCK_ACCUMULATOR] = config.argument;
		s.m.has_vector = config.flags != 0;
		return AXVCPU_OK;
	}

	void Setup(Slot &s) {
		uint64_t entry = kEntry + (Chance(8) ? 2 : 0);
		uint64_t root = kRoot + (Chance(8) ? 8 : 0);
		arch_mock_setup_config config = {sizeof(config), Chance(2) ? Bit(0) : 0, Pick(1000)};
		if (Chance(8)) {
			config.flags |= Bit(9);
		}
		axvcpu_error_t expected = AXVCPU_OK;
		if (IsBusy()) {
			expected = AXVCPU_ERR_RESOURCE_BUSY;
		} else if (s.m.state != C) {
			expected = s.m.WrongState(AXVCPU_OPERATION_SETUP, C);
		} else {
			expected = ModelSetup(s, entry, root, config);
			if (expected != AXVCPU_OK) {
				s.m.Fail(AXVCPU_OPERATION_SETUP, C, C, expected);
			}
		}
		Expect(expected, axvcpu_setup(s.h, entry, root, &config), "setup", &s);
	}

	// What a bind finds wrong before it does anything; `bound` may be on the CPU.
	axvcpu_error_t CheckBind(Slot &s, int bound) {
		if (IsBusy()) {
			return AXVCPU_ERR_RESOURCE_BUSY;
		}
		if (s.m.state != F) {
			return s.m.WrongState(AXVCPU_OPERATION_BIND, F);
		}
		if (HereCpu().h == nullptr || !HereCpu().enabled ||
		    (s.m.allowed != kNowhere && s.m.allowed != Here())) {
			return AXVCPU_ERR_WRONG_CPU;
		}
		return HereCpu().bound != bound ? AXVCPU_ERR_RESOURCE_BUSY : AXVCPU_OK;
	}
	axvcpu_error_t CheckUnbind(Slot &s) {
		if (IsBusy()) {
			return AXVCPU_ERR_RESOURCE_BUSY;
		}
		if (s.m.state != R) {
			return s.m.WrongState(AXVCPU_OPERATION_UNBIND, R);
		}
		return s.m.cpu != Here() ? AXVCPU_ERR_WRONG_CPU : AXVCPU_OK;
	}
	void Enter(Slot &s) {
		s.m.cpu = Here();
		s.m.state = R;
		HereCpu().bound = Index(s);
	}
	void Leave(Slot &s) {
		if (s.m.cpu != kNowhere) {
			cpus_[s.m.cpu].bound = kNowhere;
			s.m.cpu = kNowhere;
		}
		s.m.slept = false;
	}
	axvcpu_error_t ModelBind(Slot &s) {
		if (Fails(ARCH_MOCK_BIND)) {
			return s.m.Fail(AXVCPU_OPERATION_BIND, F, F, returned_);
		}
		Enter(s);
		return AXVCPU_OK;
	}
	axvcpu_error_t ModelUnbind(Slot &s) {
		Leave(s);
		if (Fails(ARCH_MOCK_UNBIND)) {
			return s.m.Fail(AXVCPU_OPERATION_UNBIND, R, R, returned_);
		}
		s.m.state = F;
		return AXVCPU_OK;
	}

	void Bind(Slot &s) {
		axvcpu_error_t expected = CheckBind(s, kNowhere);
		if (expected == AXVCPU_OK) {
			expected = ModelBind(s);
		}
		Expect(expected, axvcpu_bind(s.h), "bind", &s);
	}

	void Unbind(Slot &s) {
		axvcpu_error_t expected = CheckUnbind(s);
		if (expected == AXVCPU_OK) {
			expected = ModelUnbind(s);
		}
		Expect(expected, axvcpu_unbind(s.h), "unbind", &s);
	}

	void Switch(Slot &from, Slot &to) {
		axvcpu_error_t expected = CheckUnbind(from);
		if (expected == AXVCPU_OK && &from != &to) {
			expected = CheckBind(to, Index(from));
		}
		if (expected == AXVCPU_OK && &from == &to) {
			from.m.slept = false;
		} else if (expected == AXVCPU_OK) {
			bool fails = Fails(ARCH_MOCK_SWITCH_VCPUS);
			if (fails && returned_ == AXVCPU_ERR_AGAIN) {
				expected = ModelUnbind(from);
				if (expected == AXVCPU_OK) {
					expected = ModelBind(to);
				}
			} else {
				Leave(from);
				from.m.state = F;
				if (fails) {
					expected = to.m.Fail(AXVCPU_OPERATION_BIND, F, F, returned_);
				} else {
					Enter(to);
				}
			}
		}
		Expect(expected, axvcpu_switch(from.h, to.h), "switch", &from);
	}

	void Unblock(Slot &s) {
		axvcpu_error_t expected = AXVCPU_OK;
		if (s.m.state == B) {
			s.m.state = R;
		} else if (s.m.state != R || !s.m.slept) {
			expected = s.m.WrongState(AXVCPU_OPERATION_UNBLOCK, B);
		}
		Expect(expected, axvcpu_unblock(s.h), "unblock", &s);
	}

	void SetState(Slot &s) {
		uint32_t state = static_cast<uint32_t>(Pick(AXVCPU_STATE_COUNT + 1));
		bool bound = state == R || state == B;
		axvcpu_error_t expected = AXVCPU_OK;
		if (state == X || state >= AXVCPU_STATE_COUNT) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else if (s.m.state == X || (state != I && bound != (s.m.cpu != kNowhere))) {
			expected = AXVCPU_ERR_BAD_STATE;
		} else {
			s.m.state = state;
			s.m.slept = state == B;
		}
		Expect(expected, axvcpu_set_state(s.h, state), "set_state", &s);
	}

	static axvcpu_error_t Return(void *, void *error) {
		return *static_cast<axvcpu_error_t *>(error);
	}

	void Transition(Slot &s) {
		uint32_t from = static_cast<uint32_t>(Pick(AXVCPU_STATE_COUNT));
		uint32_t to = static_cast<uint32_t>(Pick(AXVCPU_STATE_COUNT));
		uint32_t states = Bit(from) | Bit(to);
		axvcpu_error_t error = Chance(4) ? AXVCPU_ERR_HARDWARE : AXVCPU_OK;
		axvcpu_error_t expected = error;
		if ((states & ~(Bit(C) | Bit(F))) != 0 && (states & ~(Bit(R) | Bit(B))) != 0) {
			expected = AXVCPU_ERR_INVALID_ARGUMENT;
		} else if (IsBusy()) {
			expected = AXVCPU_ERR_RESOURCE_BUSY;
		} else if (s.m.state != from && !(from == B && s.m.state == R && s.m.slept)) {
			expected = s.m.WrongState(AXVCPU_OPERATION_TRANSITION, from);
		} else if (!IsHere(s)) {
			expected = AXVCPU_ERR_WRONG_CPU;
		} else if (error != AXVCPU_OK) {
			s.m.Fail(AXVCPU_OPERATION_TRANSITION, from, s.m.state, error);
		} else if (s.m.state == from && to == B) {
			s.m.Block();
		} else if (s.m.state == from) {
			s.m.state = to;
		}
		Expect(expected, axvcpu_transition(s.h, from, to, Return, &error), "transition", &s);
	}
};

}  // namespace axvcpu_test

#endif  // HAL_MOCK_TESTS_RANDOM_LIFE_H_
