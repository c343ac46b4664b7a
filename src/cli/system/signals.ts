/** How a command ends from outside: by a signal, or because its terminal is gone. It is given a moment to obey. */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { isatty } from 'node:tty'
import { EXIT } from './exit-codes.ts'

/** How long a command has to end in order, in milliseconds: what it prints may not be read, what it asks not answered. */
const ORDERLY = 4_000

/** Ctrl-Break, which programs that wrap a service send on Windows, is SIGBREAK; other systems do not know it. */
const STOPS: readonly (readonly [signal: NodeJS.Signals, status: number])[] = [
  ['SIGINT', EXIT.interrupted],
  ['SIGTERM', EXIT.ok],
  ['SIGBREAK', EXIT.ok],
]

/**
 * The first signal ends the command in order, with the exit status as the reason, and after ORDERLY in any case; the
 * second ends it at once. Not so a hang-up: it comes from the terminal and from the shell, and no user is left to be
 * impatient.
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
  setTimeout(() => process.exit(status), ORDERLY).unref()
}

/** The terminal has written `^C` where the prompt of the shell is to be. */
function leaveEcho(): void {
  const { stdin, stderr } = process
  if (stdin.isTTY && !stdin.isRaw && stderr.isTTY) stderr.write('\n')
}

/** Resolves to the exit status when the command is to end. */
export async function stopped({ signal }: AbortController): Promise<number> {
  if (!signal.aborted) {
    await new Promise<unknown>((resolve) => {
      signal.addEventListener('abort', resolve)
    })
  }
  return signal.reason as number
}

/** What cannot be written to a terminal that is gone is as good as SIGHUP, which does not come to every process. */
export function hangUp(): void {
  if (process.listenerCount('SIGHUP') > 0) process.emit('SIGHUP', 'SIGHUP')
  else process.exit(EXIT.failure)
}

/**
 * To be called first of all. When the process ends, Node gives every terminal on file descriptors 0 to 2 its modes
 * back, and aborts where that fails, as it does on a terminal that is gone; of a descriptor that is something else by
 * then it knows nothing (node.cc, ResetStdio).
 */
export function forgetLostTerminals(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
  process.on('exit', () => {
    for (const descriptor of terminals.filter((each) => !isatty(each))) {
      closeSync(descriptor)
      openSync(devNull, 'r+') // the lowest that is free: the same
    }
  })
}

/** Whether somebody sits in front of it, at a terminal that can be drawn on. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb'
}
