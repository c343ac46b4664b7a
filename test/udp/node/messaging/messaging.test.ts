/** What is said on the LAN by datagram: confirmed or not, shown once, believed or not. Groups: lan-groups.test.ts. */
import { beforeEach, describe, expect, test } from 'vitest'
import { ChatError } from '../../../../src/chat/errors.ts'
import { SimulatedLan, START, type Station } from '../../simulated-lan.ts'
import { rfc, RfcStandIn, seed, SeedStandIn } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'
import type { LanCommand, LanEvent } from '../../../../src/udp/node/model.ts'

const NOW = START / 1000
const US = 'ada@10.77.0.1'
const MAI = 'mai@10.77.0.11'
const EVE = 'eve@10.77.0.13'
const FROM_MAI = { host: '10.77.0.11', port: 50_999 }
const FROM_EVE = { host: '10.77.0.13', port: 50_999 }
const ID = '0123456789abcdef'

let lan: SimulatedLan
let ada: Station<LanNode>
let mai: Station<RfcStandIn>

beforeEach(() => {
  lan = new SimulatedLan()
  ada = lan.node('ada', '10.77.0.1')
  mai = add(MAI)
})

/** Another program that has been seen. */
function add(userId: string, acknowledges = false): Station<RfcStandIn> {
  const program = new RfcStandIn(userId, { acknowledges })
  const station = lan.add(program, userId.slice(userId.indexOf('@') + 1))
  program.sendEverybody(program.profile())
  lan.step(0)
  return station
}

function token(scope: string, user = MAI, expiry = NOW + 3600): string {
  return `${user}|${expiry}|${scope}`
}

function direct(more: Readonly<Record<string, string | number>> = {}): string {
  const ids = { TIMESTAMP: NOW, MESSAGE_ID: ID, TOKEN: token('chat') }
  return rfc('DM', { FROM: MAI, TO: US, CONTENT: 'coffee?', ...ids, ...more })
}

function refusal(command: LanCommand): string {
  try {
    lan.command(ada, command)
  } catch (error) {
    if (error instanceof ChatError) return `${error.status} ${error.message}`
    throw error
  }
  return 'done'
}

function told<Kind extends LanEvent['kind']>(kind: Kind): Extract<LanEvent, { kind: Kind }>[] {
  return ada.eventsOf(kind)
}

