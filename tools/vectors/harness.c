/*
 * Runs instructions one at a time on the processor this is compiled for, each with the registers, flags, x87 and SSE
 * state and memory it is given, and records what they leave behind.
 *
 * Everything happens in signal handlers: a vector is started by returning from a signal into a context made for it
 * (the kernel loads every register at once), and ends with the next signal: the breakpoint that fills the code window
 * around the instruction, or the fault it raised. So neither the stack pointer nor anything else needs saving by hand.
 *
 * Usage: harness input output. The formats are those of native.ts. No libc call after FS has its test base: thread
 * local storage is gone then.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

struct window {
  uint32_t address, size, writable, executable;
};

/* A data segment of the LDT, for the modes that have segments. */
struct segment {
  uint32_t base, limit, wide, expand_down, code, pad;
};

struct header {
  /* `code_base` is the base of CS. */
  uint32_t magic, count, mode, windows, segments, code_base;
  uint64_t fs_base, gs_base;
  /* Selectors outside 64-bit mode; 0 keeps the flat one. */
  uint32_t cs, ss, ds, es, fs, gs;
};

struct patch {
  uint32_t address, length;
  uint8_t bytes[64];
};

struct input {
  uint64_t gpr[16], rip, flags;
  uint8_t code[128];
  uint8_t code_length, patches, pad[6];
  struct patch patch[4];
  uint8_t fx[416];
};

struct output {
  uint64_t gpr[16], rip, flags;
  uint32_t trap, error;
  uint64_t cr2;
  uint8_t fx[416];
  uint32_t runs, pad;
};

static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static struct header *head;
static struct window *windows;
static struct input *inputs;
/* Windows through which the harness writes, whatever the rights of the tested ones; and their first contents. */
static uint8_t *alias[16];
static const uint8_t *pristine[16];
static uint8_t *out, *out_at;
static size_t out_size;
static int current = -1;
static uint16_t flat_cs;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void record(ucontext_t *context) {
  struct output *o = (struct output *)out_at;
  greg_t *g = context->uc_mcontext.gregs;
  for (int i = 0; i < 16; i++) o->gpr[i] = g[order[i]];
  o->rip = g[REG_RIP];
  o->flags = g[REG_EFL];
  o->trap = g[REG_TRAPNO];
  o->error = g[REG_ERR];
  o->cr2 = g[REG_CR2];
  memcpy(o->fx, context->uc_mcontext.fpregs, 416);
  o->runs = 0;
  out_at += sizeof *o;
  for (unsigned w = 0; w < head->windows; w++) {
    if (!windows[w].writable) continue;
    const uint8_t *now = alias[w], *was = pristine[w];
    uint32_t size = windows[w].size;
    for (uint32_t i = 0; i < size;) {
      if (i + 8 <= size && *(const uint64_t *)(now + i) == *(const uint64_t *)(was + i)) {
        i += 8;
        continue;
      }
      if (now[i] == was[i]) {
        i++;
        continue;
      }
      uint32_t start = i;
      while (i < size && now[i] != was[i]) i++;
      uint32_t *run = (uint32_t *)out_at;
      run[0] = windows[w].address + start;
      run[1] = i - start;
      memcpy(run + 2, now + start, i - start);
      out_at += 8 + ((i - start + 7) & ~7u);
      o->runs++;
    }
  }
}

static void put(uint32_t address, const uint8_t *bytes, uint32_t length) {
  for (unsigned w = 0; w < head->windows; w++) {
    uint32_t from = windows[w].address, size = windows[w].size;
    for (uint32_t i = 0; i < length; i++)
      if (address + i - from < size) alias[w][address + i - from] = bytes[i];
  }
}

