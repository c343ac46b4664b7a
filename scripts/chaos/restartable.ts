/** A program of Parley's that is killed, stopped and started again: the same arguments and data, one process after the other. */
import { eventFrom } from '../../src/chat/wire/events.ts'
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChatEvent } from '../../src/chat/model.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Nothing of whoever runs it: no colours, no name, no settings, no other network than this machine. */
const ENV = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', PARLEY_INTERFACE: 'lo' }

/** One process, from its start to its end. Times are Unix time in milliseconds. */
export interface Life {
  readonly startedAt: number
  /** Undefined while it runs. */
  endedAt: number | undefined
  /** The exit status, or the signal that ended it. */
  end: number | NodeJS.Signals | undefined
  /** What it printed to standard output ... */
  readonly events: ChatEvent[]
  /** ... and when that came here. */
  readonly times: number[]
  /** Lines of standard output that are no events; the last may be half a one. */
  readonly otherLines: string[]
  errors: string
}

interface Running {
  readonly life: Life
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Life>
}

export interface RestartableOptions {
  /** Who starts it, such as `prlimit --nofile=64`: a command and its arguments. */
  readonly under?: readonly string[]
}

export class Restartable {
  readonly name: string
  readonly lives: Life[] = []
  readonly #args: readonly string[]
  readonly #under: readonly string[]
  #running: Running | undefined

  constructor(name: string, args: readonly string[], { under = [] }: RestartableOptions = {}) {
    this.name = name
    this.#args = args
    this.#under = under
  }

  get isUp(): boolean {
    return this.#running !== undefined
  }

  /** The process that runs, or the last that did. */
  get life(): Life {
    const life = this.lives.at(-1)
    if (life === undefined) throw new Error(`${this.name} was never started`)
    return life
  }

  /** What it printed in all its lives. */
  get events(): ChatEvent[] {
    return this.lives.flatMap(({ events }) => events)
  }

  /** Starts it, with these arguments beside its own. */
  start(...more: readonly string[]): Life {
    if (this.#running !== undefined) throw new Error(`${this.name} runs already`)
    const [command = process.execPath, ...rest] = [
      ...this.#under,
      process.execPath,
      MAIN,
      ...this.#args,
      ...more,
    ]
    const child = spawn(command, rest, { env: ENV })
    const life: Life = {
      startedAt: Date.now(),
      endedAt: undefined,
      end: undefined,
      events: [],
      times: [],
      otherLines: [],
      errors: '',
    }
    child.stdin.on('error', () => undefined)
    child.stderr.setEncoding('utf8').on('data', (text: string) => (life.errors += text))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = eventFrom(line)
      if (event === undefined) {
        life.otherLines.push(line)
        return
      }
      life.events.push(event)
      life.times.push(Date.now())
    })
    const ended = new Promise<Life>((resolve) => {
      child.on('close', (status, signal) => {
        life.endedAt = Date.now()
        life.end = status ?? signal ?? undefined
        this.#running = undefined
        resolve(life)
      })
    })
    this.#running = { life, child, ended }
    this.lives.push(life)
    return life
  }

  /** Types a line, if somebody is there to read it. */
  type(line: string): void {
    this.#running?.child.stdin.write(`${line}\n`)
  }

  endInput(): void {
    this.#running?.child.stdin.end()
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.child.kill(signal)
  }

  /** Resolves when it runs no more, and everything it printed is here. */
  async ended(): Promise<Life> {
    return (await this.#running?.ended) ?? this.life
  }

  /** SIGKILL, whatever state it is in. */
  async kill(): Promise<Life> {
    this.signal('SIGKILL')
    return this.ended()
  }
}
