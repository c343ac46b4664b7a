/** What the system says of its interfaces, and the networks in it. */
import { networkInterfaces } from 'node:os'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addressesOf,
  isWithin,
  networksOf,
  sameNetworks,
  unknownInterfaces,
  type InterfaceAddress,
  type Interfaces,
} from '../../src/udp/networks.ts'
import type { Network } from '../../src/udp/node/model.ts'

function v4(address: string, netmask: string, internal = false): InterfaceAddress {
  return { family: 'IPv4', address, netmask, internal }
}

function v6(address: string, internal = false): InterfaceAddress {
  return { family: 'IPv6', address, netmask: 'ffff:ffff:ffff:ffff::', internal }
}

const LO = { lo: [v4('127.0.0.1', '255.0.0.0', true), v6('::1', true)] }
const LO0 = { lo0: [v4('127.0.0.1', '255.0.0.0', true)] }
const ETH0 = { eth0: [v4('192.168.1.20', '255.255.255.0'), v6('fe80::1')] }
const WLAN0 = { wlan0: [v4('10.20.30.40', '255.255.0.0')] }
const VPN = { tun0: [v4('10.8.0.2', '255.255.255.255')] }

/** Each network as `name address broadcast`. */
function shown(networks: readonly Network[]): string[] {
  return networks.map(({ name, address, broadcast }) => `${name} ${address} ${broadcast}`)
}

describe('networksOf', () => {
  test.each<[name: string, interfaces: Interfaces, networks: string[]]>([
    ['no interface', {}, []],
    ['an interface without addresses', { eth0: [] }, []],
    ['an interface that is undefined', { eth0: undefined }, []],
    ['IPv6 only', { eth0: [v6('fe80::1')] }, []],
    ['loopback', LO, ['lo 127.0.0.1 127.255.255.255']],
    [
      'loopback as one address',
      { lo: [v4('127.0.0.1', '255.255.255.255', true)] },
      ['lo 127.0.0.1 127.255.255.255'],
    ],
    [
      'loopback of another block',
      { lo: [v4('127.5.0.1', '255.255.255.0', true)] },
      ['lo 127.5.0.1 127.255.255.255'],
    ],
    ['/8', { a: [v4('10.1.2.3', '255.0.0.0')] }, ['a 10.1.2.3 10.255.255.255']],
    ['/12', { a: [v4('172.20.2.3', '255.240.0.0')] }, ['a 172.20.2.3 172.31.255.255']],
    ['/16', WLAN0, ['wlan0 10.20.30.40 10.20.255.255']],
    ['/24', ETH0, ['eth0 192.168.1.20 192.168.1.255']],
    ['/25, upper half', { a: [v4('192.168.1.200', '255.255.255.128')] }, ['a 192.168.1.200 192.168.1.255']],
    ['/25, lower half', { a: [v4('192.168.1.20', '255.255.255.128')] }, ['a 192.168.1.20 192.168.1.127']],
    ['/30', { a: [v4('192.168.1.5', '255.255.255.252')] }, ['a 192.168.1.5 192.168.1.7']],
    ['/31 is point-to-point', { a: [v4('192.168.1.4', '255.255.255.254')] }, []],
    ['/32 is point-to-point', VPN, []],
    ['the highest addresses', { a: [v4('223.255.255.1', '255.0.0.0')] }, ['a 223.255.255.1 223.255.255.255']],
    [
      'several addresses of one interface, in order',
      { eth0: [v4('192.168.2.1', '255.255.255.0'), v4('192.168.1.1', '255.255.255.0')] },
      ['eth0 192.168.1.1 192.168.1.255', 'eth0 192.168.2.1 192.168.2.255'],
    ],
    [
      'one address on two interfaces, the first by name',
      { b: [v4('10.0.0.1', '255.0.0.0')], a: [v4('10.0.0.1', '255.255.255.0')] },
      ['a 10.0.0.1 10.0.0.255'],
    ],
    [
      'several interfaces, by name',
      { ...WLAN0, ...VPN, ...LO, ...ETH0 },
      ['eth0 192.168.1.20 192.168.1.255', 'lo 127.0.0.1 127.255.255.255', 'wlan0 10.20.30.40 10.20.255.255'],
    ],
  ])('%s', (_name, interfaces, networks) => {
    expect(shown(networksOf(interfaces))).toEqual(networks)
  })

  test('a network is plain: name, address, netmask, broadcast', () => {
    expect(networksOf(ETH0)).toEqual([
      { name: 'eth0', address: '192.168.1.20', netmask: '255.255.255.0', broadcast: '192.168.1.255' },
    ])
  })

  test.each<[name: string, interfaces: Interfaces, only: string[], names: string[]]>([
    ['one of several', { ...LO, ...ETH0, ...WLAN0 }, ['eth0'], ['eth0']],
    ['two of several', { ...LO, ...ETH0, ...WLAN0 }, ['wlan0', 'lo'], ['lo', 'wlan0']],
    ['one that is not there', ETH0, ['eth1'], []],
    ['one that is not there beside one that is', ETH0, ['eth1', 'eth0'], ['eth0']],
    ['none at all', ETH0, [], []],
    ['lo is loopback of macOS, too', { ...LO0, ...ETH0 }, ['lo'], ['lo0']],
    ['lo0 is what has that name', { ...LO0, ...ETH0 }, ['lo0'], ['lo0']],
    ['lo0 is not loopback of Linux', LO, ['lo0'], []],
    ['no part of a name', ETH0, ['eth'], []],
    ['one that is named twice', ETH0, ['eth0', 'eth0'], ['eth0']],
  ])('only: %s', (_name, interfaces, only, names) => {
    expect(networksOf(interfaces, only).map(({ name }) => name)).toEqual(names)
  })

  test('this machine has loopback', () => {
    const [network] = networksOf(networkInterfaces(), ['lo'])
    expect(network?.broadcast).toBe('127.255.255.255')
  })
})

