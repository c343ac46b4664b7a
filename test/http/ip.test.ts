import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalIp, hostKey, inBlock, isLoopback } from '../../src/http/ip.ts'

describe('hostKey', () => {
  test.each([
    ['IPv4', '10.0.0.5', '10.0.0.5'],
    ['IPv4-mapped with dots', '::ffff:10.0.0.5', '10.0.0.5'],
    ['IPv4-mapped in hexadecimal', '::ffff:a00:5', '10.0.0.5'],
    ['loopback, IPv4', '127.0.0.1', '127.0.0.1'],
    ['loopback, IPv6', '::1', '0:0:0:0::/64'],
    ['IPv6', '2a00:1450:4001:82a::200e', '2a00:1450:4001:82a::/64'],
    ['IPv6 with zeros in front', '2a00:0:0:8::', '2a00:0:0:8::/64'],
    ['link-local with a zone', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['no address', 'nobody', 'nobody'],
  ])('%s', (_name, ip, key) => {
    expect(hostKey(ip)).toBe(key)
  })

  test('is the same for all addresses of one /64, and another for those of another', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16))
    const half = fc.array(group, { minLength: 4, maxLength: 4 }).map((groups) => groups.join(':'))
    const network = half.filter((prefix) => !prefix.startsWith('0:0:0:0'))
    fc.assert(
      fc.property(network, network, half, half, (one, other, a, b) => {
        expect(hostKey(`${one}:${a}`)).toBe(hostKey(`${one}:${b}`))
        expect(hostKey(`${one}:${a}`) === hostKey(`${other}:${a}`)).toBe(one === other)
      }),
    )
  })
})

describe('canonicalIp', () => {
  test.each([
    ['IPv4', '10.0.0.5', '10.0.0.5'],
    ['IPv4-mapped', '::ffff:10.0.0.5', '10.0.0.5'],
    ['IPv4-mapped, capitals', '::FFFF:10.0.0.5', '10.0.0.5'],
    ['loopback in full', '0:0:0:0:0:0:0:1', '::1'],
    ['IPv4-mapped in hexadecimal stays refused', '0:0:0:0:0:ffff:7f00:1', '::ffff:7f00:1'],
    ['capitals and zeros', '2001:0DB8::0001', '2001:db8::1'],
    ['the longest run of zeros', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ])('%s', (_name, ip, canonical) => {
    expect(canonicalIp(ip)).toBe(canonical)
  })

  test('any literal address has one, which is its own', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
        const canonical = canonicalIp(ip)
        expect(isIP(canonical)).not.toBe(0)
        expect(canonicalIp(canonical)).toBe(canonical)
      }),
    )
  })
})

describe('isLoopback', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.255.0.1', true],
    ['::1', true],
    ['128.0.0.1', false],
    ['1.27.0.0', false],
    ['::2', false],
    ['', false],
  ])('%s: %s', (ip, loopback) => {
    expect(isLoopback(ip)).toBe(loopback)
  })
})

describe('inBlock', () => {
  test.each<[string, string, boolean]>([
    ['192.168.1.77', '192.168.1.0/24', true],
    ['192.168.2.77', '192.168.1.0/24', false],
    ['192.168.1.0', '192.168.1.0/24', true],
    ['192.168.1.255', '192.168.1.0/24', true],
    ['192.168.1.77', '192.168.1.64/26', true],
    ['192.168.1.128', '192.168.1.64/26', false],
    ['172.17.0.3', '172.16.0.0/12', true],
    ['172.32.0.3', '172.16.0.0/12', false],
    ['200.1.2.3', '192.0.0.0/4', true],
    ['10.0.0.5', '10.0.0.5/32', true],
    ['10.0.0.6', '10.0.0.5/32', false],
    ['10.0.0.5', '10.0.0.5', true],
    ['10.0.0.6', '10.0.0.5', false],
    ['10.0.0.4', '10.0.0.5/31', true],
    ['203.0.113.9', '0.0.0.0/0', true],
    ['fd00::1', '0.0.0.0/0', false],
    ['10.0.0.5', '::/0', false],
    ['fd00::1', 'fd00::/8', true],
    ['fe00::1', 'fd00::/8', false],
    ['fd00::1', 'fd00::1', true],
  ])('%s in %s: %s', (ip, block, inside) => {
    expect(inBlock(ip, block)).toBe(inside)
  })
})
