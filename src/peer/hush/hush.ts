/**
 * What the user does not want to hear: muted people and channels, ignored and blocked people.
 *
 * Invariant: a person is its key, or its address without one, and has one of the three at a time: the last one said. Their
 * ends are in store time, which leaps with no clock. What an ignored person says is answered like what is kept. A blocked
 * person finds this peer as if it were not there: no answer, and no request.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { ChatError } from '../../chat/errors.ts'
import { PARTICIPLES, type Hushing, type HushKind } from '../../chat/hush.ts'
import { LIMITS } from '../../chat/limits.ts'
import { addressKey, DIRECT, peerId, type Peer, type PeerId } from '../../chat/model.ts'
import { NoAnswer, type Target } from '../../http/message.ts'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'
import { shortId } from '../../identity/short-id.ts'
import type { Clock } from '../../chat/clock.ts'
import type { RosterChange } from '../../chat/presence.ts'
import type { Entry, Hushed, Store, Verdict } from '../../store/store.ts'
import { successorSetting } from '../contacts/labels.ts'
import type { Routes } from '../contacts/routes.ts'
import type { Feature } from '../feature.ts'
import type { Self } from '../self/self.ts'

export interface HushOptions {
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  readonly store: Pick<Store, 'hushed' | 'setting' | 'set'>
  readonly self: Pick<Self, 'keys'>
  readonly routes: Pick<Routes, 'keyAt'>
}

/** What a request in clear says. */
interface Claim {
  /** The key of its sender, which proves nothing. */
  readonly claimed?: PeerId | undefined
  /** It is counted. */
  readonly isMessage?: boolean
}

const STRENGTH: Readonly<Record<HushKind, number>> = { mute: 1, ignore: 2, block: 3 }

/** Keys of one person, one after another: more than one that wants to be heard again makes in a while. */
const MOST_STEPS = 1_024

/** Dropped messages that are recognised when they are sent again; then the oldest are forgotten. */
const MAX_DROPPED = 1_024

export class Hush implements Feature {
  readonly #options: HushOptions
  /** By target and id: what was said. */
  readonly #dropped = new BoundedMap<string, string>(MAX_DROPPED, (key) => key.slice(0, key.indexOf(' ')))

  constructor(options: HushOptions) {
    this.#options = options
  }

  // --- what the user says ---------------------------------------------------------------------------

