; Runs privileged instructions one after another and writes what each one raised to port 0xe9 as text.
; Assembled by record.ts, run by QEMU and by the machine; see privileged.test.ts. QEMU's TCG checks neither limits and
; types of segments at data accesses, nor much of what is written to control registers and MSRs, nor where IRET goes:
; such cases are in the tests that need no oracle.
; A Multiboot image at 1 MiB, started in 32-bit protected mode.

bits 32
org 0x100000

MAGIC equ 0x1badb002
FLAGS equ 0x10000
header:
        dd MAGIC, FLAGS, -(MAGIC + FLAGS)
        dd header, header, image_end, bss_end, start

; ── selectors ───────────────────────────────────────────────────────────────────────────────────
%assign next_selector 8
%macro SELECTOR 1
%1 equ next_selector
%assign next_selector next_selector + 8
%endmacro
SELECTOR CODE32
SELECTOR DATA32
SELECTOR CODE64
SELECTOR UCODE32
SELECTOR UDATA
SELECTOR UCODE64
SELECTOR TSS0                   ; current task; 16 bytes in long mode
SELECTOR TSS0_HIGH
SELECTOR TSS1                   ; another task
SELECTOR TSS1_HIGH
SELECTOR LDT0
SELECTOR LDT0_HIGH
SELECTOR NP_CODE
SELECTOR NP_DATA
SELECTOR RO_DATA
SELECTOR XO_CODE                ; execute-only
SELECTOR CONF_CODE              ; conforming
SELECTOR SMALL_CODE             ; limit 0x10
SELECTOR SMALL_DATA             ; base = small_area, limit 0xff
SELECTOR DOWN_DATA              ; expand-down, limit 0xfff
SELECTOR DATA16                 ; B = 0
SELECTOR CODE16
SELECTOR GATE0                  ; call gate, DPL 3, to CODE32
SELECTOR GATE0_HIGH
SELECTOR GATE_DPL0
SELECTOR GATE_DPL0_HIGH
SELECTOR GATE_NP
SELECTOR GATE_NP_HIGH
SELECTOR GATE_NULL
SELECTOR GATE_NULL_HIGH
SELECTOR GATE_DATA
SELECTOR GATE_DATA_HIGH
SELECTOR TASK_GATE
SELECTOR TSS_SMALL              ; limit too small
SELECTOR TSS_SMALL_HIGH
SELECTOR TSS_BUSY
SELECTOR LD_CODE                ; L and D set
SELECTOR UCONF_CODE             ; conforming, DPL 3
SELECTOR TRAP_TSS               ; T flag set
SELECTOR BAD_TSS                ; its DS is a system selector
SELECTOR CODE_1M                ; 32-bit code from 1 MiB on
GDT_SIZE equ next_selector
BEYOND equ 0x7f8

; ── cases ───────────────────────────────────────────────────────────────────────────────────────
; A case is code that ends in some event; the handler logs it and goes to the next.
%assign cases32 0
%assign cases64 0
%macro CASE 0
%if __?BITS?__ == 32
case32_ %+ cases32:
%assign cases32 cases32 + 1
%else
case64_ %+ cases64:
%assign cases64 cases64 + 1
%endif
%endmacro
; The end of a case that raised nothing.
%define PASSED int 0x40

STACK equ stack0_end
USTACK equ stack3_end

; To level 3 (or another selector), going on behind the macro.
%macro ENTER3 0-1 0x002
        push dword UDATA | 3
        push dword USTACK
        push dword %1
        push dword UCODE32 | 3
        push dword %%on
        iretd
%%on:
%endmacro

%macro VM86 1                   ; %1: EFLAGS besides VM
        push dword 4            ; GS
        push dword 3
        push dword 2
        push dword 1
        push dword 0x700        ; SS
        push dword 0x800        ; ESP
        push dword 0x20002 | %1
        push dword vm_code >> 4
        push dword 0
        iretd
%endmacro

start:
        cld
        mov al, 0xff            ; no interrupts but those asked for
        out 0x21, al
        out 0xa1, al
        mov esp, STACK
        lgdt [gdtr32]
        jmp CODE32:.on
.on:    mov ax, DATA32
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        lidt [idtr32]
        mov ax, TSS0
        ltr ax
        mov ax, LDT0
        lldt ax
        ; Real-mode code for virtual-8086 mode.
        mov esi, vm_image
        mov edi, vm_code
        mov ecx, vm_image_size
        rep movsb
        jmp next32

; ── handlers, 32-bit ────────────────────────────────────────────────────────────────────────────
%assign v 0
%rep 0x50
stub32_ %+ v:
%if v = 8 || (v >= 10 && v <= 14) || v = 17
%else
        push dword 0xeeee
%endif
        push dword v
        jmp common32
%assign v v + 1
%endrep

common32:
        cld
        pushad
        push ds
        push es
        push fs
        push gs
        mov ax, DATA32
        mov ds, ax
        mov es, ax
        mov ebp, esp
        ; ebp: gs fs es ds | edi esi ebp esp ebx edx ecx eax | vector error eip cs eflags esp ss es ds fs gs
        mov esi, names32
        movzx eax, word [case_number]
        call field32
        mov eax, [ebp + 48]
        call field32
        mov eax, [ebp + 52]
        call field32
        mov eax, [ebp + 56]
        call field32
        mov eax, [ebp + 60]
        call field32
        mov eax, [ebp + 64]
        call field32
        mov eax, [ebp + 44]
        call field32
        mov eax, [ebp + 32]
        call field32
        mov eax, [ebp + 40]
        call field32
        movzx eax, word [ebp + 12]
        call field32
        movzx eax, word [ebp + 8]
        call field32
        movzx eax, word [ebp + 4]
        call field32
        movzx eax, word [ebp]
        call field32
        test dword [ebp + 64], 0x20000
        jnz .outer
        test byte [ebp + 60], 3
        jz .same
.outer: mov eax, [ebp + 68]
        call field32
        movzx eax, word [ebp + 72]
        call field32
        test dword [ebp + 64], 0x20000
        jz .done
        movzx eax, word [ebp + 76]
        call field32
        movzx eax, word [ebp + 80]
        call field32
        jmp .done
.same:  add esi, 8
        lea eax, [ebp + 68]
        call field32
.done:  mov al, 10
        out 0xe9, al
        mov ax, DATA32
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov esp, STACK
        ; Back to the first task if a case left it, with everything a case may have changed put back.
        push dword 2
        popfd
        clts
        xor eax, eax
        mov dr7, eax
        mov dr6, eax
        str ax
        cmp ax, TSS0
        je .same_task
        and byte [gdt + TSS0 + 5], 0xfd
        mov ax, TSS0
        ltr ax
