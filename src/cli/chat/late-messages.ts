/**
 * Messages that were said before they came, as one block: they are gathered for a moment and printed together, the
 * oldest first, each at the time when it was said. What happens meanwhile is held and printed below the block.
 */
import { dayLine } from '../terminal/render.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Days } from '../terminal/days.ts'
import type { Style } from '../terminal/style.ts'

/** In milliseconds: after the last one, and after the first. */
const QUIET_FOR = 200
const AT_MOST = 1_000
/** The same at a start: each member that is asked answers with what it has, one after the other. */
const QUIET_AT_START = 1_000
const AT_MOST_AT_START = 4_000
/** Of those of one place that are old; the others are in /history. */
const MOST_SHOWN = 20

interface LateLine {
  readonly where: string
  /** When it was said: Unix time in milliseconds. */
  readonly at: number
  /** In the order of what is kept: placeOf(). */
  readonly place: number
  readonly line: string
  /** It may be left out where there are many. */
  readonly isOld: boolean
}

export class LateMessages {
  readonly #clock: Clock
  readonly #style: Style
  readonly #days: Days
  readonly #print: (text: string) => void
  #lines: LateLine[] = []
  #held: (() => void)[] = []
  /** Until when is gathered: Unix time in milliseconds; undefined while nothing is. */
  #until: number | undefined
  #quiet = QUIET_FOR
  #cancel = (): void => undefined

  constructor(clock: Clock, style: Style, days: Days, print: (text: string) => void) {
    this.#clock = clock
    this.#style = style
    this.#days = days
    this.#print = print
  }

  /** Gathers from now on, although nothing has come yet: at the start, what was missed is about to come. */
  gather(): void {
    this.#until ??= this.#clock.now() + AT_MOST_AT_START
    this.#quiet = QUIET_AT_START
    this.#flushIn(AT_MOST)
  }

  /** `where`: `in #general`, or `to you`. */
  add(line: LateLine): void {
    const now = this.#clock.now()
    this.#lines.push(line)
    this.#until ??= now + AT_MOST
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
    this.#quiet = QUIET_FOR
    const [lines, held] = [this.#lines, this.#held]
    this.#lines = []
    this.#held = []
    if (lines.length > 0) this.#printBlock(lines)
    for (const print of held) print()
  }

  #flushIn(ms: number): void {
    this.#cancel()
    this.#cancel = this.#clock.after(ms, () => {
      this.flush()
    })
  }

  #printBlock(lines: readonly LateLine[]): void {
    const places = [...new Set(lines.map(({ where }) => where))].map((where) =>
      lines.filter((line) => line.where === where),
    )
    const shown = inOrder(places.flatMap(worthShowing))
    const counts = places.map((all) => countOf(all, all.length - worthShowing(all).length))
    this.#print(this.#style.dim(`-- said before: ${counts.join(', ')}`))
    for (const { at, line } of shown) {
      this.#printDay(at)
      this.#print(line)
    }
    this.#printDay(this.#clock.wall())
    this.#print(this.#style.dim('-- now'))
  }

  #printDay(at: number): void {
    const day = this.#days.next(at)
    if (day !== undefined) this.#print(dayLine(day, this.#style))
  }
}

function inOrder(lines: readonly LateLine[]): LateLine[] {
  return lines.toSorted((one, other) => one.place - other.place)
}

function worthShowing(lines: readonly LateLine[]): LateLine[] {
  const old = inOrder(lines.filter(({ isOld }) => isOld))
  return [...old.slice(-MOST_SHOWN), ...lines.filter(({ isOld }) => !isOld)]
}

/** Of one place. */
function countOf([first, ...others]: readonly LateLine[], hidden: number): string {
  const count = others.length + 1
  const rest = hidden > 0 ? ` (${hidden} more before these: /history ${count})` : ''
  return `${count} message${count === 1 ? '' : 's'} ${first?.where ?? ''}${rest}`
}
