/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures what an exit costs, in instructions. Each line is a loop of rounds; it is
 * walked ROUNDS and twice ROUNDS times, and the difference divided, so that neither
 * what surrounds the loop nor the steps of the clock are in the result.
 */
#include "arch.h"
#include "hal.h"
#include "report.h"

/** A power of two above the instructions in a tick of any board's clock. */
#define ROUNDS UINT64_C(1024)
/** Rounds of a line whose instructions are to be traced one by one. */
#define TRACED_ROUNDS UINT64_C(4)
#define MAX_VCPUS 64u
/** What the guests of the bench read from their device. */
#define MMIO_VALUE UINT64_C(0x12345678)
/** Modes that the launcher asks for. */
#define MODE_TRACE 1u
#define MODE_TRACE_SWITCH 2u
#define MODE_HYPERCALL 3u

/** The hypervisor under measurement. */
static struct bench {
	struct axvcpu_host *host;
	struct axvcpu_percpu *percpu;
	/** vCPUs that exist, the first of which runs; with vcpu_memory left for one more. */
	struct axvcpu *vcpus[MAX_VCPUS];
	uint32_t count;
	void *vcpu_memory[MAX_VCPUS + 1u];
	uint64_t root;
	/** The vCPU whose turn it is in a line that switches. */
	uint32_t turn;
	enum bench_guest guest;
} bench;

static void check(axvcpu_error_t error, const char *what)
{
	if (error != AXVCPU_OK) {
		report_failure(what, axvcpu_error_string(error));
	}
}

/** One run that must end with `reason`. */
static const struct axvcpu_exit *run(struct axvcpu *vcpu, uint32_t reason)
{
	const struct axvcpu_exit *exit;

	if (__builtin_expect(axvcpu_run(vcpu, &exit) != AXVCPU_OK, 0)) {
		report_failure("run", "an error");
	}
	if (__builtin_expect(exit->reason != reason, 0)) {
		report_failure("run", axvcpu_exit_reason_string(exit->reason));
	}
	return exit;
}

static struct axvcpu *create(uint32_t number)
{
	struct axvcpu_create_params params = {
		.size = sizeof(params),
		.vm_id = 1,
		.vcpu_id = number,
		.preferred_cpu = AXVCPU_CPU_ANY,
	};
	struct axvcpu *vcpu;

	check(axvcpu_create(bench.host, bench.vcpu_memory[number], axvcpu_size(bench.host), &params,
			    NULL, &vcpu),
	      "create");
	return vcpu;
}

/** `count` vCPUs with that guest; the first one is bound. */
static void start(enum bench_guest guest, uint32_t count, bool controller)
{
	bench.guest = guest;
	bench.count = count;
	bench.turn = 0;
	for (uint32_t i = 0; i < count; i++) {
		bench.vcpus[i] = create(i);
		check(arch_setup(bench.vcpus[i], bench_programs[guest].entry, bench.root, controller),
		      "setup");
	}
	check(axvcpu_bind(bench.vcpus[0]), "bind");
}

static void stop(void)
{
	check(axvcpu_unbind(bench.vcpus[bench.turn]), "unbind");
	for (uint32_t i = 0; i < bench.count; i++) {
		check(axvcpu_destroy(bench.vcpus[i]), "destroy");
	}
}

/* ---- the lines' rounds ---- */

static void floor_rounds(uint64_t rounds)
{
	/* What the hardware keeps of the vCPU is there then. */
	(void)run(bench.vcpus[0], AXVCPU_EXIT_HYPERCALL);
	arch_floor(bench_programs[bench.guest].entry, rounds);
}

static void library_rounds(uint64_t rounds)
{
	check(arch_set_counter(bench.vcpus[0], rounds), "set_gpr");
	(void)run(bench.vcpus[0], AXVCPU_EXIT_HYPERCALL);
}

static void hypercall_rounds(uint64_t rounds)
{
	struct axvcpu *vcpu = bench.vcpus[0];

	for (; rounds > 0; rounds--) {
		const struct axvcpu_exit *exit = run(vcpu, AXVCPU_EXIT_HYPERCALL);

		axvcpu_set_return_value(vcpu, exit->u.hypercall.number);
	}
}