.same_task:
        and byte [gdt + TSS1 + 5], 0xfd
        and byte [gdt + TRAP_TSS + 5], 0xfd
        and byte [gdt + BAD_TSS + 5], 0xfd
        mov ax, LDT0
        lldt ax
        lidt [idtr32]
        lgdt [gdtr32]
        inc word [case_number]
next32: movzx eax, word [case_number]
        cmp eax, total32
        jae long_mode
        mov eax, [table32 + eax * 4]
        xor ebx, ebx
        xor ecx, ecx
        xor edx, edx
        xor esi, esi
        xor edi, edi
        xor ebp, ebp
        jmp eax

; esi: two characters of a name; eax: value. Advances esi.
field32:
        push eax
        lodsb
        out 0xe9, al
        lodsb
        out 0xe9, al
        mov al, '='
        out 0xe9, al
        pop eax
        push ecx
        mov ecx, 8
.digit: rol eax, 4
        push eax
        and al, 15
        cmp al, 10
        jb .low
        add al, 'a' - '0' - 10
.low:   add al, '0'
        out 0xe9, al
        pop eax
        loop .digit
        pop ecx
        push eax
        mov al, ' '
        out 0xe9, al
        pop eax
        ret

; ── 32-bit cases ────────────────────────────────────────────────────────────────────────────────
; Segment loads at level 0.
%macro LOAD_DS 1
        CASE
        mov ax, %1
        mov ds, ax
        PASSED
%endmacro
LOAD_DS BEYOND
LOAD_DS 4                       ; first entry of the LDT: a data segment
LOAD_DS 0x204                   ; beyond the LDT
LOAD_DS TSS0
LOAD_DS GATE0
LOAD_DS NP_DATA
LOAD_DS DATA32 | 3
LOAD_DS UDATA | 3
LOAD_DS XO_CODE
LOAD_DS CONF_CODE | 3
LOAD_DS CODE32
LOAD_DS RO_DATA
LOAD_DS 3
%macro LOAD_SS 1
        CASE
        mov ax, %1
        mov ss, ax
        PASSED
%endmacro
LOAD_SS 0
LOAD_SS 3
LOAD_SS BEYOND
LOAD_SS NP_DATA
LOAD_SS RO_DATA
LOAD_SS CODE32
LOAD_SS DATA32 | 3
LOAD_SS UDATA | 3
LOAD_SS TSS0
        CASE
        lss esp, [bad_pointer]
        CASE
        les eax, [bad_pointer]
        CASE
        db 0x8e, 0xc8           ; mov cs, ax
        CASE
        db 0x8e, 0xf0           ; mov segment 6, ax
        CASE
        push dword BEYOND
        pop ds
        PASSED
        CASE
        mov ax, 3
        mov gs, ax
        mov eax, gs
        PASSED

; Far jumps and calls at level 0.
%macro JUMP 1-2 0
        CASE
        jmp %1:%2
%endmacro
JUMP 0
JUMP 3
JUMP BEYOND
JUMP DATA32
JUMP NP_CODE
JUMP UCODE32
JUMP UCODE32 | 3
JUMP CODE32 | 3
JUMP UCONF_CODE
JUMP SMALL_CODE, 0x11
JUMP LDT0
JUMP GATE_NP
JUMP GATE_NULL
JUMP GATE_DATA
JUMP TSS_BUSY
JUMP TSS_SMALL
JUMP TSS0
JUMP GATE0 | 3
        CASE
        jmp CONF_CODE | 3:.on
.on:    mov eax, cs
        PASSED
        CASE
        call GATE0:0
        PASSED
        CASE
        call GATE_DPL0:0
        PASSED
        CASE
        call CODE32:.on
.on:    mov ebx, [esp]
        mov ecx, [esp + 4]
        PASSED
        CASE
        push dword 0x12345678
        push dword CODE32
        push dword .on
        retf 4
.on:    mov eax, esp
        PASSED
        CASE
        push dword 0
        push dword 0
        retf
        CASE
        push dword DATA32
        push dword 0
        retf
        CASE
        push dword NP_CODE
        push dword 0
        retf
        CASE                    ; return to level 3 with bad stacks
        push dword 0
        push dword USTACK
        push dword UCODE32 | 3
        push dword start
        retf
        CASE
        push dword DATA32
        push dword USTACK
        push dword UCODE32 | 3
        push dword start
        retf
        CASE
        push dword NP_DATA | 3
        push dword USTACK
        push dword UCODE32 | 3
        push dword start
        retf
        CASE
        push dword UDATA | 3
        push dword USTACK
        push dword UCODE32 | 3
        push dword .on
        retf
.on:    mov eax, ds
        PASSED
        CASE                    ; nonconforming code of level 0 with RPL 3
        push dword UDATA | 3
        push dword USTACK
        push dword CODE32 | 3
        push dword start
        retf
        CASE
        push dword UDATA | 3
        push dword USTACK
        push dword UCONF_CODE | 3
        push dword .on
        iretd
.on:    mov eax, cs
        PASSED

; Interrupts.
%macro INT 1
        CASE
        int %1
        PASSED
%endmacro
INT 0x41                        ; not present
INT 0x42                        ; to a data segment
INT 0x43                        ; null selector
INT 0x44                        ; to a code segment that is not present
INT 0x45                        ; not a gate
INT 0x46                        ; trap gate
INT 0x47                        ; 16-bit interrupt gate
INT 0x48                        ; task gate
INT 0x49                        ; task gate to a busy task
INT 0x4a                        ; task gate to a null selector
INT 0xf0                        ; beyond the IDT
        CASE
        int3
        CASE
        mov eax, 0x7fffffff
        inc eax
        into
        CASE
        into
        PASSED
        CASE
        ud2
        CASE
        mov eax, 1
        xor edx, edx
        xor ecx, ecx
        div ecx
        CASE
        stc
        std
        sti
        int 0x46
        CASE                    ; #UD with its gate not present, then the handler of #NP
        and byte [idt32 + 6 * 8 + 5], 0x7f
        ud2
        CASE
        or byte [idt32 + 6 * 8 + 5], 0x80
        PASSED
        CASE                    ; #GP whose gate is bad: double fault
        and byte [idt32 + 13 * 8 + 5], 0x7f
        mov ax, BEYOND
        mov ds, ax
        CASE
        or byte [idt32 + 13 * 8 + 5], 0x80
        PASSED

