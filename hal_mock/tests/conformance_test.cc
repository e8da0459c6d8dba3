// SPDX-License-Identifier: Apache-2.0
// The conformance suite on the mock arch package, and on ones that break the contract: the suite
// must say which check that is.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "axvcpu/conformance.h"
#include "hal_mock/arch_mock.h"
#include "hal_mock/hal_mock.h"

namespace {

constexpr uint64_t kEntry = 0x40200000;
constexpr uint64_t kCall = 0x1234;
constexpr uint64_t kMmio = 0x9000000;
constexpr uint32_t kLoadReg = 3;
constexpr uint32_t kBadVector = 1000;

arch_mock_script scripts[AXVCPU_CONFORMANCE_VCPUS];
arch_mock_step steps[AXVCPU_CONFORMANCE_VCPUS];

uint64_t Gpr(void *vcpu, uint32_t reg) {
	uint64_t value = 0;
	EXPECT_EQ(AXVCPU_OK, arch_mock_ops()->get_gpr(vcpu, reg, &value));
	return value;
}

uint64_t Pc(void *vcpu) {
	uint64_t pc = 0;
	EXPECT_EQ(AXVCPU_OK, arch_mock_ops()->get_reg(vcpu, ARCH_MOCK_REG_PC, &pc));
	return pc;
}

// The guest program, interpreted: what the mock's script says next depends on the pc.
axvcpu_error_t RunGuest(void *vcpu, void *percpu, const uint32_t *attention, axvcpu_exit *exit) {
	arch_mock_step step = {};
	uint64_t index = (Pc(vcpu) - kEntry) / ARCH_MOCK_INSTRUCTION_SIZE;
	if (index == 4) {
		EXPECT_EQ(AXVCPU_OK, arch_mock_ops()->set_reg(vcpu, ARCH_MOCK_REG_PC, &kEntry));
		index = 0;
	}
	switch (index) {
	case 0:
		step.exit.reason = AXVCPU_EXIT_HYPERCALL;
		step.exit.u.hypercall.number = kCall;
		break;
	case 1:
		step.exit.reason = AXVCPU_EXIT_MMIO_READ;
		step.exit.u.mmio = {kMmio, 0, 4, kLoadReg, 8, 0};
		break;
	case 2:
		step.exit.reason = AXVCPU_EXIT_MMIO_WRITE;
		step.exit.u.mmio = {kMmio + 4,
				    static_cast<uint32_t>(Gpr(vcpu, ARCH_MOCK_ACCUMULATOR) +
							  Gpr(vcpu, kLoadReg)),
				    4, kLoadReg, 8, 0};
		break;
	case 3:
		step.exit.reason = AXVCPU_EXIT_HALT;
		break;
	default:
		break;
	}
	for (uint32_t i = 0; i < AXVCPU_CONFORMANCE_VCPUS; i++) {
		steps[i] = step;
		scripts[i] = {&steps[i], 1, 0};
	}
	return arch_mock_ops()->run(vcpu, percpu, attention, exit);
}

const void *CreateConfig(void *, uint32_t vcpu) {
	static arch_mock_create_config configs[AXVCPU_CONFORMANCE_VCPUS];
	configs[vcpu] = {sizeof(configs[vcpu]), kBadVector, &scripts[vcpu]};
	return &configs[vcpu];
}

const void *SetupConfig(void *, uint32_t) {
	static const arch_mock_setup_config config = {sizeof(config), ARCH_MOCK_SETUP_VECTOR, 5};
	return &config;
}

struct Result {
	uint32_t result;
	std::string text;
};
using Results = std::map<std::string, Result>;

void Report(void *ctx, const char *name, uint32_t result, const char *text, uint32_t line,
	    uint64_t detail) {
	auto *results = static_cast<Results *>(ctx);
	std::string said = text == nullptr ? "" : text;
	if (result == AXVCPU_CONFORMANCE_FAILED) {
		said += " (line " + std::to_string(line) + ", " + std::to_string(detail) + ")";
	}
	EXPECT_EQ(0u, results->count(name)) << "two checks called " << name;
	(*results)[name] = {result, said};
}

struct Free {
	void operator()(void *memory) const { std::free(memory); }
};

class ConformanceTest : public ::testing::Test {
 protected:
	ConformanceTest() : ops_(*arch_mock_ops()), mock_(std::make_unique<hal_mock>()) {
		ops_.run = RunGuest;
		arena_.reset(std::aligned_alloc(AXVCPU_FRAME_SIZE, 64 * AXVCPU_FRAME_SIZE));
		hal_mock_init(mock_.get(), arena_.get(), 64 * AXVCPU_FRAME_SIZE);
		hal_mock_fill_ops(&hal_);
	}

