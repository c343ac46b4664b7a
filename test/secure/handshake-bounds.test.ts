/** How many handshakes may begin: each bound at its value, and one over. */
import { describe, expect, test } from 'vitest'
import { HandshakeBounds } from '../../src/secure/handshake-bounds.ts'
import { SECURE_LIMITS } from '../../src/secure/limits.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { alice, serving } from './by-hand.ts'

const START = 1_000_000
const host = (number: number): string => `10.0.${Math.floor(number / 250)}.${number % 250}`

/** How many of these begin at a time; each is open from then on. */
function open(bounds: HandshakeBounds, hosts: readonly string[], now = START): number {
  return hosts.filter((each) => {
    if (bounds.take(each, now) !== undefined) return false
    bounds.opened(each)
    return true
  }).length
}

/** How many of these begin, each ended before the next. */
function run(bounds: HandshakeBounds, hosts: readonly string[], now = START, isProved = false): number {
  return hosts.filter((each) => {
    if (bounds.take(each, now) !== undefined) return false
    bounds.opened(each)
    bounds.closed(each, isProved, now)
    return true
  }).length
}

const times = <Value>(count: number, value: (number: number) => Value): Value[] =>
  Array.from({ length: count }, (_, number) => value(number))

describe('open at a time', () => {
  test.each([
    ['8 of one host', times(20, () => '10.0.0.1'), SECURE_LIMITS.openPerHost],
    ['8 of one /64 of IPv6', times(20, (number) => `2001:db8::${number}`), 8],
    ['80 of a loopback address', times(100, () => '127.0.0.1'), SECURE_LIMITS.openPerLoopback],
    ['48 of strangers in all', times(100, host), SECURE_LIMITS.openOfStrangers],
  ])('%s', (_name, hosts, most) => {
    const bounds = new HandshakeBounds()
    expect(open(bounds, hosts)).toBe(most)
    expect(bounds.take(hosts.at(-1) ?? '', START)).toBe('too-many-open')
  })

  test('16 more of hosts that have completed one lately', () => {
    const bounds = new HandshakeBounds()
    const known = times(30, (number) => host(1_000 + number))
    expect(run(bounds, known, START, true)).toBe(30)
    expect(open(bounds, times(100, host), START + 1_000)).toBe(48)
    expect(open(bounds, known, START + 1_000)).toBe(SECURE_LIMITS.openInAll - 48)
  })

  test('one that has ended makes room', () => {
    const bounds = new HandshakeBounds()
    open(
      bounds,
      times(8, () => '10.0.0.1'),
    )
    bounds.closed('10.0.0.1', false, START)
    expect(bounds.take('10.0.0.1', START)).toBeUndefined()
  })

  test('programs of this machine take no place of others', () => {
    const bounds = new HandshakeBounds()
    expect(
      open(
        bounds,
        times(80, () => '127.0.0.1'),
      ),
    ).toBe(80)
    expect(open(bounds, times(100, host))).toBe(48)
  })
})

describe('in one second', () => {
  test.each([
    ['20 of one host', times(50, () => '10.0.0.1'), SECURE_LIMITS.perHost.burst],
    ['200 of a loopback address', times(300, () => '::1'), SECURE_LIMITS.perLoopback.burst],
    ['150 of strangers in all', times(400, host), SECURE_LIMITS.ofStrangers.burst],
  ])('%s', (_name, hosts, most) => {
    const bounds = new HandshakeBounds()
    expect(run(bounds, hosts)).toBe(most)
    expect(bounds.take(hosts.at(-1) ?? '', START)).toBe('too-many-a-second')
    expect(run(bounds, hosts, START + 1_000)).toBe(most)
  })

  test('50 more of hosts that have completed one lately, and of them for ten minutes', () => {
    const known = times(100, (number) => host(1_000 + number))
    const knownAt = (later: number): number => {
      const bounds = new HandshakeBounds()
      expect(run(bounds, known, START, true)).toBe(100)
      expect(run(bounds, times(400, host), START + later)).toBe(150)
      return run(bounds, known, START + later)
    }
    expect(knownAt(SECURE_LIMITS.lately)).toBe(SECURE_LIMITS.inAll.burst - 150)
    expect(knownAt(SECURE_LIMITS.lately + 1)).toBe(0)
  })

  test('a failed handshake makes nobody known', () => {
    const bounds = new HandshakeBounds()
    const hosts = times(10, (number) => host(1_000 + number))
    run(bounds, hosts)
    run(bounds, times(400, host))
    expect(run(bounds, hosts)).toBe(0)
  })

  test('only so many hosts are remembered: then the oldest is forgotten', () => {
    const bounds = new HandshakeBounds()
    const known = times(SECURE_LIMITS.hosts + 1, (number) => host(1_000 + number))
    for (const [index, each] of known.entries()) expect(run(bounds, [each], START + 10 * index, true)).toBe(1)
    const later = START + 10 * known.length
    run(bounds, times(400, host), later)
    expect(run(bounds, known.slice(0, 3), later)).toBe(2)
  })

  test('what is swept is what would not count any more', () => {
    const bounds = new HandshakeBounds()
    const known = times(10, (number) => host(1_000 + number))
    run(bounds, known, START, true)
    bounds.sweep(START + SECURE_LIMITS.lately)
    run(bounds, times(400, host), START + SECURE_LIMITS.lately)
    expect(run(bounds, known, START + SECURE_LIMITS.lately)).toBe(10)
  })
})

test('over the bound a server answers 503, which is counted, and serves again once there is room', async () => {
  const refused: string[] = []
  const server = await serving(undefined, {}, {})
  const ask = async (): Promise<RawSocket> => {
    const raw = await RawSocket.connect(server.address.port)
    const message = alice.begin('initiator').writeFirst().toString('base64url')
    await raw.send(
      `GET /p2p/secure HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: parley-noise/1\r\nSec-Parley-Noise: ${message}\r\n\r\n`,
    )
    const received = await raw.until((text) => text.includes('\r\n\r\n'))
    refused.push(received.slice(9, 12))
    return raw
  }
  const open: RawSocket[] = []
  for (let count = 0; count < 81; count++) open.push(await ask())
  expect(refused).toEqual([...times(80, () => '101'), '503'])
  for (const raw of open) raw.socket.destroy()
  await expect.poll(() => server.connections).toBe(0)
  await using again = await ask()
  expect(again.received).toContain(' 101 ')
})