; Single step and breakpoints.
        CASE
        pushfd
        or dword [esp], 0x100
        popfd
        nop
        PASSED
        CASE
        pushfd
        or dword [esp], 0x100
        popfd
        mov ax, DATA32
        PASSED
        CASE
        mov dx, ss
        pushfd
        or dword [esp], 0x100
        popfd
        mov ss, dx
        inc eax
        PASSED
        CASE
        pushfd
        or dword [esp], 0x100
        popfd
        int3
        CASE
        pushfd
        or dword [esp], 0x100
        popfd
        ud2
        CASE
        mov eax, .on
        mov dr0, eax
        mov eax, 0x401
        mov dr7, eax
        nop
.on:    nop
        PASSED
        CASE
        mov eax, dr6
        mov ebx, dr7
        PASSED
        CASE
        mov eax, 0xe00f
        mov dr6, eax
        mov eax, dr6
        PASSED
        CASE                    ; RF in an IRET image holds the breakpoint back
        mov eax, .on
        mov dr0, eax
        mov eax, 0x401
        mov dr7, eax
        push dword 0x10002
        push dword CODE32
        push dword .on
        iretd
.on:    inc eax
        PASSED

; Looking at descriptors.
%assign s 0
%rep (GDT_SIZE + 16) / 8
        CASE
        mov ecx, s
        mov eax, 0x11111111
        mov ebx, 0x22222222
        lar eax, ecx
        lsl ebx, ecx
        PASSED
        CASE
        mov ecx, s
        xor eax, eax
        verr cx
        setz al
        verw cx
        setz ah
        ENTER3
        mov ebx, 0x22222222
        lar ebx, ecx
        PASSED
%assign s s + 8
%endrep
        CASE
        mov ax, DATA32 | 1
        mov bx, CODE32 | 3
        arpl ax, bx
        PASSED
        CASE
        mov ax, DATA32 | 3
        mov bx, CODE32
        arpl ax, bx
        PASSED

; Tables and control registers at level 0.
%macro LTR_ 1
        CASE
        mov ax, %1
        ltr ax
        PASSED
%endmacro
LTR_ TSS0
LTR_ 4
LTR_ BEYOND
LTR_ DATA32
%macro LLDT_ 1
        CASE
        mov ax, %1
        lldt ax
        PASSED
%endmacro
LLDT_ 0
LLDT_ TSS0
LLDT_ 4
LLDT_ BEYOND
LLDT_ DATA32
        CASE
        sgdt [small_area]
        movzx eax, word [small_area]
        mov ebx, [small_area + 2]
        PASSED
        CASE
        smsw eax
        lmsw ax
        mov ebx, 0xffffffff
        smsw bx
        PASSED
        CASE
        db 0x0f, 0x20, 0xc8     ; mov eax, cr1
        CASE
        db 0x0f, 0x22, 0xe8     ; mov cr5, eax
        CASE
        mov ecx, 0xc0000080
        rdmsr
        and eax, 0x501
        PASSED
        CASE
        sti
        cli
        PASSED
        CASE
        db 0xf0                 ; lock nop
        nop

; Level 3.
%macro USER 1+
        CASE
        ENTER3
        %1
        PASSED
%endmacro
USER hlt
USER cli
USER sti
USER in al, 0x60
USER out 0x60, al
USER mov eax, cr0
USER mov cr3, eax
USER mov eax, dr0
USER clts
USER lgdt [gdtr32]
USER lidt [idtr32]
USER lldt ax
USER ltr ax
USER lmsw ax
USER smsw eax
USER str eax
USER sldt eax
USER invlpg [0]
USER wbinvd
USER invd
USER rdmsr
USER wrmsr
        CASE
        ENTER3
        rdtsc
        xor eax, eax
        xor edx, edx
        PASSED
USER int 0x46
USER int3
USER int 0x21
USER int 0x41
USER int 0xf0
USER ud2
USER jmp CODE32:0
USER jmp CONF_CODE:start.user
USER jmp UCODE32:start.user
USER jmp TSS1:0
USER jmp TASK_GATE:0
USER jmp GATE0:0
USER call GATE_DPL0:0
USER call GATE_NP:0
USER call GATE_DATA:0
USER jmp GATE_NP:0
        CASE
        ENTER3
        push dword 0x11
        push dword 0x22
        call GATE0:0
        mov eax, esp
        PASSED
        CASE
        ENTER3
        mov ax, DATA32
        mov ds, ax
        CASE
        ENTER3
        mov ax, UDATA
        mov ds, ax
        PASSED
        CASE
        ENTER3
        mov ax, UDATA
        mov ss, ax
        PASSED
        CASE
        ENTER3
        mov ax, CONF_CODE
        mov ds, ax
        PASSED
        CASE
        ENTER3
        pushfd
        or dword [esp], 0x3300
        and dword [esp], ~0x100
        popfd
        pushfd
        pop eax
        PASSED
        CASE
        ENTER3 0x3002           ; IOPL 3
        pushfd
        xor dword [esp], 0x3200
        popfd
        pushfd
        pop eax
        PASSED
        CASE
        ENTER3 0x3002
        sti
        cli
        mov dx, 0x80
        out dx, al
        PASSED
        CASE
        ENTER3
        push dword CODE32
        push dword 0
        retf
        CASE
        ENTER3
        push dword 2
        push dword CODE32
        push dword 0
        iretd
        CASE
        ENTER3
        push dword 0x3202       ; IOPL and IF stay
        push dword UCODE32 | 3
        push dword .on
        iretd
.on:    pushfd
        pop eax
        PASSED
        CASE
        ENTER3
        jmp far [cs:.pointer]
.pointer:
        dd .on
        dw UCODE32
.on:    mov eax, cs
        PASSED

; I/O permission bitmap: ports 0x80 to 0x87 are allowed but for 0x84.
        CASE
        ENTER3
        out 0x80, al
        in al, 0x83
        xor eax, eax
        PASSED
        CASE
        ENTER3
        out 0x84, al
        CASE
        ENTER3
        in ax, 0x83
        CASE
        ENTER3
        in eax, 0x80
        xor eax, eax
        PASSED
        CASE
        ENTER3
        mov dx, 0x3f8
        in al, dx

; Virtual-8086 mode.
%assign n 0
%rep 16
        CASE
        mov byte [vm_code + 1], n
        VM86 0
        CASE
        mov byte [vm_code + 1], n
        VM86 0x3000
%assign n n + 1
%endrep

