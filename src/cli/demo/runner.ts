/** Runs scenarios one after the other; each adds its checks and deliveries to the records, which begin empty. */
import { textOf } from '../../chat/content.ts'
import { jsonObject } from '../../http/body.ts'
import { Client } from '../../http/client.ts'
import { peers as peersIn } from '../../peer/discovery/tracker-client.ts'
import { ChildProgramError, endingOf } from '../system/child-program.ts'
import { screenRows } from './screen.ts'
import type { Receipt } from '../../chat/model.ts'
import type { Participant } from '../participants/participant.ts'
import type { Name, Participants } from '../participants/participants.ts'
import type { Style } from '../terminal/style.ts'
import type { Check, Delivery, ScenarioResult } from './model.ts'

export interface Scenario {
  readonly title: string
  /** What happens on the wire, in a few sentences. */
  readonly wire: string
  /** Rejects when something that the rest of the scenario needs did not happen. */
  readonly run: (demo: DemoRunner, peers: Participants) => Promise<void>
}

/** Receives results while the demonstration runs. */
export interface Reporter {
  readonly style: Style
  readonly begins: (scenario: Scenario, number: number) => void
  readonly ended: (result: ScenarioResult) => void
  /** Between two scenarios. Rejects with Interrupted to stop. */
  readonly pause: () => Promise<void>
}

/** An expectation was not met; it is among the checks already. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError'
}

/** Patience after the first failure, in milliseconds: the rest fails quickly. */
const LESS_PATIENCE = 3_000
/** Between two questions to the tracker, in milliseconds. */
const BETWEEN_QUESTIONS = 20

export class DemoRunner {
  readonly #peers: Participants
  readonly #client = new Client()
  #checks: Check[] = []
  #deliveries: Delivery[] = []

  constructor(peers: Participants) {
    this.#peers = peers
  }

  close(): void {
    this.#client.close()
  }

  /** Runs every scenario, whatever happened in those before. Rejects with Interrupted. */
  async runAll(scenarios: readonly Scenario[], reporter: Reporter): Promise<ScenarioResult[]> {
    const results: ScenarioResult[] = []
    for (const [index, scenario] of scenarios.entries()) {
      if (index > 0) await reporter.pause()
      reporter.begins(scenario, index + 1)
      const result = await this.#run(scenario, index + 1, scenarios.length, reporter.style)
      reporter.ended(result)
      results.push(result)
    }
    return results
  }

  async #run(scenario: Scenario, number: number, of: number, style: Style): Promise<ScenarioResult> {
    const begin = performance.now()
    this.#checks = []
    this.#deliveries = []
    this.#peers.begin()
    try {
      await scenario.run(this, this.#peers)
    } catch (error) {
      if (this.#peers.signal.aborted) throw error
      if (!(error instanceof ExpectationError)) this.expect('the act can be played', false, messageOf(error))
    }
    const { title, wire } = scenario
    const [checks, deliveries] = [this.#checks, this.#deliveries]
    const { started, active } = this.#peers
    const screens = active.map(({ name, lines }) => {
      const seen = deliveries.filter(({ to }) => to === name)
      return { name, rows: screenRows(lines, seen, style) }
    })
    return { number, of, title, wire, started, screens, deliveries, checks, ms: performance.now() - begin }
  }

  /** Records whether `event` happens. Rejects with ExpectationError when it does not. */
  async expectEvent(expected: string, event: Promise<unknown>): Promise<void> {
    const begin = performance.now()
    try {
      await event
      this.#checks.push({ expected, passed: true, ms: performance.now() - begin })
    } catch (error) {
      this.#peers.signal.throwIfAborted()
      this.expect(expected, false, messageOf(error))
      throw new ExpectationError(messageOf(error))
    }
  }

  /** Records something that holds or not; `otherwise`: what is the case instead. */
  expect(expected: string, passed: boolean, otherwise: string): void {
    if (!passed) this.#peers.patience = LESS_PATIENCE
    this.#checks.push(passed ? { expected, passed } : { expected, passed, missing: otherwise })
  }

  /**
   * Says something; resolves when all of `seenBy` have shown it and its receipt is complete. `text` must be unique in its
   * scenario; `before` is typed in front of it, such as `/msg bob `.
   */
  async say(from: Name, text: string, seenBy: readonly Name[], before = ''): Promise<Receipt> {
    const sender = this.#peers.of(from)
    const { end } = sender.program
    if (end !== undefined)
      throw new ChildProgramError(`${from} cannot say anything: it has ${endingOf(end)}`, '')
    const saidAt = sender.type(before + text)
    const [receipt] = await Promise.all([
      this.#receipt(sender, text),
      ...seenBy.map((to) => this.#delivered(from, text, to, saidAt)),
    ])
    return receipt
  }

  async #delivered(from: Name, text: string, to: Name, saidAt: number): Promise<void> {
    const { at, message } = await this.#peers.waitForMessage(to, from, text)
    this.#deliveries.push({ messageId: message.id, from, to, text, ms: at - saidAt })
  }

  /** The receipt that waits for no recipient any longer. */
  async #receipt(sender: Participant, text: string): Promise<Receipt> {
    const { patience } = this.#peers
    const id = await sender.waitFor(`"${text}" of its own`, patience, (line) => {
      const isOwn = line.kind === 'event' && line.event.kind === 'message' && line.event.own
      return isOwn && textOf(line.event.message.content) === text ? line.event.message.id : undefined
    })
    return sender.waitFor(`receipt for "${text}"`, patience, (line) => {
      if (line.kind !== 'event' || line.event.kind !== 'receipt') return undefined
      const { receipt } = line.event
      return receipt.messageId === id && receipt.queued.length === 0 ? receipt : undefined
    })
  }

  /** The names in the tracker's list, sorted; `channel` limits it to one channel. */
  async listed(channel?: string): Promise<string> {
    const list = await this.#asked(channel === undefined ? '/get-list' : `/get-list?channel=${channel}`)
    return peersIn(list['peers'])
      .map(({ name }) => name)
      .sort()
      .join(', ')
  }

  /**
   * Resolves when `count` peers follow the tracker by GET /events, which they open after they registered: before that
   * the tracker learns by a lease alone that a peer died. Rejects after the patience of the peers.
   */
  async followed(count: number): Promise<void> {
    const deadline = performance.now() + this.#peers.patience
    for (let readers = await this.#readers(); readers < count; readers = await this.#readers()) {
      if (performance.now() > deadline) throw new Error(`${readers} of ${count} peers follow the tracker`)
      await this.#peers.pause(BETWEEN_QUESTIONS)
    }
  }

  async #readers(): Promise<number> {
    const { gauges } = await this.#asked('/stats')
    return Number((gauges as Record<string, Record<string, unknown>>)['feed']?.['readers'])
  }

  async #asked(target: string): Promise<Record<string, unknown>> {
    const request = { method: 'GET', target, headers: {} }
    const { status, body } = await this.#client.request(this.#peers.tracker, request)
    if (status !== 200) throw new Error(`GET ${target}: answered with ${status}`)
    return jsonObject(Buffer.from(body).toString())
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
