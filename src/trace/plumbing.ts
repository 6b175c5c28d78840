/**
 * What compilers and the kernel's build put between a caller and what it means to call: tracing hooks, thunks of indirect
 * branches and returns, trampolines of static calls and of paravirtual operations. A comparison of what ran leaves them out.
 */
const names: readonly RegExp[] = [
  // -fentry, arch/x86/kernel/ftrace_64.S
  /^__fentry__$/,
  /^ftrace_stub(_graph|_direct_tramp)?$/,
  // arch/x86/lib/retpoline.S
  /^__x86_(return|indirect|indirect_call|indirect_jump|indirect_its)_thunk/,
  /^(retbleed|srso|srso_alias|entry_untrain|its)_(return_thunk|untrain_ret|ret)$/,
  // DEFINE_STATIC_CALL, include/linux/static_call.h
  /^__SCT__/,
  /^__static_call_(return0|nop)$/,
  // PV_CALLEE_SAVE_REGS_THUNK and the operations that do nothing, arch/x86/include/asm/paravirt.h
  /^__raw_callee_save_/,
  /^_?paravirt_(nop|ret0|BUG|ident_64)$/,
  /^nop_func$/,
];

/** Whether a function is such. */
export function isPlumbing(name: string): boolean {
  return names.some((pattern) => pattern.test(name));
}
