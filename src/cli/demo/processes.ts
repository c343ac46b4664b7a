/**
 * The processes on a stage. All of them are on 127.0.0.1 and write into one temporary directory; close() ends
 * them and removes it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParticipantFilter } from './participant-filter.ts'
import { freePorts } from './free-port.ts'
import { Interrupted, ExpectationError, type Line, type Started } from './model.ts'
import { Program } from './program.ts'
import type { Address } from '../../http/message.ts'

const NAMES = ['tracker', 'alice', 'bob', 'carol', 'dora', 'emil'] as const
export type Name = (typeof NAMES)[number]

const HOST = '127.0.0.1'

/** How long everybody has to say goodbye, in milliseconds. */
const GOODBYE = 3_000

export class Processes {
  readonly #directory: string
  readonly #ports: ReadonlyMap<Name, number>
  readonly #signal: AbortSignal
  /** The last of each name. */
  readonly #programs = new Map<Name, Program>()
  readonly #all: Program[] = []
  /** How many there were when the act began. */
  #before = 0

  private constructor(directory: string, ports: ReadonlyMap<Name, number>, signal: AbortSignal) {
    this.#directory = directory
    this.#ports = ports
    this.#signal = signal
    signal.addEventListener('abort', () => {
      for (const program of this.#all) program.abandon()
    })
  }

  /** Makes the directory. `signal`: nobody wants more of it; whatever is waited for is given up. */
  static async prepare(signal: AbortSignal): Promise<Processes> {
    const ports = await freePorts(NAMES.length)
    const portOf = new Map(NAMES.map((name, index) => [name, ports[index] ?? 0]))
    return new Processes(mkdtempSync(join(tmpdir(), 'parley-demo-')), portOf, signal)
  }

  /** A new act: what was said before counts no more. */
  begin(): void {
    this.#before = this.#all.length
    for (const program of this.#all) program.mark = program.lines.length
  }

  /** Those that were started in this act. */
  get started(): readonly Started[] {
    return this.#all.slice(this.#before).map(({ name, pid, port }) => ({ name, pid, port }))
  }

  /** Whoever has said something in this act, and what. */
  get said(): readonly { readonly name: string; readonly lines: readonly Line[] }[] {
    const all = [...this.#programs].map(([name, { recent }]) => ({ name, lines: recent }))
    return all.filter(({ lines }) => lines.length > 0)
  }

  /** Throws Missed when it was never started. */
  program(name: Name): Program {
    const program = this.#programs.get(name)
    if (program === undefined) throw new ExpectationError(`${name} was not started`)
    return program
  }

  portOf(name: Name): number {
    return this.#ports.get(name) ?? 0
  }

  get tracker(): Address {
    return { host: HOST, port: this.portOf('tracker') }
  }

  /** Throws Interrupted. */
  startTracker(): void {
    this.#start('tracker', ['tracker', '--ip', HOST, '--port', String(this.portOf('tracker')), '--no-color'])
  }

  /** A peer that learns of others from the tracker alone. Throws Interrupted. */
  startPeer(name: Name): void {
    const tracker = ['--tracker-ip', HOST, '--tracker-port', String(this.portOf('tracker'))]
    this.#start(name, [...this.#peerFlags(name), ...tracker, '--no-lan'])
  }

  /** A peer that learns of others from the LAN alone, and tells of every datagram. Throws Interrupted. */
  startLanPeer(name: Name): void {
    this.#start(name, [...this.#peerFlags(name), '--no-tracker', '--interface', 'lo', '--verbose'])
  }

  #peerFlags(name: Name): string[] {
    const at = ['--ip', HOST, '--port', String(this.portOf(name)), '--data', join(this.#directory, name)]
    return ['peer', '--name', name, ...at, '--json', '--no-color']
  }

  #start(name: Name, args: readonly string[]): void {
    if (this.#signal.aborted) throw new Interrupted('interrupted')
    const company = new ParticipantFilter(this.#ports.values())
    const port = this.portOf(name)
    const program = new Program({ name, port, args, company, directory: this.#directory })
    this.#programs.set(name, program)
    this.#all.push(program)
  }

  /** Ends everybody, with a goodbye where that is quick enough, and removes the directory. Idempotent. */
  async close(): Promise<void> {
    for (const program of this.#running()) program.kill('SIGTERM')
    const deadline = setTimeout(() => {
      for (const program of this.#running()) program.kill('SIGKILL')
    }, GOODBYE)
    await Promise.all(this.#all.map(({ ended }) => ended))
    clearTimeout(deadline)
    this.#removeDirectory()
  }

  /** The same without waiting for anything, for the last moment of this process. */
  closeNow(): void {
    for (const program of this.#running()) program.kill('SIGKILL')
    this.#removeDirectory()
  }

  #running(): Program[] {
    return this.#all.filter(({ ending }) => ending === undefined)
  }

  #removeDirectory(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
