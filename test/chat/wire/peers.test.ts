/** Every shape in which programs name a peer, and what it means. */
import { describe, expect, test } from 'vitest'
import { registration, subject, target, type Who } from '../../../src/chat/wire/peers.ts'
import { form } from './support.ts'
import { refusalOf } from '../support.ts'
import type { Fields } from '../../../src/chat/wire/fields.ts'

const OBSERVED = '10.0.0.5'

describe('registration', () => {
  const alice = { ip: '10.0.0.5', port: 8000, name: 'alice' }

  test.each<[string, Fields, object]>([
    ['the seed', { ip: '10.0.0.5', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['username', { username: 'alice', ip: '10.0.0.5', port: 8000 }, { peer: alice, channels: [] }],
    ['display_name', { display_name: 'alice', port: 8000 }, { peer: alice, channels: [] }],
    ['peer_id', { peer_id: 'alice', ip: '10.0.0.5', port: 8000 }, { peer: alice, channels: [] }],
    ['id', { id: 'alice', ip: '10.0.0.5', port: 8000 }, { peer: alice, channels: [] }],
    [
      'peer_id and username: the name counts',
      { peer_id: '17', ip: '10.0.0.5', port: 8000, username: 'alice' },
      { peer: alice, channels: [] },
    ],
    [
      'name before username',
      { username: 'other', name: 'alice', ip: '10.0.0.5', port: 8000 },
      { peer: alice, channels: [] },
    ],
    [
      'a numbered peer',
      { peer_id: 17, ip: '10.0.0.5', port: 8000 },
      { peer: { ...alice, name: '17' }, channels: [] },
    ],
    [
      'no name: its address',
      { ip: '10.0.0.5', port: 8000 },
      { peer: { ...alice, name: '10.0.0.5:8000' }, channels: [] },
    ],
    [
      'no name, IPv6: its address in brackets',
      { ip: 'fd00::1', port: 8000 },
      { peer: { ip: 'fd00::1', port: 8000, name: '[fd00::1]:8000' }, channels: [] },
    ],
    ['an empty name is none', { name: '', username: 'alice', port: 8000 }, { peer: alice, channels: [] }],
    ['a null name is none', { name: null, username: 'alice', port: 8000 }, { peer: alice, channels: [] }],
    ['no ip: the observed one', { port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['an empty ip', { ip: '', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['a null ip', { ip: null, port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['0.0.0.0', { ip: '0.0.0.0', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['::', { ip: '::', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['0:0:0:0:0:0:0:0', { ip: '0:0:0:0:0:0:0:0', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['IPv4-mapped', { ip: '::ffff:10.0.0.5', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    [
      'IPv6 in another spelling',
      { ip: '2001:DB8:0:0::0001', port: 8000, name: 'alice' },
      { peer: { ...alice, ip: '2001:db8::1' }, channels: [] },
    ],
    ['the port as digits', { ip: '10.0.0.5', port: '8000', name: 'alice' }, { peer: alice, channels: [] }],
    [
      'a form',
      form({ username: 'alice', ip: '10.0.0.5', port: '8000', channels: 'general, #Ops' }),
      { peer: alice, channels: ['general', 'ops'] },
    ],
    [
      'channels as a list',
      { ip: '10.0.0.5', port: 8000, username: 'alice', channels: ['General', '#ops'] },
      { peer: alice, channels: ['general', 'ops'] },
    ],
    [
      'no channels as null',
      { ip: '10.0.0.5', port: 8000, username: 'alice', channels: null },
      { peer: alice, channels: [] },
    ],
    ['a name with spaces around it', { ...alice, name: '  alice\u00a0' }, { peer: alice, channels: [] }],
    ['fields nobody knows', { ...alice, colour: 'red', age: {} }, { peer: alice, channels: [] }],
  ])('%s', (_name, fields, expected) => {
    expect(registration(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, Fields, number, string]>([
    ['no port', { ip: '10.0.0.5', name: 'alice' }, 400, 'port'],
    ['only a display name', { display_name: 'alice' }, 400, 'port'],
    ['an empty port', form({ port: '', name: 'alice' }), 400, 'port'],
    ['port 0', { ...alice, port: 0 }, 400, 'port'],
    ['port 65536', { ...alice, port: 65536 }, 400, 'port'],
    ['port "65536"', { ...alice, port: '65536' }, 400, 'port'],
    ['a negative port', { ...alice, port: -1 }, 400, 'port'],
    ['half a port', { ...alice, port: 8000.5 }, 400, 'port'],
    ['a port in words', { ...alice, port: 'http' }, 400, 'port'],
    ['a hexadecimal port', { ...alice, port: '0x1f40' }, 400, 'port'],
    ['a port with a sign', { ...alice, port: '+8000' }, 400, 'port'],
    ['a port with spaces', { ...alice, port: ' 8000' }, 400, 'port'],
    ['a port as a list', { ...alice, port: [8000] }, 400, 'port'],
    ['a port as an object', { ...alice, port: { valueOf: 1, toString: 1 } }, 400, 'port'],
    ['a true port', { ...alice, port: true }, 400, 'port'],
    ['an ip in words', { ...alice, ip: 'localhost' }, 400, 'ip'],
    ['an ip as a number', { ...alice, ip: 2130706433 }, 400, 'ip'],
    ['half an ip', { ...alice, ip: '127.1' }, 400, 'ip'],
    ['an ip with leading zeros', { ...alice, ip: '010.0.0.5' }, 400, 'ip'],
    ['an ip with a part of 256', { ...alice, ip: '10.0.0.256' }, 400, 'ip'],
    ['an ip with a port', { ...alice, ip: '10.0.0.5:8000' }, 400, 'ip'],
    ['an ip with a zone', { ...alice, ip: 'fe80::1%eth0' }, 400, 'ip'],
    ['an ip in brackets', { ...alice, ip: '[::1]' }, 400, 'ip'],
    ['an ip as an object', { ...alice, ip: {} }, 400, 'ip'],
    ['a name as an object', { ...alice, name: {} }, 400, 'name'],
    ['a username as a list', { ip: '10.0.0.5', port: 8000, username: [] }, 400, 'username'],
    ['a name of spaces', { ...alice, name: '   ' }, 422, 'name'],
    ['channels as a number', { ...alice, channels: 5 }, 400, 'channels'],
    ['channels as an object', { ...alice, channels: { length: 1 } }, 400, 'channels'],
    ['a channel as a number', { ...alice, channels: [5] }, 400, 'channels'],
    ['a channel with a space', { ...alice, channels: ['a b'] }, 422, 'channels'],
  ])('refuses %s', (_name, fields, status, field) => {
    expect(refusalOf(() => registration(fields, OBSERVED))).toMatchObject({ status, field })
  })
})

describe('the peer that a request is about', () => {
  const whole = { ip: '10.0.0.7', port: 8001, name: 'bob' }

  test.each<[string, Fields, Who]>([
    ['peer as an object', { channel: 'x', peer: whole }, whole],
    ['peer as an object with a name only', { peer: { username: 'bob' } }, { name: 'bob' }],
    ['peer as ip:port', { peer: '10.0.0.7:8001' }, { ip: '10.0.0.7', port: 8001 }],
    ['peer as a name', { peer: 'bob' }, { name: 'bob' }],
    ['fields of the request', whole, whole],
    ['username', { username: 'bob', channel: 'x' }, { name: 'bob' }],
    ['peer_id as ip:port', { peer_id: '10.0.0.7:8001' }, { ip: '10.0.0.7', port: 8001 }],
    ['peer_id as a number', { peer_id: 17 }, { name: '17' }],
    ['id as [ip]:port', { id: '[fd00::1]:8001' }, { ip: 'fd00::1', port: 8001 }],
    ['id as IPv6 without brackets', { id: 'fd00::1:8001' }, { ip: 'fd00::1', port: 8001 }],
    ['an unspecified ip', { peer: '0.0.0.0:8001' }, { ip: OBSERVED, port: 8001 }],
    ['a name that looks like an address', { username: 'cafe:2024' }, { name: 'cafe:2024' }],
    ['a name that looks like a time', { username: '12:30' }, { name: '12:30' }],
    ['a port alone', { port: 8001 }, { ip: OBSERVED, port: 8001, name: `${OBSERVED}:8001` }],
  ])('subject: %s', (_name, fields, expected) => {
    expect(subject(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, Fields, Who]>([
    ['to as an object', { to: { ip: '10.0.0.7', port: 8001 } }, { ...whole, name: '10.0.0.7:8001' }],
    ['to as a name', { from: 'alice', to: 'bob' }, { name: 'bob' }],
    ['target_username', { username: 'alice', target_username: 'bob' }, { name: 'bob' }],
    ['target_id', { from_id: '1', target_id: '10.0.0.7:8001' }, { ip: '10.0.0.7', port: 8001 }],
    ['target_id as a number', { from_id: 1, target_id: 2 }, { name: '2' }],
    ['peer_id', { peer_id: 'bob' }, { name: 'bob' }],
    ['form fields', form({ username: 'alice', target_username: 'bob' }), { name: 'bob' }],
  ])('target: %s', (_name, fields, expected) => {
    expect(target(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, () => unknown, number, string]>([
    ['no subject', () => subject({ channel: 'x' }, OBSERVED), 400, 'peer'],
    ['no target', () => target({ username: 'alice' }, OBSERVED), 400, 'to'],
    ['a target as a list', () => target({ to: [] }, OBSERVED), 400, 'to'],
    ['a target as an empty object', () => target({ to: {} }, OBSERVED), 400, 'name'],
    [
      'a target with a wrong port',
      () => target({ to: { ip: '10.0.0.7', port: 'x' } }, OBSERVED),
      400,
      'port',
    ],
    ['a target ip:port over 65535', () => target({ to: '10.0.0.7:65536' }, OBSERVED), 400, 'port'],
    ['a peer with a wrong name', () => subject({ peer: { name: true } }, OBSERVED), 400, 'peer.name'],
  ])('refuses %s', (_name, call, status, field) => {
    expect(refusalOf(call)).toMatchObject({ status, field })
  })
})
