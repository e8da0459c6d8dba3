// SPDX-License-Identifier: Apache-2.0
// Registers by id.
#include "tests/fake_cpu.h"

extern "C" {
#include "src/fpu.h"
}

#include <set>

namespace {

class RegTest : public X86Test {
    protected:
	std::vector<uint64_t> Ids()
	{
		size_t count = 0;

		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, nullptr, &count));
		std::vector<uint64_t> ids(count);
		EXPECT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu_, ids.data(), &count));
		return ids;
	}
	std::vector<uint8_t> All(const std::vector<uint64_t> &ids)
	{
		size_t size = 0;
		for (uint64_t id : ids) {
			size += AXVCPU_REG_SIZE(id);
		}
		std::vector<uint8_t> bytes(size);
		EXPECT_EQ(AXVCPU_OK,
			  axvcpu_get_regs(vcpu_, ids.data(), ids.size(), bytes.data(), bytes.size()));
		return bytes;
	}
};

TEST_F(RegTest, ListIsCompleteAndWithoutDoubles)
{
	Start();
	std::vector<uint64_t> ids = Ids();
	std::set<uint64_t> set(ids.begin(), ids.end());

	EXPECT_EQ(ids.size(), set.size());
	EXPECT_EQ(16u + 8u * 4u + 2u * 2u + 43u + 6u + 35u, ids.size());
	for (uint64_t id : ids) {
		uint8_t buffer[64];

		EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, buffer, AXVCPU_REG_SIZE(id)));
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, id, buffer, AXVCPU_REG_SIZE(id)))
			<< std::hex << id;
	}
}

// All of the state moves to another vCPU, bound or not.
TEST_F(RegTest, TheListIsTheState)
{
	Start();
	uint64_t value = 0x1000;
	for (uint32_t n = 0; n < 16; n++) {
		SetGpr(n, ++value);
	}
	for (uint32_t segment = 0; segment < 8; segment++) {
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_SELECTOR(segment), ++value));
		// One that granularity of bytes and of pages can say.
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_LIMIT(segment), (++value & 0xff) << 12 | 0xfff));
	}
	for (uint32_t msr : { MSR_STAR, MSR_LSTAR, MSR_KERNEL_GS_BASE, MSR_SYSENTER_EIP }) {
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_MSR(msr), ++value));
	}
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(2), ++value));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_INTERRUPTS(2), ++value));
	fake_.xsave[100] = 0x42;
	std::vector<uint64_t> ids = Ids();
	std::vector<uint8_t> was = All(ids);

	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(was, All(ids)) << "unbound";
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	std::memset(fake_.xsave, 0, sizeof(fake_.xsave));
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	EXPECT_NE(was, All(ids));
	ASSERT_EQ(AXVCPU_OK,
		  axvcpu_set_regs(vcpu_, ids.data(), ids.size(), was.data(), was.size()));
	EXPECT_EQ(was, All(ids));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(was, All(ids)) << "bound";
	EXPECT_EQ(0x42, fake_.xsave[100]);
	Run(kInterrupt);
	EXPECT_EQ(was, All(ids)) << "through the VMCB";
}

// What stands in the area of a component that is as after reset does not count.
TEST_F(RegTest, PkruByItsComponent)
{
	const uint32_t pkru = 0x55555554;
	x86_vcpu vcpu = {};

	vcpu.xsave_place[4] = 832;
	std::memcpy(vcpu.xsave + 832, &pkru, sizeof(pkru));
	for (const uint64_t in_use : { XCR0_X87 | XCR0_SSE, XCR0_X87 | XCR0_SSE | XCR0_PKRU }) {
		std::memcpy(vcpu.xsave + 512, &in_use, sizeof(in_use));
		EXPECT_EQ((in_use & XCR0_PKRU) != 0 ? pkru : 0u, x86_vcpu_fpu_pkru(&vcpu));
	}
}

