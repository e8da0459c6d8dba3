/* SPDX-License-Identifier: Apache-2.0 */
/* Registers: by number, by id, the list as a vCPU's whole state. */
#include "suite.h"

#define PATTERN UINT64_C(0xfedcba9876543210)
#define ID_RESERVED_BIT (UINT64_C(1) << 52)
#define ID_OTHER_ARCH (UINT64_C(1) << 63)
#define UNUSED_CLASS 0xffffu

static void set_up_one(struct suite *suite)
{
	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	PART(suite_set_up(suite, 0));
}

static void gprs(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	struct axvcpu *vcpu;
	uint64_t value;

	PART(set_up_one(suite));
	vcpu = suite->vcpus[0];
	for (uint32_t reg = 0; reg < config->gpr_count; reg++) {
		EXPECT(AXVCPU_OK, axvcpu_set_gpr(vcpu, reg, PATTERN + reg));
	}
	for (uint32_t reg = 0; reg < config->gpr_count; reg++) {
		EXPECT(AXVCPU_OK, axvcpu_get_gpr(vcpu, reg, &value));
		CHECK_DETAIL(value == (reg == config->zero_gpr ? 0u : PATTERN + reg), reg);
	}
	EXPECT(AXVCPU_OK, axvcpu_set_return_value(vcpu, ~PATTERN));
	EXPECT(AXVCPU_OK, axvcpu_get_gpr(vcpu, config->result_gpr, &value));
	CHECK_DETAIL(value == ~PATTERN, value);
	PART(suite_read_state(suite, vcpu, &suite->before));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_gpr(vcpu, UINT32_MAX, 0u));
	value = PATTERN;
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_gpr(vcpu, UINT32_MAX, &value));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_gpr(vcpu, 0u, NULL));
	CHECK(value == PATTERN);
	PART(suite_expect_state(suite, vcpu));
}

static void list(struct suite *suite)
{
	const struct axvcpu_arch_ops *arch = suite->config->arch;
	struct axvcpu *vcpu;
	size_t count = 0;
	size_t room;

	PART(set_up_one(suite));
	vcpu = suite->vcpus[0];
	EXPECT(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu, NULL, &count));
	CHECK_DETAIL(count != 0u && count <= MAX_REGS, count);
	room = count - 1u;
	suite->ids[room] = 0u;
	EXPECT(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu, suite->ids, &room));
	CHECK_DETAIL(room == count && suite->ids[count - 1u] == 0u, room);
	EXPECT(AXVCPU_OK, axvcpu_list_regs(vcpu, suite->ids, &room));
	for (size_t i = 0; i < count; i++) {
		uint64_t id = suite->ids[i];

		CHECK_DETAIL(AXVCPU_REG_ARCH(id) == arch->arch, id);
		CHECK_DETAIL((id >> 52 & 0xfu) == 0u, id);
		CHECK_DETAIL(AXVCPU_REG_SIZE(id) <= AXVCPU_REG_MAX_SIZE, id);
		for (size_t j = 0; j < i; j++) {
			CHECK_DETAIL(suite->ids[j] != id, id);
		}
	}
}

/* What is read can be written back, and is there then: free, bound, and free again. */
static void round_trip(struct suite *suite)
{
	struct axvcpu *vcpu;
	const struct snapshot *before = &suite->before;

	PART(set_up_one(suite));
	vcpu = suite->vcpus[0];
	PART(suite_read_state(suite, vcpu, &suite->before));
	EXPECT(AXVCPU_OK, axvcpu_set_regs(vcpu, suite->ids, before->count, before->bytes,
					  before->size));
	PART(suite_expect_state(suite, vcpu));
	EXPECT(AXVCPU_OK, axvcpu_bind(vcpu));
	PART(suite_read_state(suite, vcpu, &suite->before));
	EXPECT(AXVCPU_OK, axvcpu_set_regs(vcpu, suite->ids, before->count, before->bytes,
					  before->size));
	PART(suite_expect_state(suite, vcpu));
	EXPECT(AXVCPU_OK, axvcpu_unbind(vcpu));
	PART(suite_expect_state(suite, vcpu));
}

/* One after the other and in bulk, they are the same bytes. */
static void one_by_one(struct suite *suite)
{
	unsigned char value[AXVCPU_REG_MAX_SIZE];
	const struct snapshot *before = &suite->before;
	size_t offset = 0;

	PART(set_up_one(suite));
	PART(suite_read_state(suite, suite->vcpus[0], &suite->before));
	for (size_t i = 0; i < before->count; i++) {
		uint32_t size = AXVCPU_REG_SIZE(suite->ids[i]);

		EXPECT(AXVCPU_OK, axvcpu_get_reg(suite->vcpus[0], suite->ids[i], value, size));
		for (uint32_t j = 0; j < size; j++) {
			CHECK_DETAIL(value[j] == before->bytes[offset + j], suite->ids[i]);
		}
		offset += size;
	}
}

/*
 * Odd values: a register that refuses one keeps its own; one that takes it gives
 * something that it takes again.
 */
