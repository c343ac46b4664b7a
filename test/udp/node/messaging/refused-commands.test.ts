/** Commands that are refused have no effect. */
import { beforeEach, describe, expect, test } from 'vitest'
import { MAI, EVE, ID, startLan, attempt } from './messaging-lan.ts'
import { type SimulatedLan, type Station } from '../../simulated-lan.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'
import type { LanCommand } from '../../../../src/udp/node/model.ts'

let lan: SimulatedLan
let ada: Station<LanNode>

beforeEach(() => {
  ;({ lan, ada } = startLan())
})

describe('a refused command has no effect', () => {
  test.each<[string, LanCommand, string]>([
    [
      'POST to an unknown user',
      { kind: 'post', id: ID, to: EVE, text: 'x' },
      `404 ${EVE} is not on this network`,
    ],
    ['DM to an unknown user', { kind: 'dm', id: ID, to: 'x', text: 'x' }, '404 x is not on this network'],
    [
      'FOLLOW of an unknown user',
      { kind: 'follow', to: EVE, following: true },
      `404 ${EVE} is not on this network`,
    ],
    ['LIKE of an unknown user', { kind: 'like', to: EVE, liking: true }, `404 ${EVE} is not on this network`],
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
      'an invalid hash',
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
    expect(attempt(lan, ada, command)).toBe(expected)
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
