import { describe, expect, test } from 'vitest'
import { addressProblem, portProblem } from '../../src/chat/address.ts'

describe('addressProblem', () => {
  test.each<[string, string, number, boolean]>([
    ['a host of the LAN', '192.168.1.20', 8000, true],
    ['this machine', '127.0.0.1', 8000, true],
    ['another loopback address', '127.0.0.2', 8000, true],
    ['this machine, IPv6', '::1', 8000, true],
    ['a unique local address', 'fd12:3456::1', 8000, true],
    ['a global address', '2606:4700::1', 8000, true],
    ['a global address that begins like Teredo', '2001:4860::1', 8000, true],
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
    ['NAT64 of this machine', '64:ff9b::7f00:1', 8000, false],
    ['NAT64 of a router', '64:ff9b::c0a8:101', 8000, false],
    ['NAT64 with a prefix of the network', '64:ff9b:1::7f00:1', 8000, false],
    ['next to NAT64', '64:ff9c::1', 8000, true],
    ['IPv4 translated by SIIT', '::ffff:0:7f00:1', 8000, false],
    ['6to4 of this machine', '2002:7f00:1::1', 8000, false],
    ['next to 6to4', '2003::1', 8000, true],
    ['Teredo', '2001:0:7f00:1::1', 8000, false],
    ['discard only', '100::1', 8000, false],
    ['next to discard only', '100:0:0:1::1', 8000, true],
    ['site-local', 'fec0::1', 8000, false],
    ['site-local, upper end', 'feff::1', 8000, false],
    ['documentation', '2001:db8::1', 8000, false],
    ['documentation, upper end', '2001:db8:ffff::1', 8000, false],
    ['next to documentation', '2001:db9::1', 8000, true],
    ['IPv4-compatible', '::7f00:1', 8000, false],
    ['a host of 0::/64', '0:0:0:0:1::1', 8000, true],
  ])('%s', (_name, ip, port, fine) => {
    const problem = addressProblem(ip, port)
    if (fine) expect(problem).toBeUndefined()
    else expect(problem).toMatch(/^\S.+/)
  })

  test('a port alone has the same problem as an address with it', () => {
    expect(portProblem(5432)).toBe(addressProblem('10.0.0.1', 5432))
    expect(portProblem(8000)).toBeUndefined()
  })
})
