/** Signatures: made off the way of a message, handed to its recipients, checked before a message is told on. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../../src/chat/limits.ts'
import { DIRECT, type ChatMessage } from '../../../../src/chat/model.ts'
import { Routes } from '../../../../src/peer/contacts/routes.ts'
import { SignatureCheck, signatureOf } from '../../../../src/peer/messages/signatures/signed-form.ts'
import { Signatures } from '../../../../src/peer/messages/signatures/signatures.ts'
import { Signer } from '../../../../src/peer/messages/signatures/signer.ts'
import { momentOf } from '../../../../src/chat/moment.ts'
import { systemClock } from '../../../../src/cli/system/clock.ts'
import { refusalOf } from '../../../chat/support.ts'
import { FakeClient } from '../../fake-client.ts'
import { KEYS_OF_SELF, membership, selfAt } from '../../parts.ts'
import { networkTag } from '../../../../src/identity/message-signature.ts'
import { messageRoutes, type MessageRoutesOptions } from '../../../../src/peer/messages/routes.ts'
import { Headers } from '../../../../src/http/headers.ts'
import { SecureSelf } from '../../../../src/secure/self.ts'
import { ManualClock } from '../../../support/clock.ts'
import { ALICE, BOB, eventsOf, knows, memoryStore, newSelf, startPeer } from '../../../support/peers.ts'
import { until } from '../../../support/wait.ts'
import type { Context, Request } from '../../../../src/http/message.ts'
import type { Quotas } from '../../../../src/peer/server/quotas.ts'
import type { Clock } from '../../../../src/chat/clock.ts'
import type { Entry } from '../../../../src/store/store.ts'

const AUTHOR = newSelf().keys
const OPEN = networkTag(undefined)
const OWN = { keys: AUTHOR, networkTag: OPEN }
const BOBS_KEY = newSelf().keys.id
const SAID: ChatMessage = {
  id: 'one',
  from: { ...ALICE, key: AUTHOR.id },
  channel: 'general',
  content: { kind: 'text', text: 'hello' },
  sentAt: 1_763_771_234_000,
  seq: 7,
}
const SIGNATURE = signatureOf(SAID, OWN) ?? ''

describe('a signature', () => {
  test.each<[name: string, change: Partial<ChatMessage>, holds: boolean]>([
    ['what was said', {}, true],
    ['the same, from another address and under another name', { from: { ...BOB, key: AUTHOR.id } }, true],
    ['another text', { content: { kind: 'text', text: 'hello!' } }, false],
    ['another kind', { content: { kind: 'action', text: 'hello' } }, false],
    ['another channel', { channel: 'ops' }, false],
    ['a direct message', { channel: DIRECT }, false],
    ['another id', { id: 'two' }, false],
    ['another place in the order', { seq: 8 }, false],
    ['another time', { sentAt: SAID.sentAt + 1 }, false],
  ])('holds for %s: %o', (_name, change, holds) => {
    expect(new SignatureCheck(OPEN).isBy(AUTHOR.id, { ...SAID, ...change }, SIGNATURE)).toBe(holds)
  })

  test('is of one network only', () => {
    const elsewhere = networkTag(Buffer.alloc(32, 1))
    const isBy = (network: Buffer, signature: string): boolean =>
      new SignatureCheck(network).isBy(AUTHOR.id, SAID, signature)
    const signature = signatureOf(SAID, { keys: AUTHOR, networkTag: elsewhere }) ?? ''
    expect([isBy(elsewhere, signature), isBy(OPEN, signature), isBy(elsewhere, SIGNATURE)]).toEqual([
      true,
      false,
      false,
    ])
  })

  test('is of one key only', () => {
    expect(new SignatureCheck(OPEN).isBy(BOBS_KEY, SAID, SIGNATURE)).toBe(false)
  })

  test.each<[name: string, change: Partial<ChatMessage>]>([
    ['a direct message', { channel: DIRECT }],
    ['too long an id', { id: 'ü'.repeat(128) }],
  ])('is not made for %s', (_name, change) => {
    expect(signatureOf({ ...SAID, ...change }, OWN)).toBeUndefined()
  })
})

describe('those of own messages', () => {
  function start() {
    const [clock, client] = [new ManualClock(), new FakeClient()]
    const kept: string[] = []
    const { channels } = membership(['ops'], ['closed'])
    /** How many signatures were made when a timer fired. */
    const turns: number[] = []
    const after: Clock['after'] = (ms, task) =>
      clock.after(ms, () => {
        turns.push(kept.length)
        task()
      })
    const timed: Clock = { now: () => clock.now(), wall: () => clock.wall(), after }
    const signer = new Signer({
      ...{ clock: timed, client, channels, routes: new Routes(), self: selfAt(ALICE) },
      store: { setSignature: (_sender, id) => kept.push(id) > 0 },
      delivery: { signed: () => undefined },
    })
    const say = (id: string, more: Partial<ChatMessage> = {}): void => {
      signer.said({ ...SAID, id, from: { ...ALICE, key: KEYS_OF_SELF.id }, ...more }, [
        { ...BOB, key: BOBS_KEY },
      ])
    }
    /** The ids of each request. */
    const sent = (): string[][] =>
      client.asked.map(({ request }) => {
        const { signatures } = JSON.parse(String(request.body)) as { signatures: { id: string }[] }
        return signatures.map(({ id }) => id)
      })
    return { clock, client, signer, kept, say, sent, turns }
  }

  test('follow their messages, together, over a connection that proves the recipient', async () => {
    const { clock, client, kept, say, sent } = start()
    say('one')
    say('two')
    expect([kept, sent()]).toEqual([[], []])
    await clock.advance(20)
    expect([kept, sent()]).toEqual([['one', 'two'], [['one', 'two']]])
    expect(client.asked[0]?.address).toEqual({ host: BOB.ip, port: BOB.port, key: BOBS_KEY })
    await client.answer(0, { status: 'ok' })
    await clock.advance(60_000)
    expect(sent()).toHaveLength(1)
  })

  test.each<[recipients: number, isSigned: boolean]>([
    [3, false],
    [4, true],
  ])('of a message to %i recipients leave with it: %s', (recipients, isSigned) => {
    const { signer } = start()
    const message = { ...SAID, from: { ...ALICE, key: KEYS_OF_SELF.id } }
    const to = Array.from({ length: recipients }, (_, index) => ({ ...BOB, port: 8_000 + index }))
    const { signature = '' } = signer.leaving(message, to)
    expect(signature !== '').toBe(isSigned)
    if (isSigned) expect(new SignatureCheck(OPEN).isBy(KEYS_OF_SELF.id, message, signature)).toBe(true)
    expect(signer.leaving({ ...message, channel: DIRECT }, to).signature).toBeUndefined()
    expect(signer.leaving({ ...message, channel: 'closed' }, to).signature).toBeUndefined()
  })

  test('are not made again for a message that left with its own', async () => {
    const { clock, kept, say, sent } = start()
    say('one', { signature: SIGNATURE })
    await clock.advance(2_000)
    expect([kept, sent()]).toEqual([[], []])
  })

  test('go to no program without a key, and belong to no direct message and no group', async () => {
    const { clock, signer, say, sent, kept } = start()
    signer.said(SAID, [BOB])
    say('dm', { channel: DIRECT })
    say('group', { channel: 'closed' })
    await clock.advance(20)
    expect([sent(), kept]).toEqual([[], ['one']])
  })

  test('wait for a recipient that does not answer, and are given up after four attempts', async () => {
    const { clock, client, say, sent } = start()
    say('one')
    await clock.advance(20)
    for (let attempt = 0; attempt < 4; attempt++) {
      await client.refuse(attempt)
      await clock.advance(20_000)
    }
    expect(sent()).toEqual([['one'], ['one'], ['one'], ['one']])
  })

  test('are handed over once a second while many messages are said', async () => {
    const { clock, client, say, sent } = start()
    for (let id = 0; id < 30; id++) {
      say(String(id))
      await clock.advance(100)
      for (let index = 0; index < sent().length; index++) await client.answer(index, { status: 'ok' })
    }
    expect(sent()).toHaveLength(3)
    expect(sent().flat()).toHaveLength(21)
  })

  test('are made in slices, between which the peer does other work', async () => {
    const { clock, kept, say, turns } = start()
    for (let id = 0; id < 30; id++) say(String(id))
    await clock.advance(20)
    expect(kept).toHaveLength(30)
    expect(turns).toEqual([0, 4, 8, 12, 16, 20, 24, 28])
  })

  test('are handed over by a peer that leaves, which waits half a second for a recipient that does not answer', async () => {
    const { clock, client, signer, say, sent } = start()
    say('one')
    const gone: string[] = []
    const stopped = signer.stop().then(() => gone.push('gone'))
    await clock.advance(0)
    expect([sent(), gone]).toEqual([[['one']], []])
    await clock.advance(500)
    await stopped
    expect(gone).toEqual(['gone'])
    await client.answer(0, { status: 'ok' })
  })

  test('are at most 32 in a request, and 1024 for one recipient, the newest', async () => {
    const { clock, client, say, sent } = start()
    const ids = Array.from({ length: 1_100 }, (_, index) => String(index))
    for (const id of ids) say(id)
    await clock.advance(1_000)
    for (let index = 0; index < 32; index++) await client.answer(index, { status: 'ok' })
    expect(sent().map(({ length }) => length)).toEqual(Array.from({ length: 32 }, () => 32))
    expect(sent().flat()).toEqual(ids.slice(-1_024))
  })
})

