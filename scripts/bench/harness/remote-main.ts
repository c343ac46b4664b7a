/** The other process of remote.ts: calls functions of the module that its argument names, and ends with its parent. */

export interface Call {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

export type Answer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

const loading = import(process.argv[2] ?? '') as Promise<Functions>

async function answer({ id, name, args }: Call): Promise<Answer> {
  try {
    const task = (await loading)[name]
    if (task === undefined) throw new Error(`${name}() is not exported`)
    return { id, value: await task(...args) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

process.on('message', (call: Call) => {
  void answer(call).then((result) => process.send?.(result, undefined, undefined, () => undefined))
})
process.once('disconnect', () => {
  process.exit()
})
