// Runs user-mode code on the host's own processor with debug registers or alignment checks, and prints what it raised.
// Standard input, a case a line: code (hexadecimal), RFLAGS besides IF, DR0–DR3, DR7. Output, a line a case: a word for
// each event, `signal:rip:dr6:rcx:rsi:rdi`, RIP from the start of the code. Driven by record.ts.
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define CODE 0x80000ul
#define DATA 0x90000ul // two pages; behind them nothing is mapped
#define STACK 0x98000ul

static void place(unsigned long at, unsigned long size)
{
	void *want = (void *)at;
	if (mmap(want, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != want)
		_exit(99);
}

static void poke(pid_t child, int n, unsigned long value)
{
	if (ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg[n]), value)) {
		perror("debug register");
		exit(1);
	}
}

int main(void)
{
	char line[4096], text[4096];
	while (fgets(line, sizeof line, stdin)) {
		unsigned long flags, dr[4], dr7;
		if (sscanf(line, "%4095s %lx %lx %lx %lx %lx %lx", text, &flags, &dr[0], &dr[1], &dr[2], &dr[3], &dr7) != 7)
			return 1;
		pid_t child = fork();
		if (!child) {
			place(CODE, 4096);
			place(DATA, 8192);
			place(STACK, 4096);
			for (int i = 0; text[2 * i]; i++) {
				unsigned byte;
				sscanf(text + 2 * i, "%2x", &byte);
				((unsigned char *)CODE)[i] = byte;
			}
			ptrace(PTRACE_TRACEME, 0, 0, 0);
			raise(SIGSTOP);
			_exit(0);
		}
		int status;
		waitpid(child, &status, 0);
		struct user_regs_struct regs;
		ptrace(PTRACE_GETREGS, child, 0, &regs);
		regs.rax = regs.rbx = regs.rcx = regs.rdx = regs.rbp = regs.rsi = regs.rdi = 0;
		regs.rip = CODE;
		regs.rsp = STACK + 0x800;
		regs.eflags = 0x202 | flags;
		regs.orig_rax = -1;
		ptrace(PTRACE_SETREGS, child, 0, &regs);
		for (int i = 0; i < 4; i++)
			if (dr[i])
				poke(child, i, dr[i]);
		if (dr7)
			poke(child, 7, dr7);
		for (int events = 0; events < 40; events++) {
			ptrace(PTRACE_CONT, child, 0, 0);
			waitpid(child, &status, 0);
			if (!WIFSTOPPED(status))
				break;
			ptrace(PTRACE_GETREGS, child, 0, &regs);
			unsigned long dr6 = ptrace(PTRACE_PEEKUSER, child, offsetof(struct user, u_debugreg[6]), 0);
			int signal = WSTOPSIG(status);
			printf("%s%d:%llx:%lx:%llx:%llx:%llx", events ? " " : "", signal, regs.rip - CODE,
			       signal == SIGTRAP ? dr6 & 0x400f : 0, regs.rcx, regs.rsi, regs.rdi);
			if (signal != SIGTRAP)
				break;
			poke(child, 6, 0);
		}
		putchar('\n');
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	return 0;
}
