/** The other processes of a benchmark: started, heard, ended. */
import { fork, type ChildProcess } from 'node:child_process'

/** One of the files beside this, by its name. */
export function child(name: string): ChildProcess {
  return fork(new URL(`${name}.ts`, import.meta.url), { execArgv: ['--import', 'tsx'] })
}

/** The next message of this kind. Rejects when the process ends before. */
export function report<Message extends { readonly kind: string }, Kind extends Message['kind']>(
  from: ChildProcess,
  kind: Kind,
): Promise<Extract<Message, { readonly kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`a child of the benchmark ended with ${code ?? 'a signal'}`))
    }
    const onMessage = (message: Message): void => {
      if (message.kind !== kind) return
      from.off('message', onMessage)
      from.off('exit', onExit)
      resolve(message as Extract<Message, { readonly kind: Kind }>)
    }
    from.on('message', onMessage)
    from.once('exit', onExit)
  })
}

/** Resolves when it has ended: it does when nobody is connected to it any more. */
export function end(process: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    process.once('exit', () => {
      resolve()
    })
    process.disconnect()
  })
}