static void odd_values(struct suite *suite)
{
	static const unsigned char fills[] = { 0x00, 0xff, 0x5a };
	unsigned char old[AXVCPU_REG_MAX_SIZE];
	unsigned char value[AXVCPU_REG_MAX_SIZE];
	unsigned char again[AXVCPU_REG_MAX_SIZE];
	struct axvcpu *vcpu;
	size_t count;

	PART(set_up_one(suite));
	vcpu = suite->vcpus[0];
	PART(suite_read_state(suite, vcpu, &suite->before));
	count = suite->before.count;
	for (size_t i = 0; i < count; i++) {
		uint64_t id = suite->ids[i];
		uint32_t size = AXVCPU_REG_SIZE(id);

		EXPECT(AXVCPU_OK, axvcpu_get_reg(vcpu, id, old, size));
		for (size_t fill = 0; fill < sizeof(fills); fill++) {
			axvcpu_error_t error;

			__builtin_memset(value, fills[fill], size);
			error = axvcpu_set_reg(vcpu, id, value, size);
			CHECK_DETAIL(error == AXVCPU_OK || error == AXVCPU_ERR_INVALID_ARGUMENT,
				     id);
			EXPECT(AXVCPU_OK, axvcpu_get_reg(vcpu, id, value, size));
			for (uint32_t j = 0; error != AXVCPU_OK && j < size; j++) {
				CHECK_DETAIL(value[j] == old[j], id);
			}
			EXPECT(AXVCPU_OK, axvcpu_set_reg(vcpu, id, value, size));
			EXPECT(AXVCPU_OK, axvcpu_get_reg(vcpu, id, again, size));
			for (uint32_t j = 0; j < size; j++) {
				CHECK_DETAIL(value[j] == again[j], id);
			}
			__builtin_memcpy(old, value, size);
		}
	}
	EXPECT(AXVCPU_OK, axvcpu_set_regs(vcpu, suite->ids, count, suite->before.bytes,
					  suite->before.size));
	PART(suite_expect_state(suite, vcpu));
}

/** A register access that is wrong gives `code` and changes nothing. */
static void refuse(struct suite *suite, axvcpu_error_t code, uint64_t id, size_t size)
{
	unsigned char value[AXVCPU_REG_MAX_SIZE * 2u];

	__builtin_memset(value, 0, sizeof(value));
	EXPECT(code, axvcpu_set_reg(suite->vcpus[0], id, value, size));
	EXPECT(code, axvcpu_get_reg(suite->vcpus[0], id, value, size));
}

static void bad_ids(struct suite *suite)
{
	struct axvcpu *vcpu;
	uint64_t id;
	uint32_t size;
	unsigned char value[AXVCPU_REG_MAX_SIZE];

	PART(set_up_one(suite));
	vcpu = suite->vcpus[0];
	PART(suite_read_state(suite, vcpu, &suite->before));
	id = suite->ids[0];
	size = AXVCPU_REG_SIZE(id);
	PART(refuse(suite, AXVCPU_ERR_NOT_FOUND, id ^ ID_OTHER_ARCH, size));
	PART(refuse(suite, AXVCPU_ERR_NOT_FOUND, id | ID_RESERVED_BIT, size));
	PART(refuse(suite, AXVCPU_ERR_NOT_FOUND,
		    AXVCPU_REG_ID(suite->config->arch->arch, 3, UNUSED_CLASS, 0), 8u));
	PART(refuse(suite, AXVCPU_ERR_NOT_FOUND, id | UINT32_MAX, size));
	PART(refuse(suite, AXVCPU_ERR_INVALID_ARGUMENT, id, size * 2u));
	PART(refuse(suite, AXVCPU_ERR_INVALID_ARGUMENT, id, size - 1u));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_reg(vcpu, id, NULL, size));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu, id, NULL, size));
	PART(suite_read_state(suite, vcpu, &suite->after));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT,
	       axvcpu_set_regs(vcpu, suite->ids, suite->before.count, suite->before.bytes,
			       suite->before.size - 1u));
	/* All ids are looked at before the first register is written. */
	suite->ids[suite->before.count - 1u] |= UINT32_MAX;
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_set_regs(vcpu, suite->ids, suite->before.count,
						     suite->before.bytes, suite->before.size));
	PART(suite_expect_state(suite, vcpu));
	EXPECT(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_INVALID));
	EXPECT(AXVCPU_ERR_BAD_STATE, axvcpu_get_reg(vcpu, id, value, size));
	EXPECT(AXVCPU_ERR_BAD_STATE, axvcpu_set_gpr(vcpu, 0u, 0u));
}

/* The list is the whole state: written into another vCPU it is that one. */
static void transfer(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	const struct snapshot *before = &suite->before;

	PART(set_up_one(suite));
	/* A register may settle to what the CPU implements when it is there first. */
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[0]));
	for (uint32_t reg = 0; reg < config->gpr_count; reg++) {
		EXPECT(AXVCPU_OK, axvcpu_set_gpr(suite->vcpus[0], reg, PATTERN ^ reg));
	}
	PART(suite_read_state(suite, suite->vcpus[0], &suite->before));
	PART(suite_make_vcpu(suite, 1));
	PART(suite_set_up(suite, 1));
	EXPECT(AXVCPU_OK, axvcpu_set_regs(suite->vcpus[1], suite->ids, before->count,
					  before->bytes, before->size));
	PART(suite_expect_state(suite, suite->vcpus[1]));
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[1]));
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[1]));
	PART(suite_expect_state(suite, suite->vcpus[1]));
}

const struct check conformance_reg_checks[] = {
	{ "gprs", gprs },
	{ "register_list", list },
	{ "registers_round_trip", round_trip },
	{ "registers_one_by_one", one_by_one },
	{ "registers_odd_values", odd_values },
	{ "registers_bad_ids", bad_ids },
	{ "registers_transfer", transfer },
	{ NULL, NULL },
};
