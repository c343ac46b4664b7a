/** POST, LIKE and FOLLOW. */
import { beforeEach, describe, expect, test } from 'vitest'
import { NOW, ADA, MAI, EVE, FROM_MAI, ID, startLan, addForeign, token, attempt } from './messaging-lan.ts'
import { type SimulatedLan, type Station } from '../../simulated-lan.ts'
import { rfc, seed, SeedStandIn, type RfcStandIn } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

let lan: SimulatedLan
let ada: Station<LanNode>
let mai: Station<RfcStandIn>

beforeEach(() => {
  ;({ lan, ada, mai } = startLan())
})

describe('POST, LIKE and FOLLOW', () => {
  function like(timestamp: number, action = 'LIKE'): void {
    const fields = { FROM: MAI, TO: ADA, POST_TIMESTAMP: timestamp, ACTION: action, TIMESTAMP: NOW }
    lan.inject(rfc('LIKE', { ...fields, TOKEN: token('broadcast') }), FROM_MAI, ada)
  }

  test('a LIKE means the post of its second, the later of two', () => {
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      lan.command(ada, { kind: 'post', id: `${index}`.repeat(16), to: MAI, text })
      if (index < 1) lan.step(1_000)
    }
    like(NOW)
    like(NOW + 1)
    like(NOW + 1.7, 'UNLIKE')
    like(NOW + 99)
    expect(ada.eventsOf('liked').map(({ text, postId, liking }) => [text, postId, liking])).toEqual([
      ['one', '0'.repeat(16), true],
      ['three', '2'.repeat(16), true],
      ['three', '2'.repeat(16), false],
    ])
  })

  test('a post to several users has one time for all of them', () => {
    addForeign(lan, EVE)
    lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'one' })
    lan.step(1_000)
    lan.command(ada, { kind: 'post', id: ID, to: EVE, text: 'one' })
    expect(ada.messages('POST').map(({ timestamp }) => timestamp)).toEqual([NOW, NOW])
    expect(ada.eventsOf('sent')).toMatchObject([
      { to: MAI, ok: true, confirmed: false },
      { to: EVE, ok: true, confirmed: false },
    ])
  })

  test('our LIKE means the latest post of a user', () => {
    expect(attempt(lan, ada, { kind: 'like', to: MAI, liking: true })).toMatch(
      /^404 .* has not posted anything yet$/,
    )
    for (const TIMESTAMP of [NOW - 20, NOW - 10]) {
      const post = {
        USER_ID: MAI,
        CONTENT: `at ${TIMESTAMP}`,
        TTL: 60,
        TIMESTAMP,
        MESSAGE_ID: `${TIMESTAMP}`,
      }
      const datagram = rfc('POST', { ...post, TOKEN: token('broadcast') })
      lan.inject(datagram, FROM_MAI, ada)
    }
    lan.command(ada, { kind: 'like', to: MAI, liking: true })
    lan.command(ada, { kind: 'like', to: MAI, liking: false })
    expect(ada.messages('LIKE')).toMatchObject([
      { from: ADA, to: MAI, postTimestamp: NOW - 10, action: 'LIKE' },
      { from: ADA, to: MAI, postTimestamp: NOW - 10, action: 'UNLIKE' },
    ])
    expect(mai.program.errors).toEqual([])
  })

  test('a FOLLOW makes an event only if it changes something', () => {
    const fields = { FROM: MAI, TO: ADA, MESSAGE_ID: ID, TIMESTAMP: NOW, TOKEN: token('follow') }
    for (const type of ['UNFOLLOW', 'FOLLOW', 'FOLLOW', 'UNFOLLOW', 'UNFOLLOW', 'FOLLOW'])
      lan.inject(rfc(type, fields), FROM_MAI, ada)
    expect(ada.eventsOf('followed').map(({ following }) => following)).toEqual([true, false, true])
    expect(ada.program.peers).toMatchObject([{ followsUs: true, followed: false }])
  })

  test('our FOLLOW and UNFOLLOW show in the list of peers', () => {
    lan.command(ada, { kind: 'follow', to: MAI, following: true })
    expect(ada.program.peers).toMatchObject([{ followed: true }])
    lan.command(ada, { kind: 'follow', to: MAI, following: false })
    expect(ada.program.peers).toMatchObject([{ followed: false }])
    expect(mai.program.of('FOLLOW')).toHaveLength(1)
    expect(mai.program.of('UNFOLLOW')).toHaveLength(1)
    expect(mai.program.errors).toEqual([])
  })

  test('a FOLLOW of a legacy client gets a response', () => {
    lan.add(new SeedStandIn('zed@10.77.0.12', 8421), '10.77.0.12', 8421)
    lan.step(0)
    const from = { host: '10.77.0.12', port: 8421 }
    // The bytes that it has sent before pay for the answer.
    lan.inject(seed('POST', { USER_ID: 'zed@10.77.0.12', CONTENT: 'hello to everybody here' }), from, ada)
    lan.inject(
      seed('FOLLOW', { FROM: 'zed@10.77.0.12', TO: ADA, MESSAGE_ID: 'f1', TIMESTAMP: NOW }),
      from,
      ada,
    )
    expect(ada.messages('FOLLOW_RESPONSE')).toMatchObject([
      { messageId: 'f1', to: 'zed@10.77.0.12', accepted: true },
    ])
  })
})
