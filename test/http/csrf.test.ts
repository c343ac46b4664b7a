/** Which requests a program can send, and which are those of a web page. */
import { describe, expect, test } from 'vitest'
import {
  hostNames,
  isHostAllowed,
  machineNames,
  rejectCrossSite,
  rejectNamedHost,
} from '../../src/http/csrf.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { DEFAULT_LIMITS, type Request } from '../../src/http/message.ts'

function request(host: string, fields: Readonly<Record<string, string>> = {}): Request {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const parser = new RequestParser(DEFAULT_LIMITS)
  parser.push(Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}\r\n`))
  const parsed = parser.next()
  if (parsed === undefined) throw new Error('half a request')
  return parsed
}

/** The status of the refusal; 200 when there is none. */
function statusOf(check: () => void): number {
  try {
    check()
    return 200
  } catch (error) {
    return (error as { status: number }).status
  }
}

describe.each<
  [name: string, host: string, fields: Record<string, string>, otherSites: number, pages: number]
>([
  ['a program', '127.0.0.1:8000', {}, 200, 200],
  ['a program, by IPv6', '[::1]:8000', {}, 200, 200],
  ['a program, by localhost', 'LocalHost:8000', {}, 200, 200],
  ['a program, on the LAN', '192.168.1.5:8000', {}, 200, 200],
  ['without a port', '10.0.0.1', {}, 200, 200],
  ['an address that a user typed', '127.0.0.1:8000', { 'Sec-Fetch-Site': 'none' }, 200, 200],
  ['a page of its own', '127.0.0.1:8000', { Origin: 'http://127.0.0.1:8000' }, 200, 200],
  ['a page of its own, by Fetch Metadata', '127.0.0.1:8000', { 'Sec-Fetch-Site': 'same-origin' }, 200, 200],
  ['a page of another site', '127.0.0.1:8000', { Origin: 'http://evil.example' }, 403, 403],
  ['a page of another port', '127.0.0.1:8000', { Origin: 'http://127.0.0.1:9000' }, 403, 403],
  ['a page from a file, or a sandbox', '127.0.0.1:8000', { Origin: 'null' }, 403, 403],
  ['a picture in a page of another site', '127.0.0.1:8000', { 'Sec-Fetch-Site': 'cross-site' }, 403, 403],
  ['a page of a neighbour', '127.0.0.1:8000', { 'Sec-Fetch-Site': 'same-site' }, 403, 403],
  ['a name', 'evil.example:8000', {}, 200, 421],
  ['a name that begins like an address', '127.0.0.1.evil.example', {}, 200, 421],
  ['localhost as a part of a name', 'localhost.evil.example', {}, 200, 421],
])('%s', (_name, host, fields, otherSites, pages) => {
  test('other sites', () => {
    expect(
      statusOf(() => {
        rejectCrossSite(request(host, fields))
      }),
    ).toBe(otherSites)
  })

  test('pages', () => {
    expect(
      statusOf(() => {
        rejectNamedHost(request(host, fields))
      }),
    ).toBe(pages)
  })
})

describe('names under which a machine may be asked for', () => {
  const names = hostNames([...machineNames('PC7.example.org'), 'chat.example.'])

  test.each<[host: string, isAllowed: boolean]>([
    ['pc7', true],
    ['pc7:9001', true],
    ['PC7.Local:9001', true],
    ['pc7.local.', true],
    ['pc7.example.org', true],
    ['pc7.example.org.:8000', true],
    ['pc7.example.org.local', true],
    ['chat.example', true],
    ['CHAT.example.:80', true],
    ['localhost.', true],
    ['', true],
    [':9001', true],
    ['192.168.1.5', true],
    ['[fd00::1]:9001', true],
    ['pc7.evil.example', false],
    ['evil.pc7', false],
    ['pc7.local.evil.example', false],
    ['pc8', false],
    ['chat.example..', false],
    ['chat.example:9001:9001', false],
    ['[chat.example]', false],
    ['127.1', false],
    ['2130706433', false],
    ['0x7f.0.0.1', false],
    ['127.0.0.1.', false],
    ['127.0.0.1.nip.io', false],
  ])('%s: %s', (host, isAllowed) => {
    expect(isHostAllowed(host, names)).toBe(isAllowed)
  })

  test('a machine without a name has none', () => {
    expect([...hostNames(machineNames(''))]).toEqual([])
    expect([...hostNames(machineNames('.'))]).toEqual([])
  })
})
