/**
 * What a proved key is called, and what is said when that changes.
 *
 * Invariant: every change of the name of a person is kept, and each that could mislead is said once: another person's name,
 * the name of a person whose key was another until now, a verified person's new name. Nothing is said of a person that the
 * user does not want to hear: it could say anything by its name.
 */
import { isUnheard } from '../../chat/hush.ts'
import { labelOf } from '../../chat/model.ts'
import { renameWords, type NameChange } from '../../chat/renames.ts'
import { shortId } from '../../identity/short-id.ts'
import type { Clock } from '../../chat/clock.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Hush } from '../hush/hush.ts'
import type { Keyed } from './hint.ts'
import { successorSetting, type Labels } from './labels.ts'
import type { Verification } from './verification.ts'

export interface NameNewsOptions {
  readonly clock: Clock
  readonly store: Pick<
    Store,
    'person' | 'namesakes' | 'remember' | 'calledHere' | 'acceptName' | 'formerNames' | 'setting'
  >
  readonly presence: Pick<PresenceView, 'get'>
  readonly labels: Pick<Labels, 'shown'>
  readonly events: Pick<Events, 'emit'>
  readonly verification: Pick<Verification, 'met' | 'verifiedAt'>
  readonly hush: Pick<Hush, 'kindOf'>
}

export class NameNews {
  readonly #options: NameNewsOptions

  constructor(options: NameNewsOptions) {
    this.#options = options
  }

  /** A connection proved the key of this peer, which has this name. */
  met(peer: Keyed): void {
    const { store, clock, labels, verification } = this.#options
    const { key, name } = peer
    const before = store.person(key)
    const shown = before && labelOf(labels.shown(before))
    const [owner] = store.namesakes(name).flatMap((other) => other.key ?? [])
    store.remember(peer, clock.now())
    if (before === undefined && owner !== undefined && owner !== key) this.#warnOfKey(peer, owner)
    if (before === undefined || shown === undefined || before.name === name) {
      verification.met(peer)
      return
    }
    const change = { before: shown, after: labelOf(labels.shown(peer)), claimed: name }
    this.#keep(key, before.name, change)
    this.#noteKeptName(peer, change)
    verification.met(peer, change)
  }

  /** The user calls a person by the name that it has taken. Returns whether it was called otherwise. */
  accept(key: KeyId): boolean {
    const { store, labels } = this.#options
    const peer = store.person(key)
    if (peer === undefined || store.calledHere(key) === undefined) return false
    const before = labelOf(labels.shown(peer))
    store.acceptName(key)
    this.#keep(key, peer.name, { before, after: labelOf(labels.shown(peer)), claimed: peer.name })
    return true
  }

  #keep(key: KeyId, name: string, { before, after, claimed }: NameChange): void {
    const { store, clock } = this.#options
    const former = { name, until: clock.wall(), became: after, claimed }
    store.formerNames.add(key, before === name ? former : { ...former, shown: before })
  }

  /**
   * A new person has the name of one who is verified, or who is not here, or whose old key this is: that one may have another
   * key now, or not.
   */
  #warnOfKey({ key, name }: Keyed, owner: KeyId): void {
    const { store, presence, verification } = this.#options
    const isVerified = verification.verifiedAt(owner) !== undefined
    const wasHandedOver = store.setting(successorSetting(key)) !== undefined
    if (!isVerified && !wasHandedOver && presence.get(owner) !== undefined) return
    const [known, other] = [shortId(owner, [key]), shortId(key, [owner])]
    const was = isVerified ? `${known}, which you verified` : known
    this.#notice(
      key,
      `WARNING: another key calls itself ${name}: that of the ${name} you know is ${was}, this one is ${other}. It is another person, shown as ${name}·${other}, unless ${name} tells you otherwise face to face: then compare with /verify ${name}·${other}`,
    )
  }

  /** The new name is that of another person here. */
  #noteKeptName({ key, name }: Keyed, change: NameChange): void {
    if (this.#options.store.calledHere(key) === undefined) return
    this.#notice(key, `${renameWords(change)}. /accept ${change.after} calls it ${name}·${shortId(key)}`)
  }

  #notice(about: KeyId, text: string): void {
    const { events, hush } = this.#options
    if (!isUnheard(hush.kindOf(about))) events.emit({ kind: 'notice', text })
  }
}
