/** Delivery with a clock driven by hand and a network that answers when its test says so. */
import { asContent, textOf } from '../../../../src/chat/content.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../../src/chat/limits.ts'
import {
  DIRECT,
  type ChatMessage,
  type Transit,
  type Peer,
  type Receipt,
  peerId,
} from '../../../../src/chat/model.ts'
import { messageBody } from '../../../../src/chat/wire/messages.ts'
import { Delivery, type DeliveryOptions } from '../../../../src/peer/messages/delivery/delivery.ts'
import { ManualClock } from '../../../support/clock.ts'
import { ALICE, BOB, CAROL, newSelf } from '../../../support/peers.ts'
import { turn } from '../../../support/wait.ts'
import type {
  DeliveryResult,
  QueuedMessage,
  Transport,
} from '../../../../src/peer/messages/delivery/delivery-result.ts'
import type { PendingMessage } from '../../../../src/store/store.ts'
import { transportBy } from '../../parts.ts'

const OK: DeliveryResult = { ok: true }
const BUSY: DeliveryResult = { ok: false, final: false, reason: 'busy' }
const REFUSED: DeliveryResult = { ok: false, final: true, reason: 'refused with 404' }

interface Attempt {
  readonly to: Peer
  readonly body: string
  readonly bodies: readonly string[]
  /** Of the first message, and of all that could have been sent with it. */
  readonly text: string
  readonly texts: readonly string[]
  readonly behind: number
  /** What came of the first message, or of the first few. */
  readonly answer: (...outcomes: DeliveryResult[]) => Promise<void>
  readonly fail: (error: Error) => Promise<void>
}

let said = 0

function message(text: string): ChatMessage {
  return {
    id: `m-${++said}`,
    from: ALICE,
    channel: 'general',
    content: { kind: 'text', text },
    sentAt: 1_000,
  }
}

/** A delivery, its attempts and its receipts. `inBatches`: recipients take several messages in one request. */
function setUp({
  inBatches = false,
  send,
  ...options
}: Partial<DeliveryOptions> & { inBatches?: boolean; send?: Transport['send'] } = {}) {
  const clock = new ManualClock()
  const attempts: Attempt[] = []
  const receipts: Receipt[] = []
  const settled: string[] = []
  const attempting: Transport['send'] = (to, messages, behind) =>
    new Promise((resolve, reject) => {
      const bodies = messages.map(({ body }) => body)
      const texts = bodies.map((body) => (JSON.parse(body) as { message: string }).message)
      attempts.push({
        to,
        body: bodies[0] ?? '',
        bodies,
        text: texts[0] ?? '',
        texts,
        behind,
        answer: (...outcomes) => {
          resolve(outcomes)
          return turn()
        },
        fail: (error) => {
          reject(error)
          return turn()
        },
      })
    })
  const delivery = new Delivery({
    transport: transportBy(send ?? attempting, () => inBatches),
    clock,
    random: () => 0.5,
    events: {
      emit: (event) => {
        if (event.kind === 'receipt') receipts.push(event.receipt)
      },
    },
    store: {
      delivered: (messageId, recipient) => {
        settled.push(`${messageId} ${recipient}`)
      },
      failed: (messageId, recipient, reason) => {
        settled.push(`${messageId} ${recipient}: ${reason}`)
      },
    },
    ...options,
  })
  const attempt = (index: number): Attempt => {
    const found = attempts.at(index)
    if (found === undefined) throw new Error(`there were only ${attempts.length} attempts`)
    return found
  }
  /** `bob:hello` for each attempt so far. */
  const tried = (): string[] => attempts.map(({ to, text }) => `${to.name}:${text}`)
  return { clock, delivery, receipts, settled, attempts, attempt, tried }
}

/** `delivered 1/2, failed carol (busy), queued bob`. */
function told({ delivered, recipients, failed, queued }: Receipt): string {
  const parts = [`delivered ${delivered}/${recipients}`]
  if (failed.length > 0)
    parts.push(`failed ${failed.map(({ peer, reason }) => `${peer.name} (${reason})`).join(' ')}`)
  if (queued.length > 0) parts.push(`queued ${queued.map(({ name }) => name).join(' ')}`)
  return parts.join(', ')
}

describe('a recipient that was known by its address, and proves the key of another recipient', () => {
  const KEYED: Peer = { ...BOB, key: newSelf().keys.id }

  test.each([
    ['has', OK, ''],
    ['has refused', REFUSED, ': refused with 404'],
  ])('%s the message of that one already', async (_name, outcome, detail) => {
    const { delivery, attempt, settled, tried } = setUp()
    const hello = message('hello')
    delivery.send(hello, [KEYED])
    delivery.extend(hello.id, BOB)
    await attempt(0).answer(outcome)
    delivery.adopt(peerId(BOB), KEYED)
    await attempt(1).answer(OK)
    expect(settled).toEqual(Array(2).fill(`${hello.id} ${KEYED.key}${detail}`))
    expect([tried(), delivery.waiting]).toEqual([['bob:hello', 'bob:hello'], 0])
  })
})

