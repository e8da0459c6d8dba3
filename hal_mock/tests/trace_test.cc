// SPDX-License-Identifier: Apache-2.0
// Counters and the ring of exits, and what the decoder makes of them.
#include <cctype>
#include <cstdio>
#include <random>
#include <string>

#include "fixture.h"
#include "tools/trace_dump.h"
#include "tools/trace_print.h"

namespace axvcpu_test {
namespace {

// A clock that moves by a step at each look.
struct Clock {
	uint64_t now = 1000;
	uint64_t step = 10;
};

uint64_t Tick(void *ctx) {
	auto *clock = static_cast<Clock *>(ctx);
	clock->now += clock->step;
	return clock->now;
}

// A program that knows the grammar of JSON (RFC 8259) and nothing else.
class Json {
 public:
	static bool IsValid(const std::string &text) {
		Json json(text);
		return json.Value() && (json.Skip(), json.at_ == text.size());
	}

 private:
	explicit Json(const std::string &text) : text_(text) {}
	char Peek() { return at_ < text_.size() ? text_[at_] : '\0'; }
	bool Take(char c) {
		Skip();
		if (Peek() != c) {
			return false;
		}
		at_++;
		return true;
	}
	void Skip() {
		while (at_ < text_.size() && std::strchr(" \n\t\r", text_[at_]) != nullptr) {
			at_++;
		}
	}
	bool Word(const char *word) {
		if (text_.compare(at_, std::strlen(word), word) != 0) {
			return false;
		}
		at_ += std::strlen(word);
		return true;
	}
	bool String() {
		if (!Take('"')) {
			return false;
		}
		while (Peek() != '"') {
			if (static_cast<unsigned char>(Peek()) < 0x20 || Peek() == '\\') {
				return false;
			}
			at_++;
		}
		at_++;
		return true;
	}
	bool Digits() {
		const size_t start = at_;
		while (std::isdigit(static_cast<unsigned char>(Peek()))) {
			at_++;
		}
		return at_ > start;
	}
	bool Number() {
		const bool zero = Peek() == '0';
		const size_t start = at_;
		if (!Digits() || (zero && at_ - start > 1)) {
			return false;
		}
		if (Peek() == '.') {
			at_++;
			return Digits();
		}
		return true;
	}
	bool List(char open, char close, bool object) {
		if (!Take(open)) {
			return false;
		}
		if (Take(close)) {
			return true;
		}
		do {
			if (object && !(String() && Take(':'))) {
				return false;
			}
			if (!Value()) {
				return false;
			}
		} while (Take(','));
		return Take(close);
	}
	bool Value() {
		Skip();
		switch (Peek()) {
		case '{':
			return List('{', '}', true);
		case '[':
			return List('[', ']', false);
		case '"':
			return String();
		case 't':
			return Word("true");
		case 'f':
			return Word("false");
		default:
			return Number();
		}
	}

	const std::string &text_;
	size_t at_ = 0;
};

template <typename Print>
std::string Printed(Print print) {
	char *text = nullptr;
	size_t size = 0;
	std::FILE *out = open_memstream(&text, &size);
	print(out);
	std::fclose(out);
	std::string result(text, size);
	std::free(text);
	return result;
}

class TraceTest : public MachineTest {
 protected:
	TraceTest() {
		MakeMachine();
		vcpu_ = MakeReadyVcpu();
		config_.size = sizeof(config_);
		config_.clock = Tick;
		config_.clock_ctx = &clock_;
		config_.ticks_per_second = 1000000000;
	}

	const axvcpu_trace *Start(uint32_t records) {
		memory_ = std::make_unique<Block>(axvcpu_trace_size(records));
		EXPECT_EQ(AXVCPU_OK, axvcpu_trace_start(vcpu_, memory_->data(), memory_->size(),
							&config_));
		return axvcpu_trace_of(vcpu_);
	}

	const axvcpu_trace_record *Records() {
		return reinterpret_cast<const axvcpu_trace_record *>(axvcpu_trace_of(vcpu_) + 1);
	}