; Tasks.
        CASE
        mov eax, 0x77
        call TSS1:0
        mov ebx, [tss1 + 0x28]
        PASSED
        CASE
        jmp TSS1:0
        CASE
        call TASK_GATE:0
        mov ebx, [tss1]
        mov ecx, [gdt + TSS1 + 4]
        PASSED
        CASE
        push dword 0x4002
        popfd
        mov word [tss0], 0
        iretd
        CASE
        push dword 0x4002
        popfd
        mov word [tss0], TSS1
        iretd
        CASE
        push dword 0x4002
        popfd
        mov word [tss0], DATA32
        iretd
        CASE
        mov eax, cr0
        and eax, 8
        PASSED

start.user:
        bits 32
        mov eax, cs
        PASSED

gate_target:
        mov eax, [esp + 8]
        mov ebx, [esp + 12]
        mov edx, esp
        mov ecx, cs
        retf 8

task1_code:
        pushfd
        pop eax
        mov ebx, cr0
        iretd
        ; When the task is called again.
        jmp task1_code

; Code for virtual-8086 mode: the byte at 1 chooses.
        bits 16
vm_image:
        mov al, 0
        cmp al, 0
        je .case0
        cmp al, 1
        je .case1
        cmp al, 2
        je .case2
        cmp al, 3
        je .case3
        cmp al, 4
        je .case4
        cmp al, 5
        je .case5
        cmp al, 6
        je .case6
        cmp al, 7
        je .case7
        cmp al, 8
        je .case8
        cmp al, 9
        je .case9
        cmp al, 10
        je .case10
        cmp al, 11
        je .case11
        cmp al, 12
        je .case12
        ud2
.case0: hlt
.case1: int 0x46
.case2: cli
        ud2
.case3: pushf
        pop bx
        ud2
.case4: mov ax, 0x1234
        mov ds, ax
        mov bx, ds
        ud2
.case5: mov eax, cr0
.case6: in al, 0x80
        xor ax, ax
        in al, 0x84
        ud2
.case7: lldt ax
.case8: int3
.case9: push word 0x3202
        push word vm_code >> 4
        push word .on - vm_image
        iret
.on:    pushf
        pop bx
        ud2
.case10:
        mov eax, [dword 0xfffc]
        xor eax, eax
        ud2
.case11:
        smsw bx
        sgdt [0x10]
        ud2
.case12:
        call word vm_code >> 4:.far - vm_image
.far:   pop bx
        pop cx
        ud2
vm_image_size equ $ - vm_image
        bits 32

; ── long mode ───────────────────────────────────────────────────────────────────────────────────
long_mode:
        mov edi, page_tables
        xor eax, eax
        mov ecx, 6 * 4096 / 4
        rep stosd
        mov dword [page_tables], page_tables + 0x1000 + 7
        mov dword [page_tables + 0x1000], page_tables + 0x2000 + 7
        mov dword [page_tables + 0x2000], page_tables + 0x3000 + 7      ; 0–2 MiB in small pages
        mov dword [page_tables + 0x2008], 0x200087                      ; 2–4 MiB
        mov edi, page_tables + 0x3000
        mov eax, 7
        mov ecx, 512
.page:  mov [edi], eax
        add eax, 4096
        add edi, 8
        loop .page
        ; Page 0x1ff000 is not there, 0x1fe000 is the supervisor's, 0x1fd000 is read-only.
        mov dword [page_tables + 0x3000 + 0x1ff * 8], 0
        and dword [page_tables + 0x3000 + 0x1fe * 8], ~4
        and dword [page_tables + 0x3000 + 0x1fd * 8], ~2
        mov eax, cr4
        or eax, 0x20
        mov cr4, eax
        mov eax, page_tables
        mov cr3, eax
        mov ecx, 0xc0000080
        rdmsr
        or eax, 0x101           ; LME, SCE
        wrmsr
        mov eax, cr0
        or eax, 0x80010020      ; PG, WP, NE
        mov cr0, eax
        jmp CODE64:.long
        bits 64
.long:  mov word [case_number], 0
        ; Gates and system descriptors are 16 bytes now.
        mov dword [gdt + GATE0], (CODE64 << 16) | ((gate_target64 - header) & 0xffff)
        mov dword [gdt + GATE0 + 4], 0x10ec00 + ((gate_target64 - header) & 0xff0000)
        mov dword [gdt + GATE_DPL0], (CODE64 << 16) | ((gate_target64 - header) & 0xffff)
        mov dword [gdt + GATE_DPL0 + 4], 0x108c00 + ((gate_target64 - header) & 0xff0000)
        lgdt [gdtr64]
        lidt [idtr64]
        mov dword [tss0 + 4], STACK
        mov dword [tss0 + 8], 0
        mov dword [tss0 + 0x24], ist_end
        mov dword [tss0 + 0x28], 0
        mov dword [tss0 + 0x2c], 0
        mov dword [tss0 + 0x30], 0x8000         ; IST2: not canonical
        and byte [gdt + TSS0 + 5], 0xfd
        mov dword [gdt + TSS0_HIGH], 0
        mov dword [gdt + TSS0_HIGH + 4], 0
        mov ax, TSS0
        ltr ax
        mov dword [gdt + LDT0_HIGH], 0
        mov dword [gdt + LDT0_HIGH + 4], 0
        mov ecx, 0xc0000081
        xor eax, eax
        mov edx, CODE64 | ((UDATA - 8) << 16)
        wrmsr
        mov ecx, 0xc0000082
        mov eax, syscall_target
        xor edx, edx
        wrmsr
        mov ecx, 0xc0000084
        mov eax, 0x4700
        wrmsr
        jmp next64

%assign v 0
%rep 0x50
stub64_ %+ v:
%if v = 8 || (v >= 10 && v <= 14) || v = 17
%else
        push qword 0xeeee
%endif
        push qword v
        jmp common64
%assign v v + 1
%endrep

common64:
        cld
        push rax
        push rbx
        push rcx
        push rdx
        push r11
        mov rbp, rsp
        ; rbp: r11 rdx rcx rbx rax | vector error rip cs rflags rsp ss
        mov rsi, names64
        movzx eax, word [case_number]
        call field64
%assign at 40
%rep 7
        mov rax, [rbp + at]
        call field64
%assign at at + 8
%endrep
        mov rax, [rbp + 32]
        call field64
        mov rax, [rbp + 24]
        call field64
        mov rax, [rbp + 16]
        call field64
        mov rax, [rbp]
        call field64
        mov eax, ds
        call field64
        mov eax, es
        call field64
        mov eax, fs
        call field64
        mov eax, gs
        call field64
        mov eax, ss
        call field64
        lea rax, [rbp + 96]
        call field64
        cmp byte [rbp + 40], 14
        jne .no_cr2
        mov rax, cr2
        call field64
.no_cr2:
        cmp byte [rbp + 40], 1
        jne .no_dr6
        mov rsi, names_dr6
        mov rax, dr6
        call field64
