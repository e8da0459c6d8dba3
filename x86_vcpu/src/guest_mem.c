/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_mem.h"

#include "vendor.h"

#define PAGE_MASK UINT64_C(0xfff)

/** Where the byte at `gpa` is, and how many bytes of [gpa, gpa + size) lie in its page. */
static uint8_t *map(const struct x86_vcpu *vcpu, uint64_t gpa, uint32_t size, uint32_t access,
		    uint32_t *part)
{
	uint64_t hpa, room = PAGE_MASK + 1u - (gpa & PAGE_MASK);

	*part = size < room ? size : (uint32_t)room;
	if ((vcpu->vendor->stage2_walk(vcpu, gpa, &hpa) & access) == 0u) {
		return NULL;
	}
	return (uint8_t *)vcpu->hal->ops->phys_to_virt(vcpu->hal->ctx, hpa);
}

const uint8_t *x86_vcpu_gpa_to_host(const struct x86_vcpu *vcpu, uint64_t gpa)
{
	uint32_t part;

	return map(vcpu, gpa, 1, AXVCPU_ACCESS_READ, &part);
}

bool x86_vcpu_gpa_read(struct x86_vcpu *vcpu, uint64_t gpa, void *to, uint32_t size)
{
	uint8_t *bytes = (uint8_t *)to;
	const uint8_t *from;
	uint32_t part;

	for (; size > 0u; gpa += part, bytes += part, size -= part) {
		from = map(vcpu, gpa, size, AXVCPU_ACCESS_READ, &part);
		if (from == NULL) {
			return false;
		}
		__builtin_memcpy(bytes, from, part);
	}
	return true;
}

bool x86_vcpu_gpa_write(struct x86_vcpu *vcpu, uint64_t gpa, const void *from, uint32_t size)
{
	const uint8_t *bytes = (const uint8_t *)from;
	uint32_t part;
	uint8_t *to;

	for (; size > 0u; gpa += part, bytes += part, size -= part) {
		to = map(vcpu, gpa, size, AXVCPU_ACCESS_WRITE, &part);
		if (to == NULL) {
			return false;
		}
		__builtin_memcpy(to, bytes, part);
	}
	return true;
}

bool x86_vcpu_gpa_is_writable(struct x86_vcpu *vcpu, uint64_t gpa)
{
	uint32_t part;

	return map(vcpu, gpa, 1, AXVCPU_ACCESS_WRITE, &part) != NULL;
}

bool x86_vcpu_gpa_exchange(struct x86_vcpu *vcpu, uint64_t gpa, uint64_t expected, uint64_t value,
		      uint32_t size)
{
	uint32_t part, expected_32 = (uint32_t)expected;
	uint8_t *at;

	if (gpa % size != 0u) {
		return false;
	}
	at = map(vcpu, gpa, size, AXVCPU_ACCESS_WRITE, &part);
	if (at == NULL) {
		return false;
	}
	if (size == sizeof(uint32_t)) {
		return __atomic_compare_exchange_n((uint32_t *)(void *)at, &expected_32,
						   (uint32_t)value, false, __ATOMIC_SEQ_CST,
						   __ATOMIC_RELAXED);
	}
	return __atomic_compare_exchange_n((uint64_t *)(void *)at, &expected, value, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}
