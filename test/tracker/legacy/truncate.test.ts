import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { fitSmallAnswer, type TruncatableList } from '../../../src/tracker/legacy/truncate.ts'

/** The longest head that the server writes before such an answer. */
const HEAD =
  'HTTP/1.1 200 OK\r\nDate: Sat, 22 Nov 2025 00:00:00 GMT\r\nContent-Type: application/json; charset=utf-8\r\n' +
  'X-Content-Type-Options: nosniff\r\nConnection: keep-alive\r\nContent-Length: 65535\r\n\r\n'

interface Item {
  readonly name: string
  readonly more: string
}

/** Text that JSON has to escape, and text of several bytes a character. */
const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength, size: 'max' })
const item = fc.record({ name: text(64), more: text(200) })
const listing = fc.record({
  status: fc.constant('ok'),
  channel: text(64),
  peers: fc.array(item, { maxLength: 200, size: 'max' }),
  messages: fc.array(item, { maxLength: 200, size: 'max' }),
})

function cutsOf(peers: readonly Item[]): TruncatableList[] {
  return [
    { field: 'peers', brief: peers.map(({ name }) => ({ name })) },
    { field: 'messages', newest: true },
  ]
}

/** To make lists of this size smaller would take for ever. */
const LARGE = { endOnFailure: true }

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

describe('fitSmallAnswer', () => {
  test('is under 8 KiB with its head, keeps the first peers and the newest messages, and is JSON', () => {
    fc.assert(
      fc.property(listing, (whole) => {
        const small = fitSmallAnswer(whole, cutsOf(whole.peers))
        const json = JSON.stringify(small)
        expect(HEAD.length + Buffer.byteLength(json)).toBeLessThan(8192)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(small)))
        const names = small.peers.map(({ name }) => name)
        expect(names).toEqual(whole.peers.slice(0, names.length).map(({ name }) => name))
        expect(small.messages).toEqual(whole.messages.slice(whole.messages.length - small.messages.length))
        expect(small).toMatchObject({ status: 'ok', channel: whole.channel })
      }),
      LARGE,
    )
  })

  test('cuts no more than necessary: the next item would not fit', () => {
    fc.assert(
      fc.property(listing, (whole) => {
        const small = fitSmallAnswer(whole, cutsOf(whole.peers))
        const next = whole.messages.at(-1 - small.messages.length)
        if (next === undefined) return
        expect(bytes(small) + bytes(next) + 1).toBeGreaterThan(LIMITS.smallAnswer - 512 - 8)
      }),
      LARGE,
    )
  })

  test('an answer that fits is not changed', () => {
    const whole = { status: 'ok', peers: [{ name: 'a', more: 'b' }], messages: [{ name: 'm', more: '' }] }
    expect(fitSmallAnswer(whole, cutsOf(whole.peers))).toEqual(whole)
    expect(Object.keys(fitSmallAnswer(whole, cutsOf(whole.peers)))).toEqual(Object.keys(whole))
  })

  test('peers come in the short form before one of them is left out', () => {
    const peers = Array.from({ length: 100 }, (_, n) => ({ name: `peer-${n}`, more: 'x'.repeat(100) }))
    const small = fitSmallAnswer({ peers }, cutsOf(peers))
    expect(small.peers).toEqual(peers.map(({ name }) => ({ name })))
  })

  test('a list that is not there is left out', () => {
    expect(fitSmallAnswer({ status: 'ok', messages: undefined }, cutsOf([]))).toEqual({ status: 'ok' })
  })

  test('the more important list is cut last', () => {
    const items = Array.from({ length: 100 }, (_, n) => ({ n, more: 'x'.repeat(100) }))
    const small = fitSmallAnswer({ one: items, two: items }, [{ field: 'two' }, { field: 'one' }])
    expect(small.two.length).toBeGreaterThan(50)
    expect(small.one.length).toBeLessThan(2)
  })

  test('an item that is too large alone is left out', () => {
    const messages = [{ m: 'x'.repeat(9000) }]
    expect(fitSmallAnswer({ messages }, [{ field: 'messages', newest: true }])).toEqual({ messages: [] })
  })
})
