import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressProblem, canonicalIp, inBlock, isLoopback, portProblem } from '../../src/chat/address.ts'

describe('addressProblem', () => {
  test.each<[string, string, number, boolean]>([
    ['a host of the LAN', '192.168.1.20', 8000, true],
    ['this machine', '127.0.0.1', 8000, true],
    ['another loopback address', '127.0.0.2', 8000, true],
    ['this machine, IPv6', '::1', 8000, true],
    ['a unique local address', 'fd12:3456::1', 8000, true],
    ['a global address', '2001:db8::1', 8000, true],
    ['the lowest port', '10.0.0.1', 1024, true],
    ['the highest port', '10.0.0.1', 65535, true],
    ['one below the lowest', '10.0.0.1', 1023, false],
    ['a mail server', '10.0.0.1', 25, false],
    ['a web server', '10.0.0.1', 80, false],
    ['a database', '10.0.0.1', 5432, false],
    ['another database', '127.0.0.1', 6379, false],
    ['containers', '127.0.0.1', 2375, false],
    ['chat of others', '10.0.0.1', 6667, false],
    ['next to a database', '10.0.0.1', 6380, true],
    ['no address', '0.0.0.0', 8000, false],
    ['of the block of no address', '0.1.2.3', 8000, false],
    ['link-local', '169.254.0.1', 8000, false],
    ['next to link-local', '169.253.0.1', 8000, true],
    ['multicast', '224.0.0.1', 8000, false],
    ['the last before multicast', '223.255.255.255', 8000, true],
    ['reserved', '240.0.0.1', 8000, false],
    ['broadcast', '255.255.255.255', 8000, false],
    ['no address, IPv6', '::', 8000, false],
    ['IPv4 in IPv6', '::ffff:7f00:1', 8000, false],
    ['link-local, IPv6', 'fe80::1', 8000, false],
    ['link-local, IPv6, upper end', 'febf::1', 8000, false],
    ['multicast, IPv6', 'ff02::1', 8000, false],
  ])('%s', (_name, ip, port, fine) => {
    const problem = addressProblem(ip, port)
    if (fine) expect(problem).toBeUndefined()
    else expect(problem).toMatch(/^\S.+/)
  })

  test('says of a port alone what it says of an address with it', () => {
    expect(portProblem(5432)).toBe(addressProblem('10.0.0.1', 5432))
    expect(portProblem(8000)).toBeUndefined()
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
    ['fd00::1', 'fd00::/8', false],
  ])('%s in %s: %s', (ip, block, inside) => {
    expect(inBlock(ip, block)).toBe(inside)
  })
})