	Results RunSuite() {
		size_t size = axvcpu_conformance_memory_size(&ops_);
		std::unique_ptr<void, Free> memory(std::aligned_alloc(AXVCPU_MEMORY_ALIGN, size));
		axvcpu_conformance_config config = {};
		Results results;
		config.arch = &ops_;
		config.hal = &hal_;
		config.hal_ctx = mock_.get();
		config.memory = memory.get();
		config.memory_size = size;
		config.guest = {kEntry, kCall, kMmio, 0x80000000};
		config.create_config = CreateConfig;
		config.setup_config = SetupConfig;
		config.bad_entry = kEntry + 1;
		config.bad_root = 0x80000001;
		config.gpr_count = ARCH_MOCK_GPRS;
		config.zero_gpr = UINT32_MAX;
		config.result_gpr = ARCH_MOCK_ACCUMULATOR;
		config.vector = 33;
		config.bad_vector = kBadVector;
		config.report = Report;
		config.ctx = &results;
		EXPECT_EQ(AXVCPU_OK, axvcpu_conformance_run(&config, &summary_));
		return results;
	}

	// The names of the checks that failed.
	std::set<std::string> Failures() {
		std::set<std::string> names;
		for (const auto &entry : RunSuite()) {
			if (entry.second.result == AXVCPU_CONFORMANCE_FAILED) {
				names.insert(entry.first);
			}
		}
		return names;
	}

	axvcpu_arch_ops ops_;
	std::unique_ptr<hal_mock> mock_;
	std::unique_ptr<void, Free> arena_;
	axvcpu_hal_ops hal_;
	axvcpu_conformance_summary summary_ = {};
};

TEST_F(ConformanceTest, TheMockPasses) {
	Results results = RunSuite();
	ASSERT_EQ(axvcpu_conformance_count(), results.size());
	for (uint32_t i = 0; i < axvcpu_conformance_count(); i++) {
		const std::string name = axvcpu_conformance_name(i);
		ASSERT_EQ(1u, results.count(name)) << name;
		EXPECT_NE(AXVCPU_CONFORMANCE_FAILED, results[name].result)
			<< name << ": " << results[name].text;
		// It has no timer; all else it has.
		if (results[name].result == AXVCPU_CONFORMANCE_SKIPPED) {
			EXPECT_EQ("timer_deadline", name);
		}
	}
	EXPECT_EQ(nullptr, axvcpu_conformance_name(axvcpu_conformance_count()));
	EXPECT_EQ(0u, summary_.failed);
	EXPECT_EQ(axvcpu_conformance_count(), summary_.passed + summary_.skipped);
	EXPECT_EQ(0u, mock_->used_frames);
	EXPECT_EQ(0u, mock_->bad_frees);
}

TEST_F(ConformanceTest, ArgumentsAreChecked) {
	axvcpu_conformance_config config = {};
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_conformance_run(nullptr, &summary_));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_conformance_run(&config, &summary_));
	alignas(AXVCPU_MEMORY_ALIGN) unsigned char memory[64];
	config.arch = &ops_;
	config.hal = &hal_;
	config.create_config = CreateConfig;
	config.setup_config = SetupConfig;
	config.report = Report;
	config.memory = memory;
	config.memory_size = sizeof(memory);
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_conformance_run(&config, &summary_));
}

