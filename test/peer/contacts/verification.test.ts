/** Whether a person is verified: by key and name, and only with a proof of this start. */
import { describe, expect, test } from 'vitest'
import { ContactBook } from '../../../src/peer/contacts/contact-book.ts'
import { Verification } from '../../../src/peer/contacts/verification.ts'
import { ManualClock } from '../../support/clock.ts'
import { emitting } from '../parts.ts'
import { keyed, knowing, ME } from './people.ts'
import type { Peer } from '../../../src/chat/model.ts'

const BOB = keyed(2, 'bob')
const CAROL = keyed(3, 'carol')
const OLD: Peer = { ip: '10.0.0.5', port: 8000, name: 'old' }

async function start() {
  const known = await knowing([BOB, CAROL, OLD], [BOB])
  const notices: string[] = []
  const clock = new ManualClock()
  const events = emitting((event) => {
    if (event.kind === 'notice') notices.push(event.text)
  })
  const verification = new Verification({ ...known, clock, events })
  const book = new ContactBook({ ...known, verification })
  const prove = (peer: Peer): void => {
    if (peer.key !== undefined) known.routes.proved(peer.key, { host: peer.ip, port: peer.port })
  }
  return { ...known, clock, verification, book, notices, prove }
}

describe('the mark of a person', () => {
  test('is none before a connection proved the key, whatever was compared', async () => {
    const { verification, prove } = await start()
    verification.verify(BOB)
    expect([BOB, CAROL, OLD].map((peer) => verification.mark(peer))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    prove(BOB)
    prove(CAROL)
    expect([BOB, CAROL, OLD].map((peer) => verification.mark(peer))).toEqual([
      'verified',
      'signed',
      undefined,
    ])
  })

  test('is taken back', async () => {
    const { verification, prove } = await start()
    prove(BOB)
    verification.verify(BOB)
    expect(verification.unverify(BOB)).toBe(true)
    expect(verification.unverify(BOB)).toBe(false)
    expect(verification.mark(BOB)).toBe('signed')
  })

  test('is lost with the name, which is said once, and does not come back with it', async () => {
    const { verification, prove, store, notices } = await start()
    prove(BOB)
    verification.verify(BOB)
    const robert = { ...BOB, name: 'robert' }
    store.remember(robert, 9)
    verification.met(robert)
    verification.met(robert)
    expect(verification.mark(robert)).toBe('signed')
    expect(notices).toEqual([
      'WARNING: bob, verified by you, is called robert now, and is no longer verified: compare again with /verify',
    ])
    store.remember(BOB, 10)
    verification.met(BOB)
    expect(verification.mark(BOB)).toBe('signed')
  })
})

describe('the safety number', () => {
  test('has twelve groups', async () => {
    const { verification, clock } = await start()
    const number = verification.safetyNumber(BOB)
    let groups: readonly string[] | undefined
    void number.then((found) => (groups = found))
    while (groups === undefined) {
      clock.advanceSync(1)
      await Promise.resolve()
    }
    expect(groups).toHaveLength(12)
  })

  test.each([
    ['a program without a key', OLD, 'old has no key: there is nothing to compare'],
    ['oneself', undefined, 'that is you: name the person to compare with'],
  ])('is none with %s', async (_what, peer, sentence) => {
    const { verification, self } = await start()
    const other = peer ?? { ...ME, key: self.keys.id }
    expect(() => verification.safetyNumber(other)).toThrow(sentence)
    expect(() => {
      verification.verify(other)
    }).toThrow(sentence)
  })
})

test('contacts are people with keys: those who are here first, with what waits for each', async () => {
  const { book, store, verification, prove } = await start()
  prove(BOB)
  verification.verify(CAROL)
  store.formerNames.add(CAROL.key, { name: 'caro', until: 5 })
  expect(
    book
      .all()
      .map(({ peer, isHere, mark, verifiedAt }) => [peer.name, isHere, mark, verifiedAt !== undefined]),
  ).toEqual([
    ['bob', true, 'signed', false],
    ['carol', false, undefined, true],
  ])
  expect(book.of(CAROL)).toMatchObject({ formerNames: [{ name: 'caro', until: 5 }], firstMet: 1, lastMet: 1 })
})