	trace_dump Dump() {
		trace_dump dump = {};
		EXPECT_STREQ(nullptr, trace_dump_open(memory_->data(), memory_->size(), &dump));
		return dump;
	}

	Clock clock_;
	axvcpu_trace_config config_ = {};
	std::unique_ptr<Block> memory_;
	axvcpu *vcpu_;
};

TEST_F(TraceTest, CountsAndRecords) {
	const axvcpu_trace *trace = Start(4);
	ASSERT_NE(nullptr, trace);
	EXPECT_EQ(4u, trace->capacity);
	EXPECT_EQ(7u, trace->vm_id);
	EXPECT_EQ(0u, trace->vcpu_id);
	EXPECT_EQ(uint32_t{AXVCPU_ARCH_MOCK}, trace->arch);
	EXPECT_EQ(1010u, trace->start);
	const uint64_t pc = arch_mock_pc(vcpu_);
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_WRITE);
	step.exit.u.mmio.width = 4;
	step.exit.u.mmio.gpa = 0x9000000;
	Run(vcpu_, step); // 1020 to 1030
	clock_.now += 500;
	step = Exit(AXVCPU_EXIT_HYPERCALL);
	step.exit.u.hypercall.number = 0x8400;
	Run(vcpu_, step); // 1540 to 1550
	Run(vcpu_, step); // 1560 to 1570
	EXPECT_EQ(3u, trace->total);
	EXPECT_EQ(1u, trace->counters[AXVCPU_EXIT_MMIO_WRITE].count);
	EXPECT_EQ(10u, trace->counters[AXVCPU_EXIT_MMIO_WRITE].run_ticks);
	EXPECT_EQ(510u, trace->counters[AXVCPU_EXIT_MMIO_WRITE].away_ticks);
	EXPECT_EQ(2u, trace->counters[AXVCPU_EXIT_HYPERCALL].count);
	EXPECT_EQ(20u, trace->counters[AXVCPU_EXIT_HYPERCALL].run_ticks);
	EXPECT_EQ(10u, trace->counters[AXVCPU_EXIT_HYPERCALL].away_ticks);
	EXPECT_EQ(1020u, Records()[0].enter);
	EXPECT_EQ(1030u, Records()[0].leave);
	EXPECT_EQ(pc, Records()[0].pc);
	EXPECT_EQ(0x9000000u, Records()[0].detail);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_MMIO_WRITE}, Records()[0].reason);
	EXPECT_EQ(0u, Records()[0].flags);
	EXPECT_EQ(0x8400u, Records()[1].detail);
	EXPECT_EQ(0u, Records()[3].leave) << "not written yet";
}

TEST_F(TraceTest, DetailOfEachReason) {
	const axvcpu_trace *trace = Start(32);
	for (uint32_t reason = 1; reason < AXVCPU_EXIT_REASON_COUNT; reason++) {
		arch_mock_step step = Exit(reason);
		uint64_t detail = 0x100 + reason;
		switch (reason) {
		case AXVCPU_EXIT_HYPERCALL: step.exit.u.hypercall.number = detail; break;
		case AXVCPU_EXIT_MMIO_READ:
		case AXVCPU_EXIT_MMIO_WRITE:
			step.exit.u.mmio.width = 4;
			step.exit.u.mmio.reg_width = 4;
			step.exit.u.mmio.gpa = detail;
			break;
		case AXVCPU_EXIT_SYSREG_READ:
		case AXVCPU_EXIT_SYSREG_WRITE:
			step.exit.u.sysreg.width = 8;
			step.exit.u.sysreg.address = detail;
			break;
		case AXVCPU_EXIT_PORT_READ:
		case AXVCPU_EXIT_PORT_WRITE:
			step.exit.u.port.width = 1;
			step.exit.u.port.port = static_cast<uint32_t>(detail);
			break;
		case AXVCPU_EXIT_EXTERNAL_INTERRUPT: mock_->pending_irq = detail; break;
		case AXVCPU_EXIT_END_OF_INTERRUPT: step.exit.u.interrupt.vector = detail; break;
		case AXVCPU_EXIT_NESTED_PAGE_FAULT:
			step.exit.u.nested_page_fault.gpa = detail;
			break;
		case AXVCPU_EXIT_CPU_UP: step.exit.u.cpu_up.target_cpu = detail; break;
		case AXVCPU_EXIT_SYSTEM_DOWN:
			step.exit.u.system_down.type = static_cast<uint32_t>(detail);
			break;
		case AXVCPU_EXIT_FAIL_ENTRY:
			step.exit.u.fail_entry.hardware_reason = detail;
			break;
		case AXVCPU_EXIT_SEND_IPI: step.exit.u.send_ipi.vector = detail; break;
		default: detail = 0; break;
		}
		Run(vcpu_, step);
		const axvcpu_trace_record &record = Records()[trace->total - 1];
		EXPECT_EQ(reason, record.reason);
		EXPECT_EQ(detail, record.detail) << axvcpu_exit_reason_string(reason);
		EXPECT_EQ(1u, trace->counters[reason].count);
		axvcpu_complete_read(vcpu_, 0);
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
	}
}