static void prepare(ucontext_t *context, const struct input *in) {
  greg_t *g = context->uc_mcontext.gregs;
  for (unsigned w = 0; w < head->windows; w++)
    memcpy(alias[w], pristine[w], windows[w].size);
  for (unsigned i = 0; i < in->patches; i++) put(in->patch[i].address, in->patch[i].bytes, in->patch[i].length);
  put(in->rip, in->code, in->code_length);
  for (int i = 0; i < 16; i++) g[order[i]] = in->gpr[i];
  g[REG_RIP] = in->rip - head->code_base;
  g[REG_EFL] = in->flags;
  uint64_t cs = head->cs ? head->cs : head->mode == 64 ? flat_cs : 0x23;
  uint64_t ss = head->ss ? head->ss : 0x2b;
  g[REG_CSGSFS] = cs | ss << 48;
  uint8_t *fx = (uint8_t *)context->uc_mcontext.fpregs;
  memcpy(fx, in->fx, 28);
  memcpy(fx + 32, in->fx + 32, 416 - 32);
  /* XSTATE_BV: the x87 and SSE parts are to be loaded, not reset. */
  *(uint64_t *)(fx + 512) |= 3;
}

static void handler(int signal, siginfo_t *info, void *argument) {
  ucontext_t *context = argument;
  (void)signal;
  (void)info;
  if (current >= 0) record(context);
  if (out_at + 131072 > out + out_size || ++current == (int)head->count) {
    int complete = current == (int)head->count;
    syscall(SYS_ftruncate, 3, out_at - out);
    syscall(SYS_exit_group, complete ? 0 : 2);
  }
  prepare(context, &inputs[current]);
}

int main(int argc, char **argv) {
  if (argc != 3) return 1;
  int file = open(argv[1], O_RDONLY);
  struct stat st;
  if (file < 0 || fstat(file, &st)) fail("input");
  uint8_t *data = mmap(0, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, file, 0);
  head = (struct header *)data;
  windows = (struct window *)(head + 1);
  struct segment *segments = (struct segment *)(windows + head->windows);
  const uint8_t *contents = (const uint8_t *)(segments + head->segments);
  for (unsigned w = 0; w < head->windows; w++) {
    int memory = memfd_create("window", 0);
    if (ftruncate(memory, windows[w].size)) fail("window");
    int rights = PROT_READ | (windows[w].writable ? PROT_WRITE : 0) | (windows[w].executable ? PROT_EXEC : 0);
    alias[w] = mmap(0, windows[w].size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    void *want = (void *)(uintptr_t)windows[w].address;
    if (mmap(want, windows[w].size, rights, MAP_SHARED | MAP_FIXED | MAP_POPULATE, memory, 0) != want) fail("window");
    pristine[w] = contents;
    contents += windows[w].size;
  }
  inputs = (struct input *)contents;
  for (unsigned s = 0; s < head->segments; s++) {
    struct user_desc d = {.entry_number = s,
                          .base_addr = segments[s].base,
                          .limit = segments[s].limit,
                          .seg_32bit = segments[s].wide,
                          .contents = segments[s].code ? 2 : segments[s].expand_down ? 1 : 0};
    if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d)) fail("modify_ldt");
  }
  int result = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
  dup2(result, 3);
  out_size = (size_t)head->count * (sizeof(struct output) + 512) + (16u << 20);
  if (ftruncate(3, out_size)) fail("output");
  out = out_at = mmap(0, out_size, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
  stack_t alternate = {.ss_sp = malloc(1 << 17), .ss_size = 1 << 17};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (int s = 1; s < 32; s++) sigaction(s, &action, 0);
  __asm__("mov %%cs,%0" : "=r"(flat_cs));
  uint16_t ds = head->ds ? head->ds : 0x2b, es = head->es ? head->es : 0x2b;
  __asm__ volatile("mov %0,%%ds\n mov %1,%%es" ::"r"(ds), "r"(es));
  if (head->mode == 64) {
    syscall(SYS_arch_prctl, ARCH_SET_GS, head->gs_base);
    /* The last libc use of FS is the return from this call. */
    register long number __asm__("rax") = SYS_arch_prctl;
    register long code __asm__("rdi") = ARCH_SET_FS;
    register long base __asm__("rsi") = head->fs_base;
    __asm__ volatile("syscall\n int3" : "+r"(number) : "r"(code), "r"(base) : "rcx", "r11", "memory");
  } else {
    uint16_t fs = head->fs, gs = head->gs;
    __asm__ volatile("mov %0,%%gs\n mov %1,%%fs\n int3" ::"r"(gs), "r"(fs) : "memory");
  }
  return 1;
}
