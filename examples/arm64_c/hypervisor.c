/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole hypervisor for QEMU's arm64 `virt` board: one CPU, one virtual machine
 * with one vCPU and one page, whose console and end are hypercalls.
 *
 * Read from the bottom: hypervisor_main() is where start.S goes.
 */
#include "arm_vcpu/arm_vcpu.h"
#include "axvcpu/axvcpu.h"

/* The board: QEMU, hw/arm/virt.c, base_memmap; PL011 (ARM DDI 0183, 3.2) */
#define RAM UINT64_C(0x40000000)
#define UART_DATA ((volatile uint32_t *)0x09000000)
#define UART_FLAGS ((volatile uint32_t *)0x09000018)
#define UART_TX_FULL (1u << 5)
/* PSCI SYSTEM_OFF (ARM DEN 0022, 5.1.10) */
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

/* Our own translation (ARM DDI 0487, D8): attribute 0 is Device-nGnRnE, 1 Normal write-back. */
#define MAIR UINT64_C(0xff00)
/* TCR_EL2: RES1, 40 bits out, inner-shareable cached walks, 39 bits in */
#define TCR (UINT64_C(0x80800000) | 2u << 16 | 3u << 12 | 1u << 10 | 1u << 8 | (64u - 39u))
/* SCTLR_EL2: RES1, I, C, M */
#define SCTLR (UINT64_C(0x30c50830) | 1u << 12 | 1u << 2 | 1u)
/* Level-1 block of 1 GiB: AF, AP RES1, valid; Normal and inner-shareable, or Device and XN */
#define BLOCK (UINT64_C(1) << 10 | 1u << 6 | 1u)
#define BLOCK_NORMAL (BLOCK | 3u << 8 | 1u << 2)
#define BLOCK_DEVICE (BLOCK | UINT64_C(1) << 54)

/* The guest's translation: its one page, AF, inner-shareable, read-write, Normal */
#define GUEST_PAGE UINT64_C(0x40000000)
#define S2_TABLE UINT64_C(3)
#define S2_PAGE (UINT64_C(3) | 1u << 10 | 3u << 8 | 3u << 6 | 0xfu << 2)
extern uint64_t guest_page[512]; /* start.S */

/* The guest's hypercall: x1 is a character to print (a vendor call, ARM DEN 0028, 2.5). */
#define CALL_PUT UINT64_C(0xc6000001)
#define CALL_SUCCESS UINT64_C(0)
#define CALL_NOT_SUPPORTED UINT64_MAX

#define MSR(name, value) \
	__asm__ volatile("msr " #name ", %0\n\tisb" : : "r"((uint64_t)(value)) : "memory")

void hypervisor_main(void);
void hypervisor_failed(void);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);

/* The compiler and the library call these two. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		((char *)to)[i] = ((const char *)from)[i];
	}
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		((char *)to)[i] = (char)byte;
	}
	return to;
}

static void put(char c)
{
	while ((*UART_FLAGS & UART_TX_FULL) != 0) {
	}
	*UART_DATA = (unsigned char)c;
}

static void print(const char *text)
{
	while (*text != '\0') {
		put(*text++);
	}
}

_Noreturn static void power_off(void)
{
	register uint64_t function __asm__("x0") = PSCI_SYSTEM_OFF;

	/* smc #0: this board has no EL3, QEMU itself is the firmware. */
	__asm__ volatile(".inst 0xd4000003" : "+r"(function) : : "x1", "x2", "x3", "memory");
	for (;;) {
	}
}

/** Stops with a message unless `error` is AXVCPU_OK. */
static void check(axvcpu_error_t error, const char *what)
{
	if (error != AXVCPU_OK) {
		print(what);
		print(": ");
		print(axvcpu_error_string(error));
		print("\n");
		power_off();
	}
}

/** Maps all memory one to one. Without the MMU, RAM would not do for the library's atomics. */
static void enable_mmu(void)
{
	static _Alignas(4096) uint64_t table[512];

	for (uint64_t i = 0; i < 512; i++) {
		table[i] = i << 30 | (i == RAM >> 30 ? BLOCK_NORMAL : BLOCK_DEVICE);
	}
	MSR(mair_el2, MAIR);
	MSR(tcr_el2, TCR);
	MSR(ttbr0_el2, (uintptr_t)table);
	__asm__ volatile("dsb sy\n\ttlbi alle2\n\tdsb sy" ::: "memory");
	MSR(sctlr_el2, SCTLR);
}

/* Memory for the library; nothing is given back. */
static _Alignas(AXVCPU_FRAME_SIZE) uint8_t pool[16][AXVCPU_FRAME_SIZE];
static size_t pool_used;

static void *allocate(size_t size)
{
	size_t first = pool_used;

	if (size > sizeof(pool) - first * sizeof(pool[0])) {
		return NULL;
	}
	pool_used += (size + sizeof(pool[0]) - 1) / sizeof(pool[0]);
	return pool[first];
}