describe('DM to who takes datagrams only', () => {
  function dm(id: string, to = MAI): void {
    lan.command(ada, { kind: 'dm', id, to, text: 'coffee?' })
  }

  /** What of our DMs were sent, and when after `from`. */
  function sendings(from: number): [ms: number, bytes: string][] {
    return ada.sent.filter(({ type }) => type === 'DM').map(({ at, bytes }) => [at - from, bytes.toString()])
  }

  test('acknowledged: sent once, confirmed once', () => {
    const bob = add('bob@10.77.0.12', true)
    dm(ID, bob.program.userId)
    lan.step(20_000)
    expect(sendings(START)).toHaveLength(1)
    expect(told('sent')).toEqual([
      { kind: 'sent', id: ID, to: 'bob@10.77.0.12', ok: true, confirmed: true, reason: '' },
    ])
  })

  test('to who never acknowledged anything: once; unconfirmed after 2 s, and later ones at once', () => {
    const from = lan.now
    dm(ID)
    lan.step(1_900)
    expect(told('sent')).toEqual([])
    lan.step(200)
    expect(told('sent')).toMatchObject([{ id: ID, to: MAI, ok: true, confirmed: false }])

    dm('1'.repeat(16))
    expect(told('sent')[1]).toMatchObject({ id: '1'.repeat(16), ok: true, confirmed: false, reason: '' })
    lan.step(20_000)
    expect(sendings(from)).toHaveLength(2)
    expect(told('sent')).toHaveLength(2)
  })

  /** It has acknowledged something before. */
  function acknowledged(): void {
    dm('a'.repeat(16))
    lan.inject(rfc('ACK', { MESSAGE_ID: 'a'.repeat(16), STATUS: 'RECEIVED' }), FROM_MAI, ada)
    ada.sent.length = 0
    ada.events.length = 0
  }

  test('to who has acknowledged one: four times in all, each 2 s, the same bytes; then it is not trusted to', () => {
    acknowledged()
    const from = lan.now
    dm(ID)
    lan.step(7_900)
    expect(told('sent')).toEqual([])
    lan.step(2_000)
    expect(sendings(from).map(([ms]) => ms)).toEqual([0, 2_000, 4_000, 6_000])
    expect(new Set(sendings(from).map(([, bytes]) => bytes)).size).toBe(1)
    expect(told('sent')).toMatchObject([{ id: ID, to: MAI, ok: true, confirmed: false }])

    dm('1'.repeat(16))
    lan.step(20_000)
    expect(sendings(from)).toHaveLength(5)
  })

  test('acknowledged after the third: not sent again', () => {
    acknowledged()
    dm(ID)
    lan.step(5_000)
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    lan.step(20_000)
    expect(sendings(START)).toHaveLength(3)
    expect(told('sent')).toMatchObject([{ confirmed: true }])
  })

  test.each([
    ['of somebody else who is there', FROM_EVE, ID],
    ['of nobody', { host: '10.77.0.99', port: 50_999 }, ID],
    ['of another message', FROM_MAI, 'f'.repeat(16)],
  ])('an ACK does not count: %s', (_name, from, id) => {
    add(EVE)
    dm(ID)
    lan.inject(rfc('ACK', { MESSAGE_ID: id, STATUS: 'RECEIVED' }), from, ada)
    lan.step(10_000)
    expect(told('sent')).toMatchObject([{ to: MAI, confirmed: false }])
  })

  test('an ACK from any port of the right machine counts, also when two of it are on it', () => {
    lan.inject(rfc('PROFILE', { USER_ID: 'max@10.77.0.11', DISPLAY_NAME: 'Max', STATUS: '' }), FROM_MAI, ada)
    dm(ID, 'max@10.77.0.11')
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), { host: '10.77.0.11', port: 41_234 }, ada)
    expect(told('sent')).toMatchObject([{ to: 'max@10.77.0.11', confirmed: true }])
  })

  test('twice acknowledged is confirmed once', () => {
    dm(ID)
    for (let time = 0; time < 2; time++)
      lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    expect(told('sent')).toHaveLength(1)
  })

  test('who acknowledges late is trusted to acknowledge again', () => {
    dm(ID)
    lan.step(10_000)
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    dm('1'.repeat(16))
    lan.step(10_000)
    expect(sendings(START)).toHaveLength(5)
  })

  test('to who leaves: not delivered', () => {
    dm(ID)
    lan.inject(seed('REVOKE', { USER_ID: MAI, TIMESTAMP: NOW }), FROM_MAI, ada)
    lan.remove(mai)
    lan.step(4_000)
    expect(told('left')).toMatchObject([{ peer: { userId: MAI }, reason: 'left' }])
    expect(told('sent')).toEqual([
      { kind: 'sent', id: ID, to: MAI, ok: false, confirmed: false, reason: 'it has left' },
    ])
  })

  test('in the dialect of the first programs: sent once, and settled at once', () => {
    const program = new SeedStandIn('zed@10.77.0.12', 8421)
    lan.add(program, '10.77.0.12', 8421)
    lan.step(0)
    for (const id of [ID, '1'.repeat(16)]) {
      dm(id, 'zed@10.77.0.12')
      expect(told('sent').at(-1)).toMatchObject({ id, ok: true, confirmed: false, reason: '' })
    }
    lan.step(20_000)
    expect(program.of('DM')).toHaveLength(2)
    expect(told('sent')).toHaveLength(2)
  })

  test('said again with its id to a program that never acknowledged anything: not sent again', () => {
    dm(ID)
    lan.inject(seed('REVOKE', { USER_ID: MAI, TIMESTAMP: NOW }), FROM_MAI, ada)
    lan.step(4_000)
    mai.program.sendEverybody(mai.program.profile())
    lan.step(100)
    dm(ID)
    lan.step(20_000)
    expect(mai.program.of('DM')).toHaveLength(1)
    expect(told('sent').at(-1)).toMatchObject({ id: ID, ok: true, confirmed: false })
  })

  test('a program that acknowledges a FOLLOW is sent a DM again until it acknowledges that', () => {
    lan.command(ada, { kind: 'follow', to: MAI, following: true })
    const [follow] = ada.messages('FOLLOW')
    lan.inject(rfc('ACK', { MESSAGE_ID: follow?.messageId ?? '', STATUS: 'RECEIVED' }), FROM_MAI, ada)
    const from = lan.now
    dm(ID)
    lan.step(3_000)
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    lan.step(20_000)
    expect(sendings(from).map(([ms]) => ms)).toEqual([0, 2_000])
    expect(told('sent')).toMatchObject([{ id: ID, confirmed: true }])
  })

  test('we leave: a DM that is sent once is settled', () => {
    dm(ID)
    lan.command(ada, { kind: 'quit' })
    expect(told('sent')).toMatchObject([{ id: ID, ok: true, confirmed: false }])
  })

  test('we leave: a DM that is sent again is left open', () => {
    acknowledged()
    dm(ID)
    lan.command(ada, { kind: 'quit' })
    expect(told('sent')).toEqual([])
  })

  test('its fate is told under the name that it was written to', () => {
    dm(ID)
    const renamed = rfc('PROFILE', { USER_ID: 'mai@laptop', DISPLAY_NAME: 'Mai', STATUS: '' })
    lan.inject(renamed, FROM_MAI, ada)
    lan.step(10_000)
    expect(told('sent')).toMatchObject([{ id: ID, to: MAI }])
  })
})

