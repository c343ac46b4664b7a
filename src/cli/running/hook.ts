/**
 * A shell command that runs for each message.
 *
 * Invariant: one command runs at a time, in the order of the messages. A message reaches it as JSON on standard input and
 * in variables, never as part of the command.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { shellCall } from './hook-shell.ts'
import { endTree } from './process-tree.ts'

/** A message for the command. */
export interface HookMessage {
  readonly id: string
  /** What the sender is called here. */
  readonly from: string
  /** Its key; `ip:port`, or the user id on the LAN, of a program without one. */
  readonly fromId: string
  /** A channel, or `@` and the id of the sender of a direct message. */
  readonly conversation: string
  readonly text: string
  /** The whole message as one line of JSON. */
  readonly json: string
}

export interface HookOptions {
  readonly command: string
  /** The directory of the peer, through which `parley send` in a command sends. Undefined: it has none. */
  readonly directory?: string | undefined
  /** Gets errors, a sentence each. */
  readonly onProblem: (sentence: string) => void
  /** Gets the output of commands; by default it goes where the output of this program goes. */
  readonly onOutput?: (text: string) => void
  /** Default: that of this machine. */
  readonly platform?: NodeJS.Platform
}

/** Messages that wait for their turn; further ones are skipped. */
const MAX_WAITING = 1_000
/** Characters kept of the output of one command. */
const MAX_OUTPUT = 16 * 1024
/** How long to wait for output after the end of a command, in milliseconds. */
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

  /** Runs the command for this message after those before it. */
  push(message: HookMessage): void {
    if (this.#isClosed) return
    if (this.#waiting.length >= MAX_WAITING) {
      if (this.#skipped === 0)
        this.#report(`it is too slow: more than ${MAX_WAITING} messages wait, and some are skipped`)
      this.#skipped++
      return
    }
    this.#waiting.push(message)
    if (this.#running === undefined) this.#next()
  }

  /** Resolves when one more message can wait, or when the hook is closed. */
  async room(): Promise<void> {
    if (this.#isClosed || this.#waiting.length < MAX_WAITING) return
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve
    })
  }

  /** Resolves when no message waits and no command runs, after `ms` at the latest. */
  async idle(ms: number): Promise<void> {
    if (this.#running === undefined) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
  }

  /** Ends the running command and its descendants, and drops waiting messages. Idempotent. */
  async close(): Promise<void> {
    const { platform = process.platform } = this.#options
    this.#isClosed = true
    if (this.#waiting.length > 0)
      this.#report(`it was not run for ${this.#waiting.length} messages that waited`)
    this.#waiting.length = 0
    this.#onRoom()
    if (this.#running !== undefined) await endTree(this.#running, platform)
  }

  #next(): void {
    const message = this.#waiting.shift()
    this.#onRoom()
    if (message === undefined) {
      if (this.#skipped > 0) this.#report(`it was not run for ${this.#skipped} messages`)
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
    // The command need not read its standard input.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(`${message.json}\n`)
    let ended = false
    const end = (problem: string | undefined): void => {
      if (ended) return
      ended = true
      this.#running = undefined
      if (printed.text !== '') onOutput?.(printed.text)
      if (problem !== undefined && !this.#isClosed)
        this.#report(`${problem}, for a message of ${sanitizeLine(message.from)}`)
      this.#next()
    }
    child.on('error', (error) => {
      end(`it could not be run: ${error.message}`)
    })
    child.on('exit', (status, signal) => {
      const problem = status === 0 ? undefined : `it ended with ${signal ?? `status ${String(status)}`}`
      // A descendant may keep the output open for ever.
      const late = setTimeout(end, LAST_OUTPUT, problem)
      child.on('close', () => {
        clearTimeout(late)
        end(problem)
      })
    })
  }

  #report(sentence: string): void {
    this.#options.onProblem(`--exec ${this.#options.command}: ${sentence}`)
  }
}

/** The output of a command, up to a limit. */
class Printed {
  text = ''

  constructor({ stdout, stderr }: ChildProcess) {
    for (const stream of [stdout, stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.text = (this.text + text).slice(0, MAX_OUTPUT)
      })
  }
}

/** The environment of this program, without the variables that would make `parley tail` in the command run it, too. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PARLEY_EXEC: undefined, PARLEY_EXEC_BACKLOG: undefined }
}

/** Variables cannot hold NUL, so it is removed. */
function variablesOf(
  { id, from, fromId, conversation, text }: HookMessage,
  directory: string | undefined,
): NodeJS.ProcessEnv {
  const withoutNul = (value: string): string => value.replaceAll('\0', '')
  return {
    PARLEY_ID: withoutNul(id),
    PARLEY_FROM: withoutNul(from),
    PARLEY_FROM_ID: withoutNul(fromId),
    PARLEY_CHANNEL: withoutNul(conversation.startsWith('@') ? conversation : `#${conversation}`),
    PARLEY_TEXT: withoutNul(text),
    PARLEY_DATA: directory ?? process.env['PARLEY_DATA'],
  }
}
