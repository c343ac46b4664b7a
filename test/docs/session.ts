/**
 * The commands of one document, run one after the other in a folder that looks like a built clone, with a home of its
 * own. Ports and addresses of the document become free ports of 127.0.0.1; a program that goes on by itself (a tracker, a
 * peer, `parley tail`) runs beside the next commands.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { compiled } from '../../scripts/bench/harness/compiled.ts'
import { ChildProgram, ChildProgramError } from '../../src/cli/system/child-program.ts'
import { EXIT } from '../../src/cli/system/exit-codes.ts'
import { freePort } from '../../src/cli/system/free-port.ts'
import { ROOT } from './documents.ts'

/** For a command that takes a moment on an idle machine, in milliseconds. */
const PATIENCE = 20_000
/** A program ends within this time of SIGTERM, in milliseconds. */
const ORDERLY = 5_000

/** Commands that go on until they are ended. */
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
      // Peers of other documents and tests stay apart.
      PARLEY_NO_LAN: '1',
      PARLEY_NAME: 'kim',
      NO_COLOR: '1',
    }
  }

  /** `before`: commands that run through the whole document, each with its input. */
  static async begin(
    before: readonly (readonly [command: string, typed: string])[],
    attempts = 3,
  ): Promise<DocumentSession> {
    const session = new DocumentSession()
    session.#furnish()
    // Peers look for a tracker at the port of this document's tracker.
    session.#env['PARLEY_TRACKER_PORT'] = String(await session.#portFor('9001'))
    for (const [command, typed] of before) {
      const { status, out, err } = await session.run(command)
      if (status !== undefined) {
        await session.end()
        // Another program took a port that was free a moment ago.
        if (status === EXIT.address && attempts > 1) return DocumentSession.begin(before, attempts - 1)
        throw new Error(`${command} ended with ${status}:\n${out}${err}`)
      }
      session.#running.at(-1)?.program.type(typed)
    }
    return session
  }

  /** Ends what still runs; resolves to a sentence for each program that did not end as it should. */
  async end(): Promise<string[]> {
    const problems = await this.endLasting(0)
    rmSync(this.#folder, { recursive: true, force: true })
    return problems
  }

  /** How many programs run. */
  get lasting(): number {
    return this.#running.length
  }

  /** Ends all programs but the first `kept`. */
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

  /** Trackers share one port, so a new one replaces the one before. */
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
    const lasting = new Lasting(command, this.#spawn(script))
    this.#running.push(lasting)
    await lasting.hasBegun()
    return outcomeOf(lasting.program)
  }

  /** The command with ports and addresses of this test. */
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
    const program = this.#spawn(script)
    program.endInput()
    const timer = setTimeout(() => {
      program.signal('SIGKILL')
    }, PATIENCE)
    await program.ended
    clearTimeout(timer)
    return outcomeOf(program)
  }

  #spawn(script: string): ChildProgram {
    const bash = ['-o', 'pipefail', '-c', script]
    return new ChildProgram('bash', bash, { cwd: this.#folder, env: this.#env, isGroup: true })
  }

  /** Fills the folder: links into this checkout, and wrappers of the programs. */
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
    // curl fails on error statuses.
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

/** Output that shows that a command runs. */
const BEGUN: readonly (readonly [command: RegExp, says: RegExp])[] = [
  [/^parley +tracker\b/, /tracker listening/],
  [/^parley +web\b/, /\/chat#token=/],
  [/^parley +lan\b/, /Username:|Enable verbose mode|Command \(/],
  [/^parley/, /^-- you are .*\n/m],
]
/** Prints nothing until a message arrives; it is given a moment, in milliseconds. */
const SILENT = /^parley +tail\b/
const MOMENT = 500

/** Whether a command goes on by itself; one that reads from a pipe ends with the pipe. */
export function isLasting(command: string): boolean {
  return (
    LASTING.test(command.replace('node dist/cli/main.js', 'parley')) && !/^parley +--?(?:h|V)/.test(command)
  )
}

function isTracker(command: string): boolean {
  return /^(?:node dist\/cli\/main\.js|parley) +tracker\b/.test(command)
}

/** A command that goes on by itself. */
class Lasting {
  readonly command: string
  readonly program: ChildProgram

  constructor(command: string, program: ChildProgram) {
    this.command = command
    this.program = program
  }

  /** Resolves when it has printed that it runs, or has ended. */
  async hasBegun(): Promise<void> {
    const command = this.command.replace('node dist/cli/main.js', 'parley')
    const says = BEGUN.find(([line]) => line.test(command))?.[1] ?? /\n/
    const { program } = this
    await program.prints(says, SILENT.test(command) ? MOMENT : PATIENCE).catch((error: unknown) => {
      if (!(error instanceof ChildProgramError)) throw error
    })
  }

  /** A sentence when it does not end as it should. */
  async terminate(): Promise<string | undefined> {
    const { command, program } = this
    const isOver = program.end !== undefined
    program.signal('SIGTERM')
    const late = setTimeout(() => {
      program.signal('SIGKILL')
    }, ORDERLY)
    await program.ended
    clearTimeout(late)
    const { status, err } = outcomeOf(program)
    // The status of a pipeline is not the program's; a program that does not listen to signals yet is ended by them.
    const isUnknown = command.includes('|') || SILENT.test(command)
    if (status === 0 || (isUnknown && !isOver)) return undefined
    return `${command}: ended with ${status ?? ''}${isOver ? ' by itself' : ' after SIGTERM'}\n${err}`
  }
}

/** The status is -1 after a signal. */
function outcomeOf({ end, out, err }: ChildProgram): Outcome {
  return { status: typeof end === 'string' ? -1 : end, out, err }
}