describe('DM to us', () => {
  test('doubles are shown once, and acknowledged each time', () => {
    for (let time = 0; time < 3; time++) lan.inject(direct(), FROM_MAI, ada)
    expect(told('dm')).toMatchObject([{ id: ID, text: 'coffee?', from: { userId: MAI }, sentAt: START }])
    expect(ada.messages('ACK').map(({ messageId }) => messageId)).toEqual([ID, ID, ID])
    expect(ada.sent.filter(({ type }) => type === 'ACK').map(({ to }) => to)).toEqual([
      FROM_MAI,
      FROM_MAI,
      FROM_MAI,
    ])
  })

  test('one id used for everything: each text is shown', () => {
    for (const CONTENT of ['one', 'two', 'one']) lan.inject(direct({ CONTENT }), FROM_MAI, ada)
    expect(told('dm').map(({ text }) => text)).toEqual(['one', 'two'])
  })

  test('the same id of two senders: both are shown', () => {
    add(EVE)
    lan.inject(direct(), FROM_MAI, ada)
    lan.inject(direct({ FROM: EVE, TOKEN: token('chat', EVE) }), FROM_EVE, ada)
    expect(told('dm').map(({ from }) => from.userId)).toEqual([MAI, EVE])
  })

  test('without an id: shown once a second, with an id of ours, not acknowledged', () => {
    const text = rfc('DM', { FROM: MAI, TO: US, CONTENT: 'hi', TOKEN: token('chat') })
    for (let time = 0; time < 3; time++) lan.inject(text, FROM_MAI, ada)
    lan.step(1_000)
    lan.inject(text, FROM_MAI, ada)
    expect(told('dm').map(({ id }) => /^[0-9a-f]{16}$/.test(id))).toEqual([true, true])
    expect(new Set(told('dm').map(({ id }) => id)).size).toBe(2)
    expect(ada.messages('ACK')).toEqual([])
  })

  test.each<[string, number | undefined, number]>([
    ['none', undefined, START],
    ['in fractions', NOW - 0.5, START - 500],
    ['an hour ago', NOW - 3600, START - 3_600_000],
    ['1970', 5, START],
    ['in milliseconds', START, START],
  ])('a time that is not plausible is replaced by ours: %s', (_name, TIMESTAMP, expected) => {
    const fields = { FROM: MAI, TO: US, CONTENT: 'hi', TOKEN: token('chat') }
    lan.inject(rfc('DM', TIMESTAMP === undefined ? fields : { ...fields, TIMESTAMP }), FROM_MAI, ada)
    expect(told('dm').map(({ sentAt }) => sentAt)).toEqual([expected])
  })

  test.each([
    ['somebody else', 'TO', 'bob@10.77.0.12', 'it is for bob@10.77.0.12'],
    ['us at another address', 'TO', 'ada@10.77.0.2', 'it is for ada@10.77.0.2'],
    ['from us, which it is not', 'FROM', US, `the token belongs to ${MAI}, not to ${US}`],
  ])('is dropped: %s', (_name, key, value, reason) => {
    lan.inject(direct({ [key]: value }), FROM_MAI, ada)
    expect(told('dm')).toEqual([])
    expect([...ada.program.dropped.keys()]).toEqual([reason])
    expect(ada.messages('ACK')).toEqual([])
  })

  test('from us, which it is not, with a token of ours: dropped', () => {
    lan.inject(direct({ FROM: US, TOKEN: token('chat', US) }), FROM_MAI, ada)
    expect([...ada.program.dropped.keys()]).toEqual(['it says that it is from us'])
  })

  test.each(['ada@10.77.0.1', 'ada@127.0.0.1', 'ada@laptop'])('is for us: %s', (TO) => {
    lan.inject(direct({ TO }), FROM_MAI, ada)
    expect(told('dm')).toHaveLength(1)
  })

  test('an id that cannot be acknowledged: dropped, and said so', () => {
    lan.inject(direct({ MESSAGE_ID: 'a\u000bb' }), FROM_MAI, ada)
    expect(told('dm')).toEqual([])
    expect([...ada.program.dropped.keys()]).toEqual(['MESSAGE_ID must be one line'])
  })
})

