/**
 * The commands of one document, carried out as somebody at a terminal would: one after the other in a folder that looks
 * like a clone that is built, with a home of its own. The ports and addresses that the document names are others here,
 * of 127.0.0.1; a program that goes on by itself goes on beside the next commands.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { compiled } from '../../scripts/bench/compiled.ts'
import { freePort } from '../../scripts/free-port.ts'
import { ROOT } from './documents.ts'

/** How long a command may take that should take a moment, in milliseconds. */
const PATIENCE = 20_000
/** SIGTERM is answered within this time. */
const ORDERLY = 5_000

/** A chat, a tracker and a reader of what is said go on until they are ended. */
const LASTING = /^parley(?: *$| +-| +(?:peer|web|lan|tracker|tail)\b)/

export interface Outcome {
  /** The exit status; undefined: it goes on. */
  readonly status: number | undefined
  readonly out: string
  readonly err: string
}

export class DocumentSession {
  readonly #folder = mkdtempSync(join(tmpdir(), 'parley-docs-'))
  readonly #env: NodeJS.ProcessEnv
  readonly #ports = new Map<string, Promise<number>>()
  readonly #running: Lasting[] = []
  #trackers: Promise<void> = Promise.resolve()
  /** Assignments to variables of the shell. */
  readonly #variables: string[] = []

