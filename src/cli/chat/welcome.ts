/**
 * The first four lines of a chat in a terminal: who the user is, how others find the peer, where its page is and who is
 * here. Events of the first moment that these lines cover have no line of their own.
 */
import { GENERAL, type ChatEvent, type TrackerState } from '../../chat/model.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { PeerListener } from '../running/peer-events.ts'

export interface WelcomeFacts {
  readonly name: string
  /** The own key as people read it out. */
  readonly shortId: string
  /** The end of the first line if the name is not the one asked for: `: kim runs on this machine already`; else empty. */
  readonly nameNote: string
  /** The own address. */
  readonly address: string
  /** Names of the networks of the LAN; undefined: it is off. */
  readonly lan: readonly string[] | undefined
  /** The LAN reaches no other machine. */
  readonly isThisMachineOnly: boolean
  /** The address of the tracker; undefined: there is none. */
  readonly tracker: string | undefined
  /** The tracker need not be there. */
  readonly isTrackerOptional: boolean
  /** Addresses given by hand. */
  readonly byHand: readonly string[]
  /** The address of the page; undefined: there is none. */
  readonly url: string | undefined
  readonly isPageForOthers: boolean
  /** Names of the users in #general. */
  readonly here: readonly string[]
}

const MAX_NAMES = 8

export class Welcome implements PeerListener {
  readonly #held: ChatEvent[] = []
  #tracker: TrackerState = 'none'
  #next: PeerListener | undefined

  show(event: ChatEvent): void {
    if (this.#next !== undefined) {
      this.#next.show(event)
      return
    }
    if (event.kind === 'tracker') this.#tracker = event.state
    this.#held.push(event)
  }

  /** Whether the tracker has answered, or failed to. */
  get isTrackerKnown(): boolean {
    return this.#tracker === 'registered' || this.#tracker === 'lost'
  }

  /** `next` gets the events from now on, first those of the first moment that the lines do not cover. */
  passOn(next: PeerListener, facts: Pick<WelcomeFacts, 'tracker' | 'isTrackerOptional'>): void {
    for (const event of this.#held.splice(0)) if (!isCovered(event, facts)) next.show(event)
    this.#next = next
  }

  lines(facts: WelcomeFacts): string[] {
    const { name, shortId, nameNote, address, url, isPageForOthers } = facts
    const page = isPageForOthers ? 'your page, which other machines can open, too:' : 'your page:'
    return [
      `-- you are ${sanitizeLine(name)} (${shortId}) at ${address}${nameNote}`,
      `-- ${[lanWords(facts), ...byHandWords(facts), this.#trackerWords(facts), ...(url === undefined ? [] : [page])].join('; ')}`,
      ...(url === undefined ? [] : [url]),
      `-- ${hereWords(facts)}; type to talk in #${GENERAL}, /help for more`,
    ]
  }

  #trackerWords({ tracker, isTrackerOptional, lan, byHand }: WelcomeFacts): string {
    if (tracker === undefined)
      return lan === undefined && byHand.length === 0
        ? 'no tracker: nobody can find you; give one with --tracker-ip'
        : 'no tracker'
    if (this.#tracker === 'registered') return `registered with the tracker ${tracker}`
    if (this.#tracker !== 'lost') return `looking for the tracker ${tracker}`
    return isTrackerOptional ? `no tracker at ${tracker}, none needed` : `no tracker at ${tracker}`
  }
}

function isCovered(
  event: ChatEvent,
  { tracker, isTrackerOptional }: Pick<WelcomeFacts, 'tracker' | 'isTrackerOptional'>,
): boolean {
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

function lanWords({ lan, isThisMachineOnly }: WelcomeFacts): string {
  if (lan === undefined) return 'LAN off'
  if (isThisMachineOnly) return 'LAN: this machine only'
  return lan.length === 0 ? 'LAN: no network' : `LAN ${lan.join(', ')}`
}

function byHandWords({ byHand }: WelcomeFacts): string[] {
  return byHand.length === 0 ? [] : [`by hand ${byHand.join(', ')}`]
}

function hereWords({ here }: WelcomeFacts): string {
  if (here.length === 0) return 'no one else is here yet'
  const named = here.slice(0, MAX_NAMES).map(sanitizeLine).join(', ')
  return `here: ${named}${here.length > MAX_NAMES ? ` and ${here.length - MAX_NAMES} more` : ''}`
}
