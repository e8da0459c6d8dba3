/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ROM that needs no firmware: from the reset vector to the kernel that it holds,
 * entered as through PVH (boot.S). For emulators that load nothing but a BIOS image:
 * Bochs' romimage, QEMU's -bios.
 *
 * The image ends at 4 GiB. This is its last 64 KiB; the others before it are the
 * kernel's memory from 1 MiB on, which begins with its first instruction (make_rom.sh).
 */
#define CR0_PE (1 << 0)
#define CR0_ET (1 << 4)

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10

#define ROM_START 0xfff80000
#define ROM_CODE 0xffff0000
#define KERNEL_START 0x100000
/* In the first 64 KiB, where nothing else is yet. */
#define START_INFO 0x7000
#define MEMORY_MAP 0x7100
#define STACK_TOP 0x7000

/* Xen's public/arch-x86/hvm/start_info.h */
#define START_INFO_MAGIC 0x336ec578
#define START_INFO_MAP 40
#define START_INFO_MAP_ENTRIES 48
#define START_INFO_DWORDS 14
#define MEMORY_MAP_DWORDS 6
#define MEMORY_TYPE_RAM 1

/* Memory above 16 MiB, in units of 64 KiB, as PC firmware finds it in the RTC's RAM. */
#define RTC_INDEX 0x70
#define RTC_DATA 0x71
#define RTC_MEMORY_LOW 0x34
#define RTC_MEMORY_HIGH 0x35
#define MEMORY_SHIFT 16
#define MEMORY_BASE 0x1000000

/* System control port A: the gate of address line 20. */
#define PORT_92 0x92
#define PORT_92_A20 0x02

	.section .code, "ax"
	.code16
rom_start:
	cli
	cld
	in	$PORT_92, %al
	or	$PORT_92_A20, %al
	out	%al, $PORT_92
	/* CS still has the base of the reset vector: the offset in it is the low half. */
	lgdtl	%cs:(gdt_pointer - ROM_CODE)
	mov	$(CR0_PE | CR0_ET), %eax
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE, $protected

	.code32
protected:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$STACK_TOP, %esp

	/* All of it, whatever its length. */
	mov	$ROM_START, %esi
	mov	$KERNEL_START, %edi
	mov	$((ROM_CODE - ROM_START) / 4), %ecx
	rep movsl

	/* The start information, without modules, command line or ACPI. */
	xor	%eax, %eax
	mov	$START_INFO, %edi
	mov	$START_INFO_DWORDS, %ecx
	rep stosl
	mov	$MEMORY_MAP, %edi
	mov	$MEMORY_MAP_DWORDS, %ecx
	rep stosl
	mov	$START_INFO, %ebx
	movl	$START_INFO_MAGIC, (%ebx)
	movl	$1, 4(%ebx)
	movl	$MEMORY_MAP, START_INFO_MAP(%ebx)
	movl	$1, START_INFO_MAP_ENTRIES(%ebx)

	/* One entry: from 1 MiB to where the RTC says that memory ends. */
	mov	$RTC_MEMORY_HIGH, %al
	out	%al, $RTC_INDEX
	in	$RTC_DATA, %al
	mov	%al, %ah
	mov	$RTC_MEMORY_LOW, %al
	out	%al, $RTC_INDEX
	in	$RTC_DATA, %al
	movzwl	%ax, %eax
	shl	$MEMORY_SHIFT, %eax
	add	$(MEMORY_BASE - KERNEL_START), %eax
	movl	$KERNEL_START, MEMORY_MAP
	mov	%eax, MEMORY_MAP + 8
	movl	$MEMORY_TYPE_RAM, MEMORY_MAP + 16

	mov	$KERNEL_START, %eax
	jmp	*%eax

	.balign 8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	# 32-bit code
	.quad	0x00cf93000000ffff	# data
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt

	.section .reset, "ax"
	.code16
	jmp	rom_start
	.balign 16

	.section .note.GNU-stack, "", @progbits