// Packages with one fault each. The check that is named must fail; others may fail with it.
#define EXPECT_CAUGHT(check)                                                             \
	do {                                                                             \
		std::set<std::string> failures = Failures();                             \
		EXPECT_EQ(1u, failures.count(check)) << check << " found nothing";       \
		EXPECT_LT(failures.size(), axvcpu_conformance_count()) << "all failed";  \
	} while (0)

const axvcpu_arch_ops *const good = arch_mock_ops();

TEST_F(ConformanceTest, CatchesAnEnableThatFailsTheSecondTime) {
	static bool once;
	once = false;
	ops_.hardware_enable = [](void *percpu) -> axvcpu_error_t {
		bool again = once;
		once = true;
		return again ? AXVCPU_ERR_HARDWARE : good->hardware_enable(percpu);
	};
	EXPECT_CAUGHT("enable_and_disable");
}

TEST_F(ConformanceTest, CatchesLevelsThatNoTableHas) {
	ops_.max_guest_page_table_levels = [](const void *) { return 0u; };
	EXPECT_CAUGHT("enable_and_disable");
}

TEST_F(ConformanceTest, CatchesALeak) {
	ops_.vcpu_destroy = [](void *) {};
	EXPECT_CAUGHT("create_and_destroy");
}

TEST_F(ConformanceTest, CatchesAnAllocationWhileRunning) {
	static const axvcpu_hal *hal;
	ops_.vcpu_create = [](void *vcpu, const axvcpu_arch_vcpu_info *info, const void *config) {
		hal = info->hal;
		return good->vcpu_create(vcpu, info, config);
	};
	ops_.bind = [](void *vcpu, void *percpu) -> axvcpu_error_t {
		uint64_t hpa = 0;
		EXPECT_EQ(AXVCPU_OK, hal->ops->alloc_frames(hal->ctx, 1, AXVCPU_FRAME_SIZE, &hpa));
		hal->ops->free_frames(hal->ctx, hpa, 1);
		return good->bind(vcpu, percpu);
	};
	EXPECT_CAUGHT("life_cycle");
}

TEST_F(ConformanceTest, CatchesAFailureThatIsSwallowed) {
	ops_.vcpu_create = [](void *vcpu, const axvcpu_arch_vcpu_info *info, const void *config) {
		axvcpu_error_t error = good->vcpu_create(vcpu, info, config);
		return error == AXVCPU_ERR_NO_MEMORY ? AXVCPU_OK : error;
	};
	EXPECT_CAUGHT("memory_failures");
}

TEST_F(ConformanceTest, CatchesAWriteBehindItsMemory) {
	ops_.vcpu_create = [](void *vcpu, const axvcpu_arch_vcpu_info *info, const void *config) {
		size_t blocks = (good->vcpu_size + AXVCPU_MEMORY_ALIGN - 1) / AXVCPU_MEMORY_ALIGN;
		static_cast<unsigned char *>(vcpu)[blocks * AXVCPU_MEMORY_ALIGN + 3] = 0;
		return good->vcpu_create(vcpu, info, config);
	};
	EXPECT_CAUGHT("create_and_destroy");
}

TEST_F(ConformanceTest, CatchesAConfigurationThatIsNotLookedAt) {
	ops_.vcpu_create = [](void *vcpu, const axvcpu_arch_vcpu_info *info, const void *config) {
		arch_mock_create_config own = *static_cast<const arch_mock_create_config *>(config);
		own.size = sizeof(own);
		return good->vcpu_create(vcpu, info, &own);
	};
	EXPECT_CAUGHT("create_config_sizes");
}

TEST_F(ConformanceTest, CatchesASetupConfigurationOfOneSizeOnly) {
	ops_.setup = [](void *vcpu, const void *config) -> axvcpu_error_t {
		uint32_t size = 0;
		std::memcpy(&size, config, sizeof(size));
		return size == sizeof(arch_mock_setup_config) ? good->setup(vcpu, config) :
								AXVCPU_ERR_INVALID_ARGUMENT;
	};
	EXPECT_CAUGHT("setup_config_sizes");
}

