/** The number of files that this process may have open: each connection is one. */
import { readFileSync } from 'node:fs'

/** Infinity where it cannot be read, or where there is no limit. */
export function openFiles(): number {
  try {
    return limitIn(readFileSync('/proc/self/limits', 'utf8'))
  } catch {
    // Not Linux. Node raises the limit as far as it may when it starts, which elsewhere is far enough.
    return Infinity
  }
}

/** The limit in force, from the text of /proc/self/limits (proc_pid_limits(5)). */
export function limitIn(limits: string): number {
  const [, soft] = /^Max open files +([0-9]+) /m.exec(limits) ?? []
  return soft === undefined ? Infinity : Number(soft)
}
