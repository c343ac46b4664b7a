import { describe, expect, test } from 'vitest'
import { decode, encode, encodeHalves, userIdParts, type LsnpMessage } from '../../../src/udp/lsnp/codec.ts'
import { MESSAGES } from '../../../src/udp/lsnp/messages.ts'
import { DIVERGENCES, EXAMPLES, REFUSED } from './samples.ts'

describe('decode', () => {
  test.each(EXAMPLES)('as it is described: $name', ({ datagram, dialect, message }) => {
    expect(decode(Buffer.from(datagram))).toMatchObject({ ok: true, message, dialect })
  })

  test.each(DIVERGENCES)('as it is sent: $name', ({ datagram, dialect, message }) => {
    const decoded = decode(Buffer.from(datagram))
    expect(decoded).toMatchObject({ ok: true, dialect })
    expect(decoded.ok && decoded.message).toStrictEqual(message)
  })

  test.each(REFUSED)('refused: %s', (_name, datagram, reason) => {
    expect(decode(Buffer.from(datagram))).toMatchObject({ ok: false, reason })
  })

  test('every type of the table is among the examples', () => {
    expect(new Set(EXAMPLES.map(({ message }) => message.type))).toEqual(new Set(Object.keys(MESSAGES)))
  })

  test('a refusal has the TYPE as it was written', () => {
    expect(decode(Buffer.from('TYPE: UNLIKE\n'))).toEqual({
      ok: false,
      reason: 'FROM is missing',
      type: 'UNLIKE',
    })
    expect(decode(Buffer.from('TYPE: CHESS_MOVE\n'))).toMatchObject({ type: 'CHESS_MOVE' })
    expect(decode(Buffer.from('X: y\n'))).not.toHaveProperty('type')
  })

  test('all lines are there, also those without a property', () => {
    const decoded = decode(Buffer.from('TYPE: PING\nUSER_ID: a@b\nBOARD: 0,1,2\n'))
    expect(decoded.ok && [...decoded.fields]).toEqual([
      ['TYPE', 'PING'],
      ['USER_ID', 'a@b'],
      ['BOARD', '0,1,2'],
    ])
  })

  test('a picture of a type that would be None when it is sent on is none', () => {
    const picture = 'AVATAR_TYPE: None\0\nAVATAR_ENCODING: base64\nAVATAR_DATA: AAAA\n'
    const decoded = decode(Buffer.from(`TYPE: PROFILE\nUSER_ID: a@b\n${picture}`))
    expect(decoded.ok && decoded.message).toEqual({
      type: 'PROFILE',
      userId: 'a@b',
      displayName: 'a',
      status: '',
    })
  })

  test('what is not there is no property', () => {
    const decoded = decode(Buffer.from('TYPE: PING\nUSER_ID: a@b\nPORT:\n'))
    expect(decoded.ok && Object.keys(decoded.message)).toEqual(['type', 'userId'])
  })
})