describe('a clock that is set while we run', () => {
  test.each([
    ['400 days ahead', 400 * 86_400],
    ['20 years behind', -20 * 365 * 86_400],
  ])('%s: what is sent says the new time, and nobody is taken for gone', (_name, offset) => {
    lan.command(ada, { kind: 'clock', offset: offset * 1000 })
    lan.step(1_000)
    lan.command(ada, { kind: 'dm', id: ID, to: MAI, text: 'hi' })
    const [sent] = ada.messages('DM')
    const shown = Math.floor(lan.now / 1000) + offset
    expect(sent?.timestamp).toBe(shown)
    expect(sent?.token).toBe(`${US}|${shown + 3_600}|chat`)
    expect(ada.eventsOf('left')).toEqual([])
    lan.inject(
      rfc('POST', { USER_ID: MAI, CONTENT: 'x', TTL: 5, TOKEN: token('broadcast', MAI, shown + 5) }),
      FROM_MAI,
      ada,
    )
    expect(told('post').map(({ sentAt }) => sentAt)).toEqual([lan.now + offset * 1000])
  })
})

describe('tokens', () => {
  const ids = { TIMESTAMP: NOW, MESSAGE_ID: ID }
  const game = { FROM: MAI, TO: US, GAMEID: 'g1', SYMBOL: 'X', ...ids }
  const group = { FROM: MAI, GROUP_ID: 'lab', TIMESTAMP: NOW }
  const MESSAGES: readonly (readonly [string, string, Readonly<Record<string, string | number>>, number])[] =
    [
      ['POST', 'broadcast', { USER_ID: MAI, CONTENT: 'x', TTL: 3600, ...ids }, 0],
      ['DM', 'chat', { FROM: MAI, TO: US, CONTENT: 'x', ...ids }, 0],
      ['FOLLOW', 'follow', { FROM: MAI, TO: US, ...ids }, 0],
      ['LIKE', 'broadcast', { FROM: MAI, TO: US, POST_TIMESTAMP: NOW, ACTION: 'LIKE', TIMESTAMP: NOW }, 0],
      [
        'FILE_OFFER',
        'file',
        { FROM: MAI, TO: US, FILENAME: 'a', FILESIZE: 1, FILEID: 'f', TIMESTAMP: NOW },
        0,
      ],
      ['GROUP_CREATE', 'group', { ...group, GROUP_NAME: 'Lab', MEMBERS: `${MAI},${US}` }, 0],
      ['TICTACTOE_INVITE', 'game', game, 60],
    ]

  /** Whether anything came of it. */
  function isTaken(type: string, fields: Readonly<Record<string, string | number>>): boolean {
    const before = ada.events.filter(({ kind }) => kind !== 'seen').length
    lan.inject(rfc(type, fields), FROM_MAI, ada)
    return ada.events.filter(({ kind }) => kind !== 'seen').length > before
  }

  describe.each(MESSAGES)('%s', (type, scope, fields, grace) => {
    beforeEach(() => {
      lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'our post' })
    })

    test.each<[string, string | undefined, boolean]>([
      ['good', token(scope), true],
      ['at its last moment', token(scope, MAI, NOW - grace), true],
      ['in fractions of seconds', token(scope, MAI, NOW + 60.5), true],
      ['expired', token(scope, MAI, NOW - grace - 1), false],
      ['of another scope', token(scope === 'chat' ? 'follow' : 'chat'), false],
      ['of somebody else', token(scope, EVE), false],
      ['no token', undefined, false],
      ['something else', 'secret', false],
    ])('a token that is %s', (_name, text, isGood) => {
      expect(isTaken(type, text === undefined ? fields : { ...fields, TOKEN: text })).toBe(isGood)
    })

    test.each<[string, behind: number, isGood: boolean]>([
      ['an hour', 3_600, true],
      ['a day, at the limit', 86_400, true],
      ['a day and a second', 86_401, false],
    ])('a token of somebody whose clock is behind by %s', (_name, behind, isGood) => {
      const TIMESTAMP = NOW - behind
      const sent = type === 'FILE_OFFER' ? { ...fields, FILEID: `f ${behind}` } : fields
      const atLast = token(scope, MAI, TIMESTAMP - grace)
      expect(isTaken(type, { ...sent, TIMESTAMP, TOKEN: atLast })).toBe(isGood)
      expect(isTaken(type, { ...sent, TIMESTAMP, TOKEN: token(scope, MAI, TIMESTAMP - grace - 1) })).toBe(
        false,
      )
    })

    test.each<[string, hours: number, isGood: boolean]>([
      ['a day ahead', 24, true],
      ['two days ahead', 48, false],
      ['20 years behind', -20 * 365 * 24, true],
    ])('a good token, while our clock is %s', (_name, hours, isGood) => {
      lan.command(ada, { kind: 'clock', offset: hours * 3_600_000 })
      expect(isTaken(type, { ...fields, TOKEN: token(scope) })).toBe(isGood)
      lan.command(ada, { kind: 'clock', offset: 0 })
      const again =
        type === 'FILE_OFFER' ? { ...fields, FILEID: 'again' } : { ...fields, MESSAGE_ID: 'again' }
      if (!isGood) expect(isTaken(type, { ...again, TOKEN: token(scope) })).toBe(true)
    })

    test('revoked', () => {
      lan.inject(rfc('REVOKE', { TOKEN: token(scope) }), FROM_MAI, ada)
      expect(isTaken(type, { ...fields, TOKEN: token(scope) })).toBe(false)
      expect(isTaken(type, { ...fields, TOKEN: token(scope, MAI, NOW + 7200) })).toBe(true)
    })

    test.each([
      ['a stranger', undefined],
      ['a stranger that goes by the name', 'mai@10.77.0.66'],
      ['a stranger that goes by the user id', MAI],
    ])('revoked by %s', (_name, userId) => {
      const elsewhere = { host: '10.77.0.66', port: 50_999 }
      if (userId !== undefined) lan.inject(rfc('PING', { USER_ID: userId }), elsewhere, ada)
      lan.inject(rfc('REVOKE', { TOKEN: token(scope) }), elsewhere, ada)
      expect(isTaken(type, { ...fields, TOKEN: token(scope) })).toBe(true)
    })
  })

  test('a stranger that goes by the user id of a user who is not there yet revokes nothing of it', () => {
    const [elsewhere, bob] = [{ host: '10.77.0.66', port: 50_999 }, 'bob@10.77.0.12']
    lan.inject(rfc('PING', { USER_ID: bob }), elsewhere, ada)
    lan.inject(rfc('REVOKE', { TOKEN: token('chat', bob) }), elsewhere, ada)
    lan.inject(direct({ FROM: bob, TOKEN: token('chat', bob) }), { host: '10.77.0.12', port: 50_999 }, ada)
    expect(told('dm')).toMatchObject([{ text: 'coffee?' }])
  })

  test('ours can be made to last longer or shorter', () => {
    lan.command(ada, { kind: 'ttl', seconds: 60 })
    lan.command(ada, { kind: 'dm', id: ID, to: MAI, text: 'x' })
    lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'x' })
    expect(ada.messages('DM')[0]?.token).toBe(`${US}|${NOW + 60}|chat`)
    expect(ada.messages('POST')[0]).toMatchObject({ ttl: 60, token: `${US}|${NOW + 60}|broadcast` })
  })

  test.each([0, -1, 0.5, NaN, Infinity, 1e12])('but not for %d seconds', (seconds) => {
    expect(refusal({ kind: 'ttl', seconds })).toBe('422 a token is good for 1 to 31536000 whole seconds')
    lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'x' })
    expect(ada.messages('POST')[0]?.ttl).toBe(3600)
  })

  test('ours are revoked for everybody, by and by, each once', () => {
    for (let second = 0; second < 50; second++) {
      lan.command(ada, { kind: 'follow', to: MAI, following: true })
      lan.step(1_000)
    }
    lan.command(ada, { kind: 'revoke' })
    expect(ada.messages('REVOKE')).toHaveLength(1)
    lan.step(1_000)
    expect(ada.messages('REVOKE').length).toBeLessThan(20)
    lan.step(10_000)
    expect(new Set(ada.messages('REVOKE').map(({ token: revoked }) => revoked)).size).toBe(50)
    expect(ada.messages('REVOKE')).toHaveLength(50)
    lan.command(ada, { kind: 'revoke' })
    lan.step(1_000)
    expect(ada.messages('REVOKE')).toHaveLength(50)
  })
})

