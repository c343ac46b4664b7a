/** An identity of programs without keys belongs to one key at most. */
import { expect, test } from 'vitest'
import { legacyIdentity } from '../../../src/identity/legacy-identity.ts'
import { Identities } from '../../../src/peer/contacts/identities.ts'
import { BOB, newSelf } from '../../support/peers.ts'
import type { Peer } from '../../../src/chat/model.ts'

const [KEY, MALLORY] = [newSelf().keys.id, newSelf().keys.id]
const OLD = 'b0b0b0b0b0b0b0b0'

/** Identities where these peers were met. */
function after(...met: readonly Peer[]): Identities {
  return new Identities({ identified: (identity) => met.filter((peer) => peer.identity === identity) })
}

test('the identity that is derived from the key is its own, whoever was met with it', () => {
  const derived = legacyIdentity(KEY)
  const identities = after({ ...BOB, identity: derived })
  expect([identities.of(KEY, derived), identities.of(MALLORY, derived)]).toEqual([derived, undefined])
})

test('an identity that no other peer was met with belongs to the first key that names it', () => {
  const identities = after()
  expect([KEY, MALLORY, KEY].map((key) => identities.of(key, OLD))).toEqual([OLD, undefined, OLD])
})

test('an identity of a peer without a key goes to a key that adopts it, and to no other', () => {
  const identities = after({ ...BOB, identity: OLD })
  expect([identities.of(KEY, OLD), identities.of(MALLORY, OLD)]).toEqual([undefined, undefined])
  identities.adopt(KEY, OLD)
  expect([identities.of(KEY, OLD), identities.of(MALLORY, OLD)]).toEqual([OLD, undefined])
})

test('an identity stays with the key that it was kept with', () => {
  const identities = after({ ...BOB, identity: OLD, key: KEY })
  expect([identities.of(MALLORY, OLD), identities.of(KEY, OLD)]).toEqual([undefined, OLD])
})

test('a key that names none has none', () => {
  expect(after().of(KEY, undefined)).toBeUndefined()
})
