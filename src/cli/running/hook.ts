/**
 * A command that is run in a shell for each message, one at a time and in their order. What was said reaches it as
 * values, never as part of the command: as JSON on its standard input, and in variables.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { shellCall } from './hook-shell.ts'
import { endTree } from './process-tree.ts'

/** What a command is told. */
export interface HookMessage {
  readonly id: string
  readonly from: string
  /** A channel, or `@` and the address of whom a direct message is from. */
  readonly conversation: string
  readonly text: string
  /** All there is, as one line of JSON. */
  readonly json: string
}

export interface HookOptions {
  readonly command: string
  /** The directory of the peer: `parley send` in a command speaks through it. Undefined: it has none. */
  readonly directory?: string | undefined
  /** Told in a sentence what went wrong. */
  readonly onProblem: (sentence: string) => void
  /** Gets what commands print; without, they print where we do. */
  readonly onOutput?: (text: string) => void
  /** That of this machine, when none is given. */
  readonly platform?: NodeJS.Platform
}

/** Messages that wait for their turn; one more is skipped. */
const MOST_WAITING = 1_000
/** Characters of what one command prints. */
const MOST_OUTPUT = 16 * 1024
/** From the end of a command until all that it printed must be here, in milliseconds. */
const LAST_OUTPUT = 200

export class Hook {
  readonly #options: HookOptions
  readonly #waiting: HookMessage[] = []
  #running: ChildProcess | undefined
  #skipped = 0
  #isClosed = false
  #onRoom: () => void = () => undefined
  #onIdle: () => void = () => undefined

  constructor(options: HookOptions) {
    this.#options = options
  }

  /** Runs the command for this message when it is done with those before. */
  push(message: HookMessage): void {
    if (this.#isClosed) return
    if (this.#waiting.length >= MOST_WAITING) {
      if (this.#skipped === 0)
        this.#tell(`it is too slow: more than ${MOST_WAITING} messages wait, and some are skipped`)
      this.#skipped++
      return
    }
    this.#waiting.push(message)
    if (this.#running === undefined) this.#next()
  }

  /** Resolves when one more message can wait, or when nothing is run any more. */
  async room(): Promise<void> {
    if (this.#isClosed || this.#waiting.length < MOST_WAITING) return
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve
    })
  }

  /** Resolves when no message waits and no command runs, at the latest in `ms`. */
  async idle(ms: number): Promise<void> {
    if (this.#running === undefined) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
  }

  /** Ends the command that runs with all that it has started, and runs none for what waits. Idempotent. */
  async close(): Promise<void> {
    const { platform = process.platform } = this.#options
    this.#isClosed = true
    if (this.#waiting.length > 0)
      this.#tell(`it was not run for ${this.#waiting.length} messages that waited`)
    this.#waiting.length = 0
    this.#onRoom()
    if (this.#running !== undefined) await endTree(this.#running, platform)
  }

  #next(): void {
    const message = this.#waiting.shift()
    this.#onRoom()
    if (message === undefined) {
      if (this.#skipped > 0) this.#tell(`it was not run for ${this.#skipped} messages`)
      this.#skipped = 0
      this.#onIdle()
      return
    }
    const { command, directory, onOutput, platform = process.platform } = this.#options
    const { file, args, options } = shellCall(command, platform, process.env)
    const child = spawn(file, args, {
      ...options,
      env: { ...environment(), ...variablesOf(message, directory) },
      stdio: onOutput === undefined ? ['pipe', 'inherit', 'inherit'] : 'pipe',
    })
    this.#running = child
    const printed = new Printed(child)
    // It need not read what it is told.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(`${message.json}\n`)
    let ended = false
    const end = (problem: string | undefined): void => {
      if (ended) return
      ended = true
      this.#running = undefined
      if (printed.text !== '') onOutput?.(printed.text)
      if (problem !== undefined && !this.#isClosed)
        this.#tell(`${problem}, for a message of ${sanitizeLine(message.from)}`)
      this.#next()
    }
    child.on('error', (error) => {
      end(`it could not be run: ${error.message}`)
    })
    child.on('exit', (status, signal) => {
      const problem = status === 0 ? undefined : `it ended with ${signal ?? `status ${String(status)}`}`
      // What it has left running may keep its output open for ever.
      const late = setTimeout(end, LAST_OUTPUT, problem)
      child.on('close', () => {
        clearTimeout(late)
        end(problem)
      })
    })
  }

  #tell(sentence: string): void {
    this.#options.onProblem(`--exec ${this.#options.command}: ${sentence}`)
  }
}

/** What a command prints, up to a limit. */
class Printed {
  text = ''

  constructor({ stdout, stderr }: ChildProcess) {
    for (const stream of [stdout, stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.text = (this.text + text).slice(0, MOST_OUTPUT)
      })
  }
}

/** Ours, but for what would make a `parley tail` in the command run it, too. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PARLEY_EXEC: undefined, PARLEY_EXEC_BACKLOG: undefined }
}

/** Whatever was said fits into the environment: that has no NUL. */
function variablesOf(
  { id, from, conversation, text }: HookMessage,
  directory: string | undefined,
): Record<string, string> {
  const values = {
    PARLEY_ID: id,
    PARLEY_FROM: from,
    PARLEY_CHANNEL: conversation.startsWith('@') ? conversation : `#${conversation}`,
    PARLEY_TEXT: text,
    ...(directory === undefined ? {} : { PARLEY_DATA: directory }),
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replaceAll('\0', '')]))
}
