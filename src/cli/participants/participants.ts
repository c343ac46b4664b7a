/**
 * A tracker and peers of this machine, each in a process of its own, driven as users would: what `parley demo` and
 * `parley bench` run on. All are on 127.0.0.1 and write into one temporary directory; close() ends them and removes it.
 *
 * Every wait rejects with ChildProgramError when the time is up or the process ends, and with Interrupted after `signal`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { textOf } from '../../chat/content.ts'
import { GENERAL, type ChatEvent, type ChatMessage } from '../../chat/model.ts'
import { ChildProgramError } from '../system/child-program.ts'
import { freePorts } from '../system/free-port.ts'
import { messageIn, Participant } from './participant.ts'
import { ParticipantFilter } from './participant-filter.ts'
import type { Address } from '../../http/message.ts'

const NAMES = ['tracker', 'alice', 'bob', 'carol', 'dora', 'emil'] as const
export type Name = (typeof NAMES)[number]

const HOST = '127.0.0.1'

/** For what should take milliseconds. */
const PATIENCE = 10_000
/** For a process to start, on a busy machine. */
const STARTING = 30_000
/** For all processes to end in order. */
const ORDERLY = 3_000

export class Participants {
  readonly signal: AbortSignal
  /** How long a wait lasts unless it says otherwise, in milliseconds. */
  patience = PATIENCE
  readonly #directory: string
  readonly #ports: ReadonlyMap<Name, number>
  /** The latest process of each name. */
  readonly #latest = new Map<Name, Participant>()
  readonly #all: Participant[] = []
  /** How many processes there were when begin() was called. */
  #before = 0

  private constructor(directory: string, ports: ReadonlyMap<Name, number>, signal: AbortSignal) {
    this.#directory = directory
    this.#ports = ports
    this.signal = signal
  }

  /** Makes the directory and chooses ports; starts nothing. */
  static async prepare(signal: AbortSignal): Promise<Participants> {
    const ports = await freePorts(NAMES.length)
    const portOf = new Map(NAMES.map((name, index) => [name, ports[index] ?? 0]))
    return new Participants(mkdtempSync(join(tmpdir(), 'parley-demo-')), portOf, signal)
  }