describe('unknownInterfaces', () => {
  test.each<[name: string, interfaces: Interfaces, only: string[], unknown: string[]]>([
    ['nothing is asked for', ETH0, [], []],
    ['all are there', { ...LO, ...ETH0 }, ['lo', 'eth0'], []],
    ['one is not', ETH0, ['eth0', 'eth1'], ['eth1']],
    ['loopback goes by another name', LO0, ['lo'], []],
    ['there is no loopback', ETH0, ['lo'], ['lo']],
    ['it has no IPv4 address, but it is there', { eth0: [v6('fe80::1')] }, ['eth0'], []],
    ['it is point-to-point, but it is there', VPN, ['tun0'], []],
    ['it has no address', { eth0: [] }, ['eth0'], ['eth0']],
    ['a name that every object has', {}, ['constructor', '__proto__'], ['constructor', '__proto__']],
  ])('%s', (_name, interfaces, only, unknown) => {
    expect(unknownInterfaces(interfaces, only)).toEqual(unknown)
  })
})

test('addressesOf: every IPv4 address, point-to-point ones as well', () => {
  expect(addressesOf({ ...LO, ...ETH0, ...VPN })).toEqual(['127.0.0.1', '192.168.1.20', '10.8.0.2'])
})

describe('sameNetworks', () => {
  const networks = networksOf({ ...LO, ...ETH0 })
  const [first, second] = networks as [Network, Network]

  test.each<[name: string, other: Network[], same: boolean]>([
    ['the same', networksOf({ ...ETH0, ...LO }), true],
    ['one less', [first], false],
    ['one more', [first, second, second], false],
    ['another name', [first, { ...second, name: 'lo1' }], false],
    ['another address', [first, { ...second, address: '127.0.0.2' }], false],
    ['another netmask', [first, { ...second, netmask: '255.255.0.0' }], false],
    ['another broadcast address', [first, { ...second, broadcast: '127.0.255.255' }], false],
  ])('%s', (_name, other, same) => {
    expect(sameNetworks(networks, other)).toBe(same)
    expect(sameNetworks(other, networks)).toBe(same)
  })

  test('none and none', () => {
    expect(sameNetworks([], [])).toBe(true)
  })
})

describe('isWithin', () => {
  const networks = networksOf({ ...LO, ...ETH0, a: [v4('10.1.1.200', '255.255.255.128')] })

  test.each([
    ['our own address', '192.168.1.20', true],
    ['the first of the network', '192.168.1.0', true],
    ['the last of the network', '192.168.1.255', true],
    ['one before', '192.168.0.255', false],
    ['one after', '192.168.2.0', false],
    ['the first of half a block', '10.1.1.128', true],
    ['the other half', '10.1.1.127', false],
    ['loopback', '127.9.9.9', true],
    ['elsewhere', '8.8.8.8', false],
  ])('%s', (_name, ip, within) => {
    expect(isWithin(networks, ip)).toBe(within)
  })

  test('nothing is within no network', () => {
    expect(isWithin([], '192.168.1.20')).toBe(false)
  })
})

test('any network: its broadcast address is its last, and it contains exactly its block', () => {
  const word = fc.integer({ min: 0, max: 0xffff_ffff })
  const notLoopback = word.filter((value) => value >>> 24 !== 127)
  fc.assert(
    fc.property(notLoopback, word, fc.integer({ min: 1, max: 30 }), (address, other, bits) => {
      const mask = (0xffff_ffff << (32 - bits)) >>> 0
      const networks = networksOf({ eth0: [v4(dotted(address), dotted(mask))] })
      expect(shown(networks)).toEqual([`eth0 ${dotted(address)} ${dotted((address | ~mask) >>> 0)}`])
      expect(isWithin(networks, dotted(((address & mask) | (other & ~mask)) >>> 0))).toBe(true)
      expect(isWithin(networks, dotted(other))).toBe((other & mask) === (address & mask))
    }),
  )
})

function dotted(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.')
}
