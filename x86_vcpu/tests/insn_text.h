// SPDX-License-Identifier: Apache-2.0
// A decoded instruction as text: Intel's syntax, numbers in hexadecimal, the segment
// where it is not the default one.
#ifndef X86_VCPU_TESTS_INSN_TEXT_H_
#define X86_VCPU_TESTS_INSN_TEXT_H_

#include <cstdio>
#include <string>

#include "src/decode.h"

namespace x86_test {

inline std::string Hex(uint64_t value)
{
	char text[32];
	std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
	return text;
}

inline uint64_t Mask(unsigned bytes)
{
	return UINT64_MAX >> (64 - 8 * bytes);
}

inline std::string RegName(unsigned reg, unsigned width, bool high_byte)
{
	static const char *const kOld[] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
	static const char *const kHigh[] = { "ah", "ch", "dh", "bh" };

	if (high_byte)
		return kHigh[reg];
	if (reg >= 8) {
		const char *suffix = width == 1 ? "b" : width == 2 ? "w" : width == 4 ? "d" : "";
		return "r" + std::to_string(reg) + suffix;
	}
	const std::string name = kOld[reg];
	if (width == 1)
		return reg < 4 ? name.substr(0, 1) + "l" : name + "l";
	return width == 2 ? name : (width == 4 ? "e" : "r") + name;
}

inline std::string MemoryText(const x86_insn &insn)
{
	static const char *const kSize[] = { "", "byte", "word", "", "dword", "", "", "", "qword" };
	static const char *const kSegment[] = { "es", "cs", "ss", "ds", "fs", "gs" };
	const x86_address &a = insn.address;
	const bool stack = a.base == X86_INSN_RSP || a.base == X86_INSN_RBP;
	std::string text = std::string(kSize[insn.width]) + " ";

	if (a.segment != (stack ? X86_INSN_SS : X86_INSN_DS))
		text += std::string(kSegment[a.segment]) + ":";
	text += "[";
	std::string sum;
	if (a.base == X86_BASE_RIP)
		sum = a.width == 8 ? "rip" : "eip";
	else if (a.base != X86_NO_REG)
		sum = RegName(a.base, a.width, false);
	if (a.index != X86_NO_REG)
		sum += (sum.empty() ? "" : "+") + std::to_string(a.scale) + "*" +
		       RegName(a.index, a.width, false);
	if (a.displacement != 0 || sum.empty())
		sum += (sum.empty() ? "" : "+") +
		       Hex(static_cast<uint64_t>(a.displacement) & Mask(a.width));
	return text + sum + "]";
}

inline std::string InsnText(const x86_insn &insn)
{
	static const char *const kOps[] = { "?",    "mov", "movsx", "movbe", "xchg", "add",
					    "or",   "adc", "sbb",   "and",   "sub",  "xor",
					    "cmp",  "test", "inc",  "dec",   "not",  "neg",
					    "bt",   "bts", "btr",   "btc",   "cmpxchg", "xadd",
					    "movs", "stos", "lods" };
	std::string text = insn.lock ? "lock " : "";

	if (insn.rep)
		text += "rep ";
	text += insn.op < sizeof(kOps) / sizeof(kOps[0]) ? kOps[insn.op] : "?";
	if (insn.op == X86_OP_MOV && insn.destination == X86_OPERAND_REGISTER &&
	    insn.width < insn.reg_width)
		text += "zx";
	const std::string memory = MemoryText(insn);
	const std::string reg = insn.reg_width == 0 ?
					"" :
					RegName(insn.reg, insn.reg_width, insn.high_byte);
	if (insn.source == insn.destination && insn.op != X86_OP_MOVS)
		return text + " " + memory;
	if (insn.op == X86_OP_MOVS)
		return text + " " + memory;
	if (insn.source == X86_OPERAND_IMMEDIATE)
		return text + " " + memory + ", " + Hex(insn.immediate & Mask(insn.width));
	if (insn.destination == X86_OPERAND_REGISTER)
		return text + " " + reg + ", " + memory;
	return text + " " + memory + ", " + reg;
}

} // namespace x86_test

#endif // X86_VCPU_TESTS_INSN_TEXT_H_
