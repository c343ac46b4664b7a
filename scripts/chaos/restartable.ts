/** A program of Parley that is killed, stopped and started again: the same arguments and data, one process at a time. */
import { fileURLToPath } from 'node:url'
import { eventFrom } from '../../src/chat/wire/events.ts'
import { ChildProgram, type ProgramEnd } from '../../src/cli/system/child-program.ts'
import type { ChatEvent } from '../../src/chat/model.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Without the settings of the user, and limited to the loopback interface. */
const ENV = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', PARLEY_INTERFACE: 'lo' }

/** One process, from its start to its end. Times are Unix time in milliseconds. */
export interface Life {
  readonly startedAt: number
  /** Undefined while it runs. */
  endedAt: number | undefined
  end: ProgramEnd | undefined
  /** What it printed to standard output ... */
  readonly events: ChatEvent[]
  /** ... and when that arrived here. */
  readonly times: number[]
  /** Lines of standard output that are no events; the last may be incomplete. */
  readonly otherLines: string[]
  errors: string
}

export interface RestartableOptions {
  /** A command that starts it, with its arguments, such as `prlimit --nofile=64`. */
  readonly under?: readonly string[]
}

export class Restartable {
  readonly name: string
  readonly lives: Life[] = []
  readonly #args: readonly string[]
  readonly #under: readonly string[]
  #running: { readonly program: ChildProgram; readonly ended: Promise<Life> } | undefined

  constructor(name: string, args: readonly string[], { under = [] }: RestartableOptions = {}) {
    this.name = name
    this.#args = args
    this.#under = under
  }

  get isUp(): boolean {
    return this.#running !== undefined
  }

  /** The process that runs, or the last one. */
  get life(): Life {
    const life = this.lives.at(-1)
    if (life === undefined) throw new Error(`${this.name} was never started`)
    return life
  }

  /** The events of all its lives. */
  get events(): ChatEvent[] {
    return this.lives.flatMap(({ events }) => events)
  }

  /** Starts a process; `more` are arguments beside its own. */
  start(...more: readonly string[]): Life {
    if (this.#running !== undefined) throw new Error(`${this.name} runs already`)
    const life: Life = {
      startedAt: Date.now(),
      endedAt: undefined,
      end: undefined,
      events: [],
      times: [],
      otherLines: [],
      errors: '',
    }
    const command = [...this.#under, process.execPath, MAIN, ...this.#args, ...more]
    const program = new ChildProgram(command[0] ?? '', command.slice(1), {
      name: this.name,
      env: ENV,
      onLine: (line, stream) => {
        if (stream === 'err') life.errors += `${line}\n`
        else take(line, life)
      },
    })
    const ended = program.ended.then((end) => {
      life.endedAt = Date.now()
      life.end = end
      this.#running = undefined
      return life
    })
    this.#running = { program, ended }
    this.lives.push(life)
    return life
  }

  /** Types a line, if the program runs. */
  type(line: string): void {
    this.#running?.program.enter(line)
  }

  endInput(): void {
    this.#running?.program.endInput()
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.program.signal(signal)
  }

  /** Resolves when no process runs and all its output has arrived. */
  async ended(): Promise<Life> {
    return (await this.#running?.ended) ?? this.life
  }

  /** SIGKILL, whatever state the process is in. */
  async kill(): Promise<Life> {
    this.signal('SIGKILL')
    return this.ended()
  }
}

function take(line: string, life: Life): void {
  const event = eventFrom(line)
  if (event === undefined) {
    life.otherLines.push(line)
    return
  }
  life.events.push(event)
  life.times.push(Date.now())
}