TEST_F(ConformanceTest, CatchesAnUnbindThatKeepsTheCpu) {
	ops_.unbind = [](void *, void *) -> axvcpu_error_t { return AXVCPU_OK; };
	EXPECT_CAUGHT("one_vcpu_a_cpu");
}

TEST_F(ConformanceTest, CatchesARootThatIsTakenUnaligned) {
	ops_.set_ept_root = [](void *, uint64_t) -> axvcpu_error_t { return AXVCPU_OK; };
	EXPECT_CAUGHT("bad_entry_and_root");
}

TEST_F(ConformanceTest, CatchesARefusedEntryThatStays) {
	ops_.set_entry = [](void *vcpu, uint64_t entry) -> axvcpu_error_t {
		uint64_t aligned = entry & ~uint64_t{3};
		axvcpu_error_t error = good->set_entry(vcpu, entry);
		if (error != AXVCPU_OK) {
			EXPECT_EQ(AXVCPU_OK, good->set_entry(vcpu, aligned + 4));
		}
		return error;
	};
	EXPECT_CAUGHT("bad_entry_and_root");
}

TEST_F(ConformanceTest, CatchesAGprThatIsAnother) {
	ops_.set_gpr = [](void *vcpu, uint32_t reg, uint64_t value) {
		return good->set_gpr(vcpu, reg == 7 ? 8 : reg, value);
	};
	EXPECT_CAUGHT("gprs");
}

TEST_F(ConformanceTest, CatchesAReturnValueThatGetsLost) {
	ops_.set_return_value = [](void *, uint64_t) {};
	EXPECT_CAUGHT("gprs");
	EXPECT_CAUGHT("guest_loop");
}

TEST_F(ConformanceTest, CatchesAnIdTwiceInTheList) {
	ops_.reg_at = [](void *vcpu, size_t index, uint64_t *id) {
		return good->reg_at(vcpu, index == 0 ? 1 : index, id);
	};
	EXPECT_CAUGHT("register_list");
}

TEST_F(ConformanceTest, CatchesARegisterThatTheListForgets) {
	ops_.reg_at = [](void *vcpu, size_t index, uint64_t *id) {
		size_t last = ARCH_MOCK_GPRS - 1;
		EXPECT_EQ(AXVCPU_OK, good->reg_at(vcpu, last + 1, id));
		EXPECT_EQ(ARCH_MOCK_REG_PC, *id);
		return good->reg_at(vcpu, index > last ? index + 1 : index, id);
	};
	EXPECT_CAUGHT("retry_and_restore");
}

TEST_F(ConformanceTest, CatchesAWriteThatIsNotARead) {
	ops_.set_reg = [](void *vcpu, uint64_t id, const void *buffer) {
		uint32_t flags = 0;
		if (id != ARCH_MOCK_REG_FLAGS) {
			return good->set_reg(vcpu, id, buffer);
		}
		std::memcpy(&flags, buffer, sizeof(flags));
		flags ^= 1;
		return good->set_reg(vcpu, id, &flags);
	};
	EXPECT_CAUGHT("registers_round_trip");
}

TEST_F(ConformanceTest, CatchesARefusedValueThatStays) {
	ops_.set_reg = [](void *vcpu, uint64_t id, const void *buffer) {
		axvcpu_error_t error = good->set_reg(vcpu, id, buffer);
		if (error == AXVCPU_ERR_INVALID_ARGUMENT && id == ARCH_MOCK_REG_MODE) {
			uint8_t mode = 2;
			EXPECT_EQ(AXVCPU_OK, good->set_reg(vcpu, id, &mode));
		}
		return error;
	};
	EXPECT_CAUGHT("registers_odd_values");
}

TEST_F(ConformanceTest, CatchesARegisterThatDoesNotExist) {
	ops_.get_reg = [](void *vcpu, uint64_t id, void *buffer) {
		axvcpu_error_t error = good->get_reg(vcpu, id, buffer);
		return error == AXVCPU_ERR_NOT_FOUND ? AXVCPU_OK : error;
	};
	EXPECT_CAUGHT("registers_bad_ids");
}

