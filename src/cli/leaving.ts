/** How a chat ends from outside: by a signal, which it is given a moment to obey. */
import { EXIT } from './exit-codes.ts'

/** How long a program has to end in order, in milliseconds: somebody may not read what it prints, or not answer. */
const ORDERLY = 4_000

/**
 * The first signal ends the program in order, with the exit status as the reason, and after ORDERLY in any case; the second
 * ends it at once.
 */
export function onSignals(stopping: AbortController): void {
  const stop = (status: number) => (): void => {
    if (stopping.signal.aborted) process.exit(status)
    stopping.abort(status)
    setTimeout(() => process.exit(status), ORDERLY).unref()
  }
  process.on('SIGINT', stop(EXIT.interrupted))
  process.on('SIGTERM', stop(EXIT.ok))
  process.on('SIGHUP', stop(EXIT.ok))
}

/** Resolves to the exit status when the chat is to end. */
export async function stopped({ signal }: AbortController): Promise<number> {
  if (!signal.aborted) {
    await new Promise<unknown>((resolve) => {
      signal.addEventListener('abort', resolve)
    })
  }
  return signal.reason as number
}

/** Whether somebody sits in front of it, at a terminal that can be drawn on. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb'
}