static void mmio_read_rounds(uint64_t rounds)
{
	struct axvcpu *vcpu = bench.vcpus[0];

	for (; rounds > 0; rounds--) {
		(void)run(vcpu, AXVCPU_EXIT_MMIO_READ);
		axvcpu_complete_read(vcpu, MMIO_VALUE);
	}
}

static void mmio_write_rounds(uint64_t rounds)
{
	struct axvcpu *vcpu = bench.vcpus[0];

	for (; rounds > 0; rounds--) {
		(void)run(vcpu, AXVCPU_EXIT_MMIO_WRITE); /* the next run steps over it */
	}
}

static void port_read_rounds(uint64_t rounds)
{
	struct axvcpu *vcpu = bench.vcpus[0];

	for (; rounds > 0; rounds--) {
		(void)run(vcpu, AXVCPU_EXIT_PORT_READ);
		axvcpu_complete_read(vcpu, MMIO_VALUE);
	}
}

static void interrupt_rounds(uint64_t rounds)
{
	struct axvcpu *vcpu = bench.vcpus[0];

	for (; rounds > 0; rounds--) {
		axvcpu_inject_interrupt(vcpu, bench_vector);
		const struct axvcpu_exit *exit = run(vcpu, AXVCPU_EXIT_HYPERCALL);

		axvcpu_set_return_value(vcpu, exit->u.hypercall.number);
	}
}

