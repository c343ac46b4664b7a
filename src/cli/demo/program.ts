/** One process on a stage: this program once more, driven through its standard input as somebody would do it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { eventFrom } from '../../chat/wire/events.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { Interrupted, ExpectationError, type Line } from './model.ts'
import type { ParticipantFilter } from './participant-filter.ts'

export interface ProgramOptions {
  readonly name: string
  readonly port: number
  /** Sub-command and flags. */
  readonly args: readonly string[]
  /** Where it may write. */
  readonly directory: string
  /** What others than these say is not heard. */
  readonly company: ParticipantFilter
}

interface Waiter {
  readonly look: () => void
  readonly fail: (reason: string) => void
}

/** A tracker reads no input. With this it ends with its input, as peers do: whoever started it is gone then. */
const ENDS_WITH_INPUT = 'data:text/javascript,process.stdin.once("end",()=>process.exit()).resume().unref()'

/** Milliseconds, of a clock that never jumps. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export class Program {
  readonly name: string
  readonly port: number
  readonly lines: Line[] = []
  /** From which line on something is looked for. */
  mark = 0
  /** Resolves when it has ended and all that it said is here. */
  readonly ended: Promise<void>
  /** How it ended, in words; undefined while it runs. */
  ending: string | undefined
  /** Its exit status; undefined while it runs, and after a signal. */
  status: number | undefined
  readonly #child: ChildProcessWithoutNullStreams
  #isAbandoned = false
  readonly #waiters = new Set<Waiter>()

  /** Started at once. */
  constructor({ name, port, args, directory, company }: ProgramOptions) {
    const child = spawn(process.execPath, [...process.execArgv, ...programArgs(args)], {
      env: cleanEnvironment(directory),
    })
    this.name = name
    this.port = port
    this.#child = child
    // Whoever has ended reads no more: that is said by its ending.
    child.stdin.on('error', () => undefined)
    const outputs = [linesOf(child.stdout), linesOf(child.stderr)]
    for (const output of outputs) {
      output.on('line', (text) => {
        const line = lineFrom(text, now(), company)
        if (line !== undefined) this.#add(line)
      })
    }
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#end(`could not be started: ${error.message}`)
        resolve()
      })
      child.on('close', (status, killedBy) => {
        this.status = status ?? undefined
        this.#end(killedBy === null ? `ended with status ${status ?? '?'}` : `ended by ${killedBy}`)
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** What it said in this act. */
  get recent(): readonly Line[] {
    return this.lines.slice(this.mark)
  }

  /** Types a line; returns when that was. */
  type(text: string): number {
    const at = now()
    this.#child.stdin.write(`${text}\n`)
    this.lines.push({ at, kind: 'typed', text })
    return at
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /**
   * The first thing found in what it said in this act (or since line `from`), now or within `ms` milliseconds. Rejects
   * with Missed when the time is up or it has ended, with Interrupted when it is abandoned.
   */
  waitFor<Found>(
    what: string,
    ms: number,
    find: (line: Line) => Found | undefined,
    from = this.mark,
  ): Promise<Found> {
    let next = from
    return this.#until(what, ms, () => {
      for (const line of this.lines.slice(next)) {
        next++
        const found = find(line)
        if (found !== undefined) return found
      }
      return undefined
    })
  }

  /** Resolves to the exit status, undefined after a signal. Rejects as waitFor() does. */
  async ends(ms: number): Promise<number | undefined> {
    await this.#until('end', ms, () => this.ending)
    return this.status
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.#isAbandoned = true
    for (const { fail } of [...this.#waiters]) fail('interrupted')
  }

  /** Looks now, after each line, and at the end. */
  #until<Found>(what: string, ms: number, look: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(deadline)
        this.#waiters.delete(waiter)
      }
      const waiter: Waiter = {
        look: () => {
          const found = look()
          if (found === undefined) return
          finish()
          resolve(found)
        },
        fail: (reason) => {
          finish()
          const missed = new ExpectationError(`${this.name}: no ${what} (${reason})`)
          reject(this.#isAbandoned ? new Interrupted(reason) : missed)
        },
      }
      const deadline = setTimeout(() => {
        waiter.fail(`waited for ${ms / 1000} s`)
      }, ms)
      this.#waiters.add(waiter)
      waiter.look()
      if (!this.#waiters.has(waiter)) return
      if (this.#isAbandoned || this.ending !== undefined)
        waiter.fail(`it has ${this.ending ?? 'been given up'}`)
    })
  }

  #add(line: Line): void {
    this.lines.push(line)
    for (const { look } of [...this.#waiters]) look()
  }

  #end(how: string): void {
    if (this.ending !== undefined) return
    this.ending = how
    for (const { look } of [...this.#waiters]) look()
    for (const { fail } of [...this.#waiters]) fail(`it has ${how}`)
  }
}

function linesOf(input: NodeJS.ReadableStream): Interface {
  return createInterface({ input })
}

function lineFrom(text: string, at: number, company: ParticipantFilter): Line | undefined {
  const event = eventFrom(text)
  if (event === undefined) return { at, kind: 'printed', text }
  const ours = company.only(event)
  return ours === undefined ? undefined : { at, kind: 'event', event: ours }
}

/** What this process was started as, with another command. */
function programArgs(args: readonly string[]): string[] {
  const [, main] = process.argv
  if (main === undefined)
    throw new ExitError(
      EXIT.failure,
      'this program does not know from which file it was started: run it as `parley`',
    )
  const extra = args[0] === 'tracker' ? ['--import', ENDS_WITH_INPUT] : []
  return [...extra, main, ...args]
}

/** Without the settings of whoever watches; nothing leaves this machine. */
function cleanEnvironment(directory: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:PARLEY_|FORCE_COLOR$)/.test(name))
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    PARLEY_INTERFACE: 'lo',
    XDG_CONFIG_HOME: directory,
    XDG_DATA_HOME: directory,
  }
}
