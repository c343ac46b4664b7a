/** Single keys of the user between two scenarios. */

export type Key = 'next' | 'stop'

/** Standard input: a terminal or a pipe. */
export type KeyInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean
  readonly readableEnded?: boolean
  setRawMode?: (raw: boolean) => unknown
}

const CONTROL_C = '\x03'

/**
 * The next key with a meaning: Enter or space continue, q or Ctrl-C stop. The end of the input continues, since no key
 * can follow. Stops when `signal` is aborted.
 */
export async function nextKey(input: KeyInput, signal: AbortSignal): Promise<Key> {
  if (signal.aborted) return 'stop'
  if (input.readableEnded === true) return 'next'
  if (input.isTTY === true) input.setRawMode?.(true)
  try {
    return await new Promise<Key>((resolve) => {
      const finish = (key: Key): void => {
        input.removeListener('data', read)
        input.removeListener('end', end)
        signal.removeEventListener('abort', stop)
        resolve(key)
      }
      const read = (keys: Buffer | string): void => {
        const key = keyOf(keys.toString())
        if (key !== undefined) finish(key)
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

function keyOf(keys: string): Key | undefined {
  for (const key of keys) {
    if (key === 'q' || key === 'Q' || key === CONTROL_C) return 'stop'
    if (key === '\r' || key === '\n' || key === ' ') return 'next'
  }
  return undefined
}
