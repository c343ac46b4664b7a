/** Where the acts are played: what people do and see there, how long it takes, and whether it was expected. */
import { textOf } from '../../chat/content.ts'
import { GENERAL, type ChatEvent, type ChatMessage, type Receipt } from '../../chat/model.ts'
import { Client } from '../../http/client.ts'
import { Interrupted, ExpectationError, type Check, type Delivery, type Line } from './model.ts'
import { now, type Program } from './program.ts'
import { listedNames } from './tracker-list.ts'
import type { Name, Processes } from './processes.ts'

/** How long something is waited for that should take milliseconds; less once something has failed. */
const PATIENCE = 10_000
const LESS_PATIENCE = 3_000
/** How long a process may take to start, on a machine that does other things too. */
const STARTING = 30_000

/** What came of the act that is played. */
interface Records {
  readonly checks: Check[]
  readonly deliveries: Delivery[]
}

export class DemoRunner {
  readonly processes: Processes
  readonly signal: AbortSignal
  readonly #client = new Client()
  #records: Records = { checks: [], deliveries: [] }
  #hasFailed = false

  /** `signal`: nobody wants more of it. */
  constructor(processes: Processes, signal: AbortSignal) {
    this.processes = processes
    this.signal = signal
  }

  /** A new act begins. */
  begin(): void {
    this.#records = { checks: [], deliveries: [] }
    this.processes.begin()
  }

  get records(): Readonly<Records> {
    return this.#records
  }

  get patience(): number {
    return this.#hasFailed ? LESS_PATIENCE : PATIENCE
  }

  close(): void {
    this.#client.close()
  }

  // --- what is expected -----------------------------------------------------------------------------

  /** Waits for something. Rejects, after it was recorded, when that does not happen. */
  async happens(expected: string, proof: Promise<unknown>): Promise<void> {
    const begin = now()
    try {
      await proof
      this.#records.checks.push({ expected, passed: true, ms: now() - begin })
    } catch (error) {
      if (this.signal.aborted) throw new Interrupted('interrupted')
      const missing = error instanceof Error ? error.message : String(error)
      this.holds(expected, false, missing)
      throw new ExpectationError(missing)
    }
  }

  /** Something that is so, or not; `otherwise`: what is so then. */
  holds(expected: string, passed: boolean, otherwise: string): void {
    if (!passed) this.#hasFailed = true
    this.#records.checks.push(passed ? { expected, passed } : { expected, passed, missing: otherwise })
  }

  // --- starting and ending --------------------------------------------------------------------------

  /** Resolves when it listens. Rejects with Missed. */
  async startTracker(): Promise<void> {
    this.processes.startTracker()
    await this.#printed('tracker', `tracker listening on 127.0.0.1:${this.portOf('tracker')}`, STARTING)
  }

  /** Resolves when it is registered with the tracker. Rejects with Missed. */
  async startPeer(name: Name): Promise<void> {
    this.processes.startPeer(name)
    await this.trackerState(name, 'registered', STARTING)
  }

  /** Resolves when it is in this channel, having known nobody but by the LAN. Rejects with Missed. */
  async startLanPeer(name: Name, channel: string): Promise<void> {
    this.processes.startLanPeer(name)
    await this.enter(name, channel)
  }

  /** SIGKILL: no goodbye. Resolves when it is gone. */
  async kill(name: Name): Promise<void> {
    const program = this.processes.program(name)
    program.kill('SIGKILL')
    await program.ended
  }

  /** Says /quit; resolves when it has ended with status 0. Rejects with Missed. */
  async quit(name: Name): Promise<void> {
    this.type(name, '/quit')
    const status = await this.processes.program(name).ends(this.patience)
    if (status !== 0) throw new ExpectationError(`${name} ended with status ${status ?? 'none'}`)
  }

  portOf(name: Name): number {
    return this.processes.portOf(name)
  }

  // --- what people do -------------------------------------------------------------------------------

  /** Throws Missed when there is nobody of this name. */
  type(name: Name, line: string): void {
    this.processes.program(name).type(line)
  }

  /** Goes to a channel. Rejects with Missed. */
  async enter(name: Name, channel: string): Promise<void> {
    const from = this.processes.program(name).lines.length
    this.type(name, `#${channel}`)
    await this.#printed(name, `-- you are in #${channel}`, STARTING, from)
  }