/* The HAL: what the library asks of us. */

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	(void)ctx;
	if (align > sizeof(pool[0]) || count > sizeof(pool) / sizeof(pool[0]) - pool_used) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	*hpa = (uintptr_t)allocate(count * sizeof(pool[0]));
	return AXVCPU_OK;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx, (void)hpa, (void)count;
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	(void)ctx;
	return (void *)(uintptr_t)hpa;
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	(void)ctx;
	return (uintptr_t)virt;
}

static void *this_cpu; /* there is only one */

static void *percpu_get(void *ctx)
{
	(void)ctx;
	return this_cpu;
}

static void percpu_set(void *ctx, void *pointer)
{
	(void)ctx;
	this_cpu = pointer;
}

static const struct axvcpu_hal_ops hal = {
	.size = sizeof(hal),
	.abi_version = AXVCPU_ABI_VERSION,
	.alloc_frames = alloc_frames,
	.free_frames = free_frames,
	.phys_to_virt = phys_to_virt,
	.virt_to_phys = virt_to_phys,
	.percpu_get = percpu_get,
	.percpu_set = percpu_set,
};

/** Joins the library with the HAL, and turns virtualization on. */
static struct axvcpu_host *start_host(void)
{
	const struct axvcpu_arch_ops *arch = arm_vcpu_ops();
	size_t size = axvcpu_host_size(arch);
	struct axvcpu_percpu *percpu;
	struct axvcpu_host *host;

	check(axvcpu_host_init(allocate(size), size, arch, &hal, NULL, &host), "host");
	size = axvcpu_percpu_size(host);
	check(axvcpu_percpu_init(host, allocate(size), size, 0, &percpu), "percpu");
	check(axvcpu_hardware_enable(percpu), "hardware");
	return host;
}

/** The machine: a page with the guest's code, the tables that map it, a CPU that starts there. */
static struct axvcpu *make_guest(struct axvcpu_host *host)
{
	static _Alignas(4096) uint64_t stage2[3][512];
	static const struct axvcpu_create_params params = {
		.size = sizeof(params), .vm_id = 1, .preferred_cpu = AXVCPU_CPU_ANY};
	static const struct arm_vcpu_setup_config config = {.size = sizeof(config),
							    .flags = ARM_VCPU_TRAP_WFI,
							    .ipa_bits = 39,
							    .stage2_levels = 3,
							    .vmid = 1};
	size_t size = axvcpu_size(host);
	struct axvcpu *vcpu;

	stage2[0][GUEST_PAGE >> 30] = (uintptr_t)stage2[1] | S2_TABLE;
	stage2[1][0] = (uintptr_t)stage2[2] | S2_TABLE;
	stage2[2][0] = (uintptr_t)guest_page | S2_PAGE;
	__asm__ volatile("dsb sy" ::: "memory");
	check(axvcpu_create(host, allocate(size), size, &params, NULL, &vcpu), "create");
	check(axvcpu_setup(vcpu, GUEST_PAGE, (uintptr_t)stage2[0], &config), "setup");
	check(axvcpu_bind(vcpu), "bind");
	return vcpu;
}

static uint64_t answer(const struct axvcpu_exit_hypercall *call)
{
	if (call->number != CALL_PUT) {
		return CALL_NOT_SUPPORTED;
	}
	put((char)call->args[0]);
	return CALL_SUCCESS;
}

/** Runs the guest until it powers off. */
static void run_guest(struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;

	for (;;) {
		check(axvcpu_run(vcpu, &exit), "run");
		switch (exit->reason) {
		case AXVCPU_EXIT_NOTHING:
			break;
		case AXVCPU_EXIT_HYPERCALL:
			check(axvcpu_set_return_value(vcpu, answer(&exit->u.hypercall)), "answer");
			break;
		case AXVCPU_EXIT_SYSTEM_DOWN:
			return;
		default: /* memory and registers that this machine does not have: the guest's error */
			check(axvcpu_fail_access(vcpu), axvcpu_exit_reason_string(exit->reason));
		}
	}
}

void hypervisor_main(void)
{
	struct axvcpu_host *host;
	struct axvcpu *vcpu;

	enable_mmu();
	host = start_host();
	vcpu = make_guest(host);
	print("hypervisor: enters the guest\n");
	run_guest(vcpu);
	check(axvcpu_unbind(vcpu), "unbind");
	check(axvcpu_destroy(vcpu), "destroy");
	check(axvcpu_percpu_destroy(axvcpu_this_percpu(host)), "percpu");
	print("hypervisor: the guest powered off\n");
	power_off();
}

void hypervisor_failed(void)
{
	print("hypervisor: an exception of its own\n");
	power_off();
}