describe('those of others', () => {
  function start(kept: Partial<ChatMessage> = {}, isHeld = true) {
    const noted: string[] = []
    const relayed: string[] = []
    let here: ChatMessage = { ...SAID, ...kept }
    const isHere = { value: true }
    const signatures = new Signatures({
      store: {
        message: (sender, id) =>
          isHere.value && sender === AUTHOR.id && id === here.id ? ({ message: here } as Entry) : undefined,
        setSignature: (sender, id, signature) => {
          const isNew = isHere.value && sender === AUTHOR.id && id === here.id && here.signature === undefined
          if (!isNew) return false
          here = { ...here, signature }
          noted.push(id)
          return true
        },
      },
      relay: { holds: () => isHeld, signed: ({ id }) => relayed.push(id) },
      self: OWN,
    })
    return { signatures, noted, relayed, isHere }
  }

  test.each<
    [
      name: string,
      kept: Partial<ChatMessage>,
      id: string,
      signature: string,
      noted: readonly string[],
      relayed: readonly string[],
    ]
  >([
    ['fits', {}, 'one', SIGNATURE, ['one'], ['one']],
    ['is for an unknown message', {}, 'two', SIGNATURE, [], []],
    ['is no base64url', {}, 'one', '!'.repeat(86), [], []],
    ['is too short', {}, 'one', SIGNATURE.slice(1), [], []],
    [
      'is there already, for a message that is held still',
      { signature: SIGNATURE },
      'one',
      SIGNATURE,
      [],
      ['one'],
    ],
  ])('one that %s', (_name, kept, id, signature, ...expected) => {
    const { signatures, noted, relayed } = start(kept)
    signatures.take({ signatures: [{ id, signature }] }, AUTHOR.id)
    expect([noted, relayed]).toEqual(expected)
  })

  test.each<[name: string, signature: string, author: typeof BOBS_KEY, noted: string[]]>([
    ['is noted when its message comes', SIGNATURE, AUTHOR.id, ['one']],
    ['is not noted when the message is of another author', SIGNATURE, BOBS_KEY, []],
  ])('one that comes before its message %s', (_name, signature, author, expected) => {
    const { signatures, noted, relayed, isHere } = start()
    isHere.value = false
    signatures.take({ signatures: [{ id: 'one', signature }] }, author)
    isHere.value = true
    signatures.arrived(AUTHOR.id, 'one')
    signatures.arrived(AUTHOR.id, 'one')
    expect([noted, relayed]).toEqual([expected, expected])
  })

  test('one whose message waits for no signature is noted, and relayed by nobody', () => {
    const { signatures, noted, relayed } = start({}, false)
    signatures.take({ signatures: [{ id: 'one', signature: SIGNATURE }] }, AUTHOR.id)
    expect([noted, relayed]).toEqual([['one'], []])
  })

  test('one of another author is not noted', () => {
    const { signatures, noted } = start()
    signatures.take({ signatures: [{ id: 'one', signature: SIGNATURE }] }, BOBS_KEY)
    expect(noted).toEqual([])
  })

  test.each<[name: string, body: Record<string, unknown>, status: number]>([
    ['no list', {}, 400],
    ['a text', { signatures: 'x' }, 400],
    ['one over the limit', { signatures: Array.from({ length: LIMITS.signatures + 1 }, () => ({})) }, 413],
  ])('%s is refused', (_name, body, status) => {
    expect(
      refusalOf(() => {
        start().signatures.take(body, AUTHOR.id)
      }),
    ).toMatchObject({ status, field: 'signatures' })
  })

  test('as many as the limit are read', () => {
    const { signatures, noted } = start()
    const others = Array.from({ length: LIMITS.signatures - 1 }, () => ({}))
    signatures.take({ signatures: [...others, { id: 'one', signature: SIGNATURE }] }, AUTHOR.id)
    expect(noted).toEqual(['one'])
  })

  test('what cannot be read is left out', () => {
    const { signatures, noted } = start()
    const list = [null, 1, {}, { id: 1, signature: SIGNATURE }, { id: 'one', signature: SIGNATURE }]
    signatures.take({ signatures: list }, AUTHOR.id)
    expect(noted).toEqual(['one'])
  })
})

