/** The own addresses of a peer, in every spelling, and the one that others reach it by. */
import { describe, expect, test } from 'vitest'
import { OwnAddress } from '../../../src/peer/self/own-address.ts'
import type { Address } from '../../../src/http/message.ts'

const MACHINE = ['127.0.0.1', '10.77.0.11', '192.168.1.5', '::1', 'fd00::11']

describe('a peer that listens on every address of its machine', () => {
  test.each<[name: string, ip: string, port: number, isOurs: boolean]>([
    ['one of its addresses', '10.77.0.11', 8600, true],
    ['another', '192.168.1.5', 8600, true],
    ['its IPv6 address', 'fd00::11', 8600, true],
    ['loopback', '127.0.0.1', 8600, true],
    ['any loopback address', '127.9.9.9', 8600, true],
    ['loopback, IPv6', '::1', 8600, true],
    ['IPv4 in IPv6 with dots', '::ffff:10.77.0.11', 8600, true],
    ['IPv4 in IPv6 in hexadecimal', '::ffff:a4d:b', 8600, true],
    ['loopback in IPv6', '::ffff:7f00:1', 8600, true],
    ['another port', '10.77.0.11', 8601, false],
    ['another host', '10.77.0.12', 8600, false],
  ])('%s: %s port %i: %s', (_name, ip, port, isOurs) => {
    const own = new OwnAddress({ host: '0.0.0.0', port: 8600 }, undefined, () => MACHINE)
    expect(own.isOurs({ ip, port })).toBe(isOurs)
  })

  test('the address under which a tracker sees it, unless a peer connects from there', () => {
    const tracker = { host: '203.0.113.1', port: 9001 }
    const own = new OwnAddress({ host: '0.0.0.0', port: 8600 }, tracker, () => MACHINE)
    own.seenAs('10.77.0.12', 'tracker:203.0.113.1:9001')
    expect(own.isOurs({ ip: '10.77.0.12', port: 8600 })).toBe(true)
    expect(own.isOurs({ ip: '10.77.0.12', port: 8600 }, '10.77.0.10')).toBe(true)
    expect(own.isOurs({ ip: '10.77.0.12', port: 8600 }, '10.77.0.12')).toBe(false)
    expect(own.isOurs({ ip: '10.77.0.11', port: 8600 }, '10.77.0.11')).toBe(true)
  })
})

test('a peer that listens on one address has only that: another peer may have the others', () => {
  const own = new OwnAddress({ host: '10.77.0.11', port: 8600 }, undefined, () => MACHINE)
  const isOurs = (ip: string): boolean => own.isOurs({ ip, port: 8600 })
  expect(['10.77.0.11', '::ffff:a4d:b', '192.168.1.5', '127.0.0.1'].map(isOurs)).toEqual([
    true,
    true,
    false,
    false,
  ])
})

describe('where peers of other machines reach this one', () => {
  const LOCAL = { host: '127.0.0.1', port: 9001 }
  const FAR = { host: '203.0.113.1', port: 9001 }

  test.each<
    [name: string, listening: string, tracker: Address | undefined, seen: string | undefined, host: string]
  >([
    ['a tracker of this machine that does not answer', '0.0.0.0', LOCAL, undefined, '10.77.0.11'],
    ['a tracker of this machine that lists it', '0.0.0.0', LOCAL, '127.0.0.1', '10.77.0.11'],
    ['the same at ::1', '::', { ...LOCAL, host: '::1' }, '::1', '10.77.0.11'],
    ['the same, listening on IPv6', '::', LOCAL, '127.0.0.1', '10.77.0.11'],
    ['a tracker elsewhere that lists it', '0.0.0.0', FAR, '198.51.100.7', '198.51.100.7'],
    ['a peer that listens on one address', '192.168.1.5', LOCAL, undefined, '192.168.1.5'],
    ['a peer for this machine only', '127.0.0.1', LOCAL, '127.0.0.1', '127.0.0.1'],
  ])('%s', (_name, listening, tracker, seen, host) => {
    const own = new OwnAddress({ host: listening, port: 8600 }, tracker, () => MACHINE)
    if (seen !== undefined) own.seenAs(seen, 'tracker')
    expect(own.reachable).toEqual({ host, port: 8600 })
  })

  test('a machine without a network has its loopback address', () => {
    const own = new OwnAddress({ host: '0.0.0.0', port: 8600 }, LOCAL, () => ['::1', '127.0.0.1', 'fe80::1'])
    expect(own.reachable).toEqual({ host: '127.0.0.1', port: 8600 })
  })

  test.each([undefined, '127.0.0.1'])(
    'a tracker of this machine is still told the loopback address, seen as %s',
    (seen) => {
      const own = new OwnAddress({ host: '0.0.0.0', port: 8600 }, LOCAL, () => MACHINE)
      if (seen !== undefined) own.seenAs(seen, 'tracker')
      expect(own.ip).toBe('127.0.0.1')
    },
  )
})
