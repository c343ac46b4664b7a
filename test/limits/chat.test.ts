/** Limits of the chat and of the tracker that no test of a part is about: as much as there may be, and one over. */
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../chat/support.ts'
import { post } from '../support/ask.ts'
import { LIMITS, TIMES } from '../../src/chat/limits.ts'
import * as schema from '../../src/chat/wire/schema.ts'
import { Quotas, type QuotaKind } from '../../src/peer/server/quotas.ts'
import { fitSmallAnswer } from '../../src/tracker/legacy/truncate.ts'
import { Registry } from '../../src/tracker/registry.ts'
import { readFields } from '../../src/udp/lsnp/fields.ts'
import { LSNP_LIMITS, decode } from '../../src/udp/lsnp/codec.ts'
import { startTracker } from '../support/trackers.ts'

const ALICE = { ip: '10.0.0.5', port: 8000, name: 'alice' }
const NOW = 1_763_771_234_000

describe('LIMITS', () => {
  test('textBytes', () => {
    // Characters of three bytes, and what is left.
    const { textBytes } = LIMITS
    const longest = '\u20ac'.repeat(Math.floor(textBytes / 3)) + 'x'.repeat(textBytes % 3)
    expect(Buffer.byteLength(longest)).toBe(textBytes)
    expect(schema.messageText(longest)).toBe(longest)
    expect(refusalOf(() => schema.messageText(`${longest}x`)).status).toBe(422)
  })

  test('hops: who says more has come as far as one can', () => {
    const hopsOf = (hops: number): number =>
      schema.incomingMessage({ from: 'bob', message: 'hi', hops }, '::1').hops
    expect([hopsOf(LIMITS.hops - 1), hopsOf(LIMITS.hops), hopsOf(LIMITS.hops + 1)]).toEqual([
      LIMITS.hops - 1,
      LIMITS.hops,
      LIMITS.hops,
    ])
  })

  test('smallAnswer', () => {
    /** How many of two items are left when the answer without them has so many bytes to spare. */
    const left = (spare: number): number => {
      const items = [{ n: 1 }, { n: 2 }]
      const itself = JSON.stringify({ pad: '', items: [] }).length
      const comma = JSON.stringify(items[0]).length + 1
      const pad = 'x'.repeat(LIMITS.smallAnswer - 512 - itself - 2 * comma - spare)
      return fitSmallAnswer({ pad, items }, [{ field: 'items' }]).items.length
    }
    expect([left(0), left(-1)]).toEqual([2, 1])
  })

  test.each([
    ['at the limit', 0, ['old', 'new']],
    ['one over, the oldest goes', 1, ['new']],
  ])('storedBytes: %s', (_name, over, kept) => {
    const registry = new Registry(() => undefined)
    // A character takes two bytes, a message 256 more.
    const characters = (LIMITS.storedBytes - 2 * 256) / 2 - 'new'.length
    const old = { from: ALICE, message: 'old'.padEnd(characters + over, ' '), at: NOW }
    registry.store('general', old)
    registry.store('ops', { from: ALICE, message: 'new', at: NOW + 1 })
    const texts = ['general', 'ops'].flatMap((channel) =>
      registry.messages(channel).map(({ message }) => message.trim()),
    )
    expect(texts).toEqual(kept)
    if (over === 0) expect(registry.storedBytes).toBe(LIMITS.storedBytes)
  })

  test.each<[string, QuotaKind, { perSecond: number; burst: number }, string]>([
    ['messages', 'messages', LIMITS.messages, '10.0.0.5'],
    ['ownMessages', 'messages', LIMITS.ownMessages, '127.0.0.1'],
    ['historyRequests', 'history', LIMITS.historyRequests, '10.0.0.5'],
    ['greetings', 'greetings', LIMITS.greetings, '10.0.0.5'],
    ['ownGreetings', 'greetings', LIMITS.ownGreetings, '127.0.0.1'],
    ['refusals', 'refusals', LIMITS.refusals, '10.0.0.5'],
    ['ownRefusals', 'refusals', LIMITS.ownRefusals, '127.0.0.1'],
    ['checks', 'checks', LIMITS.checks, '10.0.0.5'],
    ['checks of this machine', 'checks', LIMITS.checks, '127.0.0.1'],
  ])('%s', (_name, on, { perSecond, burst }, host) => {
    const clock = { now: () => now }
    let now = NOW
    const quotas = new Quotas(clock)
    const consume = (count: number) => () => {
      quotas.consume(on, host, count)
    }
    consume(burst)()
    expect(refusalOf(consume(1))).toMatchObject({ status: 429, code: 'too_many_requests' })
    now = NOW + 1_000
    consume(perSecond)()
    expect(refusalOf(consume(1)).status).toBe(429)
    quotas.consume(on, '10.0.0.6')
  })

  test('requests that were refused for what is in them: then none is read, until some time has passed', () => {
    let now = NOW
    const quotas = new Quotas({ now: () => now })
    const check = (): void => {
      quotas.checkRefusals('10.0.0.5')
    }
    for (let count = 1; count < LIMITS.refusals.burst; count++) quotas.refused('10.0.0.5')
    check()
    quotas.refused('10.0.0.5')
    expect(refusalOf(check)).toMatchObject({ status: 429, code: 'too_many_requests' })
    quotas.checkRefusals('10.0.0.6')
    now = NOW + 1_000 / LIMITS.refusals.perSecond
    check()
  })

  test.each([
    ['addresses of one /64 are one host', '2a00:1450::1', '2a00:1450::ffff:2', true],
    ['addresses of two are two', '2a00:1450:0:1::1', '2a00:1450:0:2::1', false],
    ['IPv4 in IPv6 is the same host', '10.0.0.5', '::ffff:10.0.0.5', true],
  ])('what a host may spend: %s', (_name, one, other, isSame) => {
    const quotas = new Quotas({ now: () => NOW })
    quotas.consume('messages', one, LIMITS.messages.burst)
    const consume = (): void => {
      quotas.consume('messages', other)
    }
    if (isSame) expect(refusalOf(consume).status).toBe(429)
    else consume()
  })
})

