/** The other processes of a benchmark: started, heard, ended. */
import { fork, type ChildProcess } from 'node:child_process'

/** The variable that names a directory for a CPU profile of each child; without it none is made. */
export const PROFILES = 'PARLEY_BENCH_PROFILES'
let children = 0

/** One of the files beside this, by its name, with flags of Node. */
export function child(name: string, { args = [], flags = [] }: Extra = {}): ChildProcess {
  const profiles = process.env[PROFILES]
  const title = [name, ...args, ++children].join('-')
  const profiling =
    profiles === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${title}.cpuprofile`]
  return fork(new URL(`${name}.js`, import.meta.url), [...args], { execArgv: [...flags, ...profiling] })
}

interface Extra {
  readonly args?: readonly string[]
  readonly flags?: readonly string[]
}

/** The next message of this kind. Rejects when the process ends before. */
export function report<Message extends { readonly kind: string }, Kind extends Message['kind']>(
  from: ChildProcess,
  kind: Kind,
): Promise<Extract<Message, { readonly kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      from.off('message', onMessage)
      from.off('exit', onExit)
    }
    const onExit = (code: number | null): void => {
      stop()
      reject(new Error(`a child of the benchmark ended with ${code ?? 'a signal'}`))
    }
    const onMessage = (message: Message): void => {
      if (message.kind !== kind) return
      stop()
      resolve(message as Extract<Message, { readonly kind: Kind }>)
    }
    from.on('message', onMessage)
    from.once('exit', onExit)
  })
}

/** What a child is told, and what it tells. */
interface Talk {
  readonly order: object
  readonly report: { readonly kind: string }
}

/** Gives a child an order, and resolves to its next report of this kind. */
export function asking<Of extends Talk>() {
  return async <Kind extends Of['report']['kind']>(
    of: ChildProcess,
    order: Of['order'],
    kind: Kind,
  ): Promise<Extract<Of['report'], { readonly kind: Kind }>> => {
    const answer = report<Of['report'], Kind>(of, kind)
    of.send(order)
    return answer
  }
}

/** Resolves when it has ended: it does when nobody is connected to it any more. */
export function end(process: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (process.exitCode !== null) {
      resolve()
      return
    }
    process.once('exit', () => {
      resolve()
    })
    if (process.connected) process.disconnect()
  })
}