describe('encode', () => {
  test.each(EXAMPLES)('byte for byte: $name', ({ datagram, dialect, message }) => {
    expect(encode(message, dialect).toString()).toBe(datagram)
  })

  test('polyglot: everything twice but what only we read', () => {
    const message = {
      type: 'PING',
      userId: 'mai@10.77.0.11',
      port: 50999,
      app: 'parley/0.1',
      node: '00112233445566ff',
      httpPort: 8000,
      channels: ['general'],
      avatarHash: '0'.repeat(64),
      leaving: true,
      reply: false,
    } as const
    expect(encode(message, 'polyglot').toString()).toBe(
      'TYPE: PING\nUSER_ID: mai@10.77.0.11\nPORT: 50999\nAPP: parley/0.1\nNODE: 00112233445566ff\nHTTP_PORT: 8000\n' +
        `CHANNELS: general\nAVATAR_HASH: ${'0'.repeat(64)}\nLEAVING: yes\nREPLY: no\n` +
        'TYPE:PING\nUSER_ID:mai@10.77.0.11\nPORT:50999\n\n',
    )
  })

  test('two halves: a PING for programs of the RFC, a PEER_DISCOVERY for legacy clients', () => {
    const userId = 'probe@10.77.0.11'
    const bytes = encodeHalves(
      { type: 'PING', userId, port: 8123 },
      {
        type: 'PEER_DISCOVERY',
        userId,
        port: 8123,
        timestamp: 1_795_303_957,
        messageId: '00aa00aa00aa00aa',
      },
    )
    expect(bytes.toString()).toBe(
      'TYPE: PING\nUSER_ID: probe@10.77.0.11\nPORT: 8123\n' +
        'TYPE:PEER_DISCOVERY\nUSER_ID:probe@10.77.0.11\nPORT:8123\nTIMESTAMP:1795303957\nMESSAGE_ID:00aa00aa00aa00aa\n\n',
    )
    expect(bytes).toHaveLength(153)
    expect(decode(bytes)).toMatchObject({ ok: true, dialect: 'polyglot', message: { type: 'PING', userId } })
  })

  const dm = {
    type: 'DM',
    from: 'mai@10.77.0.11',
    to: 'zed@10.77.0.12',
    content: 'x',
    timestamp: 5,
    messageId: '0123456789abcdef',
  } as const
  const offer = {
    type: 'FILE_OFFER',
    fileName: 'a',
    fileSize: 1,
    fileId: '0123456789abcdef',
    description: '',
  } as const
  const ping = { type: 'PING', userId: 'a@b' } as const
  const group = { type: 'GROUP_CREATE', from: 'a@b', groupId: 'g', groupName: 'G', members: [] } as const
  const move = {
    type: 'TICTACTOE_MOVE',
    from: 'a@b',
    to: 'c@d',
    gameId: 'g1',
    position: 4,
    symbol: 'X',
  } as const

  test.each<[string, LsnpMessage, string]>([
    ['a user without a host', { ...dm, to: 'zed' }, 'TO must be name@host'],
    ['a user with a line end', { ...dm, to: 'z\ned@h' }, 'TO must not contain control characters'],
    ['a user with white space outside', { ...dm, from: ' mai@h' }, 'FROM must be name@host'],
    ['a fraction of a second', { ...dm, timestamp: 5.5 }, 'TIMESTAMP must be whole seconds'],
    ['a time that is no number', { ...dm, timestamp: NaN }, 'TIMESTAMP must be whole seconds'],
    ['a time before 1970', { ...dm, timestamp: -5 }, 'TIMESTAMP must be a number'],
    ['a time in milliseconds, of the year 200 000', { ...dm, timestamp: 1e16 }, 'TIMESTAMP must be a number'],
    [
      'an id of 8 digits',
      { ...dm, messageId: 'f83d2b1d' },
      'MESSAGE_ID must be 16 lower-case hexadecimal digits',
    ],
    [
      'an id in upper case',
      { ...dm, messageId: '0123456789ABCDEF' },
      'MESSAGE_ID must be 16 lower-case hexadecimal digits',
    ],
    ['the id of a file', { ...offer, fileId: 'f1' }, 'FILEID must be 16 lower-case hexadecimal digits'],
    ['a token that is none', { ...dm, token: 'secret' }, 'TOKEN must be user|whole seconds|scope'],
    [
      'a token with a fraction of a second',
      { ...dm, token: 'a@b|5.5|chat' },
      'TOKEN must be user|whole seconds|scope',
    ],
    ['a token of two lines', { ...dm, token: 'a@b|5|\x7f' }, 'TOKEN must be user|whole seconds|scope'],
    ['the id of a game in two lines', { ...move, gameId: 'g\n1' }, 'GAMEID must be one line'],
    ['no text', { ...dm, content: '' }, 'CONTENT is missing'],
    ['text of white space', { ...dm, content: ' \n\t' }, 'CONTENT is missing'],
    ['too much text', { ...dm, content: 'x'.repeat(8193) }, 'CONTENT is longer than 8192 bytes'],
    ['half a byte', { ...offer, fileSize: 0.5 }, 'FILESIZE must be a whole number'],
    ['less than nothing', { ...offer, fileSize: -1 }, 'FILESIZE must be a whole number'],
    ['a square outside the board', { ...move, position: 9 }, 'POSITION is more than 8'],
    ['a turn below zero', { ...move, turn: -1 }, 'TURN has no such value'],
    ['a port that is none', { ...ping, port: 0 }, 'PORT has no such value'],
    ['a node that is none', { ...ping, node: 'kitchen' }, 'NODE has no such value'],
    ['a hash that is none', { ...ping, avatarHash: 'A'.repeat(64) }, 'AVATAR_HASH has no such value'],
    ['a channel with a comma', { ...ping, channels: ['a,b'] }, 'CHANNELS must not have the entry a,b'],
    ['a channel without a name', { ...ping, channels: [''] }, 'CHANNELS must not have the entry '],
    ['a member with a comma', { ...group, members: ['a,b@c'] }, 'MEMBERS must not have the entry a,b@c'],
    ['an invalid member', { ...group, members: ['eve'] }, 'MEMBERS must not have the entry eve'],
    [
      'an invalid peer',
      { type: 'PEER_LIST_RESPONSE', from: 'a@b', peers: ['eve'] },
      'PEERS must not have the entry eve',
    ],
    [
      'two squares in a line',
      { type: 'TICTACTOE_RESULT', from: 'a@b', to: 'c@d', gameId: 'g', result: 'WIN', winningLine: [0, 1] },
      'WINNING_LINE has no such value',
    ],
    ['REVOKE of nothing', { type: 'REVOKE' }, 'TOKEN or USER_ID is missing'],
    [
      'GROUP_UPDATE of nothing',
      { type: 'GROUP_UPDATE', from: 'a@b', groupId: 'g', add: [], remove: [] },
      'ADD or REMOVE is missing',
    ],
    [
      'a picture that is no base64',
      {
        type: 'PROFILE',
        userId: 'a@b',
        displayName: 'a',
        status: '',
        avatar: { type: 'image/png', encoding: 'base64', data: '' },
      },
      'AVATAR_DATA must be base64',
    ],
    [
      'a picture of no type',
      {
        type: 'PROFILE',
        userId: 'a@b',
        displayName: 'a',
        status: '',
        avatar: { type: '', encoding: 'base64', data: 'AAAA' },
      },
      'AVATAR_TYPE is missing',
    ],
  ])('TypeError: %s', (_name, message, mistake) => {
    expect(() => encode(message, 'rfc')).toThrow(new TypeError(mistake))
  })

  test('TypeError: more than UDP carries, because it is written twice', () => {
    const chunk = {
      type: 'FILE_CHUNK',
      fileId: '0123456789abcdef',
      chunkIndex: 0,
      data: 'A'.repeat(40_000),
    } as const
    expect(encode(chunk, 'rfc').length).toBeLessThan(41_000)
    expect(() => encode(chunk, 'polyglot')).toThrow(new TypeError('the datagram is longer than 65507 bytes'))
  })

  test('an acknowledgement can name any id, because it repeats the id of another program', () => {
    expect(encode({ type: 'ACK', messageId: 'f1_chunk_0', status: 'RECEIVED' }, 'rfc').toString()).toBe(
      'TYPE: ACK\nMESSAGE_ID: f1_chunk_0\nSTATUS: RECEIVED\n\n',
    )
  })

  test('what is undefined is left out', () => {
    expect(encode({ ...ping, port: undefined }, 'rfc').toString()).toBe('TYPE: PING\nUSER_ID: a@b\n\n')
  })

  test('a line end in a text becomes a space', () => {
    expect(encode({ ...dm, content: ' a\r\nTO: eve@h\u2028b\n' }, 'seed').toString()).toContain(
      '\nCONTENT:a TO: eve@h b\n',
    )
  })

  test('an empty description is sent: one program drops an offer without the key', () => {
    expect(encode(offer, 'rfc').toString()).toContain('\nDESCRIPTION: \n')
  })
})

test.each([
  ['mai@10.77.0.11', 'mai', '10.77.0.11'],
  ['charlie@device888', 'charlie', 'device888'],
  ['a@b@c', 'a@b', 'c'],
  ['grüße 🎉@::1', 'grüße 🎉', '::1'],
  ['@host', '', 'host'],
  ['name@', 'name', ''],
  ['nobody', 'nobody', ''],
])('the parts of %j', (userId, name, host) => {
  expect(userIdParts(userId)).toEqual({ name, host })
})
