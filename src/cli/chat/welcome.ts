/**
 * What a chat in a terminal begins with: who we are, how others find us, where the page is and who is here, in four
 * lines. What happens in the first moment is not told one by one but by them. Pure.
 */
import { GENERAL, type ChatEvent } from '../../chat/model.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { TrackerState } from '../../chat/model.ts'

export interface OpeningFacts {
  readonly name: string
  /** ` already runs here`-part of the first line; mostly empty. */
  readonly taken: string
  /** Ours. */
  readonly address: string
  /** Names of the networks of the LAN; undefined when it is off. */
  readonly lan: readonly string[] | undefined
  /** Nobody but this machine is to be reached there. */
  readonly isThisMachineOnly: boolean
  /** The address of the tracker; undefined: we go without. */
  readonly tracker: string | undefined
  /** It is no misfortune when it is not there. */
  readonly isTrackerOptional: boolean
  readonly byHand: readonly string[]
  /** Of the page; undefined: there is none. */
  readonly url: string | undefined
  readonly isPageForOthers: boolean
  /** Names of those in #general. */
  readonly here: readonly string[]
}

/** Of those that are here, as many are named. */
const MOST_NAMES = 8

/** Events until the lines are printed. */
export class Welcome {
  #tracker: TrackerState = 'none'
  readonly #later: ChatEvent[] = []

  take(event: ChatEvent): void {
    if (event.kind === 'tracker') this.#tracker = event.state
    this.#later.push(event)
  }

  /** Whether the tracker has answered, or does not. */
  get isTrackerKnown(): boolean {
    return this.#tracker === 'registered' || this.#tracker === 'lost'
  }

  /** What the lines do not say. */
  later({ tracker, isTrackerOptional }: Pick<OpeningFacts, 'tracker' | 'isTrackerOptional'>): ChatEvent[] {
    const isSaid = (event: ChatEvent): boolean => {
      switch (event.kind) {
        case 'tracker':
          return tracker !== undefined && (event.state !== 'lost' || isTrackerOptional)
        case 'present':
        case 'joined':
          return event.channel === GENERAL
        default:
          return false
      }
    }
    return this.#later.filter((event) => !isSaid(event))
  }

  lines(facts: OpeningFacts): string[] {
    const { name, taken, address, url, isPageForOthers } = facts
    const page = isPageForOthers ? 'your page, which other machines can open, too:' : 'your page:'
    return [
      `-- you are ${sanitizeLine(name)} at ${address}${taken}`,
      `-- ${[lanWords(facts), ...byHandWords(facts), this.#trackerWords(facts), ...(url === undefined ? [] : [page])].join('; ')}`,
      ...(url === undefined ? [] : [url]),
      `-- ${hereWords(facts)}; type to talk in #${GENERAL}, /help for more`,
    ]
  }

  #trackerWords({ tracker, isTrackerOptional, lan, byHand }: OpeningFacts): string {
    if (tracker === undefined)
      return lan === undefined && byHand.length === 0
        ? 'no tracker: nobody can find you; give one with --tracker-ip'
        : 'no tracker'
    if (this.#tracker === 'registered') return `registered with the tracker ${tracker}`
    if (this.#tracker !== 'lost') return `looking for the tracker ${tracker}`
    return isTrackerOptional ? `no tracker at ${tracker}, none needed` : `no tracker at ${tracker}`
  }
}

function lanWords({ lan, isThisMachineOnly }: OpeningFacts): string {
  if (lan === undefined) return 'LAN off'
  if (isThisMachineOnly) return 'LAN: this machine only'
  return lan.length === 0 ? 'LAN: no network' : `LAN ${lan.join(', ')}`
}

function byHandWords({ byHand }: OpeningFacts): string[] {
  return byHand.length === 0 ? [] : [`by hand ${byHand.join(', ')}`]
}

function hereWords({ here }: OpeningFacts): string {
  if (here.length === 0) return 'nobody else is here yet'
  const named = here.slice(0, MOST_NAMES).map(sanitizeLine).join(', ')
  return `here: ${named}${here.length > MOST_NAMES ? ` and ${here.length - MOST_NAMES} more` : ''}`
}
