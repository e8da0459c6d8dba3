/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole hypervisor for riscv64 under OpenSBI: one hart, one virtual machine with
 * one vCPU and one page of memory, which prints by the SBI's debug console.
 *
 * Read from the bottom: hypervisor_main() is where start.S goes.
 */
#include "axvcpu/axvcpu.h"
#include "riscv_vcpu/riscv_vcpu.h"

extern "C" {
extern uint8_t guest_page[]; /* start.S */
void hypervisor_main();
void hypervisor_failed();
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
}

namespace {

/* Our own calls of the firmware (SBI 2.0, 5.2 and 10.1) */
constexpr uint64_t kSbiPutchar = 0x01;
constexpr uint64_t kSbiSystemReset = 0x53525354;

/* The guest's calls (SBI 2.0, 12) */
constexpr uint64_t kDbcnWrite = 0;
constexpr uint64_t kDbcnWriteByte = 2;

/* The guest's memory, and the translation that maps it: Sv39x4, privileged specification 18.5 */
constexpr uint64_t kPage = 4096;
constexpr uint64_t kGuestPage = 0x80000000;
constexpr uint64_t kPteTable = 0x01; /* V */
constexpr uint64_t kPtePage = 0xdf;  /* D, A, U, X, W, R, V */

alignas(RISCV_VCPU_ROOT_ALIGN) uint64_t stage2_root[2048];
alignas(kPage) uint64_t stage2_middle[512];
alignas(kPage) uint64_t stage2_leaf[512];

void sbi_call(uint64_t extension, uint64_t function, uint64_t argument)
{
	register uint64_t a0 __asm__("a0") = argument;
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a6 __asm__("a6") = function;
	register uint64_t a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}

void put(uint64_t c)
{
	sbi_call(kSbiPutchar, 0, c & 0xff);
}

void print(const char *text)
{
	while (*text != '\0') {
		put(static_cast<uint64_t>(*text++));
	}
}

[[noreturn]] void power_off()
{
	sbi_call(kSbiSystemReset, 0, 0); /* type 0: shutdown */
	for (;;) {
	}
}

/** Stops with a message unless `error` is AXVCPU_OK. */
void check(axvcpu_error_t error, const char *what)
{
	if (error != AXVCPU_OK) {
		print(what);
		print(": ");
		print(axvcpu_error_string(error));
		print("\n");
		power_off();
	}
}

uint64_t address(const void *pointer)
{
	return reinterpret_cast<uint64_t>(pointer);
}

/** Memory for the library; nothing is given back. */
class Pool {
public:
	void *allocate(size_t size)
	{
		size_t first = used_;

		if (size > sizeof(frames_) - first * AXVCPU_FRAME_SIZE) {
			return nullptr;
		}
		used_ += (size + AXVCPU_FRAME_SIZE - 1) / AXVCPU_FRAME_SIZE;
		return frames_[first];
	}

