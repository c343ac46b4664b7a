/** A host of scripts/lan/lab.sh and the peers on it: processes of the built program, watched by the events that they print. */
import { execFileSync, spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Happened {
  readonly kind: string
  readonly [field: string]: unknown
}

/** An event of a peer, and when it arrived: performance.now(). */
export interface Noted {
  readonly at: number
  readonly event: Happened
}

/** The built program. */
export const PARLEY = new URL('../../dist/cli/main.js', import.meta.url).pathname

export class Program {
  readonly name: string
  readonly events: Noted[] = []
  readonly startedAt = performance.now()
  readonly #process: ChildProcessWithoutNullStreams
  #stderr = ''
  /** Resolves to the exit status or the signal. */
  readonly ended: Promise<number | string>

  constructor(host: number, name: string, args: readonly string[]) {
    this.name = name
    const command = ['netns', 'exec', `h${host}`, process.execPath, PARLEY, ...args]
    this.#process = spawn('ip', command, { stdio: 'pipe' })
    this.ended = new Promise((resolve) => {
      this.#process.once('exit', (status, signal) => {
        resolve(status ?? signal ?? 0)
      })
    })
    this.#process.stderr.on('data', (text: Buffer) => (this.#stderr += text.toString()))
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.events.push({ at: performance.now(), event: asEvent(line) })
    })
  }

  write(line: string): void {
    this.#process.stdin.write(`${line}\n`)
  }

  endInput(): void {
    this.#process.stdin.end()
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  get stderr(): string {
    return this.#stderr
  }

  /** The first event that fits since `from`; rejects if none comes within `ms`. */
  async until(what: (event: Happened) => boolean, ms: number, from = 0): Promise<Noted> {
    const late = performance.now() + ms
    for (;;) {
      const found = this.events.find(({ at, event }) => at >= from && what(event))
      if (found !== undefined) return found
      if (performance.now() > late) throw new Error(`${this.name} did not report it within ${ms} ms`)
      await sleep(5)
    }
  }

  async sees(other: string, ms: number, from = 0): Promise<number> {
    const { at } = await this.until(
      (event) => event.kind === 'joined' && nameIn(event['peer']) === other,
      ms,
      from,
    )
    return at
  }

  async loses(other: string, ms: number, from = 0): Promise<number> {
    const { at } = await this.until(
      (event) => event.kind === 'parted' && nameIn(event['peer']) === other,
      ms,
      from,
    )
    return at
  }

  async hears(text: string, ms: number): Promise<number> {
    const { at } = await this.until((event) => textIn(event) === text, ms)
    return at
  }

  /** The texts of other peers, in the order in which they were shown. */
  get texts(): string[] {
    return this.events.filter(({ event }) => event['own'] === false).map(({ event }) => textIn(event) ?? '')
  }
}

export function peer(host: number, name: string, ...args: string[]): Program {
  return new Program(host, name, ['peer', '--json', '--name', name, '--timeout', '600', ...args])
}

/** Runs a command in the lab, such as one that takes a link down. */
export function shell(command: string): void {
  execFileSync('bash', ['-c', command], { stdio: 'pipe' })
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function asEvent(line: string): Happened {
  try {
    return JSON.parse(line) as Happened
  } catch {
    return { kind: 'text', text: line }
  }
}

function nameIn(value: unknown): string {
  return (value as { name?: string } | undefined)?.name ?? ''
}

function textIn(event: Happened): string | undefined {
  return event.kind === 'message' ? (event['message'] as { text: string }).text : undefined
}

/** Starts a program on a host; `tracker` is no peer. */
export type Start = (host: number, name: string, ...args: string[]) => Program

/** Waits for a peer of this name. */
export async function seesAny(program: Program, other: string): Promise<void> {
  await program.until((event) => JSON.stringify(event).includes(`"name":"${other}"`), 5_000)
}

/** What a command in the lab prints. */
export function output(command: string): string {
  return spawnSync('bash', ['-c', command], { encoding: 'utf8' }).stdout
}
