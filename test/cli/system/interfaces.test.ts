/** Interfaces as people choose them and read of them. */
import { describe, expect, test } from 'vitest'
import {
  addressOnLan,
  chosenNetworks,
  interfaceProblem,
  isThisMachineOnly,
  lanLine,
  namesIn,
} from '../../../src/cli/system/interfaces.ts'
import type { Interfaces } from '../../../src/udp/networks.ts'

const v4 = (address: string, netmask: string, internal = false) => ({
  family: 'IPv4',
  address,
  netmask,
  internal,
})

const LAPTOP: Interfaces = {
  lo: [v4('127.0.0.1', '255.0.0.0', true)],
  eth0: [v4('10.77.0.11', '255.255.0.0')],
  wlan0: [v4('192.168.1.5', '255.255.255.0')],
}
const ALONE: Interfaces = { lo: LAPTOP['lo'] }

test.each<[word: string, names: string[]]>([
  ['eth0', ['eth0']],
  ['eth0,lo', ['eth0', 'lo']],
  [' eth0 , lo ,', ['eth0', 'lo']],
  ['', []],
])('names in %j', (word, names) => {
  expect(namesIn(word)).toEqual(names)
})

test.each<[names: string[], interfaces: Interfaces, problem: string | undefined]>([
  [[], LAPTOP, undefined],
  [['eth0', 'lo'], LAPTOP, undefined],
  [
    ['eth9'],
    LAPTOP,
    'There is no interface eth9 here; there are: eth0 (10.77.0.11), lo (127.0.0.1), wlan0 (192.168.1.5).',
  ],
  [['lo', 'eth8', 'eth9'], ALONE, 'There is no interface eth8, eth9 here; there are: lo (127.0.0.1).'],
  [['lo'], {}, 'There is no interface lo here; there are: none.'],
])('what is wrong with %j', (names, interfaces, problem) => {
  expect(interfaceProblem(names, interfaces)).toBe(problem)
})

describe('the networks used', () => {
  test.each<
    [name: string, names: string[], interfaces: Interfaces, line: string, address: string, here: boolean]
  >([
    ['all', [], LAPTOP, '-- LAN: eth0 10.77.0.11, wlan0 192.168.1.5', '10.77.0.11', false],
    ['one', ['wlan0'], LAPTOP, '-- LAN: wlan0 192.168.1.5', '192.168.1.5', false],
    ['one and this machine', ['wlan0', 'lo'], LAPTOP, '-- LAN: wlan0 192.168.1.5', '192.168.1.5', false],
    ['this machine', ['lo'], LAPTOP, '-- LAN: this machine only', '127.0.0.1', true],
    ['all there are: this machine', [], ALONE, '-- LAN: this machine only', '127.0.0.1', true],
    ['none', [], {}, '-- LAN: no network', '127.0.0.1', false],
  ])('%s', (_name, names, interfaces, line, address, here) => {
    const networks = chosenNetworks(names, interfaces)
    expect(lanLine(networks)).toBe(line)
    expect(addressOnLan(networks)).toBe(address)
    expect(isThisMachineOnly(networks)).toBe(here)
  })

  test('no LAN at all', () => {
    expect(lanLine(undefined)).toBe('-- LAN: off')
  })
})