TEST_F(ConformanceTest, CatchesAReadThatStepsOverNothing) {
	ops_.complete_read = [](void *vcpu, const axvcpu_exit *exit, uint64_t value) {
		uint64_t pc = Pc(vcpu);
		axvcpu_error_t error = good->complete_read(vcpu, exit, value);
		EXPECT_EQ(AXVCPU_OK, good->set_reg(vcpu, ARCH_MOCK_REG_PC, &pc));
		return error;
	};
	EXPECT_CAUGHT("guest_loop");
}

TEST_F(ConformanceTest, CatchesAWriteThatStepsTwice) {
	ops_.complete_write = [](void *vcpu, const axvcpu_exit *exit) {
		EXPECT_EQ(AXVCPU_OK, good->complete_write(vcpu, exit));
		return good->complete_write(vcpu, exit);
	};
	EXPECT_CAUGHT("guest_loop");
	EXPECT_CAUGHT("finish_while_free");
}

TEST_F(ConformanceTest, CatchesAnExitOfAnotherSize) {
	ops_.run = [](void *vcpu, void *percpu, const uint32_t *attention, axvcpu_exit *exit) {
		axvcpu_error_t error = RunGuest(vcpu, percpu, attention, exit);
		exit->size = 0;
		return error;
	};
	EXPECT_CAUGHT("run_refuses");
}

TEST_F(ConformanceTest, CatchesRegistersOfAnotherVcpu) {
	static void *last;
	last = nullptr;
	ops_.bind = [](void *vcpu, void *percpu) {
		if (last != nullptr && last != vcpu) {
			EXPECT_EQ(AXVCPU_OK, good->set_gpr(last, 9, Gpr(vcpu, 9)));
		}
		last = vcpu;
		return good->bind(vcpu, percpu);
	};
	ops_.vcpu_destroy = [](void *vcpu) {
		last = nullptr;
		good->vcpu_destroy(vcpu);
	};
	EXPECT_CAUGHT("isolation");
}

TEST_F(ConformanceTest, CatchesASwitchThatSavesTooLittle) {
	ops_.switch_vcpus = [](void *from, void *to, void *percpu) {
		uint32_t flags = 0;
		EXPECT_EQ(AXVCPU_OK, good->get_reg(from, ARCH_MOCK_REG_FLAGS, &flags));
		axvcpu_error_t error = good->switch_vcpus(from, to, percpu);
		flags++;
		EXPECT_EQ(AXVCPU_OK, good->set_reg(from, ARCH_MOCK_REG_FLAGS, &flags));
		return error;
	};
	EXPECT_CAUGHT("isolation_by_switch");
	EXPECT_CAUGHT("switch_keeps_state");
}

TEST_F(ConformanceTest, CatchesASwitchThatDoesNotSwitch) {
	ops_.switch_vcpus = [](void *, void *, void *) -> axvcpu_error_t { return AXVCPU_OK; };
	EXPECT_CAUGHT("isolation_by_switch");
}

TEST_F(ConformanceTest, CatchesAVectorThatIsTaken) {
	ops_.check_interrupt = [](const void *, uint32_t) -> axvcpu_error_t { return AXVCPU_OK; };
	EXPECT_CAUGHT("vectors_are_checked");
}

TEST_F(ConformanceTest, CatchesAnInterruptGivenTwice) {
	ops_.inject_interrupt = [](void *vcpu, uint32_t vector) {
		(void)good->inject_interrupt(vcpu, vector);
		return good->inject_interrupt(vcpu, vector);
	};
	EXPECT_CAUGHT("queued_once");
}

TEST_F(ConformanceTest, CatchesAnInterruptThatIsLost) {
	ops_.inject_interrupt = [](void *vcpu, uint32_t vector) -> axvcpu_error_t {
		(void)good->inject_interrupt(vcpu, vector);
		return AXVCPU_OK;
	};
	EXPECT_CAUGHT("injection_again");
}

}  // namespace