TEST_F(RegTest, RefusedValues)
{
	const struct {
		uint64_t id;
		uint64_t value;
	} cases[] = {
		{ X86_VCPU_REG_RFLAGS, 0 },
		{ X86_VCPU_REG_RFLAGS, UINT64_C(1) << 40 | 2 },
		{ X86_VCPU_REG_CR(0), UINT64_C(1) << 32 },
		{ X86_VCPU_REG_CR(4), CR4_VMXE },
		{ X86_VCPU_REG_CR(8), 16 },
		{ X86_VCPU_REG_XCR0, 0 },
		{ X86_VCPU_REG_XCR0, 0xe7 },
		{ X86_VCPU_REG_MSR(MSR_EFER), EFER_SVME },
		{ X86_VCPU_REG_MSR(MSR_TSC_AUX), UINT64_C(1) << 32 },
		{ X86_VCPU_REG_MSR(MSR_XSS), 1 },
		{ X86_VCPU_REG_DR(7), UINT64_C(1) << 32 },
		{ X86_VCPU_REG_LIMIT(X86_VCPU_CS), UINT64_C(1) << 32 },
		{ X86_VCPU_REG_SELECTOR(X86_VCPU_CS), 0x10000 },
		{ X86_VCPU_REG_ATTRIBUTES(X86_VCPU_CS), 0x1000 },
		{ X86_VCPU_REG_LIMIT(X86_VCPU_GDTR), 0x10000 },
		{ X86_VCPU_REG_EVENT, 5 },
		{ X86_VCPU_REG_EVENT, Event(1, 3) },
		{ X86_VCPU_REG_EVENT, Event(X86_EVENT_NMI, 3) },
		{ X86_VCPU_REG_EVENT, Exception(33) },
		{ X86_VCPU_REG_EVENT_ERROR, 1 },
		{ X86_VCPU_REG_INTERRUPTIBILITY, 32 },
		{ X86_VCPU_REG_CR(0), CR0_PG },
		{ X86_VCPU_REG_CR(0), CR0_NW },
		{ X86_VCPU_REG_CR(3), UINT64_C(1) << 48 },
		{ X86_VCPU_REG_MSR(MSR_PAT), 2 },
		{ X86_VCPU_REG_ACCESS, 2 },
		{ X86_VCPU_REG_IPI, 5 },
		{ X86_VCPU_REG_IPI, UINT64_C(0x80000000) },
	};
	Start();
	for (const auto &c : cases) {
		uint64_t was = Reg(c.id);

		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, SetReg(c.id, c.value)) << std::hex << c.id;
		EXPECT_EQ(was, Reg(c.id));
	}
}

TEST_F(RegTest, XsaveAreaThatXrstorWouldRefuse)
{
	Start();
	uint8_t chunk[64];

	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, X86_VCPU_REG_XSAVE(0), chunk, 64));
	chunk[26] = 1; // MXCSR bit 16
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(0), chunk, 64));
	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, X86_VCPU_REG_XSAVE(8), chunk, 64));
	chunk[8] = 1; // XCOMP_BV
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(8), chunk, 64));
	chunk[8] = 0;
	chunk[0] = 0xe3; // AVX-512, which this CPU does not have
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(8), chunk, 64));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(8), chunk, 64));
	uint8_t opmask[64] = { 1 };
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(1088 / 64), opmask, 64))
		<< "it would be lost";
	opmask[0] = 0;
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(1088 / 64), opmask, 64));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
}

TEST_F(RegTest, UnknownIds)
{
	Start();
	const uint64_t ids[] = {
		X86_VCPU_REG_GPR(18),
		X86_VCPU_REG_CR(1),
		X86_VCPU_REG_DR(4),
		X86_VCPU_REG_MSR(0x12345),
		X86_VCPU_REG_BASE(10),
		X86_VCPU_REG_SELECTOR(X86_VCPU_GDTR),
		X86_VCPU_REG_EVENT + 6,
	};
	for (uint64_t id : ids) {
		uint64_t value = 0;

		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, id, &value, sizeof(value)));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_set_reg(vcpu_, id, &value, sizeof(value)));
	}
	uint8_t chunk[64] = {};
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, X86_VCPU_REG_XSAVE(43), chunk, 64));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_gpr(vcpu_, 16, 0));
}

} // namespace
