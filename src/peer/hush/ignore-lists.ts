/**
 * Ignore lists that people share in messages. Invariant: a list is what the person that shared it proved to have said, the
 * last one. Nobody is ignored but by the user: taking a list over leaves alone who is muted, ignored or blocked already, and
 * its undo lifts only what was taken over from that person.
 */
import { isDeed, textOf } from '../../chat/content.ts'
import { ChatError } from '../../chat/errors.ts'
import { ignoreListIn, ignoreListText, WORDS_OF_LISTS, type Listed } from '../../chat/ignore-list.ts'
import { LIMITS } from '../../chat/limits.ts'
import { labelOf, peerId, type Peer, type PeerId } from '../../chat/model.ts'
import { isKeyId } from '../../identity/public-key.ts'
import type { HushKind } from '../../chat/hush.ts'
import type { Entry, Hushed, Store } from '../../store/store.ts'
import type { Labels } from '../contacts/labels.ts'
import type { Self } from '../self/self.ts'
import type { Hush } from './hush.ts'

export interface IgnoreListsOptions {
  readonly hush: Pick<Hush, 'all' | 'kindOf' | 'needRoom' | 'take' | 'lift'>
  readonly store: Pick<Store, 'search' | 'person'>
  readonly self: Pick<Self, 'keys'>
  readonly labels: Pick<Labels, 'known'>
}

/** The own list, as it is shared. */
export interface OwnList {
  readonly text: string
  /** How many are on it. */
  readonly listed: number
  /** How many could be: those that are ignored or blocked without an end, and have a key. */
  readonly all: number
}

export interface SharedList {
  readonly from: Peer
  /** When it was shared: Unix time in milliseconds. */
  readonly at: number
  /** Without the user, who cannot be ignored. */
  readonly people: readonly SharedPerson[]
}

export interface SharedPerson extends Listed {
  /** The person, if it was met. */
  readonly known: Peer | undefined
  readonly hushed: HushKind | undefined
  /** It is ignored because it was on a list of this person. */
  readonly isTaken: boolean
}

/** Messages of one person with the words of a list that are looked through, the newest first. */
const MOST_FOUND = 200

/** The people on the list that a message is; undefined: it is none, or nobody proved to have said it. */
export function listOf({ own, proof, message }: Pick<Entry, 'own' | 'proof' | 'message'>) {
  const isProved = own || (proof !== undefined && message.from.key !== undefined)
  return isProved && !isDeed(message.content) ? ignoreListIn(textOf(message.content)) : undefined
}

export class IgnoreLists {
  readonly #options: IgnoreListsOptions

  constructor(options: IgnoreListsOptions) {
    this.#options = options
  }

  /** The people with keys that are ignored or blocked without an end; the latest, if they are too many. Throws ChatError 409 without any. */
  own(): OwnList {
    const all = this.#options.hush.all.flatMap((hushed) => this.#listed(hushed))
    if (all.length === 0)
      throw new ChatError(409, 'nobody_ignored', 'you ignore and block no person with a key, without an end')
    const people = all.slice(-LIMITS.sharedIgnored)
    return { text: ignoreListText(people), listed: people.length, all: all.length }
  }

  /** The last list that a person shared. Rejects with ChatError 404 if there is none. */
  async of(from: Peer): Promise<SharedList> {
    const found = await this.#options.store.search(WORDS_OF_LISTS, MOST_FOUND, { sender: peerId(from) })
    const isOf = (entry: Entry): boolean => !entry.own && entry.message.from.key === from.key
    for (const entry of found.filter(isOf)) {
      const people = listOf(entry)
      if (people !== undefined) return { from, at: entry.at, people: this.#seen(people, from) }
    }
    throw new ChatError(404, 'no_list', `${labelOf(from)} has shared no list here`)
  }

  /** Ignores these people of the list of a person, or all of them; returns how many are ignored now that were not. Rejects with ChatError. */
  async take(from: Peer, ids?: readonly PeerId[]): Promise<number> {
    const { hush } = this.#options
    const { people } = await this.of(from)
    const wanted = people.filter(({ key, hushed }) => hushed === undefined && (ids?.includes(key) ?? true))
    hush.needRoom(wanted.length)
    for (const { key, name } of wanted) hush.take(key, { name, takenFrom: peerId(from) })
    return wanted.length
  }

  /** Ignores these people, or all, no longer if they were taken over from this person; returns how many. */
  undo(from: Peer, ids?: readonly PeerId[]): number {
    const { hush } = this.#options
    const taken = hush.all.filter(
      ({ target, takenFrom }) => takenFrom === peerId(from) && (ids?.includes(target) ?? true),
    )
    for (const { target } of taken) hush.lift(target, 'ignore')
    return taken.length
  }

  #listed({ target, kind, until, name = '' }: Hushed): readonly Listed[] {
    if (kind === 'mute' || until !== undefined || !isKeyId(target)) return []
    return [{ key: target, name: this.#options.labels.known(target)?.name ?? name }]
  }

  #seen(people: readonly Listed[], from: Peer): readonly SharedPerson[] {
    const { hush, self, labels } = this.#options
    const taken = new Set(
      hush.all.flatMap(({ target, takenFrom }) => (takenFrom === peerId(from) ? [target] : [])),
    )
    return people
      .filter(({ key }) => key !== self.keys.id)
      .map((listed) => {
        const { key } = listed
        return { ...listed, known: labels.known(key), hushed: hush.kindOf(key), isTaken: taken.has(key) }
      })
  }
}
