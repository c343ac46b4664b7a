/** Lines of a pipe to recipients that are fast, slow, stuck or gone: none is lost, and few wait at a time. */
import { textOf } from '../../../../src/chat/content.ts'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../../src/chat/limits.ts'
import { RateLimit } from '../../../../src/chat/rate-limit.ts'
import { Lines } from '../../../../src/cli/chat/pipes/lines.ts'
import { undeliveredSentences } from '../../../../src/cli/chat/pipes/pipe-summary.ts'
import { sayLines, type Said, type SayOptions } from '../../../../src/cli/chat/pipes/say-lines.ts'
import { ChatSession } from '../../../../src/cli/chat/session.ts'
import { plain } from '../../../../src/cli/terminal/style.ts'
import { Delivery } from '../../../../src/peer/messages/delivery/delivery.ts'
import type { DeliveryResult } from '../../../../src/peer/messages/delivery/delivery-result.ts'
import { ManualClock } from '../../../support/clock.ts'
import { quietly, transportBy } from '../../../peer/parts.ts'
import { ALICE, BOB, CAROL, FakeChat, messageOf } from '../../fake-chat.ts'
import type { Peer, Receipt } from '../../../../src/chat/model.ts'

const TIMEOUT = 10_000
const OK: DeliveryResult = { ok: true }

/** The results of a recipient; undefined while it does not answer. */
type Take = (texts: readonly string[], now: number) => readonly DeliveryResult[] | undefined

/** Takes as many messages of one host as a peer does. */
function limited(): Take {
  const limit = new RateLimit(LIMITS.messages)
  return (texts, now) => {
    const wait = limit.take('alice', now, texts.length)
    if (wait === 0) return texts.map(() => OK)
    const after = 1_000 * Math.ceil(wait / 1_000)
    return [{ ok: false, final: false, reason: 'refused with 429', after }]
  }
}

const never: Take = () => undefined
const always: Take = (texts) => texts.map(() => OK)

interface Recipient {
  readonly peer: Peer
  readonly take: Take
  readonly got: string[]
}

/** A chat whose messages go through a delivery to recipients that do what a test wants. */
class SpokenChat extends FakeChat {
  readonly clock = new ManualClock()
  readonly recipients: readonly Recipient[]
  readonly delivery: Delivery
  onReceipt: (receipt: Receipt) => void = () => undefined
  /** The most that ever waited for one recipient. */
  most = 0
  #said = 0

  constructor(recipients: readonly Recipient[]) {
    super()
    this.recipients = recipients
    this.others.set(
      'general',
      recipients.map(({ peer }) => peer),
    )
    this.delivery = new Delivery({
      clock: this.clock,
      random: () => 0.5,
      transport: transportBy(
        async (to, sent) => {
          const texts = sent.map(({ message }) => textOf(message.content))
          const recipient = recipients.find(({ peer }) => peer.port === to.port)
          const results = recipient?.take(texts, this.clock.now())
          if (recipient === undefined || results === undefined) return new Promise(() => undefined)
          await new Promise((resolve) => setImmediate(resolve))
          recipient.got.push(...texts.filter((_text, index) => results[index]?.ok === true))
          return results
        },
        () => true,
      ),
      store: quietly().store,
      events: {
        emit: (event) => {
          if (event.kind === 'receipt') this.onReceipt(event.receipt)
        },
      },
    })
  }

  override say(channel: string, text: string): Receipt {
    const message = messageOf(ALICE, text, { id: `m-${++this.#said}`, channel })
    const receipt = this.delivery.send(message, this.members(channel))
    this.most = Math.max(this.most, this.delivery.waiting)
    return receipt
  }

  remembers(): boolean {
    return false
  }

  get waiting(): number {
    return this.delivery.waiting
  }

  room(patience: number): Promise<void> {
    return this.delivery.room(patience)
  }

  async drained(patience: number): Promise<boolean> {
    await this.delivery.closedToNewcomers()
    return this.delivery.drained(patience)
  }
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_line, index) => `line ${index + 1}`)
}