TEST_F(TraceTest, TheRingKeepsTheLast) {
	const axvcpu_trace *trace = Start(4);
	for (uint64_t n = 0; n < 11; n++) {
		arch_mock_step step = Exit(AXVCPU_EXIT_HYPERCALL);
		step.exit.u.hypercall.number = n;
		Run(vcpu_, step);
	}
	EXPECT_EQ(11u, trace->total);
	EXPECT_EQ(11u, trace->counters[AXVCPU_EXIT_HYPERCALL].count);
	const trace_dump dump = Dump();
	EXPECT_EQ(7u, dump.first);
	ASSERT_EQ(4u, dump.count);
	for (uint64_t n = 0; n < 4; n++) {
		EXPECT_EQ(7 + n, trace_dump_record(&dump, n).detail);
	}
}

TEST_F(TraceTest, CountersAlone) {
	const axvcpu_trace *trace = Start(0);
	EXPECT_EQ(0u, trace->capacity);
	Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	EXPECT_EQ(1u, trace->total);
	EXPECT_EQ(1u, trace->counters[AXVCPU_EXIT_HYPERCALL].count);
	EXPECT_EQ(0u, Dump().count);
}

TEST_F(TraceTest, SizesAndCapacities) {
	const size_t head = sizeof(axvcpu_trace);
	const size_t record = sizeof(axvcpu_trace_record);
	EXPECT_EQ(head, axvcpu_trace_size(0));
	EXPECT_EQ(head + record, axvcpu_trace_size(1));
	EXPECT_EQ(head + 4 * record, axvcpu_trace_size(3));
	EXPECT_EQ(head + 4 * record, axvcpu_trace_size(4));
	EXPECT_EQ(head + (size_t{1} << 31) * record, axvcpu_trace_size(1u << 31));
	EXPECT_EQ(0u, axvcpu_trace_size((1u << 31) + 1));
	const struct {
		size_t size;
		uint32_t capacity;
	} cases[] = {
		{head, 0},		 {head + record - 1, 0},     {head + record, 1},
		{head + 2 * record, 2},	 {head + 3 * record, 2},     {head + 4 * record - 1, 2},
		{head + 4 * record, 4},	 {head + 100 * record, 64},
	};
	for (const auto &c : cases) {
		Block memory(c.size);
		ASSERT_EQ(AXVCPU_OK, axvcpu_trace_start(vcpu_, memory.data(), c.size, &config_));
		EXPECT_EQ(c.capacity, axvcpu_trace_of(vcpu_)->capacity) << c.size;
		for (int n = 0; n < 9; n++) {
			Run(vcpu_);
		}
		EXPECT_EQ(AXVCPU_OK, axvcpu_trace_stop(vcpu_));
	}
}

