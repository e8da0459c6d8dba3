/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a PC's BIOS boots from a floppy disk: 16-bit code that lives on the BIOS' services,
 * goes to protected mode and comes back with segments of 4 GiB ("big real mode"), in which
 * it reaches all of memory and its devices. It prints PASS and turns the machine off, or
 * prints what failed and asks for a reset.
 */
#define SECTOR 512
#define SECTORS_MORE 7
#define LOADED 0x7c00
#define STACK 0x7c00
/* BIOS data area: ticks since midnight, 18.2 a second. */
#define TICKS 0x46c
/* Where INT 15h puts entries of the memory map. */
#define MAP 0x9000
#define MAP_ENTRY 20
#define SMAP 0x534d4150
#define CF 1
#define CR0_PE 1
/* Above what segments of 64 KiB reach. */
#define FAR_MEMORY 0x300000
#define PATTERN 0x600dbee5
#define LOCAL_APIC_ID 0xfee00020
#define LOCAL_APIC_VERSION 0xfee00030
#define LOCAL_APIC_TPR 0xfee00080
#define IO_APIC_SELECT 0xfec00000
#define IO_APIC_WINDOW 0xfec00010
#define IO_APIC_VERSION 1
#define COPY_DWORDS 64
/* The prefix; assemblers differ in how they have it. */
#define ADDRESS_32 0x67
#define DATA_32 0x08
#define CODE_16 0x10
#define PM1A_CONTROL 0x604
#define SLEEP_ENABLE 0x2000
#define RESET_PORT 0xcf9
#define RESET_CPU 6

	.section .code, "ax"
	.code16
	.global floppy_start
floppy_start:
	ljmp	$0, $1f
1:	cli
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$STACK, %sp
	sti
	cld
	/* INT 13h, 02h: the next sectors of the first track, from the drive in DL. */
	mov	$(0x0200 + SECTORS_MORE), %ax
	mov	$(LOADED + SECTOR), %bx
	mov	$2, %cx
	xor	%dh, %dh
	int	$0x13
	mov	$text_disk, %si
	jc	fail
	cmpl	$PATTERN, loaded_mark
	jne	fail
	jmp	more

/* Prints the text at DS:SI: INT 10h, 0Eh. */
print:
	lodsb
	test	%al, %al
	jz	1f
	mov	$0x0e, %ah
	mov	$7, %bx
	int	$0x10
	jmp	print
1:	ret

/* What failed is at DS:SI. */
fail:
	push	%si
	mov	$text_fail, %si
	call	print
	pop	%si
	call	print
	mov	$RESET_PORT, %dx
	mov	$RESET_CPU, %al
	out	%al, %dx
	hlt

text_fail:
	.asciz	"FAIL: "
text_disk:
	.asciz	"the disk\r\n"

	.org	SECTOR - 2
	.byte	0x55, 0xaa

/* The second sector. */
loaded_mark:
	.long	PATTERN
more:
	mov	$text_hello, %si
	call	print
	call	memory_map
	call	ticks
	call	to_big_real
	call	far_memory
	call	far_strings
	call	apics
	call	still_real
	mov	$text_pass, %si
	call	print
	/* SeaBIOS holds the last character back until the timer comes. */
	call	ticks
	mov	$PM1A_CONTROL, %dx
	mov	$SLEEP_ENABLE, %ax
	out	%ax, %dx
	hlt

/* INT 15h, E820h: an entry of RAM at 1 MiB, and an end. */
memory_map:
	xor	%ebx, %ebx
	mov	$0x100, %bp
1:	mov	$0xe820, %eax
	mov	$SMAP, %edx
	mov	$MAP_ENTRY, %ecx
	mov	$MAP, %di
	int	$0x15
	mov	$text_map, %si
	jc	fail
	cmp	$SMAP, %eax
	jne	fail
	cmpl	$0x100000, MAP
	jne	2f
	cmpl	$1, MAP + 16
	jne	2f
	xor	%bp, %bp
2:	test	%ebx, %ebx
	jnz	1b
	test	%bp, %bp
	jnz	fail
	ret

