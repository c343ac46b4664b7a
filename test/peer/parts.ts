/** The objects that parts of a peer hold, for tests of one part: the real ones, on no network. */
import { Presence, type RosterChange } from '../../src/chat/presence.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { Channels } from '../../src/peer/channels.ts'
import type { Contacts } from '../../src/peer/contacts/contacts.ts'
import { Routes } from '../../src/peer/contacts/routes.ts'
import { Self } from '../../src/peer/self/self.ts'
import type { ChatEvent, ChatMessage, Peer } from '../../src/chat/model.ts'
import type { IncomingMessage } from '../../src/chat/wire/messages.ts'
import type { Target } from '../../src/http/message.ts'
import type { DeliveryOptions } from '../../src/peer/messages/delivery/delivery.ts'
import type { Transport } from '../../src/peer/messages/delivery/delivery-result.ts'

const IDENTITY_OF_SELF = 'a11cea11cea11cea'
export const KEYS_OF_SELF = new KeyPair(Buffer.alloc(32, 0xa1))
const NODE_OF_SELF = '00c0ffee00c0ffee'

/** A peer that listens at its address, and is known by this identity and node. */
export function selfAt({ ip, port, name }: Peer, identity = IDENTITY_OF_SELF, node = NODE_OF_SELF): Self {
  const self = new Self({ name, keys: KEYS_OF_SELF, identity, node })
  self.listensAt({ host: ip, port })
  return self
}

export interface Membership {
  readonly presence: Presence
  readonly channels: Channels
}

/** A peer in #general and these channels and groups. */
export function membership(
  joined: readonly string[] = [],
  groups: readonly string[] = [],
  onChange: (change: RosterChange) => void = () => undefined,
): Membership {
  const presence = new Presence(onChange)
  const channels = new Channels(presence)
  for (const channel of joined) channels.join(channel)
  for (const channel of groups) channels.addGroup(channel)
  return { presence, channels }
}

/** Emits at once what is shown to a user. */
export function emitting(onEvent: (event: ChatEvent) => void = () => undefined) {
  return { emit: onEvent }
}

/** A transport that sends by this function. */
export function transportBy(
  send: Transport['send'],
  supportsBatch: Transport['supportsBatch'] = () => false,
) {
  return { send, supportsBatch }
}

/** What a delivery is given beside its transport, by tests that look at what is sent only. */
export function quietly(): Pick<DeliveryOptions, 'random' | 'events' | 'store'> {
  const store = { delivered: () => undefined, failed: () => undefined }
  return { random: () => 0.5, events: emitting(), store }
}

/** What discovery holds beside presence, where no peer has a key: contacts that must not be asked. */
export function keyless() {
  const never = (): never => {
    throw new Error('no peer here has a key')
  }
  const contacts: Pick<Contacts, 'hint' | 'withdraw' | 'isGone' | 'keepsName' | 'met' | 'meet'> = {
    hint: never,
    withdraw: () => undefined,
    isGone: never,
    keepsName: () => false,
    met: never,
    meet: never,
  }
  return { contacts, routes: new Routes(), vetting: { passed: () => undefined } }
}

/** What parts hold of closed channels, for a peer that is in none. */
export const NO_CLOSED = {
  membership: { wasIn: () => false, scopeOf: () => undefined, get: () => undefined },
  entrances: {
    roomOf: (target: Target): Target => target,
    targetOf: (target: Target): Target => target,
    inThisEpoch: (message: ChatMessage): ChatMessage => message,
    localized: (message: IncomingMessage): IncomingMessage => message,
  },
}