TEST_F(TraceTest, TheHalsClock) {
	Block memory(axvcpu_trace_size(1));
	mock_->now_ns = 5000;
	ASSERT_EQ(AXVCPU_OK, axvcpu_trace_start(vcpu_, memory.data(), memory.size(), nullptr));
	EXPECT_EQ(1000000000u, axvcpu_trace_of(vcpu_)->ticks_per_second);
	EXPECT_EQ(5000u, axvcpu_trace_of(vcpu_)->start);
	mock_->now_ns = 6000;
	Run(vcpu_);
	EXPECT_EQ(6000u, axvcpu_trace_of(vcpu_)->last_leave);
	EXPECT_EQ(AXVCPU_OK, axvcpu_trace_stop(vcpu_));
	hal_ops_.time_ns = nullptr;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED,
		  axvcpu_trace_start(vcpu_, memory.data(), memory.size(), nullptr));
	EXPECT_EQ(nullptr, axvcpu_trace_of(vcpu_));
}

TEST_F(TraceTest, ArgumentsAndStates) {
	Block memory(axvcpu_trace_size(1) + 8);
	auto *bytes = static_cast<uint8_t *>(memory.data());
	const size_t size = axvcpu_trace_size(1);
	EXPECT_EQ(nullptr, axvcpu_trace_of(vcpu_));
	EXPECT_EQ(nullptr, axvcpu_trace_of(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_trace_start(nullptr, bytes, size, &config_));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_trace_start(vcpu_, nullptr, size, &config_));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_trace_start(vcpu_, bytes + 4, size, &config_));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY,
		  axvcpu_trace_start(vcpu_, bytes, sizeof(axvcpu_trace) - 1, &config_));
	for (int wrong = 0; wrong < 4; wrong++) {
		axvcpu_trace_config config = config_;
		if (wrong == 0) config.size--;
		if (wrong == 1) config.flags = 1;
		if (wrong == 2) config.clock = nullptr;
		if (wrong == 3) config.ticks_per_second = 0;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
			  axvcpu_trace_start(vcpu_, bytes, size, &config))
			<< wrong;
	}
	EXPECT_EQ(0xcc, bytes[0]) << "nothing was written";
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_trace_stop(nullptr));
	EXPECT_EQ(AXVCPU_OK, axvcpu_trace_stop(vcpu_)) << "there is none";
	Run(vcpu_);
	EXPECT_EQ(0xcc, bytes[0]);

	struct Inside {
		void *memory;
		size_t size;
		axvcpu_trace_config *config;
		axvcpu_error_t start, stop;
	} inside = {bytes, size, &config_, 0, 0};
	arch_mock_step step = {};
	step.during = [](void *arg, axvcpu *vcpu) {
		auto *in = static_cast<Inside *>(arg);
		in->start = axvcpu_trace_start(vcpu, in->memory, in->size, in->config);
		in->stop = axvcpu_trace_stop(vcpu);
	};
	step.during_arg = &inside;
	Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, inside.start);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, inside.stop);
}

// Of a later version of the header: what is new in it must be zero.
TEST_F(TraceTest, ConfigurationOfANewerCaller) {
	struct {
		axvcpu_trace_config known;
		uint64_t more;
	} config = {config_, 0};
	Block memory(axvcpu_trace_size(1));
	config.known.size = sizeof(config);
	EXPECT_EQ(AXVCPU_OK,
		  axvcpu_trace_start(vcpu_, memory.data(), memory.size(), &config.known));
	EXPECT_EQ(AXVCPU_OK, axvcpu_trace_stop(vcpu_));
	config.more = 1;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_trace_start(vcpu_, memory.data(), memory.size(), &config.known));
	EXPECT_EQ(nullptr, axvcpu_trace_of(vcpu_));
}

