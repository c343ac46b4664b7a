/**
 * Messages that were said before they arrived, as one block.
 *
 * Invariant: the block has its messages in the order in which they were said; whatever happens while it is gathered is
 * printed below it.
 */
import { dayLine } from '../terminal/render.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Days } from '../terminal/days.ts'
import type { Style } from '../terminal/style.ts'
import type { ChatView } from './view.ts'

/** The block is printed this long after its last message, and this long after its first, in milliseconds. */
const QUIET = 200
const MAX_WAIT = 1_000
/** The same at the start, when the members answer one after the other with what they have. */
const QUIET_AT_START = 1_000
const MAX_WAIT_AT_START = 4_000
/** Old messages of one conversation in a block; /history has the others. */
const MAX_SHOWN = 20

interface LateMessage {
  /** `in #general`, or `to you`. */
  readonly where: string
  /** When it was said: Unix time in milliseconds. */
  readonly at: number
  /** Its place in the order of stored messages: placeOf(). */
  readonly place: number
  readonly line: string
  /** It may be left out if there are many. */
  readonly isOld: boolean
}

export class LateMessages {
  readonly #clock: Clock
  readonly #style: Style
  readonly #days: Days
  readonly #view: Pick<ChatView, 'note'>
  #messages: LateMessage[] = []
  #held: (() => void)[] = []
  /** The end of the gathering: Unix time in milliseconds; undefined: nothing is being gathered. */
  #until: number | undefined
  #quiet = QUIET
  #cancel = (): void => undefined

  constructor(clock: Clock, style: Style, days: Days, view: Pick<ChatView, 'note'>) {
    this.#clock = clock
    this.#style = style
    this.#days = days
    this.#view = view
  }

  /** Starts to gather before the first message: at the start, missed messages are about to come. */
  gather(): void {
    this.#until ??= this.#clock.now() + MAX_WAIT_AT_START
    this.#quiet = QUIET_AT_START
    this.#flushIn(MAX_WAIT)
  }

  add(message: LateMessage): void {
    const now = this.#clock.now()
    this.#messages.push(message)
    this.#until ??= now + MAX_WAIT
    this.#flushIn(Math.min(this.#quiet, Math.max(0, this.#until - now)))
  }

  /** Prints something that happens now: below the block that is being gathered, or at once. */
  live(print: () => void): void {
    if (this.#until === undefined) print()
    else this.#held.push(print)
  }

  flush(): void {
    this.#cancel()
    this.#until = undefined
    this.#quiet = QUIET
    const [messages, held] = [this.#messages, this.#held]
    this.#messages = []
    this.#held = []
    if (messages.length > 0) this.#printBlock(messages)
    for (const print of held) print()
  }

  #flushIn(ms: number): void {
    this.#cancel()
    this.#cancel = this.#clock.after(ms, () => {
      this.flush()
    })
  }

  #printBlock(messages: readonly LateMessage[]): void {
    const conversations = [...new Set(messages.map(({ where }) => where))].map((where) =>
      messages.filter((message) => message.where === where),
    )
    const shown = inOrder(conversations.flatMap(worthShowing))
    const counts = conversations.map((all) => countOf(all, all.length - worthShowing(all).length))
    this.#view.note(this.#style.dim(`-- said before: ${counts.join(', ')}`))
    for (const { at, line } of shown) {
      this.#printDay(at)
      this.#view.note(line)
    }
    this.#printDay(this.#clock.wall())
    this.#view.note(this.#style.dim('-- now'))
  }

  #printDay(at: number): void {
    const day = this.#days.next(at)
    if (day !== undefined) this.#view.note(dayLine(day, this.#style))
  }
}

function inOrder(messages: readonly LateMessage[]): LateMessage[] {
  return messages.toSorted((one, other) => one.place - other.place)
}

function worthShowing(messages: readonly LateMessage[]): LateMessage[] {
  const old = inOrder(messages.filter(({ isOld }) => isOld))
  return [...old.slice(-MAX_SHOWN), ...messages.filter(({ isOld }) => !isOld)]
}

/** For the messages of one conversation. */
function countOf([first, ...others]: readonly LateMessage[], hidden: number): string {
  const count = others.length + 1
  const rest = hidden > 0 ? ` (${hidden} more before these: /history ${count})` : ''
  return `${count} message${count === 1 ? '' : 's'} ${first?.where ?? ''}${rest}`
}
