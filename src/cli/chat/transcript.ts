/**
 * The lines of a chat in the order in which they are shown: messages that arrived late as one block, whatever happens
 * meanwhile below it, and a line for every new day.
 */
import { Days, untilMidnight } from '../terminal/days.ts'
import { dayLine } from '../terminal/render.ts'
import { LateMessages } from './late-messages.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Style } from '../terminal/style.ts'
import type { ChatView } from './view.ts'
import type { News, Wording } from './wording.ts'

export class Transcript {
  readonly days: Days
  readonly late: LateMessages
  readonly wording: Wording
  readonly #view: ChatView
  readonly #style: Style
  readonly #clock: Clock
  #cancelMidnight = (): void => undefined

  constructor(view: ChatView, style: Style, clock: Clock, wording: Wording) {
    this.#view = view
    this.#style = style
    this.#clock = clock
    this.wording = wording
    this.days = new Days(clock.wall())
    this.late = new LateMessages(clock, style, this.days, view)
  }

  /** Begins in front of a user: missed messages come first, and midnight has a line. */
  begin(): void {
    this.late.gather()
    this.#waitForMidnight()
  }

  /** A message; its line may begin with this time of day. */
  message(at: number, line: string): void {
    this.late.live(() => {
      this.#printDay(at)
      this.#view.print(line)
    })
  }

  remark(text: string): void {
    this.late.live(() => {
      this.#view.note(text)
    })
  }

  news(news: News): void {
    const text = this.wording.news(news)
    if (text !== undefined) this.remark(text)
  }

  /** Prints everything that is held back, and ends. */
  flush(): void {
    this.#cancelMidnight()
    this.late.flush()
  }

  #printDay(at: number): void {
    const day = this.wording.isDated ? this.days.next(at) : undefined
    if (day !== undefined) this.#view.note(dayLine(day, this.#style))
  }

  #waitForMidnight(): void {
    const clock = this.#clock
    this.#cancelMidnight = clock.after(untilMidnight(clock.wall()), () => {
      this.#printDay(clock.wall())
      this.#waitForMidnight()
    })
  }
}
