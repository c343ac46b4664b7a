import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  EventStreamParser,
  HEARTBEAT,
  encodeEvent,
  type ServerSentEvent,
} from '../../src/http/event-stream.ts'
import { byteByByte } from './feed.ts'

function parse(pieces: Iterable<string>, limit?: number): ServerSentEvent[] {
  const parser = new EventStreamParser(limit)
  return [...pieces].flatMap((piece) => parser.push(piece))
}

describe('encodeEvent', () => {
  test.each([
    ['an event', { id: '1', event: 'message', data: 'hello' }, 'id: 1\nevent: message\ndata: hello\n\n'],
    ['without an id', { event: 'x', data: '' }, 'event: x\ndata: \n\n'],
    [
      'several lines',
      { event: 'x', data: 'a\nb\r\nc\rd' },
      'event: x\ndata: a\ndata: b\ndata: c\ndata: d\n\n',
    ],
    [
      'a line that looks like a field',
      { event: 'x', data: 'a\n\nevent: evil' },
      'event: x\ndata: a\ndata: \ndata: event: evil\n\n',
    ],
  ])('%s', (_name, event, text) => {
    expect(encodeEvent(event)).toBe(text)
  })
})

describe('EventStreamParser', () => {
  test.each<[string, string, ServerSentEvent[]]>([
    ['nothing', '', []],
    ['an event', 'event: x\ndata: a\n\n', [{ event: 'x', data: 'a' }]],
    ['data alone is a message', 'data: a\n\n', [{ event: 'message', data: 'a' }]],
    ['no space after the colon', 'data:a\n\n', [{ event: 'message', data: 'a' }]],
    ['one space is taken, not two', 'data:  a\n\n', [{ event: 'message', data: ' a' }]],
    ['a field without a colon', 'data\n\n', [{ event: 'message', data: '' }]],
    ['several lines of data', 'data: a\ndata: b\n\n', [{ event: 'message', data: 'a\nb' }]],
    ['an event without data is none', 'event: x\n\ndata: a\n\n', [{ event: 'message', data: 'a' }]],
    ['half an event is none', 'data: a\n', []],
    [
      'comments and unknown fields',
      ': hi\nretry: 5\nfoo: bar\ndata: a\n\n',
      [{ event: 'message', data: 'a' }],
    ],
    ['heartbeats', `${HEARTBEAT}data: a\n\n${HEARTBEAT}`, [{ event: 'message', data: 'a' }]],
    ['CRLF', 'event: x\r\ndata: a\r\n\r\n', [{ event: 'x', data: 'a' }]],
    ['CR alone', 'event: x\rdata: a\r\r', [{ event: 'x', data: 'a' }]],
    [
      'LF and CR are two ends',
      'data: a\n\rdata: b\n\n',
      ['a', 'b'].map((data) => ({ event: 'message', data })),
    ],
    ['a byte order mark at the beginning', '\ufeffdata: a\n\n', [{ event: 'message', data: 'a' }]],
    ['none later', 'data: a\n\n\ufeffdata: b\n\n', [{ event: 'message', data: 'a' }]],
    [
      'an id lasts',
      'id: 1\ndata: a\n\ndata: b\n\n',
      [
        { id: '1', event: 'message', data: 'a' },
        { id: '1', event: 'message', data: 'b' },
      ],
    ],
    ['an id without an event lasts too', 'id: 1\n\ndata: a\n\n', [{ id: '1', event: 'message', data: 'a' }]],
    ['an id with NUL is ignored', 'id: a\0b\ndata: a\n\n', [{ event: 'message', data: 'a' }]],
    [
      'a name does not last',
      'event: x\ndata: a\n\ndata: b\n\n',
      [
        { event: 'x', data: 'a' },
        { event: 'message', data: 'b' },
      ],
    ],
  ])('%s', (_name, text, events) => {
    expect(parse([text])).toEqual(events)
    expect(parse(byteByByte(text))).toEqual(events)
  })

  test('an event at the limit, and one over it', () => {
    expect(parse(['data: 1234\n\n'], 10)).toHaveLength(1)
    expect(() => parse(['data: 12345'], 10)).toThrow(RangeError)
    expect(() => parse(['data: 1\ndata: 2\n'], 10)).toThrow(RangeError)
    expect(parse(['data: 1\n\ndata: 2\n\n'], 10)).toHaveLength(2)
  })

  test('what was encoded is parsed, cut anywhere', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/[\r\n\0]/.test(text))
    const event = fc.record({
      id: line,
      event: line,
      data: fc.array(line, { minLength: 1, maxLength: 4 }).map((all) => all.join('\n')),
    })
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 5 }),
        fc.array(fc.nat(300), { maxLength: 6 }),
        (events, cuts) => {
          const text = events.map(encodeEvent).join(HEARTBEAT)
          const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]
          const pieces = at.slice(1).map((end, index) => text.slice(at[index], end))
          const expected = events.map((each) => ({
            ...each,
            event: each.event === '' ? 'message' : each.event,
          }))
          expect(parse(pieces)).toEqual(expected)
        },
      ),
    )
  })

  test('any text gives events or a RangeError, the same however it is cut', () => {
    const unit = fc.constantFrom(
      'data',
      'event',
      'id',
      ':',
      ' ',
      '\n',
      '\r\n',
      '\r',
      '\n\n',
      '\ufeff',
      'x',
      'yy',
      '\0',
    )
    const outcome = (pieces: Iterable<string>): unknown => {
      try {
        return parse(pieces, 20)
      } catch (error) {
        return error instanceof RangeError ? 'too large' : error
      }
    }
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        expect(outcome(byteByByte(text))).toEqual(outcome([text]))
      }),
      { numRuns: 500 },
    )
  })

  test('a long line byte by byte in linear time', () => {
    const text = `data: ${'x'.repeat(200_000)}\n\n`
    expect(parse(byteByByte(text))).toHaveLength(1)
  })
})