  /** All that holds now, the oldest first, with dates: Unix time in milliseconds. */
  get all(): readonly Hushed[] {
    const { clock, store } = this.#options
    const ahead = clock.wall() - clock.now()
    return store.hushed.all.filter(this.#holds).map(({ since, until, ...what }) => ({
      ...what,
      since: since + ahead,
      until: until === undefined ? undefined : until + ahead,
    }))
  }

  /** `ms`: for how long; undefined: until it is lifted. Throws ChatError. */
  set(target: string, kind: HushKind, ms?: number): void {
    const { clock, store, self } = this.#options
    if (target === self.keys.id)
      throw new ChatError(422, 'own_key', `this is your own key: you cannot ${kind} yourself`)
    if (target.startsWith('#') && kind !== 'mute')
      throw new ChatError(422, 'not_a_person', `${target} is a channel: it can be muted or left`)
    const before = this.kindOf(target) === undefined ? undefined : store.hushed.get(target)
    if (before === undefined) this.needRoom(1)
    const since = clock.now()
    const until = ms === undefined ? undefined : since + ms
    store.hushed.set({ target, kind, since, until, dropped: before?.dropped ?? 0 })
  }

  /** Ignores a person that was on a list of another, until it is lifted; `name`: what it was called there. */
  take(key: KeyId, { name, takenFrom }: Required<Pick<Hushed, 'name' | 'takenFrom'>>): void {
    const { clock, store } = this.#options
    const ignored = { kind: 'ignore', since: clock.now(), until: undefined, dropped: 0 } as const
    store.hushed.set({ target: key, ...ignored, name, takenFrom })
  }

  /** Throws ChatError 409 if so many more are too many. */
  needRoom(count: number): void {
    const held = this.#options.store.hushed.all.filter(this.#holds).length
    if (held + count <= LIMITS.hushed) return
    throw new ChatError(
      409,
      'too_many_hushed',
      `at most ${LIMITS.hushed} people and channels are muted, ignored or blocked: undo some first`,
    )
  }

  /** Returns what it was before, if that was `kind`. Throws ChatError 409 if it was another kind. */
  lift(target: string, kind: HushKind): Hushed | undefined {
    const { store } = this.#options
    const hushed = this.#held(target)
    if (hushed === undefined) return undefined
    const now = hushed.kind
    if (now !== kind)
      throw new ChatError(
        409,
        'other_kind',
        `that is ${PARTICIPLES[now]}, not ${PARTICIPLES[kind]}: /un${now}`,
      )
    store.hushed.delete(hushed.target)
    return hushed
  }

  // --- what holds -----------------------------------------------------------------------------------

  kindOf(target: string): HushKind | undefined {
    return this.#held(target)?.kind
  }

  /**
   * What holds for a person or a channel. A key that handed over to another is the same person: its owner can still use it.
   * So is a hushed program that proved a key: it can still do without.
   */
  #held(target: string): Hushed | undefined {
    const { store } = this.#options
    let id: string | undefined = target
    for (let steps = 0; id !== undefined && steps < MOST_STEPS; steps++) {
      const hushed = store.hushed.get(id)
      if (hushed !== undefined && this.#holds(hushed)) return hushed
      id = store.setting(successorSetting(id))
    }
    return undefined
  }

  /** Entries with the reason why they ask for no attention. */
  marked<Kept extends Entry>(entries: readonly Kept[]): readonly (Kept & { readonly hushed?: Hushing })[] {
    return entries.map((entry) => {
      const { own, message } = entry
      const hushed = own ? undefined : this.hushing(message.channel, message.from)
      return hushed === undefined ? entry : { ...entry, hushed }
    })
  }

  isBlocked(id: PeerId): boolean {
    return this.kindOf(id) === 'block'
  }

  /** Why a message asks for no attention; undefined: it does. */
  hushing(channel: string, from: Peer): Hushing | undefined {
    const isMutedChannel = channel !== DIRECT && this.kindOf(`#${channel}`) !== undefined
    return this.kindOf(peerId(from)) ?? (isMutedChannel ? 'channel' : undefined)
  }

  /**
   * Who a sender is that is ignored or blocked; undefined: it is heard. A key of the sender was proved. A program without one
   * that says the key of such a person, or has its address, is not heard either.
   */
  unheard(from: Peer, claimed?: PeerId): Pick<Hushed, 'target' | 'kind'> | undefined {
    const ids =
      from.key === undefined ? [peerId(from), claimed, this.#options.routes.keyAt(from)] : [from.key]
    const held = ids.map((id) => (id === undefined ? undefined : this.#held(id)))
    return held.find((hushed) => hushed !== undefined && hushed.kind !== 'mute')
  }

  /** Drops a message, and counts it once. Returns the verdict that its sender would have got for one that is kept. */
  drop(target: string, id: string | undefined, said: string): Verdict {
    const { store } = this.#options
    const key = `${target} ${id ?? ''}`
    const before = id === undefined ? undefined : this.#dropped.get(key)
    if (before !== undefined) return before === said ? 'known' : 'conflict'
    if (id !== undefined) this.#dropped.set(key, said)
    store.hushed.count(target)
    return 'new'
  }

  /** Throws NoAnswer for a request over a connection that proved the key of a blocked person. `isMessage`: it counts. */
  refuseProved(key: KeyId, isMessage: boolean): void {
    if (this.isBlocked(key)) this.#refuse(key, isMessage)
  }

  /** Throws NoAnswer for a request whose sender is a blocked person, as far as that shows: as unheard() does. */
  refuseBlocked(from: Peer, { claimed, isMessage = false }: Claim = {}): void {
    const unheard = this.unheard(from, claimed)
    if (unheard?.kind === 'block') this.#refuse(unheard.target, isMessage)
  }

  #refuse(target: string, isMessage: boolean): never {
    if (isMessage) this.#options.store.hushed.count(target)
    throw new NoAnswer('a blocked person')
  }

  /** Whether a request to this target would reach a blocked person, as far as is known. */
  isBlockedAt({ host: ip, port, key }: Target): boolean {
    const at = { ip, port }
    if (key !== undefined) return this.isBlocked(key)
    const known = this.#options.routes.keyAt(at)
    return this.isBlocked(addressKey(at)) || (known !== undefined && this.isBlocked(known))
  }

  /** What was hushed under an address, or a key, is hushed under the key that was proved there, or that it handed over to. */
  onPresence(change: RosterChange): void {
    const { hushed } = this.#options.store
    const before = change.kind === 'became' ? hushed.get(change.old) : undefined
    if (before === undefined) return
    const target = peerId(change.peer)
    if (!this.#follows(before.target, target)) return
    hushed.delete(before.target)
    const now = this.kindOf(target)
    // Of two keys of one person the one that is heard less counts.
    if (now === undefined || STRENGTH[now] < STRENGTH[before.kind]) hushed.set({ ...before, target })
  }

  /** The first key that is proved at a hushed address is that person for good. A program can prove any number of keys. */
  #follows(old: string, target: PeerId): boolean {
    const { store } = this.#options
    const successor = store.setting(successorSetting(old))
    if (successor === undefined) store.set(successorSetting(old), target)
    return successor === undefined || successor === target
  }

  sweep(): void {
    const { hushed } = this.#options.store
    for (const each of hushed.all) if (!this.#holds(each)) hushed.delete(each.target)
  }

  readonly #holds = ({ until = Infinity }: Hushed): boolean => this.#options.clock.now() < until
}

/** What a hushed person is called that was never met: as on the list that it was taken over from. */
export function unmetLabel({ target, name = '' }: Pick<Hushed, 'target' | 'name'>): string {
  if (!isKeyId(target)) return target
  return name === '' ? shortId(target) : `${name}·${shortId(target)}`
}
