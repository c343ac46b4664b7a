/**
 * A program in a process of its own: what is typed into it, what it prints, how it ends.
 *
 * Waiting is driven by output: a wait looks again after each piece of output and once more at the end. `end` is set only
 * after all output has arrived, so a program that has ended has printed everything it ever will.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The exit status, or the signal that ended the program. */
export type ProgramEnd = number | NodeJS.Signals

export interface ChildProgramOptions {
  /** How error messages call it; the command and its arguments by default. */
  readonly name?: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Runs in a process group of its own; signals go to the whole group. */
  readonly isGroup?: boolean
  /** Called with each complete line of output. */
  readonly onLine?: (line: string, stream: 'out' | 'err') => void
  /** Ends every wait with its reason. */
  readonly signal?: AbortSignal
}

/** Something did not happen: in time, or before the program ended. */
export class ChildProgramError extends Error {
  override readonly name = 'ChildProgramError'
  /** Everything the program has printed. */
  readonly output: string

  constructor(message: string, output: string) {
    super(message)
    this.output = output
  }
}

interface Wait {
  readonly check: () => void
  readonly fail: (error: Error) => void
}

/** Default patience, for what takes milliseconds on an idle machine. */
const PATIENCE = 30_000

export class ChildProgram {
  readonly name: string
  out = ''
  err = ''
  /** Both, in the order of arrival. */
  all = ''
  /** Undefined while the program runs. */
  end: ProgramEnd | undefined
  readonly ended: Promise<ProgramEnd>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #isGroup: boolean
  readonly #signal: AbortSignal | undefined
  readonly #waits = new Set<Wait>()

  /** Starts the program. A command that cannot be started ends with status -1 and the reason on `err`. */
  constructor(command: string, args: readonly string[], options: ChildProgramOptions = {}) {
    const { env, cwd, isGroup = false, onLine, signal } = options
    this.name = options.name ?? [command, ...args].join(' ')
    this.#isGroup = isGroup
    this.#signal = signal
    signal?.addEventListener('abort', () => {
      for (const { fail } of [...this.#waits]) fail(signal.reason as Error)
    })
    this.#child = spawn(command, args, { env, cwd, detached: isGroup })
    // Input that the program no longer reads is lost; its end says so.
    this.#child.stdin.on('error', () => undefined)
    for (const stream of ['out', 'err'] as const) {
      const output = this.#child[stream === 'out' ? 'stdout' : 'stderr']
      if (onLine !== undefined)
        createInterface({ input: output }).on('line', (line) => {
          onLine(line, stream)
        })
      output.setEncoding('utf8').on('data', (text: string) => {
        this[stream] += text
        this.all += text
        this.#lookAgain()
      })
    }
    this.ended = new Promise((resolve) => {
      const finish = (end: ProgramEnd): void => {
        this.end ??= end
        resolve(this.end)
        this.#lookAgain()
      }
      this.#child.on('error', ({ message }) => {
        this.err += `${message}\n`
        if (this.#child.pid === undefined) finish(-1)
      })
      this.#child.on('close', (status, signal) => {
        finish(signal ?? status ?? -1)
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Types text as it is. */
  type(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Types a line. */
  enter(line: string): void {
    this.type(`${line}\n`)
  }

  endInput(): void {
    this.#child.stdin.end()
  }

  /** Stops reading what the program prints, as `head` does. */
  closeOutput(): void {
    this.#child.stdout.destroy()
  }

  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (!this.#isGroup || pid === undefined) {
      this.#child.kill(signal)
      return
    }
    try {
      process.kill(-pid, signal)
    } catch {
      // The whole group has ended.
    }
  }

  /** Forgets what was printed so far. */
  forget(): void {
    this.out = this.err = this.all = ''
  }

  /**
   * The first answer of `look` that is not undefined: now, after a piece of output, or at the end. Rejects with
   * ChildProgramError, or with the reason of the AbortSignal.
   */
  until<Found>(what: string, ms: number, look: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(deadline)
        this.#waits.delete(wait)
      }
      const fail = (error: Error): void => {
        settle()
        reject(error)
      }
      const missed = (why: string): void => {
        fail(new ChildProgramError(`${this.name}: no ${what} (${why})`, this.all))
      }
      const check = (): void => {
        const found = look()
        if (found !== undefined) {
          settle()
          resolve(found)
        } else if (this.end !== undefined) missed(`it has ${endingOf(this.end)}`)
      }
      const deadline = setTimeout(() => {
        missed(`waited for ${ms / 1000} s`)
      }, ms)
      const wait = { check, fail }
      this.#waits.add(wait)
      if (this.#signal?.aborted === true) fail(this.#signal.reason as Error)
      else check()
    })
  }

  /** The match in everything printed so far or within `ms`. Rejects as until() does. */
  prints(pattern: string | RegExp, ms = PATIENCE): Promise<RegExpExecArray> {
    const expression = typeof pattern === 'string' ? new RegExp(escaped(pattern)) : pattern
    return this.until(String(pattern), ms, () => expression.exec(this.all) ?? undefined)
  }

  /** How it ended. Rejects when it still runs after `ms`. */
  ends(ms = PATIENCE): Promise<ProgramEnd> {
    return this.until('end', ms, () => this.end)
  }

  #lookAgain(): void {
    for (const { check } of [...this.#waits]) check()
  }
}

/** `ended with status 2`, `ended by SIGKILL`. */
export function endingOf(end: ProgramEnd): string {
  return typeof end === 'number' ? `ended with status ${end}` : `ended by ${end}`
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
