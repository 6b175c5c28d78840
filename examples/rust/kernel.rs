//! A kernel in Rust that is bootable everywhere: it knows nothing of loaders, only of boot information.
//!
//! rustc --edition 2021 -C opt-level=2 -C panic=abort -C relocation-model=static -C no-redzone \
//!   -C link-args="-fuse-ld=bfd -nostdlib -nostartfiles -static -no-pie -Wl,-Ttext-segment=0x200000 -Wl,--build-id=none" \
//!   -o kernel.elf kernel.rs
//! npx zeropage wrap kernel.elf -o bootable.elf && npx zeropage matrix bootable.elf
#![no_std]
#![no_main]

use core::arch::{asm, global_asm};

/// The first fields of `boot_information`; docs/boot-information.md has all of them.
#[repr(C)]
pub struct BootInformation {
    magic: u32,
    version: u32,
    size: u32,
    flags: u32,
    entry: u32,
    hypervisor: u32,
    guest: u32,
    hypervisor_leaf: u32,
    hardware_subarch: u32,
    memory_map_entries: u32,
    hardware_subarch_data: u64,
    data: u64,
    memory_map: *const MemoryRange,
}

#[repr(C)]
pub struct MemoryRange {
    addr: u64,
    size: u64,
    kind: u32,
    attributes: u32,
}

const MAGIC: u32 = 0x6942_507a;
const RAM: u32 = 1;
const COM1: u16 = 0x3f8;

global_asm!(
    ".globl _start",
    "_start: call kernel",
    "1: hlt",
    "jmp 1b",
    ".section .note.zeropage, \"a\", @note",
    ".balign 4",
    ".long 9, 3f - 2f, 1",
    ".asciz \"Zeropage\"",
    ".balign 4",
    "2: .asciz \"kernel\"",
    ".asciz \"kernel in Rust: boot information read\"",
    "3: .balign 4",
    ".text",
);

fn out(port: u16, value: u8) {
    unsafe { asm!("out dx, al", in("dx") port, in("al") value) };
}

fn put(text: &[u8]) {
    for &byte in text {
        out(COM1, byte);
    }
}

fn put_number(number: u64) {
    if number >= 10 {
        put_number(number / 10);
    }
    out(COM1, b'0' + (number % 10) as u8);
}

#[no_mangle]
pub extern "C" fn kernel(boot: &BootInformation) -> ! {
    if boot.magic == MAGIC {
        let mut size = 0;
        for i in 0..boot.memory_map_entries as usize {
            let range = unsafe { &*boot.memory_map.add(i) };
            if range.kind == RAM {
                size += range.size;
            }
        }
        put(b"entry ");
        put_number(boot.entry as u64);
        put(b", ");
        put_number(size >> 20);
        put(b" MiB of RAM\r\nkernel in Rust: boot information read\r\n");
    }
    out(0xcf9, 6);
    loop {
        unsafe { asm!("cli", "hlt") };
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {
        unsafe { asm!("cli", "hlt") };
    }
}
