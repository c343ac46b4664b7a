/** Registration, leases, and membership in channels. */
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { GENERAL, addressKey, type AddressKey } from '../../chat/model.ts'
import { endpoint, registration, subject } from '../../chat/wire/peers.ts'
import { json } from '../../http/router.ts'
import { longForm, shortForm, shortFormWithKey } from '../legacy/peer-json.ts'
import { unknownPeer, type Registry } from '../registry.ts'
import { fitting, isParley, mayBeJoined, wantedChannel, type Asked, type Endpoints } from './asked.ts'
import type { Access } from '../access.ts'
import type { Response } from '../../http/message.ts'

/** In seconds. */
const LEASE = { ttl: TIMES.lease / 1000, interval: TIMES.heartbeat / 1000 }

export class MemberRoutes {
  readonly #registry: Registry
  readonly #access: Access
  /** Peers that named no channel. Most legacy clients do not call /add-list, so such a peer is in #general until it joins another. */
  readonly #assumed = new Set<AddressKey>()

  constructor(registry: Registry, access: Access) {
    this.#registry = registry
    this.#access = access
  }

  get endpoints(): Endpoints {
    return {
      'POST /submit-info': (asked) => this.#submitInfo(asked),
      'PUT /submit-info': (asked) => this.#submitInfo(asked),
      'POST /heartbeat': (asked) => this.#heartbeat(asked),
      'POST /leave': (asked) => this.#leave(asked),
      'POST /add-list': (asked) => this.#addList(asked),
      'POST /remove-list': (asked) => this.#removeList(asked),
    }
  }

  #submitInfo(asked: Asked): Response {
    this.#access.payForRegistration(asked)
    const { peer, channels } = registration(asked.fields, asked.from)
    for (const channel of channels) mayBeJoined(channel, 'channels')
    const id = addressKey(peer)
    const isNew = this.#registry.get(id) === undefined
    const entry = this.#access.register(peer, asked)
    if (channels.length === 0 && isNew && !isParley(asked.request)) this.#assume(id)
    for (const channel of channels) this.#registry.join(id, channel)
    const { size } = this.#registry
    const answer = { status: 'ok', result: 'success', message: 'Registered', peers_count: size }
    return json(200, { ...answer, peer_id: id, id, peer: longForm(entry), total_peers: size, ...LEASE })
  }

  #assume(id: AddressKey): void {
    // Peers that have left since are removed once they are the majority.
    if (this.#assumed.size > 2 * this.#registry.size)
      for (const known of this.#assumed)
        if (this.#registry.get(known) === undefined) this.#assumed.delete(known)
    this.#assumed.add(id)
    this.#registry.join(id, GENERAL)
  }

  #heartbeat(asked: Asked): Response {
    const peer = endpoint(asked.fields, asked.from)
    this.#access.mayActFor(peer, asked)
    const entry = this.#registry.renew(addressKey(peer), asked.now, { heartbeat: true })
    if (entry === undefined) throw unknownPeer(addressKey(peer))
    return json(200, { status: 'ok', ...LEASE, channels: [...entry.channels] })
  }

  #leave(asked: Asked): Response {
    const { peer } = this.#access.actor(subject(asked.fields, asked.from), asked)
    this.#registry.leave(addressKey(peer), 'left')
    return json(200, { status: 'ok' })
  }

  #addList(asked: Asked): Response {
    const { fields, from } = asked
    const channel = wantedChannel(fields)
    const wanted = subject(fields, from)
    this.#access.registerUnknown(wanted, asked)
    const id = addressKey(this.#access.actor(wanted, asked).peer)
    if (this.#assumed.delete(id) && channel !== GENERAL) this.#registry.part(id, GENERAL, 'left')
    this.#registry.join(id, channel)
    return this.#membership(channel, asked)
  }

  #removeList(asked: Asked): Response {
    const { fields, from } = asked
    const channel = wantedChannel(fields)
    const { peer } = this.#access.actor(subject(fields, from), asked)
    this.#registry.part(addressKey(peer), channel, 'left')
    return this.#membership(channel, asked)
  }

  /** All members of the channel, in the short form if there are many. */
  #membership(channel: string, asked: Asked): Response {
    const all = this.#registry.members(channel, asked.now)
    const members = all.map(all.length > LIMITS.peersPerAnswer ? shortFormWithKey : longForm)
    const answer = { status: 'ok', channel, members, member_count: members.length }
    return fitting(asked, answer, [{ field: 'members', brief: all.map(shortForm) }])
  }
}
