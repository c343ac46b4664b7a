/** Each limit of LSNP_LIMITS that is about a field: at the limit, and one over. */
import { describe, expect, test } from 'vitest'
import { decode, LSNP_LIMITS } from '../../../src/udp/lsnp/codec.ts'

const as = (length: number) => 'a'.repeat(length)
const base64 = (length: number) => 'A'.repeat(length)
const people = (count: number) => Array.from({ length: count }, (_, index) => `u${index}@h`)
const pair = 'FROM: a@b\nTO: c@d\n'
const file = 'TYPE: FILE_OFFER\nFILEID: f1\nFILESIZE: 1\n'
const chunk = 'TYPE: FILE_CHUNK\nFILEID: f1\n'
const picture = 'TYPE: PROFILE\nUSER_ID: a@b\nAVATAR_ENCODING: base64\n'

describe.each<[string, number, string, (size: number) => string]>([
  [
    'a TYPE, then unknown',
    LSNP_LIMITS.typeCharacters,
    'TYPE is longer than 64 characters',
    (n) => `TYPE: ${as(n)}`,
  ],
  [
    'a user id',
    LSNP_LIMITS.userIdBytes,
    'USER_ID is longer than 128 bytes',
    (n) => `TYPE: PING\nUSER_ID: a@${as(n - 2)}`,
  ],
  [
    'the name in a user id',
    LSNP_LIMITS.userNameBytes,
    'USER_ID has a name longer than 64 bytes',
    (n) => `TYPE: PING\nUSER_ID: ${as(n)}@b`,
  ],
  [
    'the name in a user id, in bytes',
    LSNP_LIMITS.userNameBytes,
    'USER_ID has a name longer than 64 bytes',
    (n) => `TYPE: PING\nUSER_ID: ${'é'.repeat(32)}${as(n - 64)}@b`,
  ],
  [
    'a display name',
    LSNP_LIMITS.displayNameBytes,
    'DISPLAY_NAME is longer than 64 bytes',
    (n) => `TYPE: PROFILE\nUSER_ID: a@b\nDISPLAY_NAME: ${as(n)}`,
  ],
  [
    'a status',
    LSNP_LIMITS.statusBytes,
    'STATUS is longer than 512 bytes',
    (n) => `TYPE: PROFILE\nUSER_ID: a@b\nSTATUS: ${as(n)}`,
  ],
  [
    'the text of a DM',
    LSNP_LIMITS.contentBytes,
    'CONTENT is longer than 8192 bytes',
    (n) => `TYPE: DM\n${pair}CONTENT: ${as(n)}`,
  ],
  [
    'the text of a DM, in bytes',
    LSNP_LIMITS.contentBytes,
    'CONTENT is longer than 8192 bytes',
    (n) => `TYPE: DM\n${pair}CONTENT: ${'é'.repeat(4096)}${as(n - 8192)}`,
  ],
  [
    'the text of a group, in base64',
    LSNP_LIMITS.contentBytes,
    'CONTENT is longer than 8192 bytes',
    (n) => `TYPE: GROUP_MESSAGE\nFROM: a@b\nGROUP_ID: g\nMESSAGE: ${Buffer.from(as(n)).toString('base64')}`,
  ],
  [
    'the name of a group',
    LSNP_LIMITS.groupNameBytes,
    'GROUP_NAME is longer than 128 bytes',
    (n) => `TYPE: GROUP_CREATE\nFROM: a@b\nGROUP_ID: g\nGROUP_NAME: ${as(n)}`,
  ],
  [
    'the name of a file',
    LSNP_LIMITS.fileNameBytes,
    'FILENAME is longer than 255 bytes',
    (n) => `${file}FILENAME: ${as(n)}`,
  ],
  [
    'a description',
    LSNP_LIMITS.descriptionBytes,
    'DESCRIPTION is longer than 512 bytes',
    (n) => `${file}FILENAME: a\nDESCRIPTION: ${as(n)}`,
  ],
  [
    'the type of a file',
    LSNP_LIMITS.mimeCharacters,
    'FILETYPE is longer than 128 characters',
    (n) => `${file}FILENAME: a\nFILETYPE: ${as(n)}`,
  ],
  [
    'the name of a program',
    LSNP_LIMITS.appBytes,
    'APP is longer than 64 bytes',
    (n) => `TYPE: PING\nUSER_ID: a@b\nAPP: ${as(n)}`,
  ],
  [
    'an id',
    LSNP_LIMITS.idCharacters,
    'MESSAGE_ID is longer than 128 characters',
    (n) => `TYPE: ACK\nMESSAGE_ID: ${as(n)}`,
  ],
  [
    'an id of our kind of message',
    LSNP_LIMITS.idCharacters,
    'MESSAGE_ID is longer than 128 characters',
    (n) => `TYPE: DM\n${pair}CONTENT: x\nMESSAGE_ID: ${as(n)}`,
  ],
  [
    'a token',
    LSNP_LIMITS.tokenCharacters,
    'TOKEN is longer than 256 characters',
    (n) => `TYPE: REVOKE\nTOKEN: ${as(n)}`,
  ],
  [
    'a picture',
    LSNP_LIMITS.avatarCharacters,
    'AVATAR_DATA is longer than 27308 characters',
    (n) => `${picture}AVATAR_TYPE: image/png\nAVATAR_DATA: ${base64(n)}`,
  ],
  [
    'the type of a picture',
    LSNP_LIMITS.mimeCharacters,
    'AVATAR_TYPE is longer than 128 characters',
    (n) => `${picture}AVATAR_TYPE: ${as(n)}\nAVATAR_DATA: AAAA`,
  ],
  [
    'a chunk',
    LSNP_LIMITS.chunkCharacters,
    'DATA is longer than 64000 characters',
    (n) => `${chunk}CHUNK_INDEX: 0\nDATA: ${base64(n)}`,
  ],
  [
    'the chunks of a file',
    LSNP_LIMITS.chunks,
    'TOTAL_CHUNKS is more than 1000000',
    (n) => `${chunk}CHUNK_INDEX: 0\nTOTAL_CHUNKS: ${n}\nDATA: AAAA`,
  ],
  [
    'the number of a chunk',
    LSNP_LIMITS.chunks - 1,
    'CHUNK_INDEX is more than 999999',
    (n) => `${chunk}CHUNK_INDEX: ${n}\nDATA: AAAA`,
  ],
  [
    'members of a group',
    LSNP_LIMITS.people,
    'MEMBERS has more than 256 entries',
    (n) => `TYPE: GROUP_CREATE\nFROM: a@b\nGROUP_ID: g\nMEMBERS: ${people(n).join()}`,
  ],
  [
    'members to add',
    LSNP_LIMITS.people,
    'ADD has more than 256 entries',
    (n) => `TYPE: GROUP_UPDATE\nFROM: a@b\nGROUP_ID: g\nADD: ${people(n).join(', ')}`,
  ],
  [
    'peers',
    LSNP_LIMITS.people,
    'PEERS has more than 256 entries',
    (n) => `TYPE:PEER_LIST_RESPONSE\nFROM:a@b\nPEERS:${JSON.stringify(people(n))}`,
  ],
  [
    'channels',
    LSNP_LIMITS.channels,
    'CHANNELS has more than 32 entries',
    (n) => `TYPE: PING\nUSER_ID: a@b\nCHANNELS: ${people(n).join()}`,
  ],
  [
    'a time',
    LSNP_LIMITS.lastMoment,
    'TIMESTAMP must be in seconds',
    (n) => `TYPE: DM\n${pair}CONTENT: x\nTIMESTAMP: ${n}`,
  ],
])('%s', (_name, limit, reason, datagram) => {
  test('at the limit', () => {
    const decoded = decode(Buffer.from(datagram(limit)))
    expect(decoded.ok ? 'a message' : decoded.reason).toMatch(/^(?:a message|unknown type a+)$/)
  })

  test('one over', () => {
    expect(decode(Buffer.from(datagram(limit + 1)))).toMatchObject({ ok: false, reason })
  })
})

test('the largest picture is one of 20 480 bytes', () => {
  expect(Buffer.alloc(20_480).toString('base64')).toHaveLength(LSNP_LIMITS.avatarCharacters)
})

test('the last moment is one that a Date can hold', () => {
  expect(new Date(LSNP_LIMITS.lastMoment * 1000).getTime()).toBe(8.64e15)
})

test('a channel whose name is too long is left out', () => {
  const decoded = decode(Buffer.from(`TYPE: PING\nUSER_ID: a@b\nCHANNELS: ${as(64)},${as(65)},ops`))
  expect(decoded).toMatchObject({ ok: true, message: { channels: [as(64), 'ops'] } })
})

test('commas without members between them are entries, too', () => {
  const datagram = `TYPE: GROUP_CREATE\nFROM: a@b\nGROUP_ID: g\nMEMBERS: ${','.repeat(60_000)}`
  expect(decode(Buffer.from(datagram))).toMatchObject({ reason: 'MEMBERS has more than 256 entries' })
})
