/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole hypervisor for a PC with AMD SVM or Intel VMX: one CPU, one virtual machine
 * with one vCPU and one page, which has a serial port and ends by a halt.
 *
 * Read from the bottom: hypervisor_main() is where start.S goes.
 */
#include "axvcpu/axvcpu.h"
#include "x86_vcpu/x86_vcpu.h"

/* A serial port (16550), the machine's and the guest's: data, line control and status. */
#define SERIAL_DATA 0x3f8u
#define SERIAL_CONTROL 0x3fbu
#define SERIAL_8_BITS 0x03u
#define SERIAL_STATUS 0x3fdu
#define SERIAL_ROOM UINT64_C(0x60) /* the transmitter and its register are empty */
/* The masks of the two interrupt controllers (8259A, OCW1). */
#define PIC_MASK 0x21u
#define PIC2_MASK 0xa1u
/* QEMU ends when something is written here (-device isa-debug-exit,iobase=0xf4). */
#define DEBUG_EXIT 0xf4u
/* Bochs ends when this is written (its iodev/unmapped.cc). */
#define BOCHS_EXIT 0x8900u
#define BOCHS_EXIT_TEXT "Shutdown"

/*
 * The guest's translation, four levels: its one page, anywhere in the first MiB. An entry
 * of an NPT is present, writable and the user's (APM 15.25.5); one of an EPT is readable,
 * writable and executable, and says itself that its page is write-back (SDM 29.3.2).
 */
#define GUEST_PAGE UINT64_C(0x1000)
#define PAGE_SHIFT 12u
#define ENTRY UINT64_C(7)
#define EPT_WRITE_BACK (UINT64_C(6) << 3)
extern uint64_t guest_page[512]; /* start.S */

/* A gate for the hypervisor's own exceptions: 64-bit interrupt gate, code segment 0x08. */
#define EXCEPTIONS 32u
#define GATE (UINT64_C(0x8e) << 40 | UINT64_C(0x08) << 16)

void hypervisor_main(void);
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

static uint8_t port_read(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void put(uint8_t c)
{
	while ((port_read(SERIAL_STATUS) & SERIAL_ROOM) != SERIAL_ROOM) {
	}
	port_write(SERIAL_DATA, c);
}

static void print(const char *text)
{
	while (*text != '\0') {
		put((uint8_t)*text++);
	}
}

_Noreturn static void power_off(void)
{
	static const char text[] = BOCHS_EXIT_TEXT;

	while ((port_read(SERIAL_STATUS) & SERIAL_ROOM) != SERIAL_ROOM) {
	}
	port_write(DEBUG_EXIT, 0);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		port_write(BOCHS_EXIT, (uint8_t)text[i]);
	}
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

_Noreturn static void failed(void)
{
	print("hypervisor: an exception of its own\n");
	power_off();
}

/** Catches the hypervisor's own exceptions, masks all interrupts, and sets the console up. */
static void prepare_board(void)
{
	static uint64_t idt[EXCEPTIONS][2];
	static const struct {
		uint16_t limit;
		uint64_t *base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, idt[0]};
	uint64_t at = (uintptr_t)failed;

	for (size_t i = 0; i < EXCEPTIONS; i++) {
		idt[i][0] = GATE | (at & 0xffff) | (at & 0xffff0000) << 32;
		idt[i][1] = at >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
	port_write(PIC_MASK, 0xff);
	port_write(PIC2_MASK, 0xff);
	port_write(SERIAL_CONTROL, SERIAL_8_BITS);
}

/* Memory for the library; nothing is given back. */
static _Alignas(AXVCPU_FRAME_SIZE) uint8_t pool[32][AXVCPU_FRAME_SIZE];
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
	const struct axvcpu_arch_ops *arch = x86_vcpu_ops();
	size_t size = axvcpu_host_size(arch);
	struct axvcpu_percpu *percpu;
	struct axvcpu_host *host;

	check(axvcpu_host_init(allocate(size), size, arch, &hal, NULL, &host), "host");
	size = axvcpu_percpu_size(host);
	check(axvcpu_percpu_init(host, allocate(size), size, 0, &percpu), "percpu");
	check(axvcpu_hardware_enable(percpu), "hardware");
	print(x86_vcpu_backend() == X86_VCPU_BACKEND_VMX ? "hypervisor: Intel VMX\n"
							 : "hypervisor: AMD SVM\n");
	return host;
}

/** The machine: a page with the guest's code, the tables that map it, a CPU that starts there. */
static struct axvcpu *make_guest(struct axvcpu_host *host)
{
	static _Alignas(4096) uint64_t stage2[4][512];
	static const struct axvcpu_create_params params = {
		.size = sizeof(params), .vm_id = 1, .preferred_cpu = AXVCPU_CPU_ANY};
	static const struct x86_vcpu_setup_config config = {.size = sizeof(config),
							    .start_mode = X86_VCPU_START_REAL};
	bool ept = x86_vcpu_backend() == X86_VCPU_BACKEND_VMX;
	size_t size = axvcpu_size(host);
	struct axvcpu *vcpu;

	for (size_t level = 0; level < 3; level++) {
		stage2[level][0] = (uintptr_t)stage2[level + 1] | ENTRY;
	}
	stage2[3][GUEST_PAGE >> PAGE_SHIFT] =
		(uintptr_t)guest_page | ENTRY | (ept ? EPT_WRITE_BACK : 0);
	check(axvcpu_create(host, allocate(size), size, &params, NULL, &vcpu), "create");
	check(axvcpu_setup(vcpu, GUEST_PAGE, (uintptr_t)stage2[0], &config), "setup");
	check(axvcpu_bind(vcpu), "bind");
	return vcpu;
}

/** The guest's serial port: it always has room. Others are not there, and read as all ones. */
static uint64_t read_port(uint32_t port)
{
	return port == SERIAL_STATUS ? SERIAL_ROOM : UINT64_MAX;
}

static void write_port(const struct axvcpu_exit_port *port)
{
	if (port->port == SERIAL_DATA) {
		put((uint8_t)port->data);
	}
}

/** Runs the guest until it halts. */
static void run_guest(struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;

	for (;;) {
		check(axvcpu_run(vcpu, &exit), "run");
		switch (exit->reason) {
		case AXVCPU_EXIT_NOTHING:
			break;
		case AXVCPU_EXIT_PORT_READ:
			check(axvcpu_complete_read(vcpu, read_port(exit->u.port.port)), "read");
			break;
		case AXVCPU_EXIT_PORT_WRITE: /* the next run steps over the instruction */
			write_port(&exit->u.port);
			break;
		case AXVCPU_EXIT_HALT: /* Blocked; this machine has no interrupt that could wake it */
			check(axvcpu_unblock(vcpu), "unblock");
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

	prepare_board();
	host = start_host();
	vcpu = make_guest(host);
	print("hypervisor: enters the guest\n");
	run_guest(vcpu);
	check(axvcpu_unbind(vcpu), "unbind");
	check(axvcpu_destroy(vcpu), "destroy");
	check(axvcpu_percpu_destroy(axvcpu_this_percpu(host)), "percpu");
	print("hypervisor: the guest halted\n");
	power_off();
}