.no_dr6:
        mov al, 10
        out 0xe9, al
        mov ax, DATA32
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov rsp, STACK
        push qword 2
        popfq
        xor eax, eax
        mov dr7, rax
        mov dr6, rax
        lidt [idtr64]
        lgdt [gdtr64]
        xor eax, eax
        xor edx, edx
        mov ecx, 0xc0000100
        wrmsr
        mov ecx, 0xc0000101
        wrmsr
        inc word [case_number]
next64: movzx eax, word [case_number]
        cmp eax, total64
        jae finished
        mov eax, [table64 + rax * 4]
        xor ebx, ebx
        xor ecx, ecx
        xor edx, edx
        xor esi, esi
        xor edi, edi
        xor ebp, ebp
        xor r11d, r11d
        jmp rax

field64:
        push rax
        lodsb
        out 0xe9, al
        lodsb
        out 0xe9, al
        mov al, '='
        out 0xe9, al
        pop rax
        mov ecx, 16
.digit: rol rax, 4
        push rax
        and al, 15
        cmp al, 10
        jb .low
        add al, 'a' - '0' - 10
.low:   add al, '0'
        out 0xe9, al
        pop rax
        loop .digit
        mov al, ' '
        out 0xe9, al
        ret

finished:
        mov al, '.'
        out 0xe9, al
        xor eax, eax
        out 0xf4, al
        cli
        hlt

syscall_target:
        PASSED

gate_target64:
        mov rax, [rsp]
        mov rbx, [rsp + 8]
        mov rcx, [rsp + 16]
        mov edx, cs
        PASSED

; ── 64-bit cases ────────────────────────────────────────────────────────────────────────────────
%macro IRETQ 5                  ; SS, RSP, RFLAGS, CS, RIP
        mov rax, %5
        push qword %1
        mov rbx, %2
        push rbx
        push qword %3
        push qword %4
        push rax
        iretq
%endmacro
%macro USER64 0-1 2
        push qword UDATA | 3
        push qword USTACK
        push qword %1
        push qword UCODE64 | 3
        push qword %%on
        iretq
%%on:
%endmacro
%macro COMPAT 0
        push qword UDATA | 3
        push qword USTACK
        push qword 2
        push qword UCODE32 | 3
        push qword %%on
        iretq
        bits 32
%%on:
%endmacro
NONCANONICAL equ 0x800000000000

        CASE
        ud2
        CASE
        int3
        CASE
        int 0x41
        CASE
        int 0x42
        CASE
        int 0x43
        CASE
        int 0x44
        CASE
        int 0x45
        CASE
        int 0x46
        CASE
        int 0x47                ; 16-bit gate
        CASE
        int 0x48                ; task gate
        CASE
        int 0x49                ; IST 1
        CASE
        int 0x4a                ; 32-bit code segment
        CASE
        int 0x4b                ; not canonical
        CASE
        int 0x4c                ; IST 2, whose stack is not canonical
        CASE
        int 0xf0
        CASE
        sub rsp, 3
        int 0x46
        CASE
        and byte [idt64 + 13 * 16 + 5], 0x7f
        mov ax, BEYOND
        mov ds, ax
        CASE
        or byte [idt64 + 13 * 16 + 5], 0x80
        PASSED
; Returns.
        CASE
        IRETQ DATA32, STACK, 2, CODE64, .on
.on:    PASSED
        CASE
        IRETQ 0, STACK - 8, 2, CODE64, .on
.on:    PASSED
        CASE
        IRETQ DATA32, STACK - 3, 0x40202, CODE64, .on
.on:    pushfq
        pop rax
        PASSED
        CASE
        IRETQ DATA32, NONCANONICAL, 2, CODE64, .on
.on:    PASSED
        CASE
        IRETQ DATA32, STACK, 2, DATA32, 0
        CASE
        IRETQ DATA32, STACK, 2, NP_CODE, 0
        CASE
        IRETQ DATA32, STACK, 2, 0, 0
        CASE
        IRETQ BEYOND, STACK, 2, CODE64, 0
        CASE
        IRETQ UDATA | 3, USTACK, 2, UCODE64 | 3, .on
.on:    PASSED
        CASE
        IRETQ 3, USTACK, 2, UCODE64 | 3, 0
        CASE
        IRETQ 0, USTACK, 2, UCODE64 | 3, 0
        CASE
        IRETQ DATA32, USTACK, 2, UCODE64 | 3, 0
        CASE
        IRETQ UDATA | 3, NONCANONICAL, 2, UCODE64 | 3, .on
.on:    PASSED
        CASE
        IRETQ UDATA | 3, 0x123456789abc, 0x3202, UCODE32 | 3, .on
        bits 32
.on:    mov eax, esp
        PASSED
        bits 64
        CASE
        IRETQ DATA32, STACK, 0x20002, CODE64, .on
.on:    PASSED
        CASE
        push qword 0x4002
        popfq
        iretq
        CASE
        push qword CODE64
        push qword .on
        o64 retf
.on:    PASSED
        CASE
        push qword UDATA | 3
        push qword USTACK
        push qword UCODE64 | 3
        push qword .on
        o64 retf
.on:    mov eax, ds
        PASSED
        CASE
        push qword UDATA | 3
        push qword USTACK
        push qword 0x11
        push qword 0x22
        push qword UCODE32 | 3
        push qword .on
        o64 retf 16
        bits 32
.on:    mov eax, esp
        PASSED
        bits 64
; Far transfers.
        CASE
        jmp far [pointer_code32]
        bits 32
pointer32_target:
        mov eax, cs
        PASSED
        bits 64
        CASE
        call far [pointer_gate]
        PASSED
        CASE
        jmp far [pointer_ld]
        CASE
        jmp far [pointer_tss]
        CASE
        jmp far [pointer_task_gate]
        CASE
        jmp far [pointer_null]
        CASE
        jmp far [pointer_np]
        CASE
        USER64
        call far [pointer_gate]
        CASE
        USER64
        call far [pointer_gate_dpl0]
        CASE
        USER64
        jmp far [pointer_code64]
        CASE
        COMPAT
        call GATE0 | 3:0
        bits 64
        CASE
        COMPAT
        jmp UCODE64 | 3:.on
        bits 64
.on:    mov rax, rsp
        PASSED
; Addresses that are not canonical.
        CASE
        mov rax, NONCANONICAL
        mov rbx, [rax]
        CASE
        mov rax, NONCANONICAL
        mov rsp, rax
        push rbx
        CASE
        mov rax, NONCANONICAL
        jmp rax
        CASE
        mov rax, NONCANONICAL
        call rax
        CASE
        mov rax, 0x7ffffffffffc
        mov rbx, [rax]
        CASE
        mov rax, NONCANONICAL
        invlpg [rax]
        PASSED
        CASE
        mov rax, NONCANONICAL
        lgdt [rax]
