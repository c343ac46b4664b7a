/**
 * The conversation in front of somebody: what happened is printed, what is typed is done.
 *
 * A message of one's own is held back for a moment, so that its line can say at once that it was delivered; when
 * that takes longer it is printed as waiting, and its fate follows as a line of its own.
 */
import { placeOf } from '../../chat/moment.ts'
import { textOf } from '../../chat/content.ts'
import {
  DIRECT,
  GENERAL,
  type ChatEvent,
  type ChatMessage,
  type Peer,
  type Receipt,
} from '../../chat/model.ts'
import { perform, readInput, sayText } from './commands.ts'
import { complete } from './completion.ts'
import { Days, untilMidnight } from '../terminal/days.ts'
import { DeliverySummary } from './delivery-summary.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { LateMessages } from './late-messages.ts'
import { ResumedMessages } from './resumed-messages.ts'
import {
  dayLine,
  eventLine,
  messageLine,
  receiptLine,
  receiptSign,
  type MessageMarks,
} from '../terminal/render.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Chat, Session } from './command.ts'
import type { Completion } from '../terminal/editor.ts'
import type { Style } from '../terminal/style.ts'

/** Everything but messages and receipts. */
export type News = Exclude<ChatEvent, { kind: 'message' | 'receipt' }>

/** How messages of others and news are written; what is undefined is not. */
export interface Wording {
  readonly message: (message: ChatMessage, receivedAt: number, marks: MessageMarks) => string
  readonly news: (news: News) => string | undefined
}

export interface SessionOptions {
  readonly chat: Chat
  readonly style: Style
  readonly clock: Clock
  readonly verbose: boolean
  /** What others say, and what commands were asked for. */
  readonly print: (text: string) => void
  /** Remarks about it: who comes and goes, what was done. To `print`, when it is not given. */
  readonly note?: (text: string) => void
  /** What went wrong. To `note`, when it is not given. */
  readonly problem?: (text: string) => void
  /** Another channel is in front, or none: the prompt follows. */
  readonly onChannel: (channel: string | undefined) => void
  readonly onQuit: () => void
  /** Whether one's own messages are printed: not when they come from a pipe. */
  readonly echo: boolean
  /** Whether what happens is printed: not when somebody else does that, as JSON. */
  readonly quiet: boolean
  /** Of the messages that fail only the first for each recipient and reason is told; the others are in `fates`. */
  readonly summarizes?: boolean
  readonly readFile: Session['readFile']
  readonly newId: Session['newId']
  /** That of render.ts, when none is given. */
  readonly wording?: Wording
  /** The address of a tracker that is nice to have: it is no misfortune when it is not there. */
  readonly optionalTracker?: string | undefined
}

/** Within this time most messages have been delivered on one network, in milliseconds. */
const HOLD = 150
const START_ONE = '   to start one: parley tracker (or npm run tracker), in another terminal'
const RECENT_SPEAKERS = 50
const NOBODY = 'nobody else is here now: who comes while you are here can still read this'

/** A message of ours whose line is not printed yet, or whose fate is still to be told. */
interface Own {
  readonly message: ChatMessage
  /** Whom a direct message is for. */
  readonly to: Peer | undefined
  receipt: Receipt | undefined
  shown: boolean
  cancel: () => void
}

