/** An inbox and an outgoing side with a clock driven by hand, and everything that they lead to. */
import { TIMES } from '../../../src/chat/limits.ts'
import { asContent, textOf } from '../../../src/chat/content.ts'
import { addressKey, type ChatEvent, type ChatMessage, type Peer } from '../../../src/chat/model.ts'
import { Delivery } from '../../../src/peer/messages/delivery/delivery.ts'
import { Hearsay } from '../../../src/peer/messages/hearsay.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { networkTag } from '../../../src/identity/message-signature.ts'
import { SignatureCheck } from '../../../src/peer/messages/signatures/signed-form.ts'
import { Identities } from '../../../src/peer/contacts/identities.ts'
import { Floods } from '../../../src/peer/hush/floods.ts'
import { Hush } from '../../../src/peer/hush/hush.ts'
import { Inbox } from '../../../src/peer/messages/inbox.ts'
import { Outgoing } from '../../../src/peer/messages/outgoing.ts'
import { Relay } from '../../../src/peer/messages/relay.ts'
import { CONTACT, trackerSource } from '../../../src/peer/discovery/source.ts'
import { NO_CLOSED, emitting, membership, selfAt, transportBy } from '../parts.ts'
import { memoryStore } from '../../support/peers.ts'
import { ManualClock } from '../../support/clock.ts'
import type { Clock } from '../../../src/chat/clock.ts'
import type { Source } from '../../../src/chat/presence.ts'
import type { IncomingMessage } from '../../../src/chat/wire/messages.ts'

export const SELF: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }
export const BOB: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }
export const CAROL: Peer = { ip: '10.0.0.3', port: 8000, name: 'carol' }
export const RITA: Peer = { ip: '10.0.0.4', port: 8000, name: 'rita' }
export const ZED: Peer = { ip: '10.0.0.9', port: 50_000, name: 'zed', lsnp: 'zed@10.0.0.9' }
export const TRACKER = trackerSource({ host: '10.0.0.250', port: 9001 })
/** The identity of a peer that has one. */
export const IDENTITY = 'b0b0b0b0b0b0b0b0'

/** A message that was shown, with its text and how often it was relayed. */
export type Shown = ChatMessage & { readonly text: string; readonly hops: number | undefined }

/** A peer in #general, #ops and the group #trip, which has left #old and relays between a tracker and a LAN. */
export async function startMessages() {
  const clock = new ManualClock()
  const store = await memoryStore(clock)
  const time: Clock = {
    now: () => store.now(),
    wall: () => clock.wall(),
    after: (ms, task) => clock.after(ms, task),
  }
  const { presence, channels } = membership(['ops', 'old'], ['trip'])
  channels.part('old')
  /** What was sent: `bob: hi to carol, hops 1`. */
  const sent: string[] = []
  /** Peers that were named, and by which host. */
  const candidates: string[] = []
  const shown: Shown[] = []
  const events: Extract<ChatEvent, { kind: 'message' }>[] = []
  const emitter = emitting((event) => {
    if (event.kind !== 'message') return
    const { message, hops } = event
    shown.push({ ...message, hops, text: textOf(message.content) })
    events.push(event)
  })
  const transport = transportBy(
    (to, messages) => {
      for (const { message, hops } of messages)
        sent.push(`${message.from.name}: ${textOf(message.content)} to ${to.name}, hops ${hops ?? 0}`)
      return Promise.resolve(messages.map(() => ({ ok: true })))
    },
    () => true,
  )
  // Nothing is settled in the store: messages stay in the outbox.
  const quiet = { delivered: () => undefined, failed: () => undefined }
  const delivery = new Delivery({ transport, clock: time, random: () => 0, events: emitter, store: quiet })
  const hearsay = new Hearsay()
  const ignored = (): void => undefined
  const self = selfAt(SELF, store.identity)
  const { membership: closed } = NO_CLOSED
  const shared = {
    clock: time,
    random: Math.random,
    store,
    self,
    channels,
    presence,
    delivery,
    membership: closed,
  }
  const routes = new Routes()
  const hush = new Hush({ clock: time, store, self, routes })
  const notices: string[] = []
  const floods = new Floods(
    emitting((event) => {
      if (event.kind === 'notice') notices.push(event.text)
    }),
    { shown: (peer) => peer },
  )
  const outgoing = new Outgoing({
    ...shared,
    hush,
    events: emitter,
    signer: { leaving: (message) => message, said: ignored, extended: ignored },
  })
  const inbox = new Inbox({
    ...shared,
    events: emitter,
    hush,
    floods,
    hearsay,
    relay: new Relay({ presence, channels, delivery, hush, isBetweenWorlds: true }),
    vetting: { wrote: () => undefined },
    routes,
    signatures: new SignatureCheck(networkTag(undefined)),
    identities: new Identities(store),
    arrivals: {
      arrived: (peer, named) => {
        for (const channel of named)
          if (channels.admits(addressKey(peer), channel))
            presence.add(CONTACT, peer, channel, clock.now() + TIMES.lease)
      },
    },
    exchange: {
      addCandidate: (peer, by) => {
        candidates.push(`${peer.name} at ${addressKey(peer)} by ${by}`)
      },
    },
  })
  const hear = (source: Source, peer: Peer, channel = 'general'): void => {
    presence.add(source, peer, channel, Infinity)
  }
  const say = (text: string, recipients: readonly Peer[] = [BOB], channel = 'general', id?: string) =>
    outgoing.say({ conversation: channel, channel, content: text, recipients, id })
  return {
    clock,
    store,
    presence,
    channels,
    hearsay,
    inbox,
    hush,
    notices,
    routes,
    outgoing,
    hear,
    say,
    sent,
    candidates,
    shown,
    events,
  }
}

/** A message as it is read from the wire; `text`: its content, as text. */
export function incoming(
  from: Peer,
  { text = 'hi', ...more }: Partial<IncomingMessage> & { readonly text?: string } = {},
): IncomingMessage {
  const message = { id: '1', from, channel: 'general', content: asContent(text), sentAt: 0, hops: 0 }
  const unknown = {
    key: undefined,
    closed: undefined,
    signature: undefined,
    identity: undefined,
    seq: undefined,
    recipient: undefined,
    age: 0,
  }
  return { ...message, ...unknown, ...more }
}