; Segments.
        CASE
        xor eax, eax
        mov ds, ax
        mov ss, ax
        mov rax, [small_area]
        PASSED
        CASE
        mov ax, BEYOND
        mov ss, ax
        CASE
        USER64
        xor eax, eax
        mov ss, ax
        CASE
        USER64
        mov ax, 3
        mov ds, ax
        mov fs, ax
        PASSED
        CASE
        mov eax, 0x1234
        mov ecx, 0xc0000101
        wrmsr
        xor eax, eax
        mov gs, ax
        rdmsr
        PASSED
        CASE
        mov eax, 0x1234
        mov ecx, 0xc0000100
        wrmsr
        mov ax, SMALL_DATA
        mov fs, ax
        rdmsr
        PASSED
        CASE
        mov eax, 0x1234
        mov ecx, 0xc0000102
        wrmsr
        swapgs
        mov ecx, 0xc0000101
        rdmsr
        PASSED
        CASE
        swapgs
        PASSED
        CASE
        mov ax, TSS0
        ltr ax
        CASE
        mov ax, LDT0
        lldt ax
        sldt eax
        PASSED
        CASE
        mov ax, TASK_GATE
        lldt ax
; Control registers.
        CASE
        mov eax, 5
        mov cr8, rax
        mov rbx, cr8
        xor eax, eax
        mov cr8, rax
        PASSED
; Fast system calls.
        CASE
        USER64 0x202
        syscall
        CASE
        USER64 0x702
        syscall
        CASE
        mov ecx, .on
        mov r11d, 0x3ffffd5
        and r11d, ~0x1b0100      ; neither TF nor RF, VM, VIF, VIP
        o64 sysret
.on:    pushfq
        pop rax
        PASSED
        CASE
        mov ecx, .on
        mov r11d, 0x202
        sysret
        bits 32
.on:    mov eax, cs
        PASSED
        bits 64
        CASE
        USER64
        o64 sysret
        CASE
        mov ecx, 0xc0000080
        rdmsr
        and al, 0xfe
        wrmsr
        syscall
        CASE
        sysret
        CASE
        mov ecx, 0xc0000080
        rdmsr
        or al, 1
        wrmsr
        PASSED
; Page faults.
        CASE
        mov eax, [0x1ff010]
        CASE
        mov [0x1ff010], eax
        CASE
        mov [0x1fd010], eax
        CASE
        mov eax, 0x1ff000
        jmp rax
        CASE
        mov eax, [0x1ffffe]
        CASE
        USER64
        mov eax, [0x1fe010]
        CASE
        USER64
        mov [0x1fd010], eax
        CASE
        USER64
        mov eax, 0x1fe000
        jmp rax
        CASE
        USER64
        mov eax, [0x1fdffe]
        CASE
        lar eax, [0x1ff000]
        CASE
        cmp dword [small_area], 0
        push qword [0x1ff000]
; Single step.
        CASE
        pushfq
        or dword [rsp], 0x100
        popfq
        nop
        PASSED
        CASE
        USER64 0x102
        nop
        PASSED
        CASE
        USER64 0x102
        mov eax, cs
        PASSED
        CASE
        USER64 0x102
        int3
        CASE
        USER64 0x102
        syscall
        PASSED
        CASE
        mov eax, .on
        mov dr1, rax
        mov eax, 0x404
        mov dr7, rax
        xor eax, eax
.on:    inc eax
        PASSED
; Looking at descriptors.
%assign s 0
%rep (GDT_SIZE + 16) / 8
%if s != TASK_GATE              ; QEMU lets LAR see it
        CASE
        mov ecx, s
        mov eax, 0x11111111
        mov ebx, 0x22222222
        lar eax, ecx
        lsl ebx, ecx
        PASSED
%endif
%assign s s + 8
%endrep
; Breakpoints. %1: DR7, %2: DR0. QEMU does without DR7.GD, reports one of several hits, takes the last element of a
; repeated instruction for one in the middle, and heeds breakpoints on ports without CR4.DE; processors and the SDM differ.
%define ON_CODE 0x1
%define ON_WRITE 0x10001
%define ON_PORT 0x20001
%define ON_ACCESS 0x30001
%define BYTES2 0x40000
%define BYTES4 0xc0000
%define BYTES8 0x80000
%macro WATCH 2
        CASE
        mov eax, %2
        mov dr0, rax
        mov edi, small_area + 0x100
        mov esi, small_area
        mov edx, 0x80
        mov ecx, 3
        mov eax, %1
        mov dr7, rax
%endmacro
%macro WATCHED 2+
        WATCH %1, small_area + 0x100
        %2
        nop
        PASSED
%endmacro
WATCHED ON_WRITE, mov [rdi], al
WATCHED ON_WRITE, mov al, [rdi]
WATCHED ON_ACCESS, mov al, [rdi]
WATCHED ON_WRITE, inc byte [rdi]
WATCHED ON_WRITE, mov [rdi - 3], eax
WATCHED ON_WRITE, mov [rdi - 4], eax
WATCHED ON_WRITE, mov [rdi + 4], eax
WATCHED ON_WRITE | BYTES2, mov [rdi + 1], al
WATCHED ON_WRITE | BYTES2, mov [rdi + 2], al
WATCHED ON_WRITE | BYTES4, mov [rdi + 3], al
WATCHED ON_WRITE | BYTES4, mov [rdi + 4], al
WATCHED ON_WRITE | BYTES8, mov [rdi + 7], al
WATCHED ON_WRITE | BYTES8, mov [rdi + 8], al
WATCHED ON_ACCESS, lea eax, [rdi]
WATCHED ON_ACCESS, lodsb
WATCHED ON_ACCESS, scasb
WATCHED ON_WRITE, stosb
WATCHED ON_WRITE, movsq
WATCHED ON_WRITE, rep stosb
WATCHED ON_WRITE, rep movsd
WATCHED ON_ACCESS, movups xmm0, [rdi - 15]
WATCHED ON_WRITE, movups [rdi - 15], xmm0
WATCHED ON_WRITE, movups [rdi - 16], xmm0
WATCHED ON_WRITE, lock xadd [rdi], ecx
WATCHED ON_ACCESS, test byte [rdi], 1
WATCHED ON_ACCESS, jmp short $ + 2
        WATCH ON_WRITE, small_area + 0x101      ; in the middle
        rep stosb
        PASSED
        WATCH ON_WRITE, small_area + 0x103      ; downwards
        std
        mov edi, small_area + 0x104
        rep stosb
        cld
        PASSED
        WATCH ON_WRITE | BYTES8, STACK - 0x808  ; what CALL pushes
        mov rsp, STACK - 0x800
        call .to
        nop