describe('POST, LIKE, FOLLOW', () => {
  function like(timestamp: number, action = 'LIKE'): void {
    const fields = { FROM: MAI, TO: US, POST_TIMESTAMP: timestamp, ACTION: action, TIMESTAMP: NOW }
    lan.inject(rfc('LIKE', { ...fields, TOKEN: token('broadcast') }), FROM_MAI, ada)
  }

  test('a LIKE names the post of that second, the later of two', () => {
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      lan.command(ada, { kind: 'post', id: `${index}`.repeat(16), to: MAI, text })
      if (index < 1) lan.step(1_000)
    }
    like(NOW)
    like(NOW + 1)
    like(NOW + 1.7, 'UNLIKE')
    like(NOW + 99)
    expect(told('liked').map(({ text, postId, liking }) => [text, postId, liking])).toEqual([
      ['one', '0'.repeat(16), true],
      ['three', '2'.repeat(16), true],
      ['three', '2'.repeat(16), false],
    ])
  })

  test('a post to several people has one time, and is liked by each', () => {
    add(EVE)
    lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'one' })
    lan.step(1_000)
    lan.command(ada, { kind: 'post', id: ID, to: EVE, text: 'one' })
    expect(ada.messages('POST').map(({ timestamp }) => timestamp)).toEqual([NOW, NOW])
    expect(told('sent')).toMatchObject([
      { to: MAI, ok: true, confirmed: false },
      { to: EVE, ok: true, confirmed: false },
    ])
  })

  test('we like the latest post of somebody', () => {
    expect(refusal({ kind: 'like', to: MAI, liking: true })).toMatch(/^404 .* has not posted anything yet$/)
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
      { from: US, to: MAI, postTimestamp: NOW - 10, action: 'LIKE' },
      { from: US, to: MAI, postTimestamp: NOW - 10, action: 'UNLIKE' },
    ])
    expect(mai.program.errors).toEqual([])
  })

  test('FOLLOW is told when something changes', () => {
    const fields = { FROM: MAI, TO: US, MESSAGE_ID: ID, TIMESTAMP: NOW, TOKEN: token('follow') }
    for (const type of ['UNFOLLOW', 'FOLLOW', 'FOLLOW', 'UNFOLLOW', 'UNFOLLOW', 'FOLLOW'])
      lan.inject(rfc(type, fields), FROM_MAI, ada)
    expect(told('followed').map(({ following }) => following)).toEqual([true, false, true])
    expect(ada.program.peers).toMatchObject([{ followsUs: true, followed: false }])
  })

  test('we follow', () => {
    lan.command(ada, { kind: 'follow', to: MAI, following: true })
    expect(ada.program.peers).toMatchObject([{ followed: true }])
    lan.command(ada, { kind: 'follow', to: MAI, following: false })
    expect(ada.program.peers).toMatchObject([{ followed: false }])
    expect(mai.program.of('FOLLOW')).toHaveLength(1)
    expect(mai.program.of('UNFOLLOW')).toHaveLength(1)
    expect(mai.program.errors).toEqual([])
  })

  test('a program of the first generation is told that its FOLLOW arrived', () => {
    lan.add(new SeedStandIn('zed@10.77.0.12', 8421), '10.77.0.12', 8421)
    lan.step(0)
    const from = { host: '10.77.0.12', port: 8421 }
    // As it does while it runs: what it has said pays for the answer.
    lan.inject(seed('POST', { USER_ID: 'zed@10.77.0.12', CONTENT: 'hello to everybody here' }), from, ada)
    lan.inject(
      seed('FOLLOW', { FROM: 'zed@10.77.0.12', TO: US, MESSAGE_ID: 'f1', TIMESTAMP: NOW }),
      from,
      ada,
    )
    expect(ada.messages('FOLLOW_RESPONSE')).toMatchObject([
      { messageId: 'f1', to: 'zed@10.77.0.12', accepted: true },
    ])
  })
})

