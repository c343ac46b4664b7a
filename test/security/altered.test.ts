/**
 * Copies of signed messages that are altered on their way, or belong elsewhere: however they come, none is kept as its
 * author's, and every genuine message is kept once, in order. With the real inbox, store, keys and signatures.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asContent, contentFrom, textOf } from '../../src/chat/content.ts'
import { ChatError } from '../../src/chat/errors.ts'
import { DIRECT } from '../../src/chat/model.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { CONTENT_TYPES, networkTag, signMessage } from '../../src/identity/message-signature.ts'
import { signatureOf } from '../../src/peer/messages/signatures/signed-form.ts'
import { BOB, incoming, startMessages } from '../peer/messages/support.ts'
import type { IncomingMessage } from '../../src/chat/wire/messages.ts'
import type { Entry } from '../../src/store/store.ts'

const author = new KeyPair(Buffer.alloc(32, 1))
const mallory = new KeyPair(Buffer.alloc(32, 2))
const ANYWHERE = '10.0.0.66'
const IDENTITY = '0123456789abcdef'
/** When the messages were said, by the clock of the author: Unix time in milliseconds. */
const SAID_AT = 1_763_771_000_000
const RUNS = 100
const COPIES = 100

type Genuine = IncomingMessage & {
  readonly id: string
  readonly seq: number
  readonly sentAt: number
  readonly signature: string
}

/** What the author said n-th, as another peer tells it. */
function genuine(number: number): Genuine {
  const base = {
    ...incoming(BOB, { text: `message ${number}`, channel: number % 3 === 0 ? 'ops' : 'general' }),
    id: `m${number}`,
    seq: SAID_AT * 1000 + number,
    sentAt: SAID_AT + number,
    key: author.id,
    identity: IDENTITY,
    hops: 1,
  }
  return { ...base, signature: signed(base) }
}

function signed({ id, channel, content, sentAt, seq }: Omit<Genuine, 'signature'>): string {
  const message = { id, from: { ...BOB, key: author.id }, channel, content, sentAt, seq }
  return signatureOf(message, { keys: author, networkTag: networkTag(undefined) }) ?? ''
}

/** The signature of the same words in another network. */
function signedElsewhere({ id, channel, content, sentAt, seq }: Genuine): string {
  const scope = { kind: 'channel', channel } as const
  const form = {
    author: author.id,
    scope,
    id,
    seq,
    sentAt,
    type: CONTENT_TYPES.text,
    content: textOf(content),
  }
  return signMessage(author, networkTag(Buffer.alloc(32, 9)), form).toString('base64url')
}