.to:    nop
        PASSED
        WATCH ON_ACCESS | BYTES8, STACK - 0x808
        mov rsp, STACK - 0x800
        push rax
        pop rbx
        PASSED
        WATCH ON_WRITE, small_area + 0x100      ; a fault comes first
        mov rsi, 0x8000000000000000
        mov [rdi], al
        mov al, [rsi]
        PASSED
        CASE                    ; enabled globally
        mov eax, small_area + 0x100
        mov dr2, rax
        mov eax, 0x1000020
        mov dr7, rax
        mov byte [small_area + 0x100], 1
        nop
        PASSED
        CASE                    ; cleared again
        mov eax, small_area + 0x100
        mov dr2, rax
        mov eax, 0x1000020
        mov dr7, rax
        xor eax, eax
        mov dr7, rax
        mov byte [small_area + 0x100], 1
        nop
        PASSED
        CASE                    ; from level 3
        mov eax, small_area + 0x100
        mov dr0, rax
        mov eax, ON_WRITE
        mov dr7, rax
        USER64
        mov byte [small_area + 0x100], 1
        nop
        PASSED
        CASE
        mov rax, dr7
        mov rbx, dr6
        PASSED
        CASE
        mov rax, 0x100000000            ; upper half
        mov dr7, rax
        PASSED
        CASE
        mov rax, 0x100000000
        mov dr6, rax
        PASSED
        CASE
        mov rax, dr4
        mov rbx, dr5
        PASSED
; Not REP OUTS: QEMU traps with RIP behind it and nothing done.
%macro WATCH_PORT 2+
        WATCH %1, 0x80
        mov rax, cr4
        or eax, 8
        mov cr4, rax
        mov eax, 0
        push qword 2            ; QEMU's traps come with arithmetic flags of before
        popfq
        %2
        nop
        PASSED
%endmacro
WATCH_PORT ON_PORT, out dx, al
WATCH_PORT ON_PORT, out 0x80, al
WATCH_PORT ON_PORT, out 0x81, al
WATCH_PORT ON_PORT | BYTES2, out 0x81, al
WATCH_PORT ON_PORT | BYTES4, out 0x83, al
WATCH_PORT ON_PORT | BYTES4, out 0x84, al
WATCH_PORT ON_PORT, out 0x7e, eax
WATCH_PORT ON_PORT, in al, dx
WATCH_PORT ON_PORT, outsb
WATCH_PORT ON_ACCESS, out dx, al
        CASE                    ; DR4 and DR5 are not there with CR4.DE
        mov rax, dr5
        PASSED
        CASE
        mov rax, cr4
        and eax, ~8
        mov cr4, rax
        mov rax, dr5
        PASSED

total64 equ cases64
total32 equ cases32

; ── data ────────────────────────────────────────────────────────────────────────────────────────
        bits 32
        align 16
names32: db "n:v:eripcsflaxbxcxdsesfsgsspsse2d2p0"
names_dr6: db "d6"
names64: db "n:v:eripcsflspssaxbxcxb1dsesfsgss0r0c2"
case_number: dw 0
        align 4
bad_pointer: dd 0x1234
        dw BEYOND
        align 8
pointer_code32: dd pointer32_target
        dw CODE32
        align 8
pointer_code64: dd 0
        dw CODE64
        align 8
pointer_gate: dd 0
        dw GATE0
        align 8
pointer_gate_dpl0: dd 0
        dw GATE_DPL0
        align 8
pointer_ld: dd 0
        dw LD_CODE
        align 8
pointer_tss: dd 0
        dw TSS1
        align 8
pointer_task_gate: dd 0
        dw TASK_GATE
        align 8
pointer_null: dd 0
        dw 0
        align 8
pointer_np: dd 0
        dw NP_CODE

        align 4
table32:
%assign i 0
%rep cases32
        dd case32_ %+ i
%assign i i + 1
%endrep
table64:
%assign i 0
%rep cases64
        dd case64_ %+ i
%assign i i + 1
%endrep


; %1 base: a number below 64 KiB, or a label; %2 limit; %3 access byte; %4 flags G D L AVL
%macro DESCRIPTOR 4
        dw (%2) & 0xffff
        dw (%1) & 0xffff
        db ((%1) >> 16) & 0xff
        db %3
        db ((%4) << 4) | (((%2) >> 16) & 15)
        db 0
%endmacro
%define LINEAR(label) (((label) - header) + 0x100000)
; selector, offset, type byte, parameters or IST
%macro GATE 4
        dw (%2) & 0xffff
        dw %1
        db %4
        db %3
        dw ((%2) >> 16) & 0xffff
%endmacro

        align 16
gdt:
        dq 0
        DESCRIPTOR 0, 0xfffff, 0x9b, 12                 ; CODE32
        DESCRIPTOR 0, 0xfffff, 0x93, 12                 ; DATA32
        DESCRIPTOR 0, 0xfffff, 0x9b, 10                 ; CODE64
        DESCRIPTOR 0, 0xfffff, 0xfb, 12                 ; UCODE32
        DESCRIPTOR 0, 0xfffff, 0xf3, 12                 ; UDATA
        DESCRIPTOR 0, 0xfffff, 0xfb, 10                 ; UCODE64
        DESCRIPTOR LINEAR(tss0), tss0_size - 1, 0x89, 0 ; TSS0
        dq 0
        DESCRIPTOR LINEAR(tss1), 103, 0x89, 0           ; TSS1
        dq 0
        DESCRIPTOR LINEAR(ldt), ldt_size - 1, 0x82, 0   ; LDT0
        dq 0
        DESCRIPTOR 0, 0xfffff, 0x1b, 12                 ; NP_CODE
        DESCRIPTOR 0, 0xfffff, 0x13, 12                 ; NP_DATA
        DESCRIPTOR 0, 0xfffff, 0x91, 12                 ; RO_DATA
        DESCRIPTOR 0, 0xfffff, 0x99, 12                 ; XO_CODE
        DESCRIPTOR 0, 0xfffff, 0x9f, 12                 ; CONF_CODE
        DESCRIPTOR 0, 0x10, 0x9b, 4                     ; SMALL_CODE
        DESCRIPTOR small_area, 0xff, 0x93, 4    ; SMALL_DATA
        DESCRIPTOR small_area, 0xfff, 0x97, 4   ; DOWN_DATA
        DESCRIPTOR 0, 0xffff, 0x93, 0                   ; DATA16
        DESCRIPTOR 0, 0xffff, 0x9b, 0                   ; CODE16
        GATE CODE32, LINEAR(gate_target), 0xec, 2       ; GATE0
        dq 0
        GATE CODE32, LINEAR(gate_target), 0x8c, 0       ; GATE_DPL0
        dq 0
        GATE CODE32, 0, 0x6c, 0                         ; GATE_NP
        dq 0
        GATE 0, 0, 0xec, 0                              ; GATE_NULL
        dq 0
        GATE DATA32, 0, 0xec, 0                         ; GATE_DATA
        dq 0
        GATE TSS1, 0, 0x85, 0                           ; TASK_GATE
        DESCRIPTOR LINEAR(tss1), 102, 0x89, 0           ; TSS_SMALL
        dq 0
        DESCRIPTOR LINEAR(tss1), 103, 0x8b, 0           ; TSS_BUSY
        DESCRIPTOR 0, 0xfffff, 0x9b, 14                 ; LD_CODE
        DESCRIPTOR 0, 0xfffff, 0xff, 12                 ; UCONF_CODE
        DESCRIPTOR LINEAR(trap_tss), 103, 0x89, 0       ; TRAP_TSS
        DESCRIPTOR LINEAR(bad_tss), 103, 0x89, 0        ; BAD_TSS
        DESCRIPTOR 0x100000, 0xfffff, 0x9b, 12          ; CODE_1M
