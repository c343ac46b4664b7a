/** Running peers on 127.0.0.1 that note their events, and stores in memory. All are closed after the test. */
import { randomBytes } from 'node:crypto'
import { textOf } from '../../src/chat/content.ts'
import { expect, onTestFinished } from 'vitest'
import { systemClock } from '../../src/cli/system/clock.ts'
import { ChatPeer, type PeerOptions } from '../../src/peer/peer.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { freePort } from './ports.ts'
import { until } from './wait.ts'
import type { Clock } from '../../src/chat/clock.ts'
import type { NetworkKey } from '../../src/identity/network-key.ts'
import type { ChatEvent, Peer, Receipt } from '../../src/chat/model.ts'
import type { Store } from '../../src/store/store.ts'

/** A peer that was never seen before, of an open network unless one is given. */
export function newSelf(network?: NetworkKey): SecureSelf {
  return new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'peer', random: randomBytes, network })
}

/** Nobody listens there: programs begin at 8000, and peers of tests at 10 100. */
export const ALICE: Peer = { ip: '127.0.0.1', port: 7001, name: 'alice' }
export const BOB: Peer = { ip: '127.0.0.1', port: 7002, name: 'bob' }
export const CAROL: Peer = { ip: '127.0.0.1', port: 7003, name: 'carol' }

/** A store in memory. */
export function memoryStore(clock: Clock = systemClock): Promise<Store> {
  return fileStore(':memory:', clock)
}

/** A store in the file at `path`. */
export async function fileStore(path: string, clock: Clock = systemClock): Promise<Store> {
  const store = await openStore({ path, clock, random: Math.random, defer: setImmediate, keepHistory: true })
  onTestFinished(() => {
    store.close()
  })
  return store
}

/** A peer of a test, and its events so far. */
export interface Watched {
  readonly peer: ChatPeer
  readonly events: readonly ChatEvent[]
  /** Texts from others in order, each with its sender: `bob: hello`. */
  readonly heard: () => string[]
}

type Wanted = Partial<PeerOptions> & Pick<PeerOptions, 'name'>

/** A running peer, on a free port unless one is given. */
export async function startPeer(options: Wanted): Promise<Watched> {
  const events: ChatEvent[] = []
  const peer = await ChatPeer.start({
    secure: newSelf(),
    host: '127.0.0.1',
    port: await freePort(),
    clock: systemClock,
    store: await memoryStore(options.clock),
    onEvent: (event) => {
      events.push(event)
    },
    onError: (error) => {
      throw new Error('a mistake of ours', { cause: error })
    },
    ...options,
  })
  onTestFinished(() => peer.close())
  const heard = (): string[] =>
    events.flatMap((event) =>
      event.kind === 'message' && !event.own
        ? [`${event.message.from.name}: ${textOf(event.message.content)}`]
        : [],
    )
  return { peer, events, heard }
}

/** Waits until exactly these are the others in a channel, as this peer knows it. */
export async function knows(watched: Watched, channel: string, wanted: readonly string[]): Promise<void> {
  const message = `others in #${channel} for ${watched.peer.self.name}`
  await expect.poll(() => names(watched, channel), { message }).toEqual([...wanted].sort())
}

/** The events of one kind. */
export function eventsOf<Kind extends ChatEvent['kind']>({ events }: Watched, kind: Kind) {
  return events.filter((event): event is Extract<ChatEvent, { kind: Kind }> => event.kind === kind)
}

/** The names of those in a channel, sorted. */
export function names({ peer }: Watched, channel = 'general'): string[] {
  return peer
    .members(channel)
    .map(({ name }) => name)
    .sort()
}

/** What became of a message, once it waits for nobody: `delivered/recipients, n unconfirmed, name: reason`. */
export async function fate(sender: Watched, { messageId }: Receipt): Promise<string> {
  const last = (): Receipt | undefined =>
    eventsOf(sender, 'receipt').findLast(({ receipt }) => receipt.messageId === messageId)?.receipt
  await until(() => last()?.queued.length === 0, 'the message is settled')
  const { delivered = 0, recipients = 0, unconfirmed = 0, failed = [] } = last() ?? {}
  const reasons = failed.map(({ peer, reason }) => `${peer.name}: ${reason}`)
  return [
    `${delivered}/${recipients}`,
    ...(unconfirmed > 0 ? [`${unconfirmed} unconfirmed`] : []),
    ...reasons,
  ].join(', ')
}