describe('what is refused politely', () => {
  test.each([
    [
      'FILE_OFFER',
      'FILE_REJECT',
      { FILENAME: 'notes.txt', FILESIZE: 5, FILEID: 'f1', TOKEN: token('file') },
      'the file notes.txt',
    ],
    [
      'TICTACTOE_INVITE',
      'TICTACTOE_RESULT',
      { GAMEID: 'g1', SYMBOL: 'X', MESSAGE_ID: ID, TOKEN: token('game') },
      'tic-tac-toe',
    ],
  ] as const)('%s: told so once, however often it is sent', (type, answer, fields, words) => {
    for (let time = 0; time < 4; time++) {
      lan.inject(rfc(type, { FROM: MAI, TO: US, TIMESTAMP: NOW, ...fields }), FROM_MAI, ada)
      lan.step(2_000)
    }
    expect(ada.messages(answer)).toHaveLength(1)
    expect(mai.program.of(answer)).toHaveLength(1)
    expect(mai.program.errors).toEqual([])
    expect(told('notice')).toHaveLength(1)
    expect(told('notice')[0]?.text).toContain(words)
    // Or it would be sent again.
    expect(ada.messages('ACK')).toHaveLength(type === 'TICTACTOE_INVITE' ? 4 : 0)
  })

  test('two offers are refused one by one', () => {
    for (const FILEID of ['f1', 'f2'])
      lan.inject(
        rfc('FILE_OFFER', { FROM: MAI, TO: US, FILENAME: 'a', FILESIZE: 5, FILEID, TOKEN: token('file') }),
        FROM_MAI,
        ada,
      )
    expect(ada.messages('FILE_REJECT').map(({ fileId }) => fileId)).toEqual(['f1', 'f2'])
  })

  test('a move is acknowledged, so that it is not sent again', () => {
    const move = { FROM: MAI, TO: US, GAMEID: 'g1', MESSAGE_ID: ID, POSITION: 4, SYMBOL: 'X', TURN: 1 }
    lan.inject(rfc('TICTACTOE_MOVE', { ...move, TOKEN: token('game') }), FROM_MAI, ada)
    expect(ada.messages('ACK')).toEqual([{ type: 'ACK', messageId: ID, status: 'RECEIVED' }])
  })
})

