import { describe, expect, test } from 'vitest'
import { eventFrom, eventJson } from '../../../src/chat/wire/events.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'

const BOB = { ip: '10.0.0.2', port: 8000, name: 'bob', identity: 'b0b0b0b0b0b0b0b0' }

const RELAYED: ChatEvent = {
  kind: 'message',
  message: {
    id: 'm1',
    from: BOB,
    channel: 'general',
    content: { kind: 'action', text: 'waves' },
    sentAt: 1_000,
    seq: 7,
  },
  hops: 1,
  at: 1_001,
  receivedAt: 1_002,
  late: false,
  own: false,
}

const OWN: ChatEvent = {
  kind: 'message',
  message: {
    id: 'm2',
    from: BOB,
    channel: 'private',
    content: { kind: 'text', text: 'hi' },
    sentAt: 1_000,
    recipient: 'a11ce00000000000',
  },
  at: 1_001,
  receivedAt: 1_002,
  late: false,
  own: true,
  to: BOB,
}

const JOINED: ChatEvent = { kind: 'joined', peer: BOB, channel: 'general' }

// Programs read these lines, so their shape stays whatever the types of the chat become.
describe('a line', () => {
  test('has the text, the action and the hops of a message flat in the message', () => {
    const from = JSON.stringify(BOB)
    expect(eventJson(RELAYED)).toBe(
      `{"kind":"message","message":{"id":"m1","from":${from},"channel":"general","text":"waves","sentAt":1000,` +
        '"action":true,"hops":1,"seq":7},"at":1001,"receivedAt":1002,"late":false,"own":false}',
    )
    expect(eventJson(OWN)).toBe(
      `{"kind":"message","message":{"id":"m2","from":${from},"channel":"private","text":"hi","sentAt":1000,` +
        `"action":false,"recipient":"a11ce00000000000"},"at":1001,"receivedAt":1002,"late":false,"own":true,"to":${from}}`,
    )
  })

  test('is any other event as it is', () => {
    expect(eventJson(JOINED)).toBe(JSON.stringify(JOINED))
  })

  test.each([RELAYED, OWN, JOINED])('reads back as its event: %#', (event) => {
    expect(eventFrom(eventJson(event))).toEqual(event)
  })

  test.each(['', 'hello', '{', '[1]', '{"text":"no kind"}'])(
    'that no Parley printed is no event: %j',
    (line) => {
      expect(eventFrom(line)).toBeUndefined()
    },
  )
})