test.each([
  [0, 1],
  [32, 1],
  [33, 2],
  [LIMITS.signatures, 8],
  [LIMITS.signatures + 1, 8],
])('%i in a request cost their host as much as %i messages', async (count, messages) => {
  let spent = 0
  const quotas: Pick<Quotas, 'consume'> = {
    consume: (kind, _host, cost) => {
      spent += kind === 'messages' ? (cost ?? 1) : 0
    },
  }
  const unused = {} as Omit<MessageRoutesOptions, 'quotas' | 'signatures' | 'store'>
  const store = { saved: () => Promise.resolve() }
  const signatures = { take: () => undefined, arrived: () => undefined }
  const routes = messageRoutes({ ...unused, quotas, signatures, store })
  const body = Buffer.from(JSON.stringify({ signatures: Array.from({ length: count }, () => ({})) }))
  const headers = Headers.none
  const at = { host: '10.0.0.5', port: 8000 }
  const signal = new AbortController().signal
  const context: Context = { signal, remote: at, local: at, peer: { kind: 'peer', id: AUTHOR.id } }
  await routes['POST /p2p/signatures']?.({ body, headers } as Request, context)
  expect(spent).toBe(messages)
})

test('who comes later is told what was said, by its author, although the author has left', async () => {
  const bob = await startPeer({ name: 'bob' })
  const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
  await knows(alice, 'general', ['bob'])
  alice.peer.say('general', 'hello')
  const signed = (): boolean =>
    bob.peer.history('general', 10).entries.some(({ message }) => message.signature !== undefined)
  await until(signed, 'bob has the signature')
  const key = alice.peer.self.key
  await alice.peer.close()
  const carol = await startPeer({ name: 'carol', peers: [bob.peer.address] })
  await until(() => carol.heard().length > 0, 'carol is told')
  expect(eventsOf(carol, 'message')).toMatchObject([
    {
      message: { from: { name: 'alice', key }, content: { text: 'hello' } },
      proof: 'signed',
      caughtUp: true,
    },
  ])
})

test('an own message that left without its signature is signed when it is told, for those who have it, too', async () => {
  const [message, moment] = [{ ...SAID, sentAt: Date.now() }, momentOf(systemClock)]
  const aliceStore = await memoryStore()
  aliceStore.add({ message, conversation: 'general', ...moment, own: true })
  const bobStore = await memoryStore()
  bobStore.add({ message, conversation: 'general', ...moment, own: false, hops: 0, proof: 'direct' })
  const secure = new SecureSelf({ keys: AUTHOR, kind: 'peer', random: randomBytes })
  const alice = await startPeer({ name: 'alice', secure, store: aliceStore })
  await startPeer({ name: 'bob', store: bobStore, peers: [alice.peer.address] })
  await until(() => bobStore.message(AUTHOR.id, message.id)?.message.signature !== undefined, 'bob has it')
  const { signature = '' } = bobStore.message(AUTHOR.id, message.id)?.message ?? {}
  expect(new SignatureCheck(OPEN).isBy(AUTHOR.id, message, signature)).toBe(true)
  expect(aliceStore.message(AUTHOR.id, message.id)?.message.signature).toBe(signature)
})
