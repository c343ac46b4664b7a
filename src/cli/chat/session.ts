/**
 * The conversation of one user: events of the peer become lines, lines of the user become actions.
 *
 * Invariant: lines are done one after the other, in the order in which they were entered; a line that fails does not stop
 * the next. The channel in front is always one that the peer is in, or none.
 */
import { channelTitle, isClosedLabel } from '../../chat/closed-label.ts'
import { textOf } from '../../chat/content.ts'
import { isUnheard } from '../../chat/hush.ts'
import { placeOf } from '../../chat/moment.ts'
import {
  DIRECT,
  GENERAL,
  labelOf,
  peerId,
  type ChatEvent,
  type Peer,
  type Receipt,
} from '../../chat/model.ts'
import { randomHex, type Random } from '../../chat/random.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { receiptLine, sharedListWords } from '../terminal/render.ts'
import { perform, sayText } from './commands/perform.ts'
import { asWord } from './commands/words.ts'
import { readInput } from './commands/read-input.ts'
import { complete } from './completion.ts'
import { DeliverySummary } from './delivery-summary.ts'
import { OwnMessages } from './own-messages.ts'
import { ResumedMessages } from './resumed-messages.ts'
import { TaskQueue } from './task-queue.ts'
import { Transcript } from './transcript.ts'
import { defaultWording, type News, type Wording } from './wording.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PeerListener } from '../running/peer-events.ts'
import type { Completion } from '../terminal/completion.ts'
import type { Days } from '../terminal/days.ts'
import type { Style } from '../terminal/style.ts'
import type { Chat, Session } from './commands/command.ts'
import type { ChatView } from './view.ts'

export interface SessionOptions {
  readonly chat: Chat
  readonly view: ChatView
  readonly style: Style
  readonly clock: Clock
  readonly random: Random
  readonly verbose: boolean
  /** Own messages are printed: not if they come from a pipe. */
  readonly echo: boolean
  /** Events are not printed: something else does that, as JSON. */
  readonly quiet: boolean
  /** Only the first failure for each recipient and reason is printed; `summary` counts the others. */
  readonly summarizes: boolean
  readonly readFile: Session['readFile']
  /** Default: that of wording.ts. */
  readonly wording?: Wording | undefined
  /** The address of a tracker that need not be there. */
  readonly optionalTracker?: string | undefined
}

const START_ONE = '   to start one: parley tracker (or npm run tracker), in another terminal'
const MAX_RECENT = 50

export class ChatSession implements Session, PeerListener {
  readonly chat: Chat
  readonly style: Style
  readonly chosen = new Set<string>()
  readonly readFile: Session['readFile']
  readonly summary = new DeliverySummary()
  verbose: boolean
  /** A line could not be done. */
  failed = false
  readonly #options: SessionOptions
  readonly #transcript: Transcript
  readonly #own: OwnMessages
  readonly #resumed: ResumedMessages
  readonly #tasks = new TaskQueue()
  /** Peers that spoke, the latest first. */
  readonly #recent: Peer[] = []
  readonly #unread = new Set<string>()
  #current: string | undefined = GENERAL
  #isPerforming = false
  /** The command being performed asks for something: its answer is printed as a result. */
  #isAsking = false
  /** A user looks at it. Between pipes every line counts, and waits for no other. */
  #isInFront = false
  #wasRegistered = false

  constructor(options: SessionOptions) {
    const { chat, view, style, clock, wording = defaultWording(style) } = options
    this.#options = options
    this.chat = chat
    this.style = style
    this.readFile = options.readFile
    this.verbose = options.verbose
    this.#transcript = new Transcript(view, style, clock, wording)
    this.#own = new OwnMessages(this, this.#transcript, clock)
    this.#resumed = new ResumedMessages(clock, this.#transcript)
    this.#follow()
  }

  /** In front of a user: missed messages come first, and midnight has a line. */
  begin(): void {
    this.#isInFront = true
    this.#transcript.begin()
  }

  /** Prints everything that is held back, and ends. */
  flush(): void {
    this.#transcript.flush()
    this.#resumed.flush()
    this.#own.flush()
  }

  /** An own message did not reach all its recipients, or had none. */
  get undelivered(): boolean {
    return this.summary.isUndelivered
  }

  // --- for commands ---------------------------------------------------------------------------------

  get days(): Days {
    return this.#transcript.days
  }

  readonly print = (text: string): void => {
    if (this.#isAsking) this.#options.view.print(text)
    else this.#options.view.note(text)
  }

  readonly newId = (): string => randomHex(this.#options.random, 16)

  quit(): void {
    this.#options.view.quit()
  }

  get current(): string | undefined {
    return this.#current
  }

  set current(channel: string | undefined) {
    this.#current = channel
    if (channel !== undefined) this.#unread.delete(channel)
    this.#options.view.showChannel(channel)
  }

  /** The peer may have left the channel in front, or joined its only one. */
  #follow(): void {
    const { channels } = this.chat
    if (this.#current === undefined ? channels.length > 0 : !channels.includes(this.#current))
      this.current = channels[0]
  }

  // --- what the user does ---------------------------------------------------------------------------

  /** Does what a line says. Errors are printed. */
  perform(line: string): Promise<void> {
    return this.#inOrder(() => {
      this.#isAsking = isQuestion(line)
      return perform(this, line)
    })
  }