  private constructor() {
    const bin = join(this.#folder, 'bin')
    this.#env = {
      PATH: [bin, join(ROOT, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
      HOME: join(this.#folder, 'home'),
      USER: 'kim',
      PARLEY_INTERFACE: 'lo',
      // Those of another document, or of another test, are none of its peers.
      PARLEY_NO_LAN: '1',
      PARLEY_NAME: 'kim',
      NO_COLOR: '1',
    }
  }

  /** `before`: commands that go on through the whole document, each with what is typed into it. */
  static async begin(
    before: readonly (readonly [command: string, typed: string])[],
  ): Promise<DocumentSession> {
    const session = new DocumentSession()
    session.#furnish()
    // A tracker is looked for where one of this document would be.
    session.#env['PARLEY_TRACKER_PORT'] = String(await session.#portFor('9001'))
    for (const [command, typed] of before) {
      const { status, out, err } = await session.run(command)
      if (status !== undefined) {
        await session.end()
        throw new Error(`${command} ended with ${status}:\n${out}${err}`)
      }
      session.#running.at(-1)?.child.stdin?.write(typed)
    }
    return session
  }

  /** Ends what still runs; resolves to a sentence for each that did not end as it should. */
  async end(): Promise<string[]> {
    const problems = await this.endLasting(0)
    rmSync(this.#folder, { recursive: true, force: true })
    return problems
  }

  /** How many programs go on. */
  get lasting(): number {
    return this.#running.length
  }

  /** Ends those that were started after the first `kept`. */
  async endLasting(kept: number): Promise<string[]> {
    const ended = await Promise.all(this.#running.splice(kept).map((each) => each.terminate()))
    return ended.filter((problem) => problem !== undefined)
  }

  async run(command: string): Promise<Outcome> {
    if (/^[A-Z_]+=/.test(command)) this.#variables.push(command)
    const here = await this.#asHere(command)
    const script = [...this.#variables, here].join('\n')
    if (!isLasting(command)) return this.#finished(script)
    if (isTracker(command)) return this.#nextTracker(command, script)
    return this.#goesOn(command, script)
  }

  /** Two trackers have one port: one after the other. */
  #nextTracker(command: string, script: string): Promise<Outcome> {
    const next = this.#trackers.then(async () => {
      const before = this.#running.find((each) => isTracker(each.command))
      if (before !== undefined) {
        this.#running.splice(this.#running.indexOf(before), 1)
        await before.terminate()
      }
      return this.#goesOn(command, script)
    })
    this.#trackers = next.then(() => undefined)
    return next
  }

  async #goesOn(command: string, script: string): Promise<Outcome> {
    const lasting = new Lasting(command, this.#spawn(script, 'pipe'))
    this.#running.push(lasting)
    await lasting.hasBegun()
    return lasting.outcome
  }

  /** With ports and addresses of this test. */
  async #asHere(command: string): Promise<string> {
    const local = command
      .replace(/\b(?:192\.168|10\.\d+)\.\d+\.\d+\b/g, '127.0.0.1')
      .replaceAll('node dist/cli/main.js', 'parley')
    const ports = new Set(local.match(/\b[89]\d{3}\b/g))
    let here = local
    for (const port of ports)
      here = here.replace(new RegExp(`\\b${port}\\b`, 'g'), String(await this.#portFor(port)))
    const isWithoutPort = isTracker(command) && !/ (?:-p|--port)\b/.test(command)
    return isWithoutPort ? `PARLEY_PORT=${await this.#portFor('9001')} ${here}` : here
  }

  #portFor(documented: string): Promise<number> {
    const port = this.#ports.get(documented) ?? freePort()
    this.#ports.set(documented, port)
    return port
  }

  async #finished(script: string): Promise<Outcome> {
    const child = this.#spawn(script, 'ignore')
    const seen = listen(child)
    const timer = setTimeout(() => {
      kill(child, 'SIGKILL')
    }, PATIENCE)
    const status = await seen.status
    clearTimeout(timer)
    return { status, out: seen.out, err: seen.err }
  }

  #spawn(script: string, stdin: 'pipe' | 'ignore'): ChildProcess {
    return spawn('bash', ['-o', 'pipefail', '-c', script], {
      cwd: this.#folder,
      env: this.#env,
      stdio: [stdin, 'pipe', 'pipe'],
      detached: true,
    })
  }

  /** The folder: as a clone, but for what is run. */
  #furnish(): void {
    const bin = join(this.#folder, 'bin')
    for (const folder of ['bin', 'home']) mkdirSync(join(this.#folder, folder))
    for (const name of [
      'package.json',
      'tsconfig.json',
      'node_modules',
      'scripts',
      'src',
      'test',
      'packaging',
    ])
      symlinkSync(join(ROOT, name), join(this.#folder, name))
    const main = join(compiled(), 'src/cli/main.js')
    // A refusal of a server is a failure here.
    const programs = {
      parley: `exec '${process.execPath}' '${main}' "$@"`,
      curl: 'PATH=${PATH#*:} exec curl --fail-with-body --silent --show-error "$@"',
    }
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
      chmodSync(join(bin, name), 0o755)
    }
  }
}

/** What each says when it has begun. */
const BEGUN: readonly (readonly [command: RegExp, says: RegExp])[] = [
  [/^parley +tracker\b/, /tracker listening/],
  [/^parley +web\b/, /\/chat#token=/],
  [/^parley +lan\b/, /Username:|Command \(/],
  [/^parley/, /^-- you are .*\n/],
]
/** Who follows what is said may have nothing to say, and is given a moment, in milliseconds. */
const SILENT = /^parley +tail\b/
const MOMENT = 500

/** Whether a command goes on by itself; one that reads from a pipe ends with it. */
export function isLasting(command: string): boolean {
  return (
    LASTING.test(command.replace('node dist/cli/main.js', 'parley')) && !/^parley +--?(?:h|V)/.test(command)
  )
}

function isTracker(command: string): boolean {
  return /^(?:node dist\/cli\/main\.js|parley) +tracker\b/.test(command)
}

class Lasting {
  readonly child: ChildProcess
  readonly command: string
  readonly #seen: Seen
  #status: number | undefined

  constructor(command: string, child: ChildProcess) {
    this.command = command
    this.child = child
    this.#seen = listen(child)
    void this.#seen.status.then((status) => {
      this.#status = status
    })
    child.stdin?.on('error', () => undefined)
  }

  get outcome(): Outcome {
    return { status: this.#status, out: this.#seen.out, err: this.#seen.err }
  }

  /** Resolves when it has said so, or ended. */
  async hasBegun(): Promise<void> {
    const command = this.command.replace('node dist/cli/main.js', 'parley')
    const says = BEGUN.find(([line]) => line.test(command))?.[1] ?? /\n/
    const end = Date.now() + (SILENT.test(command) ? MOMENT : PATIENCE)
    while (Date.now() < end && this.#status === undefined && !says.test(this.#seen.out + this.#seen.err))
      await pause(20)
  }

  /** A sentence when it does not end as it should. */
  async terminate(): Promise<string | undefined> {
    const isOver = this.#status !== undefined
    kill(this.child, 'SIGTERM')
    const late = setTimeout(() => {
      kill(this.child, 'SIGKILL')
    }, ORDERLY)
    const status = await this.#seen.status
    clearTimeout(late)
    // What a pipeline ends with is not up to us; who has not begun to listen to signals is ended by them.
    const isUnknown = this.command.includes('|') || SILENT.test(this.command)
    if (status === 0 || (isUnknown && !isOver)) return undefined
    return `${this.command}: ended with ${status}${isOver ? ' by itself' : ' after SIGTERM'}\n${this.#seen.err}`
  }
}

interface Seen {
  out: string
  err: string
  readonly status: Promise<number>
}

function listen(child: ChildProcess): Seen {
  const status = new Promise<number>((resolve) => {
    child.on('close', (code) => {
      resolve(code ?? -1)
    })
  })
  const seen: Seen = { out: '', err: '', status }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (seen.out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (seen.err += text))
  return seen
}

/** With all that it has started. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