/* The timer's interrupt goes through the BIOS, which counts; HLT ends by it. */
ticks:
	mov	TICKS, %eax
	add	$3, %eax
1:	sti
	hlt
	cmp	%eax, TICKS
	jb	1b
	/* INT 1Ah, 00h tells the same. */
	xor	%ah, %ah
	int	$0x1a
	mov	$text_ticks, %si
	shl	$16, %ecx
	mov	%dx, %cx
	sub	TICKS, %ecx
	cmp	$-1, %ecx
	je	2f
	test	%ecx, %ecx
	jnz	fail
2:	ret

/* Segments keep their limits on the way back to real mode (SDM volume 3, 10.9.2). */
to_big_real:
	cli
	lgdt	gdt_pointer
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$CODE_16, $1f
1:	mov	$DATA_32, %bx
	mov	%bx, %ds
	mov	%bx, %es
	mov	%bx, %fs
	and	$~CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$0, $2f
2:	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %fs
	sti
	ret

far_memory:
	mov	$text_far, %si
	mov	$FAR_MEMORY, %edi
	mov	$PATTERN, %eax
	mov	%eax, (%edi)
	notl	%fs:(%edi)
	mov	(%edi), %ebx
	not	%ebx
	cmp	%eax, %ebx
	jne	fail
	lock incl (%edi)
	mov	(%edi), %ebx
	neg	%ebx
	cmp	%eax, %ebx
	jne	fail
	ret

/* REP with addresses of 32 bits, from low to far memory and back beside itself. */
far_strings:
	mov	$text_strings, %si
	push	%si
	mov	$LOADED, %esi
	mov	$FAR_MEMORY, %edi
	mov	$COPY_DWORDS, %ecx
	.byte	ADDRESS_32
	rep movsl
	mov	$LOADED, %esi
	mov	$FAR_MEMORY, %edi
	mov	$COPY_DWORDS, %ecx
	.byte	ADDRESS_32
	repe cmpsl
	pop	%si
	jne	fail
	cmp	$(FAR_MEMORY + 4 * COPY_DWORDS), %edi
	jne	fail
	ret

/* Devices whose registers are memory, by instructions of 16-bit code. */
apics:
	mov	$text_local_apic, %si
	mov	$LOCAL_APIC_VERSION, %ebx
	mov	(%ebx), %eax
	cmp	$0x10, %al
	jb	fail
	mov	$LOCAL_APIC_TPR, %ebx
	movl	$0x20, (%ebx)
	addl	$0x10, (%ebx)
	cmpl	$0x30, %fs:(%ebx)
	jne	fail
	movl	$0, (%ebx)
	mov	$text_io_apic, %si
	mov	$IO_APIC_SELECT, %ebx
	movl	$IO_APIC_VERSION, (%ebx)
	mov	$IO_APIC_WINDOW, %ebx
	mov	(%ebx), %eax
	shr	$16, %eax
	cmp	$23, %al
	jne	fail
	ret

/* The BIOS' services have not gone: the equipment, and the memory below 640 KiB. */
still_real:
	mov	$text_services, %si
	int	$0x12
	cmp	$640, %ax
	ja	fail
	cmp	$600, %ax
	jb	fail
	mov	%cr0, %eax
	test	$CR0_PE, %al
	jnz	fail
	ret

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf93000000ffff
	.quad	0x00009b000000ffff
gdt_pointer:
	.word	gdt_pointer - gdt - 1
	.long	gdt

text_hello:
	.asciz	"the floppy disk boots\r\n"
text_map:
	.asciz	"the memory map\r\n"
text_ticks:
	.asciz	"the time of day\r\n"
text_far:
	.asciz	"memory above 1 MiB\r\n"
text_strings:
	.asciz	"strings above 1 MiB\r\n"
text_local_apic:
	.asciz	"the local APIC\r\n"
text_io_apic:
	.asciz	"the I/O APIC\r\n"
text_services:
	.asciz	"the BIOS afterwards\r\n"
text_pass:
	.asciz	"PASS\r\n"
	.org	SECTOR * (SECTORS_MORE + 1) - 1
	.byte	0

	.section .note.GNU-stack, "", @progbits
