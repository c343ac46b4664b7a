/** Input from outside: the event stream, stored values, files; and small helpers. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { initialOf, toneOf, TONES } from '../../src/web/model/avatar.ts'
import { backOff, WAITS } from '../../src/web/model/back-off.ts'
import { EventText, type ServerEvent } from '../../src/web/model/event-text.ts'
import { drawnSide, middleSquare, pictureType } from '../../src/web/model/picture.ts'
import {
  FIRST_SETTINGS,
  restoredDrafts,
  restoredSettings,
  savedMap,
  withDraft,
} from '../../src/web/model/saved.ts'

describe('the event stream', () => {
  const stream =
    'event: message\nid: 7\ndata: {"a":1}\n\n: beat\n\ndata: x\r\ndata: y\r\n\r\nid: 9\nevent:state\ndata\n\n'
  const events: ServerEvent[] = [
    { event: 'message', data: '{"a":1}', id: '7' },
    { event: 'message', data: 'x\ny', id: '7' },
    { event: 'state', data: '', id: '9' },
  ]

  test('whole', () => {
    expect(new EventText('0').push(stream)).toEqual(events)
  })

  test('however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const text = new EventText('0')
        const seen: ServerEvent[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          seen.push(...text.push(stream.slice(at, at + size)))
          at += size
        }
        expect(seen).toEqual(events)
      }),
    )
  })

  test('an event without its blank line is not emitted', () => {
    expect(new EventText('0').push('data: half\n')).toEqual([])
  })

  test('an id with NUL is ignored, and the id from before stays', () => {
    expect(new EventText('3').push('id: a\0b\ndata: x\n\n')).toEqual([
      { event: 'message', data: 'x', id: '3' },
    ])
  })

  test('an endless event throws', () => {
    const text = new EventText('0')
    const piece = 'x'.repeat(1024 * 1024)
    expect(() => {
      for (let pieces = 0; pieces < 5; pieces++) text.push(piece)
    }).toThrow(RangeError)
  })

  test('an event of endless lines throws', () => {
    const text = new EventText('0')
    const piece = `data: ${'x'.repeat(1024 * 1024)}\n`
    expect(() => {
      for (let pieces = 0; pieces < 5; pieces++) text.push(piece)
    }).toThrow(RangeError)
  })
})

describe('what was saved', () => {
  test('settings are restored; odd values get their first value', () => {
    expect(restoredSettings({ theme: 'dark', sound: true, notifications: true })).toEqual({
      theme: 'dark',
      sound: true,
      notifications: true,
    })
    for (const odd of [undefined, null, 'x', 1, [], { theme: 'pink', sound: 'yes' }])
      expect(restoredSettings(odd)).toEqual(FIRST_SETTINGS)
  })

  test('drafts come back as they were saved; odd entries are left out', () => {
    const drafts = withDraft(withDraft(new Map(), 'general', 'half'), '@bob', 'x')
    expect(restoredDrafts(JSON.parse(savedMap(drafts)))).toEqual(drafts)
    expect(withDraft(drafts, 'general', '')).toEqual(new Map([['@bob', 'x']]))
    expect(restoredDrafts([['a', 1], ['b'], null, ['c', 'd']])).toEqual(new Map([['c', 'd']]))
    expect(restoredDrafts('x')).toEqual(new Map())
  })

  test('the oldest drafts are dropped', () => {
    const many = new Map(Array.from({ length: 600 }, (_, index) => [`c${index}`, 'x']))
    const kept = restoredDrafts(JSON.parse(savedMap(many)))
    expect([kept.size, kept.has('c0'), kept.has('c599')]).toEqual([500, false, true])
  })
})

describe('pictures', () => {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
  test.each<[name: string, content: Uint8Array, type: string | undefined]>([
    ['PNG', bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0), 'image/png'],
    ['JPEG', bytes(0xff, 0xd8, 0xff, 0xe0), 'image/jpeg'],
    ['GIF', ascii('GIF89a...'), 'image/gif'],
    ['WebP', ascii('RIFF....WEBPVP8 '), 'image/webp'],
    ['another RIFF', ascii('RIFF....WAVE'), undefined],
    ['WEBP without RIFF', ascii('xxxx....WEBP'), undefined],
    ['SVG', ascii('<svg xmlns="http://www.w3.org/2000/svg">'), undefined],
    ['HTML', ascii('<!doctype html>'), undefined],
    ['the beginning of a PNG', bytes(0x89, 0x50), undefined],
    ['nothing', bytes(), undefined],
  ])('%s', (_name, content, type) => {
    expect(pictureType(content)).toBe(type)
  })

  test('pictures are cut to the central square and never enlarged', () => {
    expect(middleSquare(400, 300)).toEqual({ left: 50, top: 0, side: 300 })
    expect(middleSquare(300, 401)).toEqual({ left: 0, top: 50, side: 300 })
    expect([drawnSide(300, 256), drawnSide(40, 256)]).toEqual([256, 40])
  })
})

describe('avatars', () => {
  test('the same id always has the same colour', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(toneOf(id)).toBe(toneOf(id))
        expect(toneOf(id)).toBeGreaterThanOrEqual(0)
        expect(toneOf(id)).toBeLessThan(TONES)
      }),
    )
    expect(new Set(Array.from({ length: 200 }, (_, host) => toneOf(`10.0.0.${host}:8000`))).size).toBe(TONES)
  })
  test.each<[name: string, initial: string]>([
    ['alice', 'A'],
    ['ärger', 'Ä'],
    ['雪', '雪'],
    ['*star*', 'S'],
    ['👋🏽', '👋🏽'],
    ['7up', '7'],
    ['', '?'],
  ])('%s', (name, initial) => {
    expect(initialOf(name)).toBe(initial)
  })
})

test.each<[attempts: number, dice: number, wait: number]>([
  [0, 1, 1_000],
  [0, 0, 500],
  [1, 1, 2_000],
  [3, 0.5, 2_250],
  [4, 1, 3_000],
  [1_000, 1, WAITS.longest],
])('after %i attempts with random %f: %i ms', (attempts, dice, wait) => {
  expect(backOff(attempts, dice)).toBe(wait)
})