  /**
   * Says something and waits until everybody named has seen it, and its speaker knows what has become of it. `text`
   * must be said only once in an act; `before` is what is typed in front of it, such as `/msg bob `. Rejects with
   * Missed.
   */
  async say(from: Name, text: string, seenBy: readonly Name[], before = ''): Promise<Receipt> {
    const speaker = this.processes.program(from)
    if (speaker.ending !== undefined)
      throw new ExpectationError(`${from} cannot say anything: it has ${speaker.ending}`)
    const saidAt = speaker.type(before + text)
    const [receipt] = await Promise.all([
      this.#receipt(speaker, text),
      ...seenBy.map((to) => this.#delivered(from, text, to, saidAt)),
    ])
    return receipt
  }

  /** Lets some time go by, in milliseconds. Rejects with Interrupted. */
  async pace(ms: number): Promise<void> {
    if (this.signal.aborted) throw new Interrupted('interrupted')
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  // --- what people see ------------------------------------------------------------------------------

  async #delivered(from: Name, text: string, to: Name, saidAt: number): Promise<void> {
    const { deliveries } = this.#records
    const { at, message } = await this.hears(to, from, text)
    deliveries.push({ messageId: message.id, from, to, text, ms: at - saidAt })
  }

  /** The receipt of what somebody says, when it waits for nobody any more. Rejects with Missed. */
  async #receipt(speaker: Program, text: string): Promise<Receipt> {
    const id = await speaker.waitFor(`"${text}" of its own`, this.patience, (line) => {
      const isIt = line.kind === 'event' && line.event.kind === 'message' && line.event.own
      return isIt && textOf(line.event.message.content) === text ? line.event.message.id : undefined
    })
    return speaker.waitFor(`receipt for "${text}"`, this.patience, (line) => {
      if (line.kind !== 'event' || line.event.kind !== 'receipt') return undefined
      const { receipt } = line.event
      return receipt.messageId === id && receipt.queued.length === 0 ? receipt : undefined
    })
  }

  /** The message of somebody else with this text. Rejects with Missed. */
  async hears(
    to: Name,
    from: Name,
    text: string,
  ): Promise<{ readonly at: number; readonly message: ChatMessage }> {
    const port = this.portOf(from)
    return this.processes.program(to).waitFor(`"${text}" of ${from}`, this.patience, (line) => {
      if (line.kind !== 'event' || line.event.kind !== 'message' || line.event.own) return undefined
      const { message } = line.event
      return textOf(message.content) === text && message.from.port === port
        ? { at: line.at, message }
        : undefined
    })
  }

  /** Messages of others that somebody has seen in this act. */
  heard(name: Name): readonly ChatMessage[] {
    return this.processes.program(name).recent.flatMap((line) => {
      const isHeard = line.kind === 'event' && line.event.kind === 'message' && !line.event.own
      return isHeard ? [line.event.message] : []
    })
  }

  /** Something that somebody is told of in this act, within `ms` milliseconds. Rejects with Missed. */
  async told(
    name: Name,
    what: string,
    isIt: (event: ChatEvent) => boolean,
    ms = this.patience,
  ): Promise<void> {
    await this.processes
      .program(name)
      .waitFor(what, ms, (line) => (line.kind === 'event' && isIt(line.event) ? true : undefined))
  }

  /** Told that somebody is in a channel, whoever of the two came first. Rejects with Missed. */
  toldOfPresence(name: Name, who: Name, channel: string, ms = this.patience): Promise<void> {
    const port = this.portOf(who)
    const isIt = (event: ChatEvent): boolean => {
      if (event.kind !== 'joined' && event.kind !== 'present') return false
      const peers = event.kind === 'joined' ? [event.peer] : event.peers
      return event.channel === channel && peers.some((peer) => peer.port === port)
    }
    return this.told(name, `news that ${who} is in #${channel}`, isIt, ms)
  }

  /** Told that somebody is in a channel no more. Rejects with Missed. */
  toldOfParting(name: Name, who: Name, channel = GENERAL, ms = this.patience): Promise<void> {
    const port = this.portOf(who)
    const isIt = (event: ChatEvent): boolean =>
      event.kind === 'parted' && event.channel === channel && event.peer.port === port
    return this.told(name, `news that ${who} left #${channel}`, isIt, ms)
  }

  /** Rejects with Missed. */
  trackerState(name: Name, state: 'registered' | 'lost', ms = this.patience): Promise<void> {
    const what = state === 'lost' ? 'notice that the tracker is gone' : 'registration with the tracker'
    return this.told(name, what, (event) => event.kind === 'tracker' && event.state === state, ms)
  }

  /** A line with this in it, that is no event. `from`: the first line that counts. Rejects with Missed. */
  async #printed(name: Name, text: string, ms: number, from?: number): Promise<void> {
    const isIt = (line: Line): true | undefined =>
      line.kind === 'printed' && line.text.includes(text) ? true : undefined
    await this.processes.program(name).waitFor(`line "${text}"`, ms, isIt, from)
  }

  /** The names in the tracker's list; of one channel, when it is named. Rejects with Missed. */
  listed(channel?: string): Promise<string> {
    return listedNames(this.#client, this.processes.tracker, channel)
  }
}
