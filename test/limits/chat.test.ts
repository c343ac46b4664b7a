/** Limits of the chat and of the tracker that no other file tests: at the limit, and one over. */
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../chat/support.ts'
import { post } from '../support/ask.ts'
import { LIMITS, TIMES } from '../../src/chat/limits.ts'
import { messageText } from '../../src/chat/wire/fields.ts'
import { incomingMessage } from '../../src/chat/wire/messages.ts'
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
    // Characters of three bytes, and single bytes for the rest.
    const { textBytes } = LIMITS
    const longest = '\u20ac'.repeat(Math.floor(textBytes / 3)) + 'x'.repeat(textBytes % 3)
    expect(Buffer.byteLength(longest)).toBe(textBytes)
    expect(messageText(longest)).toBe(longest)
    expect(refusalOf(() => messageText(`${longest}x`)).status).toBe(422)
  })

  test('hops: a larger number counts as the limit', () => {
    const hopsOf = (hops: number): number => incomingMessage({ from: 'bob', message: 'hi', hops }, '::1').hops
    expect([hopsOf(LIMITS.hops - 1), hopsOf(LIMITS.hops), hopsOf(LIMITS.hops + 1)]).toEqual([
      LIMITS.hops - 1,
      LIMITS.hops,
      LIMITS.hops,
    ])
  })

  test('smallAnswer', () => {
    /** How many of two items remain when they have `spare` bytes more than they need. */
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
    // A message takes 256 bytes, and two for each character.
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
    ['closedRequests', 'closed', LIMITS.closedRequests, '10.0.0.5'],
    ['ownClosedRequests', 'closed', LIMITS.ownClosedRequests, '127.0.0.1'],
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

  test('refusals: at the limit the requests of a host are no longer read, until its budget refills', () => {
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
    ['two addresses of one /64 share it', '2a00:1450::1', '2a00:1450::ffff:2', true],
    ['addresses of two /64 do not', '2a00:1450:0:1::1', '2a00:1450:0:2::1', false],
    ['IPv4 and the same in IPv6 share it', '10.0.0.5', '::ffff:10.0.0.5', true],
  ])('the budget of a host: %s', (_name, one, other, isSame) => {
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
    expect(tracker.registry.size, 'its lease has ended, and no sweep has come').toBe(1)
    clock.advanceSync(1)
    expect(tracker.registry.size).toBe(0)
  })

  test.each([
    ['a pause of this length expires leases', 0, 0],
    ['a longer one counts as sleep', 1, 1],
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
  test('keyCharacters: a line with a longer key is skipped', () => {
    const isRead = (length: number): boolean => {
      const key = 'K'.repeat(length)
      const read = readFields(Buffer.from(`${key}: x\n`))
      return 'fields' in read && read.fields.has(key)
    }
    const most = LSNP_LIMITS.keyCharacters
    expect([isRead(most), isRead(most + 1)]).toEqual([true, false])
  })

  test('channelBytes: a channel with a longer name is left out', () => {
    const longest = 'c'.repeat(LSNP_LIMITS.channelBytes)
    const decoded = decode(Buffer.from(`TYPE: PING\nUSER_ID: a@b\nCHANNELS: ${longest},${longest}c,ops`))
    expect(decoded).toMatchObject({ ok: true, message: { channels: [longest, 'ops'] } })
  })
})