static void external_rounds(uint64_t rounds)
{
	struct axvcpu *vcpu = bench.vcpus[0];

	for (; rounds > 0; rounds--) {
		const struct axvcpu_exit *exit;

		/* The guest is entered, and left before its next instruction. */
		arch_raise_interrupt();
		exit = run(vcpu, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		axvcpu_handle_interrupt(bench.host, exit->u.interrupt.vector);
	}
}

static void switch_rounds(uint64_t rounds)
{
	for (; rounds > 0; rounds--) {
		struct axvcpu *vcpu = bench.vcpus[bench.turn];

		check(axvcpu_unbind(vcpu), "unbind");
		bench.turn = (bench.turn + 1u) & (bench.count - 1u);
		vcpu = bench.vcpus[bench.turn];
		check(axvcpu_bind(vcpu), "bind");
		axvcpu_set_return_value(vcpu, run(vcpu, AXVCPU_EXIT_HYPERCALL)->u.hypercall.number);
	}
}

static void switch_call_rounds(uint64_t rounds)
{
	for (; rounds > 0; rounds--) {
		struct axvcpu *from = bench.vcpus[bench.turn];
		struct axvcpu *to;

		bench.turn = (bench.turn + 1u) & (bench.count - 1u);
		to = bench.vcpus[bench.turn];
		check(axvcpu_switch(from, to), "switch");
		axvcpu_set_return_value(to, run(to, AXVCPU_EXIT_HYPERCALL)->u.hypercall.number);
	}
}

static void create_rounds(uint64_t rounds)
{
	for (; rounds > 0; rounds--) {
		struct axvcpu *vcpu = create(MAX_VCPUS);

		check(arch_setup(vcpu, bench_programs[BENCH_GUEST_HYPERCALL].entry, bench.root, false),
		      "setup");
		check(axvcpu_destroy(vcpu), "destroy");
	}
}

/* ---- the lines ---- */

struct line {
	const char *name;
	void (*rounds)(uint64_t rounds);
	enum bench_guest guest;
	uint32_t vcpus;
	/** With an interrupt controller of the library's. */
	bool controller;
	/** With a trace on. */
	bool traced;
	/** Raises a physical interrupt in each round. */
	bool raises;
	/** No guest runs. */
	bool no_guest;
};

static const struct line lines[] = {
	{ .name = "floor", .rounds = floor_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 1 },
	{ .name = "library_call", .rounds = library_rounds, .guest = BENCH_GUEST_LIBRARY_CALL, .vcpus = 1 },
	{ .name = "hypercall", .rounds = hypercall_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 1 },
	{ .name = "hypercall_8", .rounds = hypercall_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 8 },
	{ .name = "hypercall_64", .rounds = hypercall_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 64 },
	{ .name = "hypercall_controller", .rounds = hypercall_rounds, .guest = BENCH_GUEST_HYPERCALL,
	  .vcpus = 1, .controller = true },
	{ .name = "hypercall_traced", .rounds = hypercall_rounds, .guest = BENCH_GUEST_HYPERCALL,
	  .vcpus = 1, .traced = true },
	{ .name = "mmio_read", .rounds = mmio_read_rounds, .guest = BENCH_GUEST_MMIO_READ, .vcpus = 1 },
	{ .name = "mmio_write", .rounds = mmio_write_rounds, .guest = BENCH_GUEST_MMIO_WRITE, .vcpus = 1 },
	{ .name = "port_read", .rounds = port_read_rounds, .guest = BENCH_GUEST_PORT_READ, .vcpus = 1 },
	{ .name = "interrupt", .rounds = interrupt_rounds, .guest = BENCH_GUEST_INTERRUPT, .vcpus = 1,
	  .controller = true },
	{ .name = "external_interrupt", .rounds = external_rounds, .guest = BENCH_GUEST_HYPERCALL,
	  .vcpus = 1, .raises = true },
	{ .name = "switch", .rounds = switch_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 2 },
	{ .name = "switch_1", .rounds = switch_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 1 },
	{ .name = "switch_8", .rounds = switch_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 8 },
	{ .name = "switch_64", .rounds = switch_rounds, .guest = BENCH_GUEST_HYPERCALL, .vcpus = 64 },
	{ .name = "switch_fp", .rounds = switch_rounds, .guest = BENCH_GUEST_FP, .vcpus = 2 },
	{ .name = "switch_controller", .rounds = switch_rounds, .guest = BENCH_GUEST_HYPERCALL,
	  .vcpus = 2, .controller = true },
	{ .name = "switch_call", .rounds = switch_call_rounds, .guest = BENCH_GUEST_HYPERCALL,
	  .vcpus = 2 },
	{ .name = "switch_call_64", .rounds = switch_call_rounds, .guest = BENCH_GUEST_HYPERCALL,
	  .vcpus = 64 },
	{ .name = "switch_call_fp", .rounds = switch_call_rounds, .guest = BENCH_GUEST_FP,
	  .vcpus = 2 },
	{ .name = "switch_call_controller", .rounds = switch_call_rounds,
	  .guest = BENCH_GUEST_HYPERCALL, .vcpus = 2, .controller = true },
	{ .name = "create_setup_destroy", .rounds = create_rounds, .no_guest = true },
};
#define LINE_COUNT (sizeof(lines) / sizeof(lines[0]))

static void begin_line(const struct line *line)
{
	static _Alignas(8) uint8_t trace[sizeof(struct axvcpu_trace) +
					 64u * sizeof(struct axvcpu_trace_record)];

	if (line->no_guest) {
		return;
	}
	start(line->guest, line->vcpus, line->controller);
	if (line->traced) {
		check(axvcpu_trace_start(bench.vcpus[0], trace, sizeof(trace), NULL), "trace");
	}
}

static void end_line(const struct line *line)
{
	if (!line->no_guest) {
		stop();
	}
}

static uint64_t time_of(const struct line *line, uint64_t rounds)
{
	uint64_t before = arch_instructions();

	line->rounds(rounds);
	return arch_instructions() - before;
}

/** Whether the line means anything here. */
static bool is_here(const struct line *line)
{
	return (line->no_guest || bench_programs[line->guest].entry != 0) &&
	       (bench_has_controller || !line->controller || line->rounds == interrupt_rounds);
}

/** Instructions of a round of the hypervisor's side and the guest's exit. */
static uint64_t cost_of(const struct line *line)
{
	uint64_t once, twice, round, overhead;

	begin_line(line);
	/* Every vCPU has had its first run. */
	line->rounds(MAX_VCPUS);
	once = time_of(line, ROUNDS);
	twice = time_of(line, 2u * ROUNDS);
	end_line(line);
	round = (twice - once + ROUNDS / 2u) / ROUNDS;
	overhead = line->no_guest || line->raises ? 0 : bench_programs[line->guest].overhead;
	return round - overhead - (line->raises ? bench_raise_cost : 0);
}

/** Entries into the HAL in a round. */
static uint64_t calls_of(const struct line *line)
{
	uint64_t before;
	uint64_t once;

	begin_line(line);
	line->rounds(MAX_VCPUS);
	before = hal_calls();
	line->rounds(ROUNDS);
	once = hal_calls() - before;
	line->rounds(2u * ROUNDS);
	end_line(line);
	return (hal_calls() - before - 2u * once) == 0 ? 0 : (once + ROUNDS / 2u) / ROUNDS;
}

static void make_host(const struct axvcpu_hal_ops *hal)
{
	size_t size = axvcpu_host_size(arch_ops());

	arch_percpu_set(NULL);
	check(axvcpu_host_init(hal_allocate(size), size, arch_ops(), hal, NULL, &bench.host), "host");
	size = axvcpu_percpu_size(bench.host);
	check(axvcpu_percpu_init(bench.host, hal_allocate(size), size, 0, &bench.percpu), "percpu");
	check(axvcpu_hardware_enable(bench.percpu), "enable");
	for (uint32_t i = 0; i <= MAX_VCPUS; i++) {
		bench.vcpu_memory[i] = hal_allocate(axvcpu_size(bench.host));
	}
}

static void end_host(void)
{
	check(axvcpu_hardware_disable(bench.percpu), "disable");
	check(axvcpu_percpu_destroy(bench.percpu), "percpu_destroy");
}

/** Code sizes, from the linker script. */
static void report_sizes(void)
{
	extern const char bench_arch_text_start[], bench_arch_text_end[];
	extern const char bench_api_text_start[], bench_api_text_end[];

	report_number("bytes", "vcpu", axvcpu_size(bench.host));
	report_number("bytes", "arch_text",
		      (uint64_t)(bench_arch_text_end - bench_arch_text_start));
	report_number("bytes", "api_text", (uint64_t)(bench_api_text_end - bench_api_text_start));
}

/** Whether the plain form of a line is to be looked at instruction by instruction. */
static bool is_looked_at(const struct line *line, uint32_t mode)
{
	if (line->controller || line->traced || line->vcpus > 2u || line->guest == BENCH_GUEST_FP) {
		return false;
	}
	if (mode == MODE_TRACE_SWITCH) {
		return (line->rounds == switch_rounds || line->rounds == switch_call_rounds) &&
		       line->vcpus == 2u;
	}
	return line->rounds == library_rounds || line->rounds == hypercall_rounds;
}

/** A few rounds of those lines. */
static void run_traced(uint32_t mode)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (!is_looked_at(&lines[i], mode)) {
			continue;
		}
		begin_line(&lines[i]);
		lines[i].rounds(TRACED_ROUNDS);
		end_line(&lines[i]);
	}
}

/** The line by which other builds of this kernel are compared. */
static void run_hypercall(void)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (lines[i].rounds == hypercall_rounds && is_looked_at(&lines[i], MODE_TRACE)) {
			report_number("instructions", lines[i].name, cost_of(&lines[i]));
		}
	}
}

static void run_all(void)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (is_here(&lines[i])) {
			report_number("instructions", lines[i].name, cost_of(&lines[i]));
		}
	}
	report_sizes();
	end_host();
	make_host(hal_counting());
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (is_here(&lines[i])) {
			report_number("hal_calls", lines[i].name, calls_of(&lines[i]));
		}
	}
}

void bench_main(uint8_t *memory)
{
	hal_set_memory(memory);
	bench.root = arch_stage2_root();
	make_host(hal_plain());
	switch (arch_mode()) {
	case MODE_TRACE:
	case MODE_TRACE_SWITCH:
		run_traced(arch_mode());
		break;
	case MODE_HYPERCALL:
		run_hypercall();
		break;
	default:
		run_all();
		break;
	}
	report_text("arch", arch_name());
	report_text("end", "ok");
	arch_power_off();
}