describe('commands that are refused, and nothing is done', () => {
  test.each<[string, LanCommand, string]>([
    ['POST to nobody', { kind: 'post', id: ID, to: EVE, text: 'x' }, `404 ${EVE} is not on this network`],
    ['DM to nobody', { kind: 'dm', id: ID, to: 'x', text: 'x' }, '404 x is not on this network'],
    ['FOLLOW nobody', { kind: 'follow', to: EVE, following: true }, `404 ${EVE} is not on this network`],
    ['LIKE nobody', { kind: 'like', to: EVE, liking: true }, `404 ${EVE} is not on this network`],
    ['DM without text', { kind: 'dm', id: ID, to: MAI, text: '\n' }, '422 CONTENT is missing'],
    [
      'DM that is too long',
      { kind: 'dm', id: ID, to: MAI, text: 'x'.repeat(8_193) },
      '422 CONTENT is longer than 8192 bytes',
    ],
    [
      'POST with another id',
      { kind: 'post', id: 'A1', to: MAI, text: 'x' },
      '422 MESSAGE_ID must be 16 lower-case hexadecimal digits',
    ],
    ['no name', { kind: 'profile', name: '  ' }, '422 DISPLAY_NAME is missing'],
    ['a long name', { kind: 'profile', name: 'x'.repeat(65) }, '422 DISPLAY_NAME is longer than 64 bytes'],
    ['port 0', { kind: 'profile', httpPort: 0 }, '422 HTTP_PORT has no such value'],
    [
      'two channels in one',
      { kind: 'profile', channels: ['a,b'] },
      '422 CHANNELS must not have the entry a,b',
    ],
    [
      'a hash of nothing',
      {
        kind: 'profile',
        avatar: { hash: 'x', picture: { type: 'image/png', encoding: 'base64', data: 'AAAA' } },
      },
      '422 AVATAR_HASH has no such value',
    ],
    [
      'a large picture',
      {
        kind: 'profile',
        avatar: {
          hash: 'a'.repeat(64),
          picture: { type: 'image/png', encoding: 'base64', data: 'A'.repeat(27_309) },
        },
      },
      '422 AVATAR_DATA is longer than 27308 characters',
    ],
  ])('%s', (_name, command, expected) => {
    const before = [ada.sent.length, ada.events.length]
    expect(refusal(command)).toBe(expected)
    lan.step(0)
    expect([ada.sent.length, ada.events.length]).toEqual(before)
    lan.command(ada, { kind: 'profile', status: 'fine' })
    expect(ada.messages('PROFILE').at(-1)).toMatchObject({
      displayName: 'ada',
      status: 'fine',
      channels: ['general'],
    })
  })
})