export class ChatSession implements Session {
  readonly chat: Chat
  readonly style: Style
  readonly chosen = new Set<string>()
  readonly readFile: Session['readFile']
  readonly newId: Session['newId']
  readonly days: Days
  verbose: boolean
  readonly #wording: Wording
  readonly #options: SessionOptions
  readonly #own = new Map<string, Own>()
  readonly #late: LateMessages
  readonly #resumed: ResumedMessages
  readonly fates = new DeliverySummary()
  /** Some line could not be done. */
  failed = false
  readonly #recent: string[] = []
  readonly #unread = new Set<string>()
  #current: string | undefined = GENERAL
  /** What is being done; undefined: nothing. */
  #task: Promise<void> | undefined
  #performing = false
  /** A user looks at it: between pipes each line counts, and waits for none. */
  #isInFront = false
  #cancelMidnight = (): void => undefined
  /** The command that is performed prints what it was asked for. */
  #asking = false
  #wasRegistered = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.chat = options.chat
    this.style = options.style
    this.readFile = options.readFile
    this.newId = options.newId
    this.verbose = options.verbose
    this.#wording = options.wording ?? wordingOf(options.style)
    this.days = new Days(options.clock.wall())
    this.#late = new LateMessages(options.clock, options.style, this.days, this.#note)
    this.#resumed = new ResumedMessages(options.clock, (text) => {
      this.#printNews({ kind: 'notice', text })
    })
    this.#follow()
  }

  /** In front of a user: what was missed comes first, and midnight is told. */
  begin(): void {
    this.#isInFront = true
    this.#late.gather()
    this.#awaitMidnight()
  }

  /** As commands print. */
  readonly print = (text: string): void => {
    if (this.#asking) this.#options.print(text)
    else this.#note(text)
  }

  readonly #note = (text: string): void => {
    const { print, note = print } = this.#options
    note(text)
  }

  #problem(text: string): void {
    const { problem = this.#note } = this.#options
    problem(text)
  }

  /** An own message did not reach all its recipients, or had none. */
  get undelivered(): boolean {
    return this.fates.isUndelivered
  }

  quit(): void {
    this.#options.onQuit()
  }

  get current(): string | undefined {
    return this.#current
  }

  set current(channel: string | undefined) {
    this.#current = channel
    if (channel !== undefined) this.#unread.delete(channel)
    this.#options.onChannel(channel)
  }

  /** We may have left the channel in front, or the only one we are in may have come. */
  #follow(): void {
    const { channels } = this.chat
    if (this.#current === undefined ? channels.length > 0 : !channels.includes(this.#current))
      this.current = channels[0]
  }

  /** The channel at a place of /list, from 1. */
  goTo(place: number): void {
    this.#afterAll(() => {
      const channel = this.chat.channels[place - 1]
      if (channel !== undefined) this.current = channel
    })
  }

  goToUnread(): void {
    this.#afterAll(() => {
      const channel = this.chat.channels.find((each) => this.#unread.has(each))
      if (channel !== undefined) this.current = channel
    })
  }

  readonly complete = (line: string, cursor: number): Completion =>
    complete(this.chat, this.#recent, line, cursor)

  /** Does what a line says, after what was entered before it. What was wrong with it is printed. */
  perform(line: string): Promise<void> {
    return this.#inOrder(() => {
      this.#asking = isQuestion(line)
      return perform(this, line)
    })
  }

  /** Sends a text to the channel in front, whatever it looks like. What was wrong with it is printed. */
  say(text: string): Promise<void> {
    return this.#inOrder(() => {
      sayText(this, text)
    })
  }

  /** Resolves when all that was entered is done, at the latest in `ms`. */
  async done(ms: number): Promise<void> {
    let cancel = (): void => undefined
    const late = new Promise<void>((resolve) => (cancel = this.#options.clock.after(ms, resolve)))
    await Promise.race([this.#task, late])
    cancel()
  }

  #afterAll(act: () => void): void {
    if (this.#task === undefined) act()
    else void this.#inOrder(act)
  }

  /** At once when nothing else is being done. Never rejects. */
  async #inOrder(task: () => void | Promise<void>): Promise<void> {
    const before = this.#task
    const done = before === undefined ? this.#attempt(task) : before.then(() => this.#attempt(task))
    this.#task = done
    await done
    if (this.#task === done) this.#task = undefined
  }

  async #attempt(task: () => void | Promise<void>): Promise<void> {
    this.#performing = true
    try {
      await task()
    } catch (error) {
      this.fail(error)
    } finally {
      this.#performing = false
      this.#asking = false
      this.#follow()
    }
  }

  /** A line could not be done. */
  fail(error: unknown): void {
    this.failed = true
    this.#problem(
      this.style.red(`-- ${error instanceof Error ? sanitizeLine(error.message) : String(error)}`),
    )
  }

  show(event: ChatEvent): void {
    const first = event.kind === 'receipt' ? this.fates.take(event.receipt) : []
    if (event.kind === 'receipt' && !this.#options.quiet) this.#resumed.take(event.receipt)
    if (event.kind === 'receipt' && this.#options.summarizes === true) this.#showFirst(event.receipt, first)
    else if (!this.#options.quiet) this.#show(event)
    if (event.kind === 'group') this.#follow()
  }

  #showFirst(receipt: Receipt, first: Receipt['failed']): void {
    if (first.length > 0) this.#problem(receiptLine({ ...receipt, failed: first }, this.style))
  }

  #show(event: ChatEvent): void {
    switch (event.kind) {
      case 'message':
        if (event.own) this.#hold(event.message, event.to)
        else this.#showReceived(event)
        return
      case 'receipt':
        this.#showReceipt(event.receipt)
        return
      case 'present':
      case 'group':
        // A command that joined a channel or made a group says itself who is there.
        if (!this.#performing) this.#printNews(event)
        return
      case 'datagram':
        if (this.verbose) this.#printNews(event)
        return
      case 'tracker':
        this.#showTracker(event)
        return
      case 'resumed':
        this.#resumed.add(event.messages)
        this.#late.live(() => {
          this.#resumed.tell()
        })
        return
      default:
        this.#printNews(event)
    }
  }

  #printNews(news: News): void {
    const text = this.#wording.news(news)
    if (text !== undefined) this.#printLive(text)
  }

  /** A remark, below what is being gathered. */
  #printLive(text: string): void {
    this.#late.live(() => {
      this.#note(text)
    })
  }

  /** A message: a line that begins with a time of day. */
  #printAt(at: number, line: string): void {
    this.#late.live(() => {
      this.#printDay(at)
      this.#options.print(line)
    })
  }

  #printDay(at: number): void {
    const day = this.#isDated ? this.days.next(at) : undefined
    if (day !== undefined) this.#note(dayLine(day, this.style))
  }

  /** Another wording has times of its own, or none. */
  get #isDated(): boolean {
    return this.#options.wording === undefined
  }

  #awaitMidnight(): void {
    const { clock } = this.#options
    this.#cancelMidnight = clock.after(untilMidnight(clock.wall()), () => {
      this.#printDay(clock.wall())
      this.#awaitMidnight()
    })
  }

  #showTracker(event: Extract<News, { kind: 'tracker' }>): void {
    const { optionalTracker } = this.#options
    const isMissing = event.state === 'lost' && !this.#wasRegistered
    this.#wasRegistered ||= event.state === 'registered'
    if (isMissing && optionalTracker !== undefined) {
      this.#printLive(this.style.dim(`-- no tracker at ${optionalTracker}; the LAN is enough`))
      return
    }
    if (event.state !== 'connecting' || this.verbose) this.#printNews(event)
    if (isMissing) this.#printLive(this.style.dim(START_ONE))
  }

  /** Prints what is still held back; nothing is held any more. */
  flush(): void {
    this.#cancelMidnight()
    this.#late.flush()
    this.#resumed.flush()
    for (const own of this.#own.values()) this.#print(own)
  }

  #showReceived(event: Extract<ChatEvent, { kind: 'message' }>): void {
    const { message, hops, at, receivedAt, late, caughtUp = false } = event
    const { from, channel, content } = message
    this.#remember(sanitizeLine(from.name))
    if (channel !== this.#current && channel !== DIRECT) this.#unread.add(channel)
    const mention = channel === DIRECT || mentions(textOf(content), this.chat.self.name)
    const isBefore = late || (caughtUp && this.#isInFront)
    // When it was said is told by our clock, not by its sender's.
    // A line that begins with a time begins with that of its place; another wording says itself when it was said.
    const shownAt = isBefore && this.#isDated ? at : receivedAt
    const line = this.#wording.message({ ...message, sentAt: at }, shownAt, { mention, hops })
    const where = channel === DIRECT ? 'to you' : `in #${sanitizeLine(channel)}`
    if (isBefore) this.#late.add({ where, at, place: placeOf(event), line, isOld: late })
    else this.#printAt(receivedAt, line)
  }

  #hold(message: ChatMessage, to: Peer | undefined): void {
    if (!this.#options.echo) return
    const own: Own = { message, to, receipt: undefined, shown: false, cancel: () => undefined }
    own.cancel = this.#options.clock.after(HOLD, () => {
      this.#print(own)
    })
    this.#own.set(message.id, own)
  }

  #showReceipt(receipt: Receipt): void {
    const own = this.#own.get(receipt.messageId)
    const settled = receipt.queued.length === 0
    if (own !== undefined) {
      own.receipt = receipt
      if (!own.shown && settled) this.#print(own)
      else if (own.shown) this.#printLive(`   ${receiptLine(receipt, this.style)}`)
      if (settled) this.#own.delete(receipt.messageId)
    } else if (receipt.recipients === 0) {
      this.#printLive(this.style.dim(NOBODY))
    } else if (receipt.failed.length > 0) {
      this.#printLive(receiptLine(receipt, this.style))
    }
  }

  /** The line of a message of ours, with what is known of its fate. */
  #print(own: Own): void {
    const { message, to, receipt, shown } = own
    if (shown) return
    own.shown = true
    own.cancel()
    const sign = receipt === undefined ? this.style.dim('…') : receiptSign(receipt, this.style)
    const more = to === undefined ? { sign } : { sign, to: to.name }
    this.#printAt(message.sentAt, messageLine(message, message.sentAt, this.style, more))
    if (receipt === undefined) return
    if (receipt.recipients === 0) this.#printLive(this.style.dim(`   ${NOBODY}`))
    else if (this.verbose || receipt.failed.length > 0)
      this.#printLive(`   ${receiptLine(receipt, this.style)}`)
  }

  #remember(speaker: string): void {
    const before = this.#recent.indexOf(speaker)
    if (before !== -1) this.#recent.splice(before, 1)
    this.#recent.unshift(speaker)
    this.#recent.length = Math.min(this.#recent.length, RECENT_SPEAKERS)
  }
}

function wordingOf(style: Style): Wording {
  return {
    message: (message, receivedAt, marks) => messageLine(message, receivedAt, style, marks),
    news: (news) => eventLine(news, style),
  }
}

function isQuestion(line: string): boolean {
  const input = readInput(line)
  return input.kind === 'command' && input.command.asks === true
}

function mentions(text: string, name: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}_-]+/u)
  return words.includes(name.toLowerCase())
}