	void *allocate_frames(uint64_t count, uint64_t align)
	{
		return align > AXVCPU_FRAME_SIZE || count > kCount ?
			       nullptr :
			       allocate(count * AXVCPU_FRAME_SIZE);
	}

private:
	static constexpr size_t kCount = 16;
	alignas(AXVCPU_FRAME_SIZE) uint8_t frames_[kCount][AXVCPU_FRAME_SIZE];
	size_t used_;
};

Pool pool;
void *this_cpu; /* there is only one */

/** The HAL: what the library asks of us. Without paging, addresses are physical ones. */
constexpr axvcpu_hal_ops make_hal()
{
	axvcpu_hal_ops hal{};

	hal.size = sizeof(hal);
	hal.abi_version = AXVCPU_ABI_VERSION;
	hal.alloc_frames = [](void *, uint64_t count, uint64_t align, uint64_t *hpa) {
		void *frames = pool.allocate_frames(count, align);

		if (frames == nullptr) {
			return axvcpu_error_t{AXVCPU_ERR_NO_MEMORY};
		}
		*hpa = address(frames);
		return axvcpu_error_t{AXVCPU_OK};
	};
	hal.free_frames = [](void *, uint64_t, uint64_t) {};
	hal.phys_to_virt = [](void *, uint64_t hpa) { return reinterpret_cast<void *>(hpa); };
	hal.virt_to_phys = [](void *, const void *virt) { return address(virt); };
	hal.percpu_get = [](void *) { return this_cpu; };
	hal.percpu_set = [](void *, void *pointer) { this_cpu = pointer; };
	return hal;
}

constexpr axvcpu_hal_ops hal = make_hal();

/** Joins the library with the HAL, and turns virtualization on. */
axvcpu_host *start_host()
{
	const axvcpu_arch_ops *arch = riscv_vcpu_ops();
	size_t size = axvcpu_host_size(arch);
	axvcpu_percpu *percpu;
	axvcpu_host *host;

	check(axvcpu_host_init(pool.allocate(size), size, arch, &hal, nullptr, &host), "host");
	size = axvcpu_percpu_size(host);
	check(axvcpu_percpu_init(host, pool.allocate(size), size, 0, &percpu), "percpu");
	check(axvcpu_hardware_enable(percpu), "hardware");
	return host;
}

/** The machine: a page with the guest's code, the tables that map it, a hart that starts there. */
axvcpu *make_guest(axvcpu_host *host)
{
	axvcpu_create_params params{};
	riscv_vcpu_setup_config config{};
	size_t size = axvcpu_size(host);
	axvcpu *vcpu;

	params.size = sizeof(params);
	params.vm_id = 1;
	params.preferred_cpu = AXVCPU_CPU_ANY;
	config.size = sizeof(config);
	config.flags = RISCV_VCPU_NO_VECTOR;
	config.hgatp_mode = RISCV_VCPU_HGATP_SV39X4;
	stage2_root[kGuestPage >> 30] = address(stage2_middle) >> 2 | kPteTable;
	stage2_middle[0] = address(stage2_leaf) >> 2 | kPteTable;
	stage2_leaf[0] = address(guest_page) >> 2 | kPtePage;
	check(axvcpu_create(host, pool.allocate(size), size, &params, nullptr, &vcpu), "create");
	check(axvcpu_setup(vcpu, kGuestPage, address(stage2_root), &config), "setup");
	check(axvcpu_bind(vcpu), "bind");
	return vcpu;
}

/** The guest's debug console. `call` has been checked, and stays within a page of the guest. */
void answer(axvcpu *vcpu, const axvcpu_exit_hypercall &call)
{
	int64_t error = RISCV_VCPU_SBI_ERR_NOT_SUPPORTED;
	uint64_t done = 0;

	if (call.number == RISCV_VCPU_SBI_DBCN && call.args[6] == kDbcnWriteByte) {
		put(call.args[0]);
		error = RISCV_VCPU_SBI_SUCCESS;
	} else if (call.number == RISCV_VCPU_SBI_DBCN && call.args[6] == kDbcnWrite) {
		if (call.args[1] / kPage != kGuestPage / kPage) {
			error = RISCV_VCPU_SBI_ERR_INVALID_PARAM;
		} else {
			for (; done < call.args[0]; done++) {
				put(guest_page[call.args[1] % kPage + done]);
			}
			error = RISCV_VCPU_SBI_SUCCESS;
		}
	}
	check(riscv_vcpu_set_sbi_result(vcpu, error, done), "answer");
}

/** Runs the guest until it powers off. */
void run_guest(axvcpu *vcpu)
{
	for (;;) {
		const axvcpu_exit *exit;

		check(axvcpu_run(vcpu, &exit), "run");
		switch (exit->reason) {
		case AXVCPU_EXIT_NOTHING:
			break;
		case AXVCPU_EXIT_HYPERCALL:
			answer(vcpu, exit->u.hypercall);
			break;
		case AXVCPU_EXIT_SYSTEM_DOWN:
			return;
		default: /* memory and registers that this machine does not have: the guest's error */
			check(axvcpu_fail_access(vcpu), axvcpu_exit_reason_string(exit->reason));
		}
	}
}

} // namespace

/* The compiler and the library call these two. */
void *memcpy(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		static_cast<char *>(to)[i] = static_cast<const char *>(from)[i];
	}
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		static_cast<char *>(to)[i] = static_cast<char>(byte);
	}
	return to;
}

void hypervisor_main()
{
	axvcpu_host *host = start_host();
	axvcpu *vcpu = make_guest(host);

	print("hypervisor: enters the guest\n");
	run_guest(vcpu);
	check(axvcpu_unbind(vcpu), "unbind");
	check(axvcpu_destroy(vcpu), "destroy");
	check(axvcpu_percpu_destroy(axvcpu_this_percpu(host)), "percpu");
	print("hypervisor: the guest powered off\n");
	power_off();
}

void hypervisor_failed()
{
	print("hypervisor: a trap of its own\n");
	power_off();
}
