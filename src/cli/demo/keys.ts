/** Single keys of whoever watches, between the acts. */

export type Wish = 'next' | 'stop'

/** The part of a terminal, or of a pipe, that is needed here. */
export type KeyInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean
  readonly readableEnded?: boolean
  setRawMode?: (raw: boolean) => unknown
}

const CONTROL_C = '\x03'

/**
 * The next key that means something: Enter or space go on, q or Ctrl-C stop it. Also the end of the input goes on:
 * nobody is there who could press a key. Stops when `signal` is aborted.
 */
export async function nextWish(input: KeyInput, signal: AbortSignal): Promise<Wish> {
  if (signal.aborted) return 'stop'
  if (input.readableEnded === true) return 'next'
  if (input.isTTY === true) input.setRawMode?.(true)
  try {
    return await new Promise<Wish>((resolve) => {
      const finish = (wish: Wish): void => {
        input.removeListener('data', read)
        input.removeListener('end', end)
        signal.removeEventListener('abort', stop)
        resolve(wish)
      }
      const read = (keys: Buffer | string): void => {
        const wish = wishOf(keys.toString())
        if (wish !== undefined) finish(wish)
      }
      const end = (): void => {
        finish('next')
      }
      const stop = (): void => {
        finish('stop')
      }
      input.on('data', read)
      input.on('end', end)
      signal.addEventListener('abort', stop)
      input.resume()
    })
  } finally {
    input.pause()
    if (input.isTTY === true) input.setRawMode?.(false)
  }
}

function wishOf(keys: string): Wish | undefined {
  for (const key of keys) {
    if (key === 'q' || key === 'Q' || key === CONTROL_C) return 'stop'
    if (key === '\r' || key === '\n' || key === ' ') return 'next'
  }
  return undefined
}