describe('TIMES', () => {
  test('sweep', async () => {
    await using running = await startTracker()
    const { port, clock, tracker } = running
    clock.advanceSync(1)
    await post(port, '/submit-info', { ...ALICE, ip: '127.0.0.1' })
    await post(port, '/heartbeat', { port: ALICE.port })
    clock.advanceSync(TIMES.lease + TIMES.sweep - 2)
    expect(tracker.registry.size, 'its lease is over, and nobody has looked').toBe(1)
    clock.advanceSync(1)
    expect(tracker.registry.size).toBe(0)
  })

  test.each([
    ['at the limit everybody is gone', 0, 0],
    ['one over the machine slept', 1, 1],
  ])('asleep: %s', (_name, over, there) => {
    const registry = new Registry(() => undefined)
    registry.register(ALICE, NOW)
    registry.renew('10.0.0.5:8000', NOW, { heartbeat: true })
    const last = NOW + TIMES.lease - 1
    registry.sweep(last)
    registry.sweep(last + TIMES.asleep + over)
    expect(registry.size).toBe(there)
  })
})

describe('LSNP_LIMITS', () => {
  test('keyCharacters: a line with a longer one is skipped', () => {
    const isRead = (length: number): boolean => {
      const key = 'K'.repeat(length)
      const read = readFields(Buffer.from(`${key}: x\n`))
      return 'fields' in read && read.fields.has(key)
    }
    const most = LSNP_LIMITS.keyCharacters
    expect([isRead(most), isRead(most + 1)]).toEqual([true, false])
  })

  test('channelBytes: one whose name is longer is left out', () => {
    const longest = 'c'.repeat(LSNP_LIMITS.channelBytes)
    const decoded = decode(Buffer.from(`TYPE: PING\nUSER_ID: a@b\nCHANNELS: ${longest},${longest}c,ops`))
    expect(decoded).toMatchObject({ ok: true, message: { channels: [longest, 'ops'] } })
  })
})