function withBit(signature: string, bit: number): string {
  const bytes = Buffer.from(signature, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return bytes.toString('base64url')
}

const letters = fc.string({ minLength: 1, maxLength: 8 })
/** What is different in a copy. */
const alteration: fc.Arbitrary<(message: Genuine) => Partial<IncomingMessage>> = fc.oneof(
  letters.map((more) => ({ content }: Genuine) => ({ content: asContent(textOf(content) + more) })),
  letters.map((text) => () => ({ content: asContent(text) })),
  fc.constant(({ content }: Genuine) => ({ content: contentFrom(textOf(content), 'action') })),
  fc.constant(({ channel }: Genuine) => ({ channel: channel === 'ops' ? 'general' : 'ops' })),
  fc.constantFrom('old', 'trip', 'elsewhere', DIRECT).map((channel) => () => ({ channel })),
  fc.nat(20).map((number) => ({ id }: Genuine) => ({ id: id === `m${number}` ? 'm99' : `m${number}` })),
  fc.constant(() => ({ id: undefined })),
  fc.integer({ min: 1, max: 1_000_000 }).map((more) => ({ seq }: Genuine) => ({ seq: seq + more })),
  fc.constantFrom(undefined, 1, Number.MAX_SAFE_INTEGER).map((seq) => () => ({ seq })),
  fc.integer({ min: 1, max: 1e9 }).map((more) => ({ sentAt }: Genuine) => ({ sentAt: sentAt - more })),
  fc.constant(() => ({ sentAt: undefined })),
  fc.nat(511).map((bit) => ({ signature }: Genuine) => ({ signature: withBit(signature, bit) })),
  fc.constant(() => ({ signature: undefined })),
  fc.constant((message: Genuine) => ({ signature: signedElsewhere(message) })),
  fc.nat(20).map((number) => ({ id, signature }: Genuine) => {
    const other = genuine(number)
    return { signature: other.id === id ? withBit(signature, 0) : other.signature }
  }),
  fc.constant(() => ({ key: undefined })),
  fc.constant((message: Genuine) => ({
    content: asContent('another word'),
    signature: mallory.sign(Buffer.from(message.id)).toString('base64url'),
  })),
)

const step = fc.record({
  number: fc.nat(20),
  alter: fc.option(alteration, { freq: 15, nil: undefined }),
  way: fc.constantFrom(
    'relayed',
    'relayed by mallory',
    'straight',
    'as if straight',
    'told',
    'told as if own',
  ),
  age: fc.constantFrom(0, 1_000, 3_600_000, 30 * 86_400_000),
})

type Way = 'relayed' | 'relayed by mallory' | 'straight' | 'as if straight' | 'told' | 'told as if own'

type Messages = Awaited<ReturnType<typeof startMessages>>

/** Brings a message in; what is refused is refused. */
function bring({ inbox }: Messages, message: IncomingMessage, way: Way): void {
  try {
    if (way === 'relayed') inbox.receive({ ...message, hops: 1 }, ANYWHERE)
    else if (way === 'relayed by mallory') inbox.receive({ ...message, hops: 1 }, ANYWHERE, mallory.id)
    else if (way === 'straight') inbox.receive({ ...message, hops: 0 }, BOB.ip)
    else if (way === 'as if straight') inbox.receive({ ...message, hops: 0 }, ANYWHERE, mallory.id)
    else if (way === 'told') inbox.receiveMissed({ ...message, hops: 1 }, ANYWHERE, 8_000)
    else inbox.receiveMissed({ ...message, hops: 0 }, ANYWHERE, 8_000, mallory.id)
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
  }
}

function ofAuthor({ store }: Messages): readonly Entry[] {
  return ['general', 'ops', 'old', 'trip', DIRECT, `@${author.id}`].flatMap((conversation) =>
    store.page(conversation, 1_000).entries.filter(({ message }) => message.from.key === author.id),
  )
}

function said({ message: { id, channel, content, sentAt, seq } }: Entry) {
  return { id, channel, content, sentAt, seq }
}

function isGenuine(entry: Entry): boolean {
  const number = Number(/^m(\d+)$/.exec(entry.message.id)?.[1])
  const { id, channel, content, sentAt, seq } = genuine(number)
  expect(said(entry)).toEqual({ id, channel, content, sentAt, seq })
  return true
}

test(`about ${RUNS * COPIES} altered copies, by every way`, async () => {
  let altered = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 2 * COPIES, size: 'max' }), async (steps) => {
      const messages = await startMessages()
      for (const { number, alter, way, age } of steps) {
        const message = { ...genuine(number), age }
        if (alter !== undefined) altered++
        bring(messages, alter === undefined ? message : { ...message, ...alter(message) }, way)
      }
      expect(ofAuthor(messages).every(isGenuine)).toBe(true)
      // In the end the author comes itself.
      for (let number = 0; number <= 20; number++)
        messages.inbox.receive({ ...genuine(number), hops: 0 }, BOB.ip, author.id)
      const kept = ofAuthor(messages)
      expect(kept.every(isGenuine)).toBe(true)
      for (const channel of ['general', 'ops'])
        expect(
          kept.filter(({ message }) => message.channel === channel).map(({ message }) => message.id),
        ).toEqual(
          Array.from({ length: 21 }, (_, number) => genuine(number))
            .filter((message) => message.channel === channel)
            .map(({ id }) => id),
        )
      expect(kept).toHaveLength(21)
      messages.store.close()
    }),
    { numRuns: RUNS },
  )
  expect(altered).toBeGreaterThan(0.5 * RUNS * COPIES)
})

test.each<[what: string, ahead: number, age: number, kept: number]>([
  ['as old as its author signed', 0, 30 * 86_400_000, 234_000],
  ['as old as its teller says, if that is less', 0, 60_000, 60_000],
  ['as old as its teller says, if the clock of its author is ahead', 86_400_000, 3_600_000, 3_600_000],
])('a signed message that a third peer tells is %s', async (_what, ahead, age, kept) => {
  const messages = await startMessages()
  const { store, clock, inbox } = messages
  const words = { ...genuine(1), sentAt: SAID_AT + ahead }
  inbox.receive({ ...words, signature: signed(words), age }, ANYWHERE)
  const [entry] = ofAuthor(messages)
  expect(clock.wall() - SAID_AT).toBe(234_000)
  expect(store.now() - (entry?.at ?? 0)).toBe(kept)
  store.close()
})
