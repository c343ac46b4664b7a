/**
 * Functions of a benchmark that run in a process of its own: `call(fn, …)` calls the exported function of that name in
 * the other process. Arguments and results are copied (structured clone); the module keeps its variables between calls.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { relative, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, Call } from './remote-main.ts'

/** Names a directory for a CPU profile of each process; none is made without it. */
export const PROFILES = 'PARLEY_BENCH_PROFILES'
/** Names the folder with the compiled benchmarks: what users run is measured, without a loader. */
export const COMPILED = 'PARLEY_BENCH_COMPILED'

const SCRIPTS = fileURLToPath(new URL('../..', import.meta.url))

export interface RemoteOptions {
  /** A command that starts it, with its arguments, such as `ip netns exec h1`. */
  readonly under?: readonly string[]
}

let processes = 0

export class RemoteProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, (answer: Answer) => void>()
  readonly #ended: Promise<void>
  #calls = 0

  /** `module`: the URL of a file in scripts/. */
  constructor(module: string, { under = [] }: RemoteOptions = {}) {
    const path = compiledPath(fileURLToPath(module))
    const main = compiledPath(fileURLToPath(new URL('remote-main.ts', import.meta.url)))
    const node = [process.execPath, ...profiling(path), main, path]
    const [command = '', ...args] = [...under, ...node]
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    this.#child.on('message', (answer: Answer) => {
      this.#pending.get(answer.id)?.(answer)
      this.#pending.delete(answer.id)
    })
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code) => {
        const error = `a process of the benchmark ended with ${code ?? 'a signal'}`
        for (const [id, settle] of this.#pending) settle({ id, error })
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Rejects with the error of the function, or when the process ends before. */
  call<Args extends unknown[], Result>(
    task: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    const id = this.#calls++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, (answer) => {
        if ('error' in answer) reject(new Error(answer.error))
        else resolve(answer.value as Awaited<Result>)
      })
      this.#child.send({ id, name: task.name, args } satisfies Call, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  /** The process exits when its parent disconnects. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#ended
  }
}

function compiledPath(path: string): string {
  const folder = process.env[COMPILED]
  if (folder === undefined) throw new Error(`${COMPILED} is not set: start benchmarks by npm run bench`)
  return join(folder, 'scripts', relative(SCRIPTS, path)).replace(/\.ts$/, '.js')
}

function profiling(path: string): string[] {
  const folder = process.env[PROFILES]
  if (folder === undefined) return []
  const name = path.replace(/^.*\//, '').replace(/\.js$/, '')
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}-${++processes}.cpuprofile`]
}
