import { describe, expect, test } from 'vitest'
import { milliseconds, screenRows } from '../../../src/cli/demo/screen.ts'
import { coloured, plain } from '../../../src/cli/terminal/style.ts'
import { alice, bob, datagram, line, messageEvent, receiptEvent, said } from './fixtures.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'
import type { Line } from '../../../src/cli/participants/participant.ts'

const hello = said(alice, 'hello')

function typed(text: string): Line {
  return { at: 0, kind: 'typed', text }
}

function present(channel: string): ChatEvent {
  return { kind: 'present', channel, peers: [bob] }
}

describe('screenRows', () => {
  test.each<[name: string, lines: readonly Line[], rows: readonly string[]]>([
    ['nothing', [], []],
    ['what was printed', [{ at: 0, kind: 'printed', text: '-- hello' }], ['-- hello']],
    ['a message of another peer', [line(messageEvent(hello))], ['12:03 #general <alice> hello']],
    ['an own message without a receipt', [line(messageEvent(hello, true))], ['12:03 #general <alice> hello']],
    [
      'an own message that was delivered: a mark in its row',
      [line(messageEvent(hello, true)), line(receiptEvent(hello.id, 2))],
      ['12:03 #general <alice> hello ✓'],
    ],
    [
      'an own message that failed: a mark, and the reason',
      [line(messageEvent(hello, true)), line(receiptEvent(hello.id, 0, [bob]))],
      ['12:03 #general <alice> hello ✗', '✗ not delivered to bob: it is full'],
    ],
    [
      'a message to one peer',
      [line(messageEvent(said(alice, 'psst', { channel: 'private' }), true, bob))],
      ['12:03 (to bob) <alice> psst'],
    ],
    ['a command that was typed', [typed('/msg bob psst'), typed('#lab')], ['> /msg bob psst', '> #lab']],
    ['typed text appears as a message only', [typed('hello')], []],
    ['members of a channel', [line(present('general'))], ['-- #general: bob is here']],
    ['... not twice, when a command lists them', [typed('#lab'), line(present('lab'))], ['> #lab']],
    ['... another channel', [typed('#lab'), line(present('labs'))], ['> #lab', '-- #labs: bob is here']],
    ['... also with text after the channel', [typed('#lab hello'), line(present('lab'))], ['> #lab hello']],
    ['connecting to the tracker', [line({ kind: 'tracker', state: 'connecting', detail: '' })], []],
    [
      'registered with it',
      [line({ kind: 'tracker', state: 'registered', detail: '' })],
      ['-- registered with the tracker'],
    ],
    [
      'datagrams, each kind once',
      [
        line(datagram('SEND', '127.255.255.255:50999', 'PING', 'TYPE: PING\n')),
        line(datagram('SEND', '127.255.255.255:50999', 'PING', 'TYPE: PING\n')),
        line(datagram('RECV', '127.0.0.1:8001', 'PROFILE')),
      ],
      ['SEND > 127.255.255.255:50999 PING', 'RECV < 127.0.0.1:8001 PROFILE'],
    ],
  ])('%s', (_name, lines, rows) => {
    expect(screenRows(lines, [], plain)).toEqual(rows)
  })

  test('the time of a delivery follows its message', () => {
    const lines = [line(messageEvent(hello)), line(messageEvent(said(alice, 'again')))]
    expect(screenRows(lines, [{ messageId: hello.id, ms: 2.34 }], plain)).toEqual([
      '12:03 #general <alice> hello  2.3 ms',
      '12:03 #general <alice> again',
    ])
  })

  test('text of others cannot control the terminal', () => {
    const rows = screenRows([line(messageEvent(said(alice, 'a\x1b[2Jb')))], [], plain)
    expect(rows.join('')).not.toContain('\x1b')
  })

  test('colours only by the style', () => {
    const lines = [line(messageEvent(hello)), typed('#lab')]
    expect(screenRows(lines, [], coloured).join('')).toContain('\x1b[')
    expect(screenRows(lines, [], plain).join('')).not.toContain('\x1b[')
  })

  test.each([
    [12, 12, undefined],
    [13, 12, '      … 2 more lines'],
    [200, 12, '      … 189 more lines'],
  ])('%i rows are shown as %i', (count, shown, left) => {
    const lines = Array.from({ length: count }, (_, index) =>
      line(messageEvent(said(alice, `line ${index + 1}`))),
    )
    const rows = screenRows(lines, [], plain)
    expect(rows).toHaveLength(shown)
    expect(rows[0]).toMatch(/line 1$/)
    expect(rows.at(-1)).toMatch(new RegExp(`line ${count}$`))
    expect(rows.find((row) => row.includes('…'))).toBe(left)
  })
})

describe('milliseconds', () => {
  test.each([
    [0.04, '0.0 ms'],
    [2.34, '2.3 ms'],
    [9.94, '9.9 ms'],
    [9.96, '10 ms'],
    [99.4, '99 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [5_930, '5.9 s'],
  ])('%f is %s', (ms, text) => {
    expect(milliseconds(ms)).toBe(text)
  })
})
