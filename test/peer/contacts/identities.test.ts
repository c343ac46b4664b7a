/** An identity of programs without keys belongs to one key at most. */
import { expect, test } from 'vitest'
import { legacyIdentity } from '../../../src/identity/legacy-identity.ts'
import { Identities } from '../../../src/peer/contacts/identities.ts'
import { BOB, newSelf } from '../../support/peers.ts'
import type { Peer } from '../../../src/chat/model.ts'

const [KEY, MALLORY] = [newSelf().keys.id, newSelf().keys.id]
const OLD = 'b0b0b0b0b0b0b0b0'

function identities({
  met = [],
  toldOf = [],
}: {
  met?: readonly Peer[]
  toldOf?: readonly string[]
}): Identities {
  return new Identities({
    identified: (identity) => met.filter((peer) => peer.identity === identity),
    hasSaidWithoutKey: (identity) => toldOf.includes(identity),
  })
}

/** Identities where these peers were met. */
function after(...met: readonly Peer[]): Identities {
  return identities({ met })
}

test('the identity that is derived from the key is its own, whoever was met with it', () => {
  const derived = legacyIdentity(KEY)
  const known = after({ ...BOB, identity: derived })
  expect([known.of(KEY, derived), known.of(MALLORY, derived)]).toEqual([derived, undefined])
})

test('an identity that no other peer was met with belongs to the first key that names it', () => {
  const known = after()
  expect([KEY, MALLORY, KEY].map((key) => known.of(key, OLD))).toEqual([OLD, undefined, OLD])
})

test('an identity of a peer without a key goes to a key that adopts it, and to no other', () => {
  const known = after({ ...BOB, identity: OLD })
  expect([known.of(KEY, OLD), known.of(MALLORY, OLD)]).toEqual([undefined, undefined])
  known.adopt(KEY, OLD)
  expect([known.of(KEY, OLD), known.of(MALLORY, OLD)]).toEqual([OLD, undefined])
})

test('an identity stays with the key that it was kept with', () => {
  const known = after({ ...BOB, identity: OLD, key: KEY })
  expect([known.of(MALLORY, OLD), known.of(KEY, OLD)]).toEqual([undefined, OLD])
})

test('an identity that others told of goes to no key', () => {
  const known = identities({ toldOf: [OLD] })
  expect([known.of(KEY, OLD), known.of(KEY, legacyIdentity(KEY))]).toEqual([undefined, legacyIdentity(KEY)])
  known.adopt(KEY, OLD)
  expect(known.of(KEY, OLD)).toBe(OLD)
})

test('a key that names none has none', () => {
  expect(after().of(KEY, undefined)).toBeUndefined()
})