TEST_F(TraceTest, StopAndStartAgain) {
	const axvcpu_trace *trace = Start(2);
	Run(vcpu_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_trace_stop(vcpu_));
	Run(vcpu_);
	EXPECT_EQ(1u, trace->total);
	ASSERT_EQ(AXVCPU_OK, axvcpu_trace_start(vcpu_, memory_->data(), memory_->size(), &config_));
	EXPECT_EQ(0u, trace->total);
	EXPECT_EQ(0u, trace->counters[AXVCPU_EXIT_NOTHING].count);
	Run(vcpu_);
	EXPECT_EQ(1u, trace->total);
	EXPECT_EQ(0u, trace->counters[AXVCPU_EXIT_NOTHING].away_ticks)
		<< "what was before the start is not part of it";
}

// A traced run refuses, finishes and fails what an untraced one does.
TEST_F(TraceTest, ATracedRunIsARun) {
	const axvcpu_trace *trace = Start(8);
	const axvcpu_exit *exit = nullptr;
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_READ);
	step.exit.u.mmio.width = 4;
	step.exit.u.mmio.reg_width = 4;
	Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_ERR_INCOMPLETE, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(1u, trace->total) << "a run that is refused is none";
	const uint64_t pc = arch_mock_pc(vcpu_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 1));
	EXPECT_EQ(pc + ARCH_MOCK_INSTRUCTION_SIZE, arch_mock_pc(vcpu_));
	step = Exit(AXVCPU_EXIT_MMIO_WRITE);
	step.exit.u.mmio.width = 4;
	Run(vcpu_, step);
	Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	EXPECT_EQ(1u, Count(ARCH_MOCK_COMPLETE_WRITE));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	Run(vcpu_);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_FLAG_KICKED}, Records()[3].flags);
	RunToHalt(vcpu_);
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_run(vcpu_, &exit));
	mock_->cpu = 0;
	EXPECT_EQ(5u, trace->total);
	step = {};
	step.error = AXVCPU_ERR_HARDWARE;
	Script(step);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu_));
	EXPECT_EQ(5u, trace->total) << "no exit";
}

TEST_F(TraceTest, AReasonOfALaterVersionIsCountedLast) {
	const axvcpu_trace *trace = Start(2);
	Run(vcpu_, Exit(AXVCPU_TRACE_REASONS + 5));
	Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	EXPECT_EQ(1u, trace->counters[AXVCPU_TRACE_REASONS - 1].count);
	EXPECT_EQ(10u, trace->counters[AXVCPU_TRACE_REASONS - 1].away_ticks);
	EXPECT_EQ(AXVCPU_TRACE_REASONS + 5, Records()[0].reason);
}

TEST_F(TraceTest, Table) {
	Start(2);
	arch_mock_step step = Exit(AXVCPU_EXIT_HYPERCALL);
	step.exit.u.hypercall.number = 0xabc;
	Run(vcpu_, step);
	Run(vcpu_, step);
	clock_.now += 90;
	Run(vcpu_, Exit(AXVCPU_EXIT_EXTERNAL_INTERRUPT));
	const trace_dump dump = Dump();
	const std::string text = Printed([&](std::FILE *out) { trace_print_table(out, &dump); });
	EXPECT_NE(std::string::npos, text.find("vm 7 vcpu 0 (mock): 3 exits in 150 ns")) << text;
	EXPECT_NE(std::string::npos,
		  text.find("HYPERCALL                     2  66.67           10           55"
			    "            110\n"))
		<< text;
	EXPECT_EQ(std::string::npos, text.find("MMIO_READ")) << "what did not happen is left out";
	EXPECT_NE(std::string::npos, text.find("         1             40           10          100"
					       " HYPERCALL "))
		<< text;
	EXPECT_NE(std::string::npos, text.find("              0xabc\n")) << text;
	EXPECT_NE(std::string::npos, text.find("            - EXTERNAL_INTERRUPT")) << text;
}