  /** Sends a text to the channel in front, whatever it looks like. Errors are printed. */
  say(text: string): Promise<void> {
    return this.#inOrder(() => {
      sayText(this, text)
    })
  }

  /** Goes to a channel by its place in /list, from 1. */
  goTo(place: number): void {
    this.#goTo(() => this.chat.channels[place - 1])
  }

  goToUnread(): void {
    this.#goTo(() => this.chat.channels.find((channel) => this.#unread.has(channel)))
  }

  /** The line that ignores who spoke last; undefined if nobody spoke. */
  get ignoreLast(): string | undefined {
    const [last] = this.#recent
    if (last === undefined) return undefined
    const peer = this.chat.known(peerId(last)) ?? last
    return `/ignore ${asWord(sanitizeLine(labelOf(peer)))}`
  }

  #goTo(find: () => string | undefined): void {
    const go = (): void => {
      const channel = find()
      if (channel !== undefined) this.current = channel
    }
    if (this.#tasks.isIdle) go()
    else void this.#inOrder(go)
  }

  readonly complete = (line: string, cursor: number): Completion =>
    complete(this.chat, this.#recent, line, cursor)

  /** Resolves when everything that was entered is done, after `ms` at the latest. */
  done(ms: number): Promise<void> {
    return this.#tasks.done(ms, this.#options.clock)
  }

  /** Prints why a line could not be done. */
  fail(error: unknown): void {
    this.failed = true
    this.#options.view.problem(
      this.style.red(`-- ${error instanceof Error ? sanitizeLine(error.message) : String(error)}`),
    )
  }

  #inOrder(task: () => void | Promise<void>): Promise<void> {
    return this.#tasks.add(async () => {
      this.#isPerforming = true
      try {
        await task()
      } catch (error) {
        this.fail(error)
      } finally {
        this.#isPerforming = false
        this.#isAsking = false
        this.#follow()
      }
    })
  }

  // --- what happens ---------------------------------------------------------------------------------

  show(event: ChatEvent): void {
    if (event.kind === 'receipt') this.#showReceipt(event.receipt)
    else if (!this.#options.quiet) this.#show(event)
    // The peer may have been taken out of the channel in front.
    if (event.kind === 'group' || event.kind === 'notice') this.#follow()
  }

  #showReceipt(receipt: Receipt): void {
    const { quiet, summarizes, view } = this.#options
    const first = this.summary.take(receipt)
    if (!quiet) this.#resumed.update(receipt)
    if (!summarizes && !quiet) this.#own.update(receipt)
    if (summarizes && first.length > 0) view.problem(receiptLine({ ...receipt, failed: first }, this.style))
  }

  #show(event: Exclude<ChatEvent, { kind: 'receipt' }>): void {
    switch (event.kind) {
      case 'message':
        if (!event.own) this.#showReceived(event)
        else if (this.#options.echo) this.#own.add(event.message, event.to)
        return
      case 'present':
        if (isUnheard(event.hushed)) return
        // The members of a closed channel are found after its command is done.
        if (!this.#isPerforming || isClosedLabel(event.channel)) this.#transcript.news(event)
        return
      case 'group':
        // A command that joined a channel or made a group says who is there.
        if (!this.#isPerforming) this.#transcript.news(event)
        return
      case 'datagram':
        if (this.verbose) this.#transcript.news(event)
        return
      case 'tracker':
        this.#showTracker(event)
        return
      case 'became':
        this.#became(event)
        return
      case 'resumed':
        this.#resumed.add(event.messages)
        this.#transcript.late.live(() => {
          this.#resumed.announce()
        })
        return
      case 'joined':
      case 'parted':
      case 'renamed':
      case 'profile':
      case 'followed':
      case 'liked':
        if (!isUnheard(event.hushed)) this.#transcript.news(event)
        return
      default:
        this.#transcript.news(event)
    }
  }

  #showReceived(event: Extract<ChatEvent, { kind: 'message' }>): void {
    const { message, hops, at, receivedAt, late, caughtUp = false, hushed } = event
    const { from, channel, content } = message
    const { wording } = this.#transcript
    this.#remember(from)
    if (channel !== this.#current && channel !== DIRECT && hushed === undefined) this.#unread.add(channel)
    const isToUs = channel === DIRECT || mentions(textOf(content), this.chat.self.name)
    const mention = isToUs && hushed === undefined
    const isBefore = late || (caughtUp && this.#isInFront)
    // The line of a late message begins with the time when it was said, in the time of this machine, not its sender's.
    // A wording without times at the beginning says that time itself.
    const shownAt = isBefore && wording.isDated ? at : receivedAt
    const line = wording.message({ ...message, sentAt: at }, shownAt, {
      mention,
      hops,
      hushed,
      listed: sharedListWords(event),
    })
    const where = channel === DIRECT ? 'to you' : `in ${channelTitle(sanitizeLine(channel))}`
    if (isBefore) this.#transcript.late.add({ where, at, place: placeOf(event), line, isOld: late })
    else this.#transcript.message(receivedAt, line)
  }

  #showTracker(event: Extract<News, { kind: 'tracker' }>): void {
    const { optionalTracker } = this.#options
    const isMissing = event.state === 'lost' && !this.#wasRegistered
    this.#wasRegistered ||= event.state === 'registered'
    if (isMissing && optionalTracker !== undefined) {
      this.#transcript.remark(this.style.dim(`-- no tracker at ${optionalTracker}; the LAN is enough`))
      return
    }
    if (event.state !== 'connecting' || this.verbose) this.#transcript.news(event)
    if (isMissing) this.#transcript.remark(this.style.dim(START_ONE))
  }

  #remember(speaker: Peer): void {
    const before = this.#recent.findIndex((peer) => peerId(peer) === peerId(speaker))
    if (before !== -1) this.#recent.splice(before, 1)
    this.#recent.unshift(speaker)
    this.#recent.length = Math.min(this.#recent.length, MAX_RECENT)
  }

  /** Who spoke under an address is this peer. */
  #became({ before, peer }: Extract<ChatEvent, { kind: 'became' }>): void {
    const place = this.#recent.findIndex((each) => peerId(each) === before)
    if (place !== -1) this.#recent[place] = peer
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
