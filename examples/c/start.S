/* The entry already has a stack: all that is left to do is to call the kernel. */
	.text
	.globl	_start
_start:
	call	kernel
1:	hlt
	jmp	1b

/* What a boot is to reach, and the text on the console that shows it. */
	.section .note.zeropage, "a", @note
	.balign	4
	.long	9, 2f - 1f, 1
	.asciz	"Zeropage"
	.balign	4
1:	.asciz	"kernel"
	.asciz	"kernel in C: boot information read"
2:	.balign	4

	.section .note.GNU-stack, "", @progbits