describe('a recipient that is there, and not in the channel of a message', () => {
  const NOT_JOINED: DeliveryResult = {
    ok: false,
    final: true,
    reason: 'bob is not in #ops',
    isNotJoined: true,
  }

  function inOps(text: string, seq: number): ChatMessage {
    return { ...message(text), channel: 'ops', seq }
  }

  test('the message waits, and what is for other channels goes on', async () => {
    const { delivery, attempt, tried, receipts, settled } = setUp()
    delivery.send(inOps('one', 1), [BOB])
    delivery.send(message('two'), [BOB])
    await attempt(0).answer(NOT_JOINED)
    expect(receipts.map(told)).toEqual(['delivered 0/1, queued bob'])
    expect(tried()).toEqual(['bob:one', 'bob:two'])
    await attempt(1).answer(OK)
    expect(settled).toEqual([expect.stringMatching(/^m-\d+ [^:]*:7002$/)])
    expect(delivery.waiting).toBe(1)
  })

  test('it is retried with growing pauses, and one receipt says so', async () => {
    const { clock, delivery, attempt, attempts, receipts } = setUp()
    delivery.send(inOps('one', 1), [BOB])
    for (let count = 0; count < 6; count++) {
      await attempt(-1).answer(NOT_JOINED)
      const before = attempts.length
      const [due = 0] = clock.due
      await clock.advance(due - 1)
      expect(attempts).toHaveLength(before)
      await clock.advance(1)
      expect(attempts).toHaveLength(before + 1)
    }
    await attempt(-1).answer(OK)
    expect(receipts.map(told)).toEqual(['delivered 0/1, queued bob', 'delivered 1/1'])
    expect(clock.due).toEqual([])
  })

  test('newer messages of the channel wait behind it and are not tried; when it is taken they follow, in order', async () => {
    const { clock, delivery, attempt, tried } = setUp()
    delivery.send(inOps('one', 1), [BOB])
    delivery.send(inOps('two', 2), [BOB])
    await attempt(0).answer(NOT_JOINED)
    delivery.send(inOps('three', 3), [BOB])
    expect(tried()).toEqual(['bob:one'])
    delivery.wake(BOB)
    await attempt(1).answer(NOT_JOINED)
    delivery.send(inOps('four', 4), [BOB])
    await clock.advance(500)
    expect(tried()).toEqual(['bob:one', 'bob:one', 'bob:one'])
    delivery.send(inOps('five', 5), [BOB])
    for (const index of [2, 3, 4, 5, 6]) await attempt(index).answer(OK)
    expect(tried().slice(2)).toEqual(['bob:one', 'bob:two', 'bob:three', 'bob:four', 'bob:five'])
    expect([delivery.waiting, clock.due]).toEqual([0, []])
  })

  test('other channels, messages to it alone and other recipients go on meanwhile', async () => {
    const { delivery, attempt, tried } = setUp()
    delivery.send(inOps('one', 1), [BOB])
    await attempt(0).answer(NOT_JOINED)
    delivery.send(inOps('two', 2), [BOB, CAROL])
    delivery.send({ ...message('three'), seq: 3 }, [BOB])
    await attempt(-1).answer(OK)
    delivery.send({ ...message('four'), channel: DIRECT, seq: 4 }, [BOB])
    await attempt(-1).answer(OK)
    expect(tried()).toEqual(['bob:one', 'carol:two', 'bob:three', 'bob:four'])
  })

  test.each<[name: string, outcome: DeliveryResult, next: string[]]>([
    ['taken', OK, ['two']],
    ['on its way by datagram', { ok: true, later: new Promise(() => undefined) }, ['two']],
    ['refused for another reason', REFUSED, ['two']],
    ['refused again', NOT_JOINED, []],
    ['not answered for now', BUSY, []],
  ])('what waits behind the oldest, once that is %s', async (_name, outcome, next) => {
    const { delivery, attempt, tried } = setUp()
    for (const [text, seq] of [
      ['one', 1],
      ['two', 2],
    ] as const)
      delivery.send(inOps(text, seq), [BOB])
    await attempt(0).answer(NOT_JOINED)
    delivery.wake(BOB)
    await attempt(1).answer(outcome)
    expect(tried().slice(2)).toEqual(next.map((text) => `bob:${text}`))
  })

  test('what was on its way behind the refused one is put behind it, and is taken with it', async () => {
    const { delivery, attempt, attempts } = setUp({ inBatches: true })
    for (let seq = 1; seq <= 6; seq++) delivery.send(inOps(`${seq}`, seq), [BOB])
    expect(attempts.map(({ texts }) => texts)).toEqual([['1'], ['2']])
    await attempt(0).answer(NOT_JOINED)
    await attempt(1).answer(NOT_JOINED)
    expect(attempts).toHaveLength(2)
    delivery.wake(BOB)
    await attempt(2).answer(OK)
    expect(attempts.slice(2).flatMap(({ texts }) => texts)).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  test('what fails for now with one that is refused keeps its place in the channel', async () => {
    const { clock, delivery, attempt, attempts } = setUp({ inBatches: true })
    for (let seq = 1; seq <= 3; seq++) delivery.send(inOps(`${seq}`, seq), [BOB])
    await attempt(0).answer(NOT_JOINED)
    await attempt(1).answer(BUSY)
    await clock.advance(500)
    expect(attempts.slice(2).map(({ texts }) => texts)).toEqual([['1']])
    await attempt(2).answer(OK)
    expect(attempts.slice(2).flatMap(({ texts }) => texts)).toEqual(['1', '2', '3'])
  })

  test('messages of an earlier run go before what is said now, however late it joins', async () => {
    const { clock, delivery, attempt, attempts, tried } = setUp()
    const now = clock.now()
    const old = { recipients: 1, saidAt: now, queuedAt: now, waiting: [BOB], failed: [] }
    delivery.resume([1, 2, 3].map((seq) => ({ message: inOps(`old ${seq}`, seq), ...old })))
    delivery.send(inOps('new 4', 4), [BOB])
    await attempt(0).answer(NOT_JOINED)
    delivery.send(inOps('new 5', 5), [BOB])
    delivery.resume([{ message: inOps('old 0', 0), ...old }])
    delivery.wake(BOB)
    for (let next = 1; next < attempts.length; next++) await attempt(next).answer(OK)
    expect(tried().slice(1)).toEqual(
      ['old 0', 'old 1', 'old 2', 'old 3', 'new 4', 'new 5'].map((text) => `bob:${text}`),
    )
  })

  test('each message waits for TIMES.rejoin; those that are over fail together, and the next is tried', async () => {
    const { clock, delivery, attempt, receipts, tried } = setUp({ random: () => 0.5 })
    delivery.send(inOps('one', 1), [BOB])
    delivery.send(inOps('two', 2), [BOB])
    await attempt(0).answer(NOT_JOINED)
    await clock.advance(TIMES.rejoin - 1)
    delivery.send(inOps('three', 3), [BOB])
    await clock.advance(1)
    await attempt(1).answer(NOT_JOINED)
    expect(receipts.map(told).slice(1)).toEqual([
      'delivered 0/1, failed bob (bob is not in #ops)',
      'delivered 0/1, failed bob (bob is not in #ops)',
    ])
    expect(delivery.waiting).toBe(1)
    await clock.advance(30_000)
    expect(tried()).toEqual(['bob:one', 'bob:one', 'bob:three'])
    await attempt(2).answer(OK)
    expect([delivery.waiting, clock.due]).toEqual([0, []])
  })

  test('the outbox has its limit with what is held in it', async () => {
    const { delivery, attempt, receipts } = setUp()
    for (let seq = 1; seq <= LIMITS.outbox; seq++) delivery.send(inOps('x', seq), [BOB])
    await attempt(0).answer(NOT_JOINED)
    delivery.send(inOps('one too many', LIMITS.outbox + 1), [BOB])
    expect(receipts.map(told)).toEqual([
      'delivered 0/1, queued bob',
      'delivered 0/1, failed bob (too many messages wait for this peer)',
    ])
    expect(delivery.waiting).toBe(LIMITS.outbox)
  })

  test('what is held has its patience once, whatever is taken of other channels', async () => {
    const { clock, delivery, attempt } = setUp()
    for (let seq = 1; seq <= LIMITS.outbox / 2; seq++) delivery.send(inOps('x', seq), [BOB])
    await attempt(0).answer(NOT_JOINED)
    const isRoom = watch(delivery.room(10_000))
    for (let second = 1; second < 10; second++) {
      delivery.send(message(`${second}`), [BOB])
      await attempt(-1).answer(OK)
      await clock.advance(1_000)
      if (attempt(-1).text === 'x') await attempt(-1).answer(NOT_JOINED)
      expect(isRoom()).toBe(false)
    }
    await clock.advance(1_000)
    expect(isRoom()).toBe(true)
  })

  test('whatever it joins and refuses meanwhile, it gets each message once, and each channel in order', async () => {
    const steps = fc.array(fc.constantFrom('say', 'join', 'part', 'answer', 'busy', 'pass', 'wake'), {
      maxLength: 80,
    })
    const property = async (script: string[], several: boolean): Promise<void> => {
      const { clock, delivery, attempts } = setUp({ inBatches: several })
      const got: { channel: string; seq: number }[] = []
      let isIn = true
      let seq = 0
      let answered = 0
      const judge = (body: string): DeliveryResult => {
        const parcel = JSON.parse(body) as { channel: string; seq: number }
        if (parcel.channel === 'ops' && !isIn) return NOT_JOINED
        got.push(parcel)
        return OK
      }
      const answer = async (isBusy: boolean): Promise<void> => {
        const attempt = attempts[answered]
        if (attempt === undefined) return
        answered++
        if (isBusy) broken = true
        if (attempt.behind === 0 && !isBusy) broken = false
        await attempt.answer(...(broken ? [BUSY] : attempt.bodies.map(judge)))
      }
      let broken = false
      /** What is on its way when it joins or leaves was judged before. */
      const goes = async (into: boolean): Promise<void> => {
        while (answered < attempts.length) await answer(false)
        isIn = into
      }
      for (const step of script) {
        if (step === 'say')
          delivery.send({ ...inOps('', ++seq), channel: seq % 3 === 0 ? 'general' : 'ops' }, [BOB])
        if (step === 'join' || step === 'part') await goes(step === 'join')
        if (step === 'answer' || step === 'busy') await answer(step === 'busy')
        if (step === 'pass') await clock.advance(700)
        if (step === 'wake') delivery.wake(BOB)
      }
      await goes(true)
      while (answered < attempts.length || clock.due.length > 0) {
        if (answered < attempts.length) await answer(false)
        else await clock.advance(30_000)
      }
      for (const channel of ['ops', 'general']) {
        const all = Array.from({ length: seq }, (_each, index) => index + 1)
        expect(got.filter((each) => each.channel === channel).map((each) => each.seq)).toEqual(
          all.filter((each) => (each % 3 === 0 ? 'general' : 'ops') === channel),
        )
      }
      expect(delivery.waiting).toBe(0)
    }
    await fc.assert(fc.asyncProperty(steps, fc.boolean(), property), { numRuns: 200 })
  })

  test('of several in one request each fares on its own', async () => {
    const { delivery, attempt, attempts } = setUp({ inBatches: true })
    delivery.send(message('zero'), [BOB])
    delivery.send(inOps('one', 1), [BOB])
    delivery.send(inOps('two', 2), [BOB])
    delivery.send(message('three'), [BOB])
    const texts = attempts.map((each) => each.texts)
    expect(texts[0]).toEqual(['zero'])
    await attempt(0).answer(OK)
    for (const each of attempts.slice(1))
      await each.answer(...each.texts.map((text) => (text === 'one' || text === 'two' ? NOT_JOINED : OK)))
    expect(delivery.waiting).toBe(2)
  })

  test('one that is only passed on fails at once: no user waits for it', async () => {
    const { clock, delivery, attempt } = setUp()
    delivery.send(inOps('one', 1), [BOB], 1)
    await attempt(0).answer(NOT_JOINED)
    expect([delivery.waiting, clock.due]).toEqual([0, []])
  })

  test('nothing is tried after the end', async () => {
    const { clock, delivery, attempt, attempts } = setUp()
    delivery.send(inOps('one', 1), [BOB])
    await attempt(0).answer(NOT_JOINED)
    delivery.close()
    await clock.advance(TIMES.rejoin)
    expect(attempts).toHaveLength(1)
  })
})

describe('order', () => {
  test('one in flight per recipient: the next leaves when the one before is answered', async () => {
    const { delivery, attempt, tried } = setUp()
    for (const text of ['one', 'two', 'three']) delivery.send(message(text), [BOB])
    await turn()
    expect(tried()).toEqual(['bob:one'])
    await attempt(0).answer(OK)
    expect(tried()).toEqual(['bob:one', 'bob:two'])
    await attempt(1).answer(OK)
    await attempt(2).answer(OK)
    expect(tried()).toEqual(['bob:one', 'bob:two', 'bob:three'])
  })

  test('the first attempts of a message leave at once, to each recipient', () => {
    const { delivery, tried } = setUp()
    delivery.send(message('one'), [BOB, CAROL])
    expect(tried()).toEqual(['bob:one', 'carol:one'])
  })

  test('what is sent is the message as others read it', () => {
    const { delivery, attempt } = setUp()
    const sent = message('one')
    delivery.send(sent, [BOB])
    expect(attempt(0).body).toBe(messageBody(sent))
  })

  test('a slow recipient holds up its own messages only', async () => {
    const { delivery, attempt, tried } = setUp()
    delivery.send(message('one'), [BOB, CAROL])
    delivery.send(message('two'), [BOB, CAROL])
    await attempt(1).answer(OK)
    expect(tried()).toEqual(['bob:one', 'carol:one', 'carol:two'])
  })

  test('a message that failed for now keeps its place', async () => {
    const { clock, delivery, attempt, tried } = setUp()
    delivery.send(message('one'), [BOB])
    delivery.send(message('two'), [BOB])
    await attempt(0).answer(BUSY)
    expect(tried()).toEqual(['bob:one'])
    await clock.advance(500)
    expect(tried()).toEqual(['bob:one', 'bob:one'])
    await attempt(1).answer(OK)
    expect(tried().at(-1)).toBe('bob:two')
  })

  test('whatever the network does, each recipient gets each message once, in order, or a reason', async () => {
    const script = fc.array(fc.constantFrom(OK, BUSY, REFUSED), { maxLength: 40 })
    const recipients = fc.constantFrom<(readonly Peer[])[]>([BOB], [CAROL], [BOB, CAROL])
    const property = async (outcomes: DeliveryResult[], sent: (readonly Peer[])[]): Promise<void> => {
      const { clock, delivery, receipts, attempts } = setUp()
      const got = new Map<Peer, string[]>([BOB, CAROL].map((peer) => [peer, []]))
      const ids = sent.map((to) => delivery.send(message(''), to).messageId)
      for (let next = 0; next < attempts.length || clock.due.length > 0;) {
        const attempt = attempts[next]
        const outcome = outcomes[next] ?? OK
        if (attempt === undefined) {
          await clock.advance(30_000)
          continue
        }
        if (outcome.ok) got.get(attempt.to)?.push((JSON.parse(attempt.body) as { id: string }).id)
        await attempt.answer(outcome)
        next++
      }
      expect(delivery.waiting).toBe(0)
      const last = ids.map((id) => receipts.findLast(({ messageId }) => messageId === id))
      for (const receipt of last) {
        expect(receipt?.queued).toEqual([])
        expect(receipt?.delivered).toBe((receipt?.recipients ?? 0) - (receipt?.failed.length ?? 0))
      }
      for (const [peer, texts] of got) {
        const failed = last.map((receipt) => receipt?.failed.some((failure) => failure.peer === peer))
        expect(texts).toEqual(
          ids.filter((_id, index) => sent[index]?.includes(peer) && failed[index] !== true),
        )
      }
    }
    await fc.assert(fc.asyncProperty(script, fc.array(recipients, { maxLength: 8 }), property), {
      numRuns: 60,
    })
  })
})

describe('receipts', () => {
  test('of one message on its way to three', async () => {
    const { delivery, attempt, receipts } = setUp()
    const dave: Peer = { ip: '127.0.0.1', port: 7004, name: 'dave' }
    const first = delivery.send(message('one'), [BOB, CAROL, dave])
    expect(told(first)).toBe('delivered 0/3, queued bob carol dave')
    expect(receipts).toEqual([])
    await attempt(0).answer(OK)
    expect(receipts).toEqual([])
    await attempt(1).answer(BUSY)
    await attempt(2).answer(REFUSED)
    expect(receipts.map(told)).toEqual([
      'delivered 1/3, queued carol dave',
      'delivered 1/3, failed dave (refused with 404), queued carol',
    ])
    expect(receipts.every(({ messageId }) => messageId === first.messageId)).toBe(true)
  })

  test('delivered to all is told once', async () => {
    const { delivery, attempt, receipts } = setUp()
    delivery.send(message('one'), [BOB, CAROL])
    await attempt(1).answer(OK)
    await attempt(0).answer(OK)
    expect(receipts.map(told)).toEqual(['delivered 2/2'])
  })

  test('a message without recipients has its receipt at once', () => {
    const { delivery, receipts } = setUp()
    expect(told(delivery.send(message('one'), []))).toBe('delivered 0/0')
    expect(receipts.map(told)).toEqual(['delivered 0/0'])
    expect(delivery.waiting).toBe(0)
  })

  test('a final refusal is told with its reason, and what is behind it goes on', async () => {
    const { delivery, attempt, receipts, tried } = setUp()
    delivery.send(message('one'), [BOB])
    delivery.send(message('two'), [BOB])
    await attempt(0).answer(REFUSED)
    expect(receipts.map(told)).toEqual(['delivered 0/1, failed bob (refused with 404)'])
    expect(tried()).toEqual(['bob:one', 'bob:two'])
  })

  test('an exception in the transport is final and says what it was', async () => {
    const { delivery, attempt, receipts } = setUp()
    delivery.send(message('one'), [BOB])
    await attempt(0).fail(new TypeError('cannot be sent'))
    expect(receipts.map(told)).toEqual(['delivered 0/1, failed bob (TypeError: cannot be sent)'])
  })

  test('the first failure for now is told, the repeated ones are not', async () => {
    const { clock, delivery, attempt, receipts } = setUp()
    delivery.send(message('one'), [BOB])
    await attempt(0).answer(BUSY)
    await clock.advance(500)
    await attempt(1).answer(BUSY)
    expect(receipts.map(told)).toEqual(['delivered 0/1, queued bob'])
    await clock.advance(1_000)
    await attempt(2).answer(OK)
    expect(receipts.map(told).slice(1)).toEqual(['delivered 1/1'])
  })
})

describe('trying again', () => {
  test.each([
    ['the middle', 0.5, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ['20 % less', 0, [400, 800, 1_600, 3_200, 6_400, 12_800, 24_000, 24_000]],
    ['20 % more', 1, [600, 1_200, 2_400, 4_800, 9_600, 19_200, 36_000, 36_000]],
  ])('pauses double up to half a minute: %s', async (_name, random, pauses) => {
    const { clock, delivery, attempt, attempts } = setUp({ random: () => random, giveUp: Infinity })
    delivery.send(message('one'), [BOB])
    for (const [index, pause] of pauses.entries()) {
      await attempt(index).answer(BUSY)
      expect(clock.due).toEqual([pause])
      await clock.advance(pause - 1)
      expect(attempts).toHaveLength(index + 1)
      await clock.advance(1)
      expect(attempts).toHaveLength(index + 2)
    }
  })

  test('the pauses begin anew after a success', async () => {
    const { clock, delivery, attempt } = setUp()
    for (const text of ['one', 'two']) delivery.send(message(text), [BOB])
    await attempt(0).answer(BUSY)
    await clock.advance(500)
    await attempt(1).answer(BUSY)
    await clock.advance(1_000)
    await attempt(2).answer(OK)
    await attempt(3).answer(BUSY)
    expect(clock.due).toEqual([500])
  })

  test('a message that is too old fails with the last reason, a younger one behind it does not', async () => {
    const { clock, delivery, attempt, receipts } = setUp({ giveUp: 2_000 })
    delivery.send(message('one'), [BOB])
    await attempt(0).answer(BUSY)
    await clock.advance(500)
    delivery.send(message('two'), [BOB])
    await attempt(1).answer(BUSY)
    await clock.advance(1_000)
    await clock.advance(499)
    await attempt(2).answer(BUSY)
    expect(receipts.flatMap(({ failed }) => failed)).toEqual([])
    await clock.advance(2_000)
    await attempt(3).answer({ ok: false, final: false, reason: 'no route' })
    const last = receipts.map(told)
    expect(last).toContain('delivered 0/1, failed bob (no route)')
    expect(delivery.waiting).toBe(0)
  })

  test.each([
    ['of exactly that age fails', 2_000, 0],
    ['one millisecond younger is tried again', 1_999, 1],
  ])('a message %s', async (_name, age, waiting) => {
    const { clock, delivery, attempt } = setUp({ giveUp: 2_000 })
    delivery.send(message('one'), [BOB])
    await clock.advance(age)
    await attempt(0).answer(BUSY)
    expect(delivery.waiting).toBe(waiting)
  })

  test('giving up on one leaves the others their whole time', async () => {
    const { clock, delivery, attempt, receipts } = setUp({ giveUp: 2_000 })
    delivery.send(message('old'), [BOB])
    await clock.advance(1_500)
    delivery.send(message('young'), [BOB])
    await clock.advance(500)
    await attempt(0).answer(BUSY)
    expect(receipts.flatMap(({ failed }) => failed)).toHaveLength(1)
    expect(delivery.waiting).toBe(1)
    await clock.advance(500)
    expect(attempt(-1).text).toBe('young')
    await attempt(-1).answer(OK)
    expect(delivery.waiting).toBe(0)
  })
})

describe('a message whose acknowledgement comes later', () => {
  /** One has left, and is acknowledged when a test says so; two waits behind it. */
  async function open() {
    const world = setUp()
    let settle: (outcome: DeliveryResult) => void = () => undefined
    let fail: (error: Error) => void = () => undefined
    const later = new Promise<DeliveryResult>((resolve, reject) => {
      settle = resolve
      fail = reject
    })
    world.delivery.send(message('one'), [BOB])
    world.delivery.send(message('two'), [BOB])
    await world.attempt(0).answer({ ok: true, unconfirmed: true, later })
    const last = (): string[] => world.receipts.map(told).slice(-1)
    return { ...world, settle, fail, last }
  }

  test('holds up nothing', async () => {
    const { tried, attempt, last, delivery } = await open()
    expect(tried()).toEqual(['bob:one', 'bob:two'])
    await attempt(1).answer(OK)
    expect(last()).toEqual(['delivered 1/1'])
    expect(delivery.waiting).toBe(1)
  })

  test.each<[string, DeliveryResult, string, number]>([
    ['acknowledged', OK, 'delivered 1/1', 0],
    ['not acknowledged', { ok: true, unconfirmed: true }, 'delivered 1/1', 1],
    ['refused for good', REFUSED, 'delivered 0/1, failed bob (refused with 404)', 0],
  ])('%s', async (_name, outcome, expected, unconfirmed) => {
    const { settle, last, receipts, delivery } = await open()
    settle(outcome)
    await turn()
    expect(last()).toEqual([expected])
    expect(receipts.at(-1)?.unconfirmed).toBe(unconfirmed)
    expect(delivery.waiting).toBe(1)
  })

  test('that fails with an error is given up', async () => {
    const { fail, last } = await open()
    fail(new Error('broken'))
    await turn()
    expect(last()).toEqual(['delivered 0/1, failed bob (Error: broken)'])
  })

  test('that did not get there for now is tried again, before what was said after it', async () => {
    const { settle, tried, attempt, clock } = await open()
    await attempt(1).answer(BUSY)
    settle(BUSY)
    await turn()
    await clock.advance(500)
    expect(tried()).toEqual(['bob:one', 'bob:two', 'bob:two'])
    await attempt(2).answer(OK)
    expect(tried().at(-1)).toBe('bob:one')
  })

  test('that did not get there for now, when nothing else waits, is tried again after a pause', async () => {
    const { settle, tried, attempt, clock, delivery } = await open()
    await attempt(1).answer(OK)
    settle(BUSY)
    await turn()
    expect(tried()).toHaveLength(2)
    await clock.advance(500)
    expect(tried()).toEqual(['bob:one', 'bob:two', 'bob:one'])
    await attempt(2).answer(OK)
    expect(delivery.waiting).toBe(0)
  })

  test('is waited for by drained() and settled()', async () => {
    const { settle, attempt, delivery } = await open()
    await attempt(1).answer(OK)
    const waits = [delivery.drained(10_000), delivery.settled(10_000)]
    settle(OK)
    expect(await Promise.all(waits)).toEqual([true, true])
  })

  test('after close() changes nothing', async () => {
    const { settle, delivery, settled } = await open()
    delivery.close()
    settle(OK)
    await turn()
    expect(settled).toEqual([])
  })
})

describe('a peer that is back', () => {
  test('is tried at once, and the pauses begin anew', async () => {
    const { clock, delivery, attempt, attempts } = setUp()
    delivery.send(message('one'), [BOB])
    await attempt(0).answer(BUSY)
    await clock.advance(500)
    await attempt(1).answer(BUSY)
    delivery.wake(BOB)
    expect(attempts).toHaveLength(3)
    expect(clock.due).toEqual([])
    await attempt(2).answer(BUSY)
    expect(clock.due).toEqual([500])
  })

  test('under a new name is called by it', async () => {
    const { delivery, attempt, receipts } = setUp()
    delivery.send(message('one'), [BOB])
    await attempt(0).answer(BUSY)
    delivery.wake({ ...BOB, name: 'robert' })
    expect(attempt(1).to.name).toBe('robert')
    await attempt(1).answer(REFUSED)
    expect(receipts.map(told).at(-1)).toBe('delivered 0/1, failed robert (refused with 404)')
  })

  test('is not sent twice what is on its way', async () => {
    const { delivery, attempts } = setUp()
    delivery.send(message('one'), [BOB])
    delivery.wake(BOB)
    await turn()
    expect(attempts).toHaveLength(1)
  })

  test('nothing waits for it: nothing happens', () => {
    const { delivery, attempts } = setUp()
    delivery.wake(BOB)
    expect(attempts).toEqual([])
  })
})

describe('the outbox of one recipient', () => {
  const FULL = 'delivered 0/1, failed bob (too many messages wait for this peer)'

  test(`takes ${LIMITS.outbox} messages and not one more`, async () => {
    const { delivery, attempt, receipts, tried } = setUp()
    for (let count = 0; count < LIMITS.outbox; count++) delivery.send(message('x'), [BOB])
    expect(receipts).toEqual([])
    delivery.send(message('one too many'), [BOB])
    expect(receipts.map(told)).toEqual([FULL])
    expect(delivery.waiting).toBe(LIMITS.outbox)

    delivery.send(message('to another'), [CAROL])
    expect(tried().at(-1)).toBe('carol:to another')

    await attempt(0).answer(OK)
    delivery.send(message('there is room again'), [BOB])
    expect(delivery.waiting).toBe(LIMITS.outbox + 1)
  })

  /** A message whose body has so many bytes. */
  function ofBytes(bytes: number, filling: string): ChatMessage {
    const empty = message('')
    const room = bytes - Buffer.byteLength(messageBody(empty))
    const text = filling.repeat(Math.floor(room / Buffer.byteLength(filling)))
    const padded = text + '.'.repeat(room - Buffer.byteLength(text))
    const sized = { ...empty, content: asContent(padded) }
    expect(Buffer.byteLength(messageBody(sized))).toBe(bytes)
    return sized
  }

  test.each([
    ['ASCII', 'x'],
    ['three bytes a character', '字'],
  ])(`takes ${LIMITS.outboxBytes} bytes and not one more: %s`, async (_name, filling) => {
    const { delivery, attempt, receipts } = setUp()
    const half = LIMITS.outboxBytes / 2
    delivery.send(ofBytes(half, filling), [BOB])
    delivery.send(ofBytes(half + 1, filling), [BOB])
    expect(receipts.map(told)).toEqual([FULL])
    delivery.send(ofBytes(half, filling), [BOB])
    expect(receipts).toHaveLength(1)
    expect(delivery.waiting).toBe(2)
    await attempt(0).answer(OK)
    delivery.send(ofBytes(half, filling), [BOB])
    expect(delivery.waiting).toBe(2)
  })
})

describe('settled', () => {
  test('at once when nothing waits', async () => {
    const { clock, delivery } = setUp()
    expect(await delivery.settled(1_000)).toBe(true)
    expect(clock.due).toEqual([])
  })

  test('true when the last answer is here, for all who ask, and their timers are gone', async () => {
    const { clock, delivery, attempt } = setUp()
    delivery.send(message('one'), [BOB, CAROL])
    const asked = [delivery.settled(1_000), delivery.settled(2_000)]
    await attempt(0).answer(OK)
    expect(clock.due).toEqual([1_000, 2_000])
    await attempt(1).answer(REFUSED)
    expect(await Promise.all(asked)).toEqual([true, true])
    expect(clock.due).toEqual([])
  })

  test('false when the time is up', async () => {
    const { clock, delivery } = setUp()
    delivery.send(message('one'), [BOB])
    const asked = delivery.settled(1_000)
    await clock.advance(1_000)
    expect(await asked).toBe(false)
    expect(delivery.waiting).toBe(1)
  })

  test('false at once when closed', async () => {
    const { clock, delivery } = setUp()
    delivery.send(message('one'), [BOB])
    const asked = delivery.settled(60_000)
    delivery.close()
    expect(await asked).toBe(false)
    expect(clock.due).toEqual([])
  })
})

describe('closed', () => {
  test('no further attempts, no receipts, no timers', async () => {
    const { clock, delivery, attempt, attempts, receipts } = setUp()
    for (const peer of [BOB, CAROL, ALICE]) delivery.send(message('one'), [peer])
    await attempt(0).answer(BUSY)
    receipts.length = 0
    delivery.close()
    expect(clock.due).toEqual([])
    await attempt(1).answer(OK)
    await attempt(2).answer(BUSY)
    await clock.advance(60_000)
    expect(attempts).toHaveLength(3)
    expect(receipts).toEqual([])
  })

  test('what is said afterwards is not tried', async () => {
    const { clock, delivery, attempts } = setUp()
    delivery.close()
    delivery.send(message('one'), [BOB])
    await clock.advance(60_000)
    expect(attempts).toEqual([])
  })
})

/** Whatever was said so far leaves in requests of one; what is said now goes together. */
function fill(delivery: Delivery): void {
  for (let number = 0; number < LIMITS.inFlight; number++) delivery.send(message(`f${number}`), [BOB])
}

describe('a recipient that supports batches', () => {
  const SEVERAL = { inBatches: true }
  const LOST: DeliveryResult = { ok: false, final: false, reason: 'closed', immediate: true }

  test('gets the next before it has answered, up to the limit', async () => {
    const { delivery, attempts, attempt } = setUp(SEVERAL)
    fill(delivery)
    delivery.send(message('one more'), [BOB])
    expect(attempts.map(({ behind }) => behind)).toEqual(Array.from({ length: LIMITS.inFlight }, (_, i) => i))
    await attempt(0).answer(OK)
    expect(attempt(-1)).toMatchObject({ text: 'one more', behind: LIMITS.inFlight - 1 })
  })

  test('what gathers while that many are in flight goes together, up to the limit', async () => {
    const { delivery, attempt } = setUp(SEVERAL)
    fill(delivery)
    for (let number = 0; number <= LIMITS.batch; number++) delivery.send(message(`m${number}`), [BOB])
    await attempt(0).answer(OK)
    expect(attempt(-1).texts).toHaveLength(LIMITS.batch)
    expect(attempt(-1).texts[0]).toBe('m0')
    await attempt(1).answer(OK)
    expect(attempt(-1).texts).toEqual([`m${LIMITS.batch}`])
  })

  test.each([
    ['just', 0, 2],
    ['not', 1, 1],
  ])('what is long goes together when it %s fits into one request', async (_name, more, together) => {
    const { delivery, attempt } = setUp(SEVERAL)
    fill(delivery)
    const one = message('x'.repeat(5_000))
    const other = message('')
    const room = LIMITS.batchCharacters - messageBody(one).length - messageBody(other).length
    delivery.send(one, [BOB])
    delivery.send({ ...other, content: asContent('x'.repeat(room + more)) }, [BOB])
    await attempt(0).answer(OK)
    expect(attempt(-1).texts).toHaveLength(together)
  })

  test('when one fails for now nothing more leaves until all are answered; then all of it, in order', async () => {
    const { clock, delivery, attempt, attempts } = setUp(SEVERAL)
    for (const text of ['a', 'b', 'c']) delivery.send(message(text), [BOB])
    await attempt(0).answer(OK)
    await attempt(1).answer({ ok: false, final: false, reason: 'slowly', after: 7_000 })
    delivery.send(message('d'), [BOB])
    delivery.wake(BOB)
    expect(attempts).toHaveLength(3)
    expect(clock.due).toEqual([])
    await attempt(2).answer(LOST)
    expect(clock.due).toEqual([7_000])
    await clock.advance(7_000)
    expect(attempt(-1)).toMatchObject({ texts: ['b', 'c', 'd'], behind: 0 })
  })

  test('a connection that had ended: again at once, but only once', async () => {
    const { clock, delivery, attempt, attempts } = setUp(SEVERAL)
    delivery.send(message('a'), [BOB])
    await attempt(0).answer(LOST)
    expect(attempts).toHaveLength(2)
    await attempt(1).answer(LOST)
    expect(attempts).toHaveLength(2)
    expect(clock.due).toEqual([500])
  })

  test('one that another has overtaken is not sent again before it', async () => {
    const { delivery, attempt, settled } = setUp(SEVERAL)
    for (const text of ['a', 'b']) delivery.send(message(text), [BOB])
    await attempt(1).answer(OK)
    expect(settled).toHaveLength(1)
    await attempt(0).answer(LOST)
    expect(attempt(-1).texts).toEqual(['a'])
  })

  test('whatever the network does, it gets each message, in order', async () => {
    const fates = fc.array(fc.constantFrom('taken', 'answer lost', 'lost', 'refused'), { maxLength: 60 })
    const property = async (script: string[], many: number): Promise<void> => {
      const { clock, delivery, attempts } = setUp(SEVERAL)
      const got: string[] = []
      /** Of the connection: what is on it behind something lost is lost, too. */
      let isBroken = false
      let next = 0
      const carry = async (): Promise<void> => {
        while (next < attempts.length || clock.due.length > 0) {
          const attempt = attempts[next]
          if (attempt === undefined) {
            await clock.advance(30_000)
            continue
          }
          if (attempt.behind === 0) isBroken = false
          const fate = isBroken ? 'lost' : (script[next] ?? 'taken')
          next++
          if (fate.startsWith('taken') || fate === 'answer lost') got.push(...attempt.texts)
          isBroken ||= fate !== 'taken'
          await attempt.answer(
            ...(fate === 'taken' ? attempt.texts.map(() => OK) : [fate === 'refused' ? BUSY : LOST]),
          )
        }
      }
      for (let number = 0; number < many; number++) {
        delivery.send(message(`${number}`), [BOB])
        if (number % 7 === 6) await carry()
      }
      await carry()
      expect(delivery.waiting).toBe(0)
      // It knows a message again by its id.
      expect([...new Set(got)]).toEqual(Array.from({ length: many }, (_, number) => `${number}`))
    }
    await fc.assert(fc.asyncProperty(fates, fc.integer({ min: 1, max: 60 }), property), { numRuns: 100 })
  })

  test.each<[name: string, outcomes: DeliveryResult[], next: string[], settled: string[]]>([
    ['all', [OK, OK, OK], [], ['b', 'c', 'd']],
    ['the first only', [OK], ['c', 'd'], ['b']],
    ['none of them', [], ['b', 'c', 'd'], []],
    ['one refused for good in the middle', [OK, REFUSED, OK], [], ['b', 'c: refused with 404', 'd']],
    ['more outcomes than messages', [OK, OK, OK, OK], [], ['b', 'c', 'd']],
  ])('what was tried is done with, the rest keeps its order: %s', async (_name, outcomes, next, expected) => {
    const { delivery, attempt, settled } = setUp(SEVERAL)
    fill(delivery)
    const names = new Map(
      ['b', 'c', 'd'].map((text) => [delivery.send(message(text), [BOB]).messageId, text]),
    )
    await attempt(0).answer(OK)
    const together = attempt(-1)
    expect(together.texts).toEqual(['b', 'c', 'd'])
    for (let number = 1; number < LIMITS.inFlight; number++) await attempt(number).answer(OK)
    await together.answer(...outcomes)
    expect(attempt(-1) === together ? [] : attempt(-1).texts).toEqual(next)
    const named = settled.slice(LIMITS.inFlight).map((line) => {
      const [id = '', failure] = line.split(': ')
      return (names.get(id.split(' ')[0] ?? '') ?? '?') + (failure === undefined ? '' : `: ${failure}`)
    })
    expect(named).toEqual(expected)
  })
})

describe('messages of an earlier run', () => {
  const unsettled = (text: string, seq: number, waiting: Peer[], queuedAt: number): PendingMessage => ({
    message: { ...message(text), seq },
    recipients: 3,
    ...{ saidAt: queuedAt, queuedAt },
    waiting,
    failed: [],
  })

  test('are tried at once, in their order, before what is said now', async () => {
    const { clock, delivery, attempt, tried } = setUp()
    const now = clock.now()
    delivery.resume([unsettled('one', 1, [BOB, CAROL], now), unsettled('two', 2, [BOB], now)])
    delivery.send({ ...message('three'), seq: 3 }, [BOB])
    expect(tried()).toEqual(['bob:one', 'carol:one'])
    await attempt(0).answer(OK)
    expect(attempt(2).texts).toEqual(['two'])
    await attempt(2).answer(OK)
    expect(attempt(3).texts).toEqual(['three'])
  })

  test('tell how they fare, with those who got them before', async () => {
    const { clock, delivery, attempt, receipts, settled } = setUp()
    const old = unsettled('one', 1, [BOB], clock.now())
    delivery.resume([old])
    expect(receipts.map(told)).toEqual(['delivered 2/3, queued bob'])
    await attempt(0).answer(OK)
    expect(receipts.map(told).at(-1)).toBe('delivered 3/3')
    expect(settled).toEqual([`${old.message.id} 127.0.0.1:7002`])
  })

  test('they hold up nothing', async () => {
    const { clock, delivery } = setUp()
    delivery.resume([unsettled('one', 1, [BOB], clock.now())])
    expect(delivery.waiting).toBe(0)
    expect(await delivery.settled(1_000)).toBe(true)
  })

  test('fail when they are too old, at the first attempt that fails', async () => {
    const { clock, delivery, attempt, settled } = setUp({ giveUp: 60_000 })
    delivery.resume([unsettled('one', 1, [BOB], clock.now() - 60_000)])
    await attempt(0).answer(BUSY)
    expect(settled[0]).toMatch(/: busy$/)
  })

  test('are as old as they are, however short they wait', async () => {
    const parcels: QueuedMessage[] = []
    const send: Transport['send'] = (_to, sent) => {
      parcels.push(...sent)
      return Promise.resolve([BUSY])
    }
    const { clock, delivery, settled } = setUp({ send, giveUp: 60_000 })
    const saidAt = clock.now() - 30 * 3_600_000
    delivery.resume([{ ...unsettled('one', 1, [BOB], clock.now()), saidAt }])
    await turn()
    expect(parcels.map((parcel) => parcel.saidAt)).toEqual([saidAt])
    expect(settled).toEqual([])
  })

  test('tried again after a failure take their old place', async () => {
    const { clock, delivery, attempt, receipts } = setUp()
    const first = { ...message('one'), seq: 1 }
    delivery.send(first, [BOB])
    for (const [text, seq] of [
      ['two', 2],
      ['three', 3],
    ] as const)
      delivery.send({ ...message(text), seq }, [BOB])
    await attempt(0).answer(REFUSED)
    await attempt(1).answer(BUSY)
    const [saidAt, queuedAt] = [clock.now(), clock.now()]
    delivery.resume([{ message: first, recipients: 1, saidAt, queuedAt, waiting: [BOB], failed: [] }])
    expect(receipts.map(told).at(-1)).toBe('delivered 0/1, queued bob')
    await clock.advance(500)
    expect(attempt(2).texts).toEqual(['one'])
    await attempt(2).answer(OK)
    expect(attempt(3).texts).toEqual(['two'])
  })
})

test('a relayed message is tried for a minute, and has no receipts', async () => {
  const { clock, delivery, attempt, receipts, settled } = setUp()
  delivery.send(message('theirs'), [BOB], 1)
  await clock.advance(TIMES.passOn)
  await attempt(0).answer(BUSY)
  expect(delivery.waiting).toBe(0)
  expect([receipts, settled]).toEqual([[], []])
})

describe('who comes just after a message was said', () => {
  const COMER: Peer = { ...CAROL, identity: 'c0ffee' }

  test('gets it as well, and the receipt counts one more', async () => {
    const { clock, delivery, receipts, attempt, tried } = setUp()
    const hello = message('hello')
    delivery.send(hello, [BOB])
    await attempt(0).answer(OK)
    await clock.advance(TIMES.newcomer - 1)
    expect(delivery.openTo(COMER, 'general')).toEqual([hello])
    delivery.extend(hello.id, COMER)
    expect(tried()).toEqual(['bob:hello', 'carol:hello'])
    expect(delivery.waiting).toBe(1)
    await attempt(1).answer(OK)
    expect(receipts.map(told)).toEqual(['delivered 1/1', 'delivered 2/2'])
  })

  test('while it still waits for others', async () => {
    const { delivery, receipts, attempt } = setUp()
    const hello = message('hello')
    delivery.send(hello, [BOB])
    delivery.openTo(COMER, 'general')
    delivery.extend(hello.id, COMER)
    await attempt(1).answer(OK)
    await attempt(0).answer(OK)
    expect(receipts.map(told)).toEqual(['delivered 2/2'])
  })

  test.each<
    [name: string, said: Partial<ChatMessage> & Transit, to: readonly Peer[], wait: number, comer: Peer]
  >([
    ['after TIMES.newcomer', {}, [BOB], TIMES.newcomer, COMER],
    ['a recipient that comes again', {}, [COMER], 0, COMER],
    ['a recipient at another address', {}, [COMER], 0, { ...COMER, port: 9 }],
    ['a message in another channel', { channel: 'ops' }, [BOB], 0, COMER],
    ['a message to one peer', { channel: 'private' }, [BOB], 0, COMER],
    ['a message that is passed on', { hops: 1 }, [BOB], 0, COMER],
  ])('gets nothing: %s', async (_name, { hops, ...said }, to, wait, comer) => {
    const { clock, delivery } = setUp()
    delivery.send({ ...message('hello'), ...said }, to, hops)
    await clock.advance(wait)
    expect(delivery.openTo(comer, said.channel === 'private' ? 'private' : 'general')).toEqual([])
  })

  test('a message stays open as long as newcomers follow each other, and 5 s at most', async () => {
    const { clock, delivery } = setUp()
    delivery.send(message('hello'), [])
    const got: number[] = []
    for (let number = 0; number < 8; number++) {
      const comer = { ...CAROL, port: 7100 + number }
      for (const { id } of delivery.openTo(comer, 'general')) delivery.extend(id, comer)
      got.push(delivery.waiting)
      await clock.advance(900)
    }
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 6, 6])
  })

  test('gets half of what may wait for it, the newest', () => {
    const { delivery } = setUp()
    for (let number = 0; number < LIMITS.outbox; number++) delivery.send(message(String(number)), [])
    const open = delivery.openTo(COMER, 'general')
    expect(open.map(({ content }) => textOf(content))).toEqual(
      Array.from({ length: LIMITS.outbox / 2 }, (_each, index) => String(LIMITS.outbox / 2 + index)),
    )
  })

  test('closedToNewcomers() resolves when nothing is open any more', async () => {
    const { clock, delivery } = setUp()
    const isClosed = watch(delivery.closedToNewcomers())
    await turn()
    expect(isClosed()).toBe(true)
    delivery.send(message('hello'), [])
    const isClosedLater = watch(delivery.closedToNewcomers())
    await clock.advance(TIMES.newcomer - 1)
    expect(isClosedLater()).toBe(false)
    await clock.advance(1)
    expect(isClosedLater()).toBe(true)
  })
})

/** Whether a promise has been resolved. */
function watch(promise: Promise<unknown>): () => boolean {
  let isResolved = false
  void promise.then(() => {
    isResolved = true
  })
  return () => isResolved
}

describe('room for more', () => {
  const HALF = LIMITS.outbox / 2
  const PATIENCE = 10_000

  function fill({ delivery }: ReturnType<typeof setUp>, count: number, ...to: Peer[]): void {
    for (let number = 0; number < count; number++) delivery.send(message(String(number)), to)
  }

  test('is there until half of what may wait for one recipient waits, and again when it takes some', async () => {
    const world = setUp()
    const { delivery, attempt, clock } = world
    fill(world, HALF - 1, BOB, CAROL)
    const isRoom = watch(delivery.room(PATIENCE))
    await turn()
    expect(isRoom()).toBe(true)
    delivery.send(message('one more'), [BOB])
    const isRoomLater = watch(delivery.room(PATIENCE))
    await clock.advance(PATIENCE / 2)
    expect(isRoomLater()).toBe(false)
    await attempt(0).answer(OK)
    expect(isRoomLater()).toBe(true)
  })

  test('the bytes count as well', async () => {
    const { delivery, clock } = setUp()
    const text = 'x'.repeat(LIMITS.outboxBytes / 4)
    delivery.send(message(text), [BOB])
    delivery.send(message(text), [BOB])
    const isRoom = watch(delivery.room(PATIENCE))
    await clock.advance(PATIENCE - 1)
    expect(isRoom()).toBe(false)
  })

  test('a recipient that takes nothing is waited for once, and not again until it takes something', async () => {
    const world = setUp()
    const { delivery, attempt, clock } = world
    fill(world, HALF, BOB)
    const isRoom = watch(delivery.room(PATIENCE))
    await clock.advance(PATIENCE - 1)
    expect(isRoom()).toBe(false)
    await clock.advance(1)
    expect(isRoom()).toBe(true)
    fill(world, 2, BOB)
    const isRoomAgain = watch(delivery.room(PATIENCE))
    await turn()
    expect(isRoomAgain()).toBe(true)
    await attempt(0).answer(OK)
    const isRoomAfter = watch(delivery.room(PATIENCE))
    await turn()
    expect(isRoomAfter()).toBe(false)
  })

  test('a slow recipient is waited for as long as it goes on taking', async () => {
    const world = setUp()
    const { delivery, attempts, clock } = world
    fill(world, HALF + 20, BOB)
    const isRoom = watch(delivery.room(PATIENCE))
    for (let number = 0; number < 20; number++) {
      await clock.advance(PATIENCE - 1)
      expect(isRoom()).toBe(false)
      await attempts.at(-1)?.answer(OK)
    }
    await attempts.at(-1)?.answer(OK)
    expect(isRoom()).toBe(true)
  })

  test('a recipient that says for how long it is busy is given that time, once', async () => {
    const world = setUp()
    const { delivery, attempts, clock } = world
    fill(world, HALF, BOB)
    const isRoom = watch(delivery.room(100))
    await attempts.at(-1)?.answer({ ...BUSY, after: 1_000 })
    await clock.advance(1_000)
    expect(isRoom()).toBe(false)
    await attempts.at(-1)?.answer({ ...BUSY, after: 1_000 })
    await clock.advance(100)
    expect(isRoom()).toBe(true)
  })

  test('a recipient that leaves is not waited for, until it is back', async () => {
    const world = setUp()
    const { delivery } = world
    fill(world, HALF, BOB)
    const isRoom = watch(delivery.room(PATIENCE))
    await turn()
    expect(isRoom()).toBe(false)
    delivery.left(BOB)
    await turn()
    expect(isRoom()).toBe(true)
    delivery.wake(BOB)
    const isRoomAgain = watch(delivery.room(PATIENCE))
    await turn()
    expect(isRoomAgain()).toBe(false)
  })

  test('messages that waited before the start hold nothing up', async () => {
    const { delivery } = setUp()
    const unsettled = Array.from({ length: HALF }, (_each, seq) => ({
      ...{
        message: { ...message('old'), seq },
        recipients: 1,
        saidAt: 0,
        queuedAt: 0,
        waiting: [BOB],
        failed: [],
      },
    }))
    delivery.resume(unsettled)
    const isRoom = watch(delivery.room(PATIENCE))
    await turn()
    expect(isRoom()).toBe(true)
  })

  describe('a recipient that takes nothing and keeps writing is waited for no longer than others', () => {
    const NOT_JOINED: DeliveryResult = { ...REFUSED, isNotJoined: true }
    const UNHEARD = new Promise<DeliveryResult>(() => undefined)
    const CASES: [name: string, answer: DeliveryResult | undefined, extra: number][] = [
      ['it is not in the channel', NOT_JOINED, 0],
      ['it does not answer', undefined, 0],
      ['it is busy', BUSY, 0],
      ['it is busy for the next second, again and again', { ...BUSY, after: 1_000 }, 1_000],
      ['its connection ends', { ...BUSY, immediate: true }, 0],
      ['it acknowledges no datagram', { ok: true, later: UNHEARD }, 0],
    ]

    /** Lets time pass while Bob writes every half second and answers what it is sent; Carol takes every message. */
    async function pass(world: ReturnType<typeof setUp>, ms: number, answer: DeliveryResult | undefined) {
      const { attempts, clock, delivery } = world
      let answered = 0
      const answerAll = async (): Promise<void> => {
        for (; answered < attempts.length; answered++) {
          const { to, answer: judge } = world.attempt(answered)
          if (to === CAROL) await judge(OK)
          else if (answer !== undefined) await judge(answer)
        }
      }
      await answerAll()
      for (let passed = 0; passed < ms; passed += 500) {
        await clock.advance(500)
        delivery.wake(BOB)
        await answerAll()
      }
    }

    test.each(CASES)('room(): %s', async (_name, answer, extra) => {
      const world = setUp()
      fill(world, HALF, BOB, CAROL)
      const isRoom = watch(world.delivery.room(PATIENCE))
      await pass(world, PATIENCE - 500, answer)
      expect(isRoom()).toBe(false)
      await pass(world, 500 + extra, answer)
      expect(isRoom()).toBe(true)
      const isRoomAgain = watch(world.delivery.room(PATIENCE))
      await turn()
      expect(isRoomAgain()).toBe(true)
    })

    test.each(CASES)('drained(): %s', async (_name, answer, extra) => {
      const world = setUp()
      fill(world, 3, BOB, CAROL)
      const drained = world.delivery.drained(PATIENCE)
      const isOver = watch(drained)
      await pass(world, PATIENCE - 500, answer)
      expect(isOver()).toBe(false)
      await pass(world, 500 + extra, answer)
      expect(isOver()).toBe(true)
      expect(await drained).toBe(false)
    })
  })

  test('drained() waits for no message that is only passed on', async () => {
    const { delivery, attempt } = setUp()
    delivery.send(message('ours'), [CAROL])
    delivery.send(message('theirs'), [BOB], 1)
    const drained = delivery.drained(PATIENCE)
    const isOver = watch(drained)
    await attempt(0).answer(OK)
    expect([isOver(), delivery.waiting]).toEqual([true, 1])
    expect(await drained).toBe(true)
  })

  test('drained() waits as long as a recipient takes messages, and says whether all are delivered', async () => {
    const { delivery, attempt, clock } = setUp()
    for (const text of ['one', 'two', 'three']) delivery.send(message(text), [BOB])
    delivery.send(message('never'), [CAROL])
    await clock.advance(5_000)
    const drained = delivery.drained(PATIENCE)
    const isOver = watch(drained)
    await clock.advance(PATIENCE - 1)
    await attempt(0).answer(OK)
    await clock.advance(PATIENCE - 1)
    expect(isOver()).toBe(false)
    await attempt(2).answer(OK)
    await clock.advance(PATIENCE - 1)
    expect(isOver()).toBe(false)
    await clock.advance(1)
    expect(await drained).toBe(false)
    await attempt(3).answer(OK)
    const rest = delivery.drained(PATIENCE)
    await attempt(1).answer(OK)
    expect(await rest).toBe(true)
  })

  test('close() ends all waiting', async () => {
    const world = setUp()
    fill(world, HALF, BOB)
    const waits = [
      world.delivery.room(PATIENCE),
      world.delivery.drained(PATIENCE),
      world.delivery.closedToNewcomers(),
    ]
    world.delivery.close()
    await Promise.all(waits)
    expect(world.clock.due).toEqual([])
  })
})
