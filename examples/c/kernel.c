/*
 * A kernel in C that is bootable everywhere: it knows nothing of loaders, only of boot information.
 * Build it and give it entries as the Makefile does.
 */
#include <stdint.h>
#include <zeropage/boot-information.h>

#define COM1 0x3f8
#define LINE_STATUS 5
#define TRANSMITTER_EMPTY 0x20
#define RESET_CONTROL 0xcf9

static const char *const entries[] = {"unknown", "linux16", "linux32",   "linux64",   "efi",
                                      "efi-handover", "pvh", "xen-pv", "multiboot", "multiboot2"};

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void put(const char *text)
{
	for (; *text; text++) {
		while (!(in(COM1 + LINE_STATUS) & TRANSMITTER_EMPTY))
			;
		out(COM1, (uint8_t)*text);
	}
}

static void put_number(uint64_t number)
{
	char digits[21];
	char *at = digits + sizeof(digits) - 1;

	*at = 0;
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	put(at);
}

static uint64_t ram(const struct zeropage_boot_information *boot)
{
	const struct zeropage_boot_memory_range *range = (const void *)(uintptr_t)boot->memory_map;
	uint64_t size = 0;

	for (uint32_t i = 0; i < boot->memory_map_entries; i++)
		if (range[i].type == ZEROPAGE_MEMORY_TYPE_RAM)
			size += range[i].size;
	return size;
}

/* What zeropage boot and zeropage matrix wait for: the note in start.S names this line. */
static const char marker[] = "kernel in C: boot information read\r\n";

void kernel(const struct zeropage_boot_information *boot)
{
	if (boot->magic != ZEROPAGE_BOOT_INFORMATION_MAGIC)
		__asm__ volatile("ud2");
	put("entered through ");
	put(entries[boot->entry]);
	put(", ");
	put_number(ram(boot) >> 20);
	put(" MiB of RAM, ");
	put_number(boot->modules_count);
	put(" modules, command line: ");
	put((const char *)(uintptr_t)boot->command_line);
	put("\r\n");
	put(marker);
	out(RESET_CONTROL, 6);
	for (;;)
		__asm__ volatile("cli; hlt");
}