  /** Forgets all lines so far; `started` counts from here. */
  begin(): void {
    this.#before = this.#all.length
    for (const participant of this.#all) participant.begin()
  }

  /** The processes started since begin(). */
  get started(): readonly { readonly name: string; readonly pid: number; readonly port: number }[] {
    return this.#all.slice(this.#before).map(({ name, port, program }) => ({ name, pid: program.pid, port }))
  }

  /** The participants with lines since begin(). */
  get active(): readonly Participant[] {
    return [...this.#latest.values()].filter(({ lines }) => lines.length > 0)
  }

  /** Throws ChildProgramError when it was never started. */
  of(name: Name): Participant {
    const participant = this.#latest.get(name)
    if (participant === undefined) throw new ChildProgramError(`${name} was not started`, '')
    return participant
  }

  portOf(name: Name): number {
    return this.#ports.get(name) ?? 0
  }

  get tracker(): Address {
    return { host: HOST, port: this.portOf('tracker') }
  }

  // --- starting and ending --------------------------------------------------------------------------

  /** Resolves when it listens. */
  async startTracker(): Promise<void> {
    const port = String(this.portOf('tracker'))
    const tracker = this.#start('tracker', ['tracker', '--ip', HOST, '--port', port, '--no-color'])
    await printed(tracker, `tracker listening on ${HOST}:${port}`)
  }

  /** A peer that finds others through the tracker alone. Resolves when it is registered. */
  async startPeer(name: Name): Promise<void> {
    const tracker = ['--tracker-ip', HOST, '--tracker-port', String(this.portOf('tracker')), '--no-lan']
    this.#start(name, [...this.#peerFlags(name), ...tracker])
    await this.trackerState(name, 'registered', STARTING)
  }

  /** A peer that finds others on the LAN alone and shows every datagram. Resolves when it is in the channel. */
  async startLanPeer(name: Name, channel: string): Promise<void> {
    this.#start(name, [...this.#peerFlags(name), '--no-tracker', '--interface', 'lo', '--verbose'])
    await this.enter(name, channel)
  }

  /** SIGKILL: no goodbye. Resolves when the process has ended. */
  async kill(name: Name): Promise<void> {
    const { program } = this.of(name)
    program.signal('SIGKILL')
    await program.ended
  }

  /** Types /quit; resolves when the process has ended with status 0. */
  async quit(name: Name): Promise<void> {
    this.type(name, '/quit')
    const { program } = this.of(name)
    const end = await program.ends(this.patience)
    if (end !== 0) throw new ChildProgramError(`${name} ended with ${end}`, program.all)
  }

  /** Ends all processes, in order where that is quick enough, and removes the directory. Idempotent. */
  async close(): Promise<void> {
    this.#signalAll('SIGTERM')
    const deadline = setTimeout(() => {
      this.#signalAll('SIGKILL')
    }, ORDERLY)
    await Promise.all(this.#all.map(({ program }) => program.ended))
    clearTimeout(deadline)
    this.#removeDirectory()
  }

  /** The same at once, for when this process exits. */
  closeNow(): void {
    this.#signalAll('SIGKILL')
    this.#removeDirectory()
  }

  // --- what users do --------------------------------------------------------------------------------

  /** Throws ChildProgramError when it was never started. */
  type(name: Name, line: string): void {
    this.of(name).type(line)
  }

  /** Switches to a channel; resolves when the peer says so. */
  async enter(name: Name, channel: string): Promise<void> {
    const participant = this.of(name)
    const from = participant.lines.length
    participant.type(`#${channel}`)
    await printed(participant, `-- you are in #${channel}`, from)
  }

  /** Rejects with Interrupted. */
  async pause(ms: number): Promise<void> {
    this.signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  // --- what users see -------------------------------------------------------------------------------

  /** The message of `from` with this text, and when it was printed. */
  waitForMessage(
    to: Name,
    from: Name,
    text: string,
  ): Promise<{ readonly at: number; readonly message: ChatMessage }> {
    const port = this.portOf(from)
    return this.of(to).waitFor(`"${text}" of ${from}`, this.patience, (line) => {
      const message = messageIn(line)
      if (message?.from.port !== port || textOf(message.content) !== text) return undefined
      return { at: line.at, message }
    })
  }

  /** Messages of others that were printed since begin(). */
  messages(name: Name): readonly ChatMessage[] {
    return this.of(name).lines.flatMap((line) => messageIn(line) ?? [])
  }

  /** `what` names the event in the error. */
  async waitForEvent(
    name: Name,
    what: string,
    isIt: (event: ChatEvent) => boolean,
    ms = this.patience,
  ): Promise<void> {
    await this.of(name).waitFor(what, ms, (line) =>
      line.kind === 'event' && isIt(line.event) ? true : undefined,
    )
  }

  /** The news that `who` is in a channel, whichever of the two was there first. */
  waitForPresence(name: Name, who: Name, channel: string, ms = this.patience): Promise<void> {
    const port = this.portOf(who)
    const isIt = (event: ChatEvent): boolean => {
      if (event.kind !== 'joined' && event.kind !== 'present') return false
      const peers = event.kind === 'joined' ? [event.peer] : event.peers
      return event.channel === channel && peers.some((peer) => peer.port === port)
    }
    return this.waitForEvent(name, `news that ${who} is in #${channel}`, isIt, ms)
  }

  waitForParting(name: Name, who: Name, channel = GENERAL, ms = this.patience): Promise<void> {
    const port = this.portOf(who)
    const isIt = (event: ChatEvent): boolean =>
      event.kind === 'parted' && event.channel === channel && event.peer.port === port
    return this.waitForEvent(name, `news that ${who} left #${channel}`, isIt, ms)
  }

  trackerState(name: Name, state: 'registered' | 'lost', ms = this.patience): Promise<void> {
    const what = state === 'lost' ? 'notice that the tracker is gone' : 'registration with the tracker'
    return this.waitForEvent(name, what, (event) => event.kind === 'tracker' && event.state === state, ms)
  }

  // --- processes ------------------------------------------------------------------------------------

  #peerFlags(name: Name): string[] {
    const at = ['--ip', HOST, '--port', String(this.portOf(name)), '--data', join(this.#directory, name)]
    return ['peer', '--name', name, ...at, '--json', '--no-color']
  }

  #start(name: Name, args: readonly string[]): Participant {
    this.signal.throwIfAborted()
    const filter = new ParticipantFilter(this.#ports.values())
    const port = this.portOf(name)
    const directory = this.#directory
    const participant = new Participant({ name, port, args, filter, directory, signal: this.signal })
    this.#latest.set(name, participant)
    this.#all.push(participant)
    return participant
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const { program } of this.#all) if (program.end === undefined) program.signal(signal)
  }

  #removeDirectory(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Resolves when a line that is no event contains `text`. `from`: the index of the first line that counts. */
async function printed(participant: Participant, text: string, from?: number): Promise<void> {
  await participant.waitFor(
    `line "${text}"`,
    STARTING,
    (line) => (line.kind === 'printed' && line.text.includes(text) ? true : undefined),
    from,
  )
}
