/** The closed channels of one peer, without a network, and epochs that others sign. */
import { randomBytes } from 'node:crypto'
import { firstEpoch, nextEpoch, type Epoch } from '../../../src/identity/closed-channel.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { Membership, type ClosedChange } from '../../../src/peer/closed/membership.ts'
import { Steward } from '../../../src/peer/closed/steward.ts'
import { emitting, membership as channelsOf, selfAt } from '../parts.ts'
import { memoryStore } from '../../support/peers.ts'
import { ManualClock } from '../../support/clock.ts'
import type { HushKind } from '../../../src/chat/hush.ts'
import type { ReceivedResponse } from '../../../src/http/message.ts'
import type { KeyId } from '../../../src/identity/public-key.ts'
import type { Store } from '../../../src/store/store.ts'

export const [ALICE, BOB, CAROL, MALLORY] = [1, 2, 3, 4].map(
  (seed) => new KeyPair(Buffer.alloc(32, seed)),
) as [KeyPair, KeyPair, KeyPair, KeyPair]

export const newKey = (): KeyId => new KeyPair(randomBytes(32)).id

/** A channel of Alice, with these people in it. */
export function channelOf(people: readonly KeyId[], name = 'ops', creator = ALICE): Epoch {
  const first = firstEpoch(creator, { name, random: randomBytes(16), secret: randomBytes(32), at: 1 })
  return people.reduce((epoch, add) => after(epoch, { add }, creator), first)
}

export function after(epoch: Epoch, change: Parameters<typeof nextEpoch>[2], creator = ALICE): Epoch {
  return nextEpoch(creator, epoch, change, { secret: randomBytes(32), at: 2, most: 64 })
}

export const nameOf = (key: KeyId): string =>
  ({ [ALICE.id]: 'alice', [BOB.id]: 'bob', [CAROL.id]: 'carol' })[key] ?? key.slice(0, 4)

/** The closed channels of a peer with the key KEYS_OF_SELF. `answer`: the body of each answer to a request, with 200. */
export async function closedPeer(kept?: Store, answer?: () => object) {
  const clock = new ManualClock()
  const store = kept ?? (await memoryStore(clock))
  const self = selfAt({ ip: '10.0.0.1', port: 8000, name: 'me' })
  const { presence, channels } = channelsOf()
  const changes: ClosedChange[] = []
  const labels = { nameOf }
  const membership = new Membership({
    store,
    self,
    channels,
    labels,
    onChange: (change) => changes.push(change),
  })
  const gathering = { sayGoodbye: () => Promise.resolve(), decline: () => undefined }
  const request = (): Promise<ReceivedResponse> =>
    answer === undefined
      ? Promise.reject(new Error('nothing is sent'))
      : Promise.resolve({ status: 200, body: Buffer.from(JSON.stringify(answer())) } as ReceivedResponse)
  const client = { request }
  const notices: string[] = []
  const events = emitting((event) => {
    if (event.kind === 'notice') notices.push(event.text)
  })
  /** What holds for each person. */
  const hushed = new Map<string, HushKind>()
  const hush = { kindOf: (key: string) => hushed.get(key) }
  const steward = new Steward({
    ...{ client, clock, random: randomBytes, self, labels, events, hush, membership, gathering },
  })
  return {
    clock,
    store,
    self,
    presence,
    channels,
    membership,
    steward,
    changes,
    hushed,
    notices,
    me: self.keys.id,
  }
}