/** Sends all lines while time goes on. */
async function say(chat: SpokenChat, text: string, more: Partial<SayOptions> = {}) {
  const problems: string[] = []
  const quitting = new AbortController()
  const session = new ChatSession({
    chat,
    view: {
      print: () => undefined,
      note: () => undefined,
      problem: (sentence) => {
        problems.push(sentence)
      },
      showChannel: () => undefined,
      quit: () => {
        quitting.abort()
      },
    },
    style: plain,
    clock: chat.clock,
    random: () => 0.5,
    verbose: false,
    echo: false,
    quiet: false,
    summarizes: true,
    readFile: () => Promise.reject(new Error('no files here')),
  })
  chat.onReceipt = (receipt) => {
    session.show({ kind: 'receipt', receipt })
  }
  const lines = new Lines(Readable.from([text], { objectMode: false }))
  let said: Said | undefined
  const saying = sayLines({
    lines,
    session,
    peer: chat,
    limit: TIMEOUT,
    isText: false,
    quitting: quitting.signal,
    ...more,
  })
  void saying.then((result) => {
    said = result
  })
  while (said === undefined) await chat.clock.advance(20)
  return { ...(await saying), problems, session, lines }
}

function recipient(peer: Peer, take: Take): Recipient {
  return { peer, take, got: [] }
}

describe('a pipe that is faster than its recipients', () => {
  test('6000 lines to a peer of another host, which takes 200 a second: all of them, in order', async () => {
    const bob = recipient(BOB, limited())
    const chat = new SpokenChat([bob])
    const lines = numbered(6_000)
    const { status, count, problems } = await say(chat, lines.join('\n'))
    expect({ status, count, problems }).toEqual({ status: 0, count: 6_000, problems: [] })
    expect(bob.got).toEqual(lines)
    expect(chat.most).toBeLessThanOrEqual(LIMITS.outbox / 2)
  })

  test('long lines wait by their bytes', async () => {
    const bob = recipient(BOB, limited())
    const chat = new SpokenChat([bob])
    const lines = numbered(600).map((line) => line.padEnd(4_000, 'x'))
    const { status } = await say(chat, lines.join('\n'))
    expect(status).toBe(0)
    expect(bob.got).toEqual(lines)
    expect(chat.most * 4_000).toBeLessThanOrEqual(LIMITS.outboxBytes)
  })

  test('a recipient that is stuck delays the others once, and is reported at the end', async () => {
    const [bob, carol] = [recipient(BOB, always), recipient(CAROL, never)]
    const chat = new SpokenChat([bob, carol])
    const lines = numbered(3_000)
    const begin = chat.clock.now()
    const { status, problems, session } = await say(chat, lines.join('\n'))
    expect(bob.got).toEqual(lines)
    expect(status).toBe(3)
    expect(chat.clock.now() - begin).toBeLessThan(3 * TIMEOUT)
    expect(problems).toEqual(['✗ not delivered to carol: too many messages wait for this peer'])
    expect(session.summary.repeated).toEqual([
      '2000 messages were not delivered to carol: too many messages wait for this peer',
    ])
    expect(chat.waiting).toBe(LIMITS.outbox)
  })

  test('a recipient that leaves is waited for once; the lines after it go to those who are there', async () => {
    const [bob, carol] = [recipient(BOB, always), recipient(CAROL, never)]
    const chat = new SpokenChat([bob, carol])
    chat.clock.after(TIMEOUT / 2, () => {
      chat.others.set('general', [BOB])
    })
    const lines = numbered(3_000)
    const { status, problems, session } = await say(chat, lines.join('\n'))
    expect(bob.got).toEqual(lines)
    expect({ status, problems, repeated: session.summary.repeated }).toEqual({
      status: 3,
      problems: [],
      repeated: [],
    })
    expect(chat.waiting).toBeLessThanOrEqual(LIMITS.outbox / 2 + 1)
  })

  test('a peer that comes just after the last line gets it before the pipe ends', async () => {
    const [bob, carol] = [recipient(BOB, always), recipient(CAROL, always)]
    const chat = new SpokenChat([bob, carol])
    chat.others.set('general', [BOB])
    chat.clock.after(500, () => {
      for (const { id } of chat.delivery.openTo(CAROL, 'general')) chat.delivery.extend(id, CAROL)
    })
    const { status } = await say(chat, 'hello\n')
    expect({ status, got: carol.got }).toEqual({ status: 0, got: ['hello'] })
  })
})