TEST_F(TraceTest, Timeline) {
	config_.ticks_per_second = 62500000; // 16 ns a tick
	Start(2);
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_READ);
	step.exit.u.mmio.width = 4;
	step.exit.u.mmio.reg_width = 4;
	step.exit.u.mmio.gpa = 0x9000000;
	Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	Run(vcpu_);
	const trace_dump dumps[2] = {Dump(), Dump()};
	const std::string text = Printed([&](std::FILE *out) { trace_print_json(out, dumps, 2); });
	EXPECT_TRUE(Json::IsValid(text)) << text;
	EXPECT_NE(std::string::npos,
		  text.find("{\"name\":\"run\",\"ph\":\"X\",\"pid\":7,\"tid\":0,\"ts\":16.320,"
			    "\"dur\":0.160}"))
		<< text;
	EXPECT_NE(std::string::npos,
		  text.find("{\"name\":\"MMIO_READ\",\"ph\":\"X\",\"pid\":7,\"tid\":0,\"ts\":16.480,"
			    "\"dur\":0.160,\"args\":{\"exit\":0,\"pc\":\"0x40200000\","
			    "\"detail\":\"0x9000000\",\"kicked\":false}}"))
		<< text;
	EXPECT_NE(std::string::npos, text.find("\"kicked\":true")) << text;
	EXPECT_NE(std::string::npos, text.find("\"args\":{\"name\":\"vm 7\"}")) << text;
	const std::string none = Printed([&](std::FILE *out) { trace_print_json(out, dumps, 0); });
	EXPECT_TRUE(Json::IsValid(none)) << none;
}

TEST(JsonTest, OfThisTestRefusesWhatIsNone) {
	for (const char *text : {"", "{", "{}}", "[1,]", "{\"a\"}", "[01]", "[1.]", "\"a", "nul"}) {
		EXPECT_FALSE(Json::IsValid(text)) << text;
	}
	EXPECT_TRUE(Json::IsValid(" {\"a\": [1.5, 0, \"b\", true, {}], \"c\": false}\n"));
}

TEST_F(TraceTest, DamagedDumps) {
	Start(4);
	for (int n = 0; n < 6; n++) {
		Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	}
	const auto *bytes = static_cast<const uint8_t *>(memory_->data());
	const std::vector<uint8_t> good(bytes, bytes + memory_->size());
	trace_dump dump;
	for (size_t size = 0; size < good.size(); size++) {
		std::unique_ptr<uint8_t[]> part(new uint8_t[size]);
		std::copy(good.begin(), good.begin() + static_cast<ptrdiff_t>(size), part.get());
		EXPECT_NE(nullptr, trace_dump_open(part.get(), size, &dump)) << size;
	}
	const struct {
		size_t at;
		uint8_t value;
	} cases[] = {{0, 'x'}, {8, 2}, {12, 1}, {16, 1}, {20, 3}, {20, 8}, {23, 0x80}};
	for (const auto &c : cases) {
		std::vector<uint8_t> bad = good;
		bad[c.at] = c.value;
		EXPECT_NE(nullptr, trace_dump_open(bad.data(), bad.size(), &dump)) << c.at;
	}
	std::vector<uint8_t> timeless = good;
	std::fill(timeless.begin() + 48, timeless.begin() + 56, uint8_t{0});
	EXPECT_STREQ("a damaged trace", trace_dump_open(timeless.data(), timeless.size(), &dump));

	// Whatever is inside: it is printed, and the timeline stays JSON.
	std::mt19937 random(7);
	int opened = 0;
	for (int round = 0; round < 3000; round++) {
		std::vector<uint8_t> bad = good;
		for (int n = 0; n < 8; n++) {
			bad[24 + random() % (bad.size() - 24)] = static_cast<uint8_t>(random());
		}
		if (trace_dump_open(bad.data(), bad.size(), &dump) != nullptr) {
			continue;
		}
		opened++;
		const std::string table =
			Printed([&](std::FILE *out) { trace_print_table(out, &dump); });
		EXPECT_FALSE(table.empty());
		const std::string json =
			Printed([&](std::FILE *out) { trace_print_json(out, &dump, 1); });
		ASSERT_TRUE(Json::IsValid(json)) << json;
	}
	EXPECT_GT(opened, 2000);
}

}  // namespace
}  // namespace axvcpu_test
