/** The end of a command from outside: a signal, or a lost terminal. The command has a moment to end in order. */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { isatty } from 'node:tty'
import { EXIT } from './exit-codes.ts'

/** Time for an orderly end, in milliseconds: a write or a request may never finish. */
const GRACE = 4_000

/** SIGBREAK is Ctrl-Break on Windows, which service wrappers send; other systems do not have it. */
const STOPS: readonly (readonly [signal: NodeJS.Signals, status: number])[] = [
  ['SIGINT', EXIT.interrupted],
  ['SIGTERM', EXIT.ok],
  ['SIGBREAK', EXIT.ok],
]

/**
 * The first signal aborts `stopping` with the exit status as the reason, and ends the process after GRACE; a second signal
 * ends it at once. Only SIGHUP may come twice: from the terminal and from the shell.
 */
export function onSignals(stopping: AbortController): void {
  for (const [signal, status] of STOPS) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(status)
      if (signal === 'SIGINT') leaveEcho()
      stop(stopping, status)
    })
  }
  process.on('SIGHUP', () => {
    stop(stopping, EXIT.ok)
  })
}

function stop(stopping: AbortController, status: number): void {
  if (stopping.signal.aborted) return
  stopping.abort(status)
  setTimeout(() => process.exit(status), GRACE).unref()
}

/** Moves the prompt of the shell below the `^C` of the terminal. */
function leaveEcho(): void {
  const { stdin, stderr } = process
  if (stdin.isTTY && !stdin.isRaw && stderr.isTTY) stderr.write('\n')
}

/** Resolves to the exit status when the command must end. */
export async function stopped({ signal }: AbortController): Promise<number> {
  if (!signal.aborted) {
    await new Promise<unknown>((resolve) => {
      signal.addEventListener('abort', resolve)
    })
  }
  return signal.reason as number
}

/** Treats a write error on a lost terminal as SIGHUP, which not every process gets. */
export function hangUp(): void {
  if (process.listenerCount('SIGHUP') > 0) process.emit('SIGHUP', 'SIGHUP')
  else process.exit(EXIT.failure)
}

/**
 * Call this first. At its end, Node restores the modes of the terminals on file descriptors 0 to 2, and aborts if that
 * fails, as it does on a lost terminal. It ignores a descriptor that is something else by then (node.cc, ResetStdio).
 */
export function forgetLostTerminals(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
  process.on('exit', () => {
    for (const descriptor of terminals.filter((each) => !isatty(each))) {
      closeSync(descriptor)
      openSync(devNull, 'r+') // takes the lowest free descriptor: the one just closed
    }
  })
}

/** Whether a user sits at a terminal with cursor movement. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb'
}