describe('lines', () => {
  test('commands stay commands, and --text makes every line text', async () => {
    const input = '/me waves\n//slash\n#ops there\n\nLIST\n'
    const bob = recipient(BOB, always)
    const chat = new SpokenChat([bob])
    chat.others.set('ops', [BOB])
    expect((await say(chat, input)).status).toBe(0)
    expect(bob.got).toEqual(['waves', '/slash', 'there'])
    const all = recipient(BOB, always)
    expect((await say(new SpokenChat([all]), input, { isText: true })).status).toBe(0)
    expect(all.got).toEqual(['/me waves', '//slash', '#ops there', 'LIST'])
  })

  test('a line that is too long is reported by its number and not sent, and the status is 1', async () => {
    const bob = recipient(BOB, always)
    const { status, problems } = await say(new SpokenChat([bob]), `a\n${'x'.repeat(10_000)}\nb\n`)
    expect({ status, got: bob.got }).toEqual({ status: 1, got: ['a', 'b'] })
    expect(problems).toEqual(['-- line 2 was not sent: a message must have at most 4096 characters'])
  })

  test('after /quit no line is sent, and the rest is counted', async () => {
    const bob = recipient(BOB, always)
    const { status, count, lines } = await say(new SpokenChat([bob]), 'a\n/quit\nb\nc\n')
    expect({ status, count, got: bob.got, left: lines.left }).toEqual({
      status: 0,
      count: 2,
      got: ['a'],
      left: { lines: 2, isEnded: false },
    })
  })

  test.each<[name: string, storage: { directory: string | undefined; history: boolean }, sentence: string]>([
    [
      'a directory',
      { directory: '/d', history: true },
      'nobody was there within 10 s for 2 messages; they are kept in /d, and others can read them only while a peer with this directory is in the channel',
    ],
    [
      'a directory without a history',
      { directory: '/d', history: false },
      'nobody was there within 10 s for 2 messages; nobody has them, and they are not kept',
    ],
    [
      'no directory',
      { directory: undefined, history: true },
      'nobody was there within 10 s for 2 messages; nobody has them, and they are not kept',
    ],
  ])('without a recipient: the sentence is true, with %s', async (_name, storage, sentence) => {
    const chat = new SpokenChat([])
    const { status, session } = await say(chat, 'a\nb\n', { limit: 30 })
    expect(status).toBe(3)
    const peer = { waiting: 0, unsettled: () => [] }
    expect(undeliveredSentences({ peer, summary: session.summary, timeout: 10, storage })).toEqual([sentence])
  })

  test.each([
    [
      '/d',
      '2 messages were not delivered to bob, carol within 10 s; they wait in /d, to be tried again when a peer with this directory runs',
    ],
    [undefined, '2 messages were not delivered to bob, carol within 10 s; they are given up'],
  ])('for recipients that did not take them, kept in %s', async (directory, sentence) => {
    const chat = new SpokenChat([recipient(BOB, never), recipient(CAROL, never)])
    const { status, session } = await say(chat, 'a\nb\n')
    expect(status).toBe(3)
    const waiting = { recipients: 2, saidAt: 0, queuedAt: 0, waiting: [BOB, CAROL], failed: [] }
    const peer = {
      waiting: chat.waiting,
      unsettled: () => ['a', 'b'].map((text) => ({ ...waiting, message: messageOf(ALICE, text) })),
    }
    const storage = { directory, history: true }
    expect(undeliveredSentences({ peer, summary: session.summary, timeout: 10, storage })).toEqual([sentence])
  })
})
