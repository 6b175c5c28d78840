/*
 * A plugin for QEMU's TCG that records which functions of a kernel run, in which order, and how often, up to one of them. It
 * sees every instruction from reset on, and shares nothing with our machine.
 *
 *   -plugin plugin.so,functions=FILE,until=NAME,out=FILE
 *
 * functions: a line each, "ADDRESS BYTES NAME": link-time address in hex; first bytes of the function in hex, or "-". Early code runs
 * identity-mapped wherever a loader has put the kernel: the first code that has the bytes of a function at an address with
 * its offset in a page says where that is.
 * out: a line each, in the order of their first run, "COUNT INSTRUCTION NAME": kernel instructions executed before.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is used here of QEMU's interface for plugins, as docs/devel/tcg-plugins.rst of QEMU 7.2 describes it: version 1. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_trans_callback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*exec_callback)(unsigned int vcpu, void *data);
enum { NO_REGISTERS = 0 };
enum { ADD_64 = 0 };
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, tb_trans_callback);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, exec_callback, int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int op, void *at, uint64_t value);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { MOST_BYTES = 32 };

struct function {
    uint64_t address;
    unsigned char bytes[MOST_BYTES];
    int known;
    char *name;
    uint64_t count, first;
    struct function *next;
};

static struct function *functions;
static size_t count;
static uint64_t lowest, highest;
/* Link-time address less the one it runs at while identity-mapped. */
static uint64_t moved;
static uint64_t instructions;
static struct function *run, **last = &run;
static const char *until, *out;

static void finish(void)
{
    FILE *file = fopen(out, "w");
    if (!file) _exit(3);
    for (struct function *f = run; f; f = f->next)
        fprintf(file, "%" PRIu64 " %" PRIu64 " %s\n", f->count, f->first, f->name);
    fclose(file);
    _exit(0);
}

static void entered(unsigned int vcpu, void *data)
{
    struct function *f = data;
    (void)vcpu;
    if (f->count++ == 0) {
        f->first = instructions;
        *last = f;
        last = &f->next;
    }
    if (strcmp(f->name, until) == 0) finish();
}

/* QEMU executes a repeated string instruction anew for each element; it retires once. */
static void repeated(unsigned int vcpu, void *data)
{
    static void *before;
    static uint64_t then;
    (void)vcpu;
    if (data != before || instructions != then) instructions++;
    before = data;
    then = instructions;
}

static bool repeats(const struct qemu_plugin_insn *insn)
{
    const unsigned char *code = qemu_plugin_insn_data(insn);
    size_t size = qemu_plugin_insn_size(insn), i = 0;
    bool prefixed = false;
    for (; i < size; i++) {
        if (code[i] == 0xf2 || code[i] == 0xf3) prefixed = true;
        else if (code[i] != 0x66 && code[i] != 0x67 && (code[i] & 0xf0) != 0x40) break;
    }
    return prefixed && i < size
        && ((code[i] & 0xfc) == 0x6c || (code[i] >= 0xa4 && code[i] <= 0xa7) || (code[i] >= 0xaa && code[i] <= 0xaf));
}

static struct function *at(uint64_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (functions[middle].address < address) low = middle + 1;
        else high = middle;
    }
    return low < count && functions[low].address == address ? &functions[low] : NULL;
}

/* Whether a block that begins at a low address is the beginning of a function, whose bytes may go beyond the block. */
static bool begins(const struct function *f, struct qemu_plugin_tb *tb)
{
    int compared = 0;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb) && compared < f->known; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        int size = qemu_plugin_insn_size(insn);
        if (size > f->known - compared) size = f->known - compared;
        if (memcmp(f->bytes + compared, qemu_plugin_insn_data(insn), size) != 0) return false;
        compared += size;
    }
    return compared >= 8;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    uint64_t start = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    (void)id;
    if (!moved && start < lowest) {
        for (size_t i = 0; i < count && !moved; i++)
            if (functions[i].known && ((functions[i].address ^ start) & 0xfff) == 0 && begins(&functions[i], tb))
                moved = functions[i].address - start;
    }
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        if (moved && address < lowest) address += moved;
        if (address < lowest || address >= highest) continue;
        struct function *f = at(address);
        if (f) qemu_plugin_register_vcpu_insn_exec_cb(insn, entered, NO_REGISTERS, f);
        if (repeats(insn)) qemu_plugin_register_vcpu_insn_exec_cb(insn, repeated, NO_REGISTERS, (void *)(uintptr_t)address);
        else qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_64, &instructions, 1);
    }
}

static bool read_functions(const char *path)
{
    FILE *file = fopen(path, "r");
    char bytes[2 * MOST_BYTES + 1], name[600];
    uint64_t address;
    if (!file) return false;
    while (fscanf(file, "%" SCNx64 " %64s %599s", &address, bytes, name) == 3) {
        if (count % 4096 == 0) functions = realloc(functions, (count + 4096) * sizeof *functions);
        struct function *f = &functions[count++];
        *f = (struct function){ .address = address, .name = strdup(name) };
        unsigned int byte;
        for (int i = 0; i < MOST_BYTES && sscanf(bytes + 2 * i, "%2x", &byte) == 1; i++) f->bytes[f->known++] = byte;
    }
    fclose(file);
    if (count == 0) return false;
    lowest = functions[0].address;
    highest = functions[count - 1].address + 4096;
    return true;
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    const char *path = NULL;
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "functions=", 10) == 0) path = argv[i] + 10;
        else if (strncmp(argv[i], "until=", 6) == 0) until = argv[i] + 6;
        else if (strncmp(argv[i], "out=", 4) == 0) out = argv[i] + 4;
        else return 1;
    }
    if (!path || !until || !out || !read_functions(path)) return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
