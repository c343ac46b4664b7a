/**
 * The conversation in front of somebody: what happened is printed, what is typed is done.
 *
 * A message of one's own is held back for a moment, so that its line can say at once that it was delivered; when
 * that takes longer it is printed as waiting, and its fate follows as a line of its own.
 */
import { DIRECT, GENERAL, type ChatEvent, type ChatMessage, type Peer, type Receipt } from '../chat/model.ts'
import { messageText } from '../chat/schema.ts'
import { perform, readInput } from './commands.ts'
import { complete } from './completion.ts'
import { Fates } from './fates.ts'
import { harmlessLine } from './harmless.ts'
import { LateLines } from './late-lines.ts'
import { eventLine, messageLine, receiptLine, receiptSign } from './render.ts'
import type { Clock } from '../chat/clock.ts'
import type { Chat, Session } from './command.ts'
import type { Completion } from './editor.ts'
import type { Style } from './style.ts'

/** Everything but messages and receipts. */
export type News = Exclude<ChatEvent, { kind: 'message' | 'receipt' }>

/** How messages of others and news are written; what is undefined is not. */
export interface Wording {
  readonly message: (message: ChatMessage, receivedAt: number, mention: boolean) => string
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
  /** Another channel is in front: the prompt follows. */
  readonly onChannel: (channel: string) => void
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
  verbose: boolean
  readonly #wording: Wording
  readonly #options: SessionOptions
  readonly #own = new Map<string, Own>()
  readonly #late: LateLines
  readonly fates = new Fates()
  /** Some line could not be done. */
  failed = false
  readonly #recent: string[] = []
  readonly #unread = new Set<string>()
  #current = GENERAL
  #performing = false
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
    this.#late = new LateLines(options.clock, options.style, this.#note)
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

  /** Some message of ours did not reach all its recipients, or had none. */
  get undelivered(): boolean {
    return this.fates.isUndelivered
  }

  quit(): void {
    this.#options.onQuit()
  }

  get current(): string {
    return this.#current
  }

  set current(channel: string) {
    this.#current = channel
    this.#unread.delete(channel)
    this.#options.onChannel(channel)
  }

  /** The channel at a place of /list, from 1. */
  goTo(place: number): void {
    const channel = this.chat.channels[place - 1]
    if (channel !== undefined) this.current = channel
  }

  goToUnread(): void {
    const channel = this.chat.channels.find((each) => this.#unread.has(each))
    if (channel !== undefined) this.current = channel
  }

  readonly complete = (line: string, cursor: number): Completion =>
    complete(this.chat, this.#recent, line, cursor)

  /** Does what a line says. What was wrong with it is printed. */
  async perform(line: string): Promise<void> {
    this.#performing = true
    try {
      this.#asking = isQuestion(line)
      await perform(this, line)
    } catch (error) {
      this.fail(error)
    } finally {
      this.#performing = false
      this.#asking = false
    }
  }

  /** Says a text in the channel in front, whatever it begins with. What was wrong with it is printed. */
  say(text: string): void {
    try {
      this.chat.say(this.#current, messageText(text))
    } catch (error) {
      this.fail(error)
    }
  }

  /** A line could not be done. */
  fail(error: unknown): void {
    this.failed = true
    this.#problem(
      this.style.red(`-- ${error instanceof Error ? harmlessLine(error.message) : String(error)}`),
    )
  }

  show(event: ChatEvent): void {
    const first = event.kind === 'receipt' ? this.fates.take(event.receipt) : []
    if (event.kind === 'receipt' && this.#options.summarizes === true) this.#showFirst(event.receipt, first)
    else if (!this.#options.quiet) this.#show(event)
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
      default:
        this.#printNews(event)
    }
  }

  #printNews(news: News): void {
    const text = this.#wording.news(news)
    if (text !== undefined) this.#note(text)
  }

  #showTracker(event: Extract<News, { kind: 'tracker' }>): void {
    const { optionalTracker } = this.#options
    const isMissing = event.state === 'lost' && !this.#wasRegistered
    this.#wasRegistered ||= event.state === 'registered'
    if (isMissing && optionalTracker !== undefined) {
      this.#note(this.style.dim(`-- no tracker at ${optionalTracker}; the LAN is enough`))
      return
    }
    if (event.state !== 'connecting' || this.verbose) this.#printNews(event)
    if (isMissing) this.#note(this.style.dim(START_ONE))
  }

  /** Prints what is still held back. */
  flush(): void {
    this.#late.flush()
    for (const own of this.#own.values()) this.#print(own)
  }

  #showReceived({ message, at, receivedAt, late }: Extract<ChatEvent, { kind: 'message' }>): void {
    const { from, channel, text } = message
    this.#remember(harmlessLine(from.name))
    if (channel !== this.#current && channel !== DIRECT) this.#unread.add(channel)
    const mention = channel === DIRECT || mentions(text, this.chat.self.name)
    // When it was said is told by our clock, not by its sender's.
    const line = this.#wording.message({ ...message, sentAt: at }, receivedAt, mention)
    if (late) this.#late.add(channel === DIRECT ? 'to you' : `in #${harmlessLine(channel)}`, line)
    else this.#options.print(line)
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
      else if (own.shown) this.#note(`   ${receiptLine(receipt, this.style)}`)
      if (settled) this.#own.delete(receipt.messageId)
    } else if (receipt.recipients === 0) {
      this.#note(this.style.dim(NOBODY))
    } else if (receipt.failed.length > 0) {
      this.#note(receiptLine(receipt, this.style))
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
    this.#options.print(messageLine(message, message.sentAt, this.style, more))
    if (receipt === undefined) return
    if (receipt.recipients === 0) this.#note(this.style.dim(`   ${NOBODY}`))
    else if (this.verbose || receipt.failed.length > 0) this.#note(`   ${receiptLine(receipt, this.style)}`)
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
    message: (message, receivedAt, mention) => messageLine(message, receivedAt, style, { mention }),
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