%if $ - gdt != GDT_SIZE
%error the GDT does not match its selectors
%endif
        align 8
ldt:
        DESCRIPTOR 0, 0xfffff, 0x93, 12
        DESCRIPTOR 0, 0xfffff, 0x9b, 12
ldt_size equ $ - ldt

        align 8
idt32:
%assign v 0
%rep 0x50
%if v = 0x40
        GATE CODE32, LINEAR(stub32_ %+ v), 0xee, 0
%elif v = 0x41
        GATE CODE32, LINEAR(stub32_ %+ v), 0x6e, 0
%elif v = 0x42
        GATE DATA32, LINEAR(stub32_ %+ v), 0xee, 0
%elif v = 0x43
        GATE 0, LINEAR(stub32_ %+ v), 0xee, 0
%elif v = 0x44
        GATE NP_CODE, LINEAR(stub32_ %+ v), 0xee, 0
%elif v = 0x45
        GATE CODE32, LINEAR(stub32_ %+ v), 0xfe, 0
%elif v = 0x46
        GATE CODE32, LINEAR(stub32_ %+ v), 0xef, 0
%elif v = 0x47
        GATE CODE_1M, stub16 - header, 0xe6, 0
%elif v = 0x48
        GATE TSS1, 0, 0xe5, 0
%elif v = 0x49
        GATE TSS_BUSY, 0, 0xe5, 0
%elif v = 0x4a
        GATE 0, 0, 0xe5, 0
%elif v = 0x4b
        GATE SMALL_CODE, 0x20, 0xee, 0
%else
        GATE CODE32, LINEAR(stub32_ %+ v), 0x8e, 0
%endif
%assign v v + 1
%endrep

; What a 16-bit gate pushed, as the other handlers expect it.
        bits 32
stub16:
        movzx eax, word [esp]
        movzx ebx, word [esp + 2]
        movzx ecx, word [esp + 4]
        add esp, 6
        push ecx
        push ebx
        push eax
        push dword 0xeeee
        push dword 0x47
        jmp CODE32:common32

        align 8
idt64:
%assign v 0
%rep 0x50
%if v = 8 || v = 12 || v = 0x49
        GATE CODE64, LINEAR(stub64_ %+ v), 0x8e, 1
%elif v = 0x40
        GATE CODE64, LINEAR(stub64_ %+ v), 0xee, 0
%elif v = 0x41
        GATE CODE64, LINEAR(stub64_ %+ v), 0x6e, 0
%elif v = 0x42
        GATE DATA32, LINEAR(stub64_ %+ v), 0xee, 0
%elif v = 0x43
        GATE 0, LINEAR(stub64_ %+ v), 0xee, 0
%elif v = 0x44
        GATE NP_CODE, LINEAR(stub64_ %+ v), 0xee, 0
%elif v = 0x45
        GATE CODE64, LINEAR(stub64_ %+ v), 0xfe, 0
%elif v = 0x46
        GATE CODE64, LINEAR(stub64_ %+ v), 0xef, 0
%elif v = 0x47
        GATE CODE64, LINEAR(stub64_ %+ v), 0xe6, 0
%elif v = 0x48
        GATE TSS1, 0, 0xe5, 0
%elif v = 0x4a
        GATE CODE32, LINEAR(stub64_ %+ v), 0xee, 0
%elif v = 0x4c
        GATE CODE64, LINEAR(stub64_ %+ v), 0xee, 2
%else
        GATE CODE64, LINEAR(stub64_ %+ v), 0x8e, 0
%endif
%if v = 0x4b
        dd 0x8000, 0
%else
        dd 0, 0
%endif
%assign v v + 1
%endrep

gdtr32: dw GDT_SIZE - 1
        dd gdt
idtr32: dw 0x50 * 8 - 1
        dd idt32
gdtr64: dw GDT_SIZE - 1
        dq gdt
idtr64: dw 0x50 * 16 - 1
        dq idt64

; %1 EIP, %2 ESP, %3 DS, %4 T
%macro TASK 4
        dd 0, 0, 0, 0, 0, 0, 0, 0
        dd %1, 2, 0x11, 0x22, 0x33, 0x44, %2, 0x55, 0x66, 0x77
        dd DATA32, CODE32, DATA32, %3, 0, 0, 0
        dw %4, 104
%endmacro
        align 8
tss0:   dd 0
        dd STACK
        dd DATA32
        times 22 dd 0
        dw 0, 104
        times 0x80 / 8 db 0xff
        db 0x10
        times 16 db 0xff
tss0_size equ $ - tss0
        align 8
tss1:   TASK task1_code, task1_end, DATA32, 0
trap_tss: TASK start.user, task1_end, DATA32, 1
bad_tss: TASK start.user, task1_end, TSS0, 0

vm_code equ 0x5000

        align 4096
image_end:

absolute 0x180000
page_tables: resb 6 * 4096
small_area: resb 0x2000
stack0: resb 4096
stack0_end: resb 64
        alignb 4096
stack3: resb 4096
stack3_end: resb 64
        alignb 4096
ist: resb 4096
ist_end: resb 64
task1_stack: resb 1024
task1_end: resb 64
bss_end:
