/** Forged messages in the name of a peer with a key: none is kept as its own, and none replaces, hides or moves a genuine one. */
import { describe, expect, test } from 'vitest'
import { join } from 'node:path'
import { textOf } from '../../src/chat/content.ts'
import { json } from '../../src/http/router.ts'
import { eventsOf, fate, fileStore, knows, newSelf, startPeer, type Watched } from '../support/peers.ts'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { get } from '../support/ask.ts'
import { until } from '../support/wait.ts'
import { Attacker, HeldClock, kept, listening, type How } from './attacker.ts'
import type { Json } from '../support/ask.ts'
import type { Peer } from '../../src/chat/model.ts'

const YEAR = 31_536_000
const HOUR = 3_600_000
const TEXTS = ['one', 'two', 'three']

/** Texts under a key, in the order in which they are shown. */
function saidBy(key: string | undefined, watched: Watched, conversation = 'general'): string[] {
  return kept(watched, conversation)
    .filter(({ message }) => message.from.key === key)
    .map(({ message }) => textOf(message.content))
}

/** The same in the history that a peer tells to others. */
async function toldOf(key: string | undefined, { peer }: Watched): Promise<string[]> {
  const { json: answer } = await get(peer.self.port, '/p2p/history?channel=general&within=3600')
  return (answer['messages'] as { message: string; from: Peer }[])
    .filter(({ from }) => from.key === key)
    .map(({ message }) => message)
}

/** `from` of a message as the peer itself sends it: everybody may read these. */
function senderOf({ peer }: Watched): Peer & { readonly identity: string } {
  return { ...peer.self, identity: peer.identity }
}

/** What was said in a channel, as a member got it, with its signature. */
async function overheard(member: Watched, count: number): Promise<readonly Json[]> {
  await until(
    () => kept(member).filter(({ message }) => message.signature !== undefined).length === count,
    'signed',
  )
  return kept(member).map(({ message: { id, from, channel, content, sentAt, seq, signature } }) => ({
    id,
    from,
    channel,
    message: textOf(content),
    ts: sentAt / 1000,
    seq,
    signature,
  }))
}

type Forgery = readonly [what: string, how: How, status: number, forge: (genuine: Json) => object]

const FORGERIES: readonly Forgery[] = [
  ['another text', 'in clear', 200, (genuine) => ({ ...genuine, message: 'pay mallory' })],
  [
    'another text, over a connection of the attacker',
    'proved',
    403,
    (genuine) => ({ ...genuine, message: 'pay mallory' }),
  ],
  [
    'another text, as if relayed',
    'proved',
    200,
    (genuine) => ({ ...genuine, message: 'pay mallory', hops: 1 }),
  ],
  [
    'no signature, as if relayed',
    'proved',
    200,
    (genuine) => ({ ...genuine, signature: undefined, hops: 1 }),
  ],
  ['an age of a year', 'in clear', 200, (genuine) => ({ ...genuine, seq: undefined, age: YEAR - 100 })],
  [
    'an age of a year, with its signature',
    'proved',
    200,
    (genuine) => ({ ...genuine, hops: 1, age: YEAR - 100 }),
  ],
  ['another number', 'proved', 200, (genuine) => ({ ...genuine, hops: 1, seq: Number.MAX_SAFE_INTEGER })],
  ['another channel', 'in clear', 404, (genuine) => ({ ...genuine, channel: 'payments' })],
  [
    'another address',
    'in clear',
    200,
    (genuine) => ({
      ...genuine,
      from: { ...(genuine['from'] as Peer), port: 9_999 },
      message: 'pay mallory',
    }),
  ],
]

test.for(FORGERIES)(
  'a copy with %s comes first: what its author said is delivered and shown, in order',
  async ([, how, status, forge]) => {
    const clock = new HeldClock()
    const [ofBob, ofMallory, port] = [newSelf(), newSelf(), await freePort()]
    const first = await startPeer({ name: 'bob', secure: ofBob, port })
    const alice = await startPeer({ name: 'alice', clock, peers: [first.peer.address] })
    const mallory = await startPeer({ name: 'mallory', secure: ofMallory, peers: [alice.peer.address] })
    await knows(alice, 'general', ['bob', 'mallory'])
    await first.peer.close()

    const receipts = TEXTS.map((text) => alice.peer.say('general', text))
    const genuine = await overheard(mallory, TEXTS.length)
    clock.hold()
    const bob = await startPeer({ name: 'bob', secure: ofBob, port })
    const attacker = new Attacker(ofMallory)
    for (const message of genuine) expect(await attacker.posts(how, bob, forge(message))).toBe(status)
    clock.release()

    for (const receipt of receipts) expect(await fate(alice, receipt)).toBe('2/2')
    expect(saidBy(alice.peer.self.key, bob)).toEqual(TEXTS)
    const inTime = eventsOf(bob, 'message').filter(({ late }) => !late)
    expect(inTime.map(({ message }) => textOf(message.content))).toEqual(expect.arrayContaining(TEXTS))
    for (const { at, receivedAt, message } of kept(bob))
      if (message.from.key === alice.peer.self.key) expect(receivedAt - at).toBeLessThan(HOUR)
  },
)

test('a member that was away catches up on what was said, not on what was forged before it asked', async () => {
  const path = join(temporaryDirectory(), 'bob.db')
  const [ofBob, ofMallory] = [newSelf(), newSelf()]
  const alice = await startPeer({ name: 'alice' })
  const mallory = await startPeer({ name: 'mallory', secure: ofMallory, peers: [alice.peer.address] })
  await knows(alice, 'general', ['mallory'])
  for (const text of TEXTS) alice.peer.say('general', text)
  const genuine = await overheard(mallory, TEXTS.length)

  const first = await startPeer({ name: 'bob', secure: ofBob, store: await fileStore(path) })
  const attacker = new Attacker(ofMallory)
  for (const message of genuine) {
    expect(await attacker.inClear(first, '/p2p/receive', { ...message, message: 'pay mallory' })).toBe(200)
    await attacker.proved(first, '/p2p/receive', { ...message, age: YEAR - 100, hops: 1 })
  }
  await first.peer.close()
  const bob = await startPeer({
    name: 'bob',
    secure: ofBob,
    store: await fileStore(path),
    peers: [alice.peer.address],
  })
  await expect.poll(() => saidBy(alice.peer.self.key, bob)).toEqual(TEXTS)
})

describe("words in the victim's own mouth", () => {
  test('said to the victim: refused, or a word of a stranger', async () => {
    const alice = await startPeer({ name: 'alice' })
    const attacker = new Attacker()
    const own = senderOf(alice)
    const { key, identity, ...address } = own
    const forms = [
      own,
      { ...address, key },
      { ...address, identity },
      address,
      { ip: own.ip, port: own.port, key },
    ]
    for (const [index, from] of forms.entries()) {
      const words = { id: `w${index}`, from, channel: 'general', message: 'never said' }
      expect(await attacker.inClear(alice, '/p2p/receive', words)).toBe(403)
      expect(await attacker.proved(alice, '/p2p/receive', { ...words, hops: 1 })).toBe(403)
    }
    expect(kept(alice)).toEqual([])
    expect(await toldOf(key, alice)).toEqual([])
  })

  test('told when it catches up: nothing of its own, nor of a peer with a key', async () => {
    const bob = await startPeer({ name: 'bob' })
    const ofMallory = newSelf()
    const port = await freePort()
    const hello = () =>
      json(200, {
        app: 'parley',
        node: 'bad',
        ip: '127.0.0.1',
        port,
        name: 'mallory',
        key: ofMallory.keys.id,
        channels: ['general'],
      })
    let asked = 0
    const answers: Json[] = []
    await listening(
      {
        'GET /p2p/hello': hello,
        'POST /p2p/hello': hello,
        'GET /p2p/history': () => {
          asked++
          return json(200, { channel: 'general', messages: answers })
        },
      },
      { self: ofMallory, port },
    )
    const secure = newSelf()
    const alicePort = await freePort()
    const victims = [
      { ip: '127.0.0.1', port: alicePort, name: 'alice', key: secure.keys.id },
      { ip: '127.0.0.1', port: alicePort, name: 'alice' },
      senderOf(bob),
    ]
    for (const [index, from] of victims.entries())
      for (const hops of [0, 1])
        answers.push({
          id: `h${index}${hops}`,
          from,
          channel: 'general',
          message: 'never said',
          ts: 1_700_000_000,
          seq: 5,
          age: 1,
          hops,
          signature: ofMallory.keys.sign(Buffer.from('another text')).toString('base64url'),
        })
    answers.push({
      id: 'm',
      from: { ip: '127.0.0.1', port, name: 'mallory', key: ofMallory.keys.id },
      channel: 'general',
      message: 'my own word',
      ts: 1_700_000_000,
      age: 1,
    })
    const alice = await startPeer({
      name: 'alice',
      secure,
      port: alicePort,
      peers: [{ host: '127.0.0.1', port }, bob.peer.address],
    })
    await knows(alice, 'general', ['bob', 'mallory'])
    await expect.poll(() => saidBy(ofMallory.keys.id, alice)).toEqual(['my own word'])
    expect(asked).toBeGreaterThan(0)
    const { key } = alice.peer.self
    expect(saidBy(key, alice)).toEqual([])
    expect(saidBy(bob.peer.self.key, alice)).toEqual([])
    const isOwnAddress = ({ from }: { from: Peer }) => from.ip === '127.0.0.1' && from.port === alicePort
    expect(kept(alice).filter(({ own, message }) => own || isOwnAddress(message))).toEqual([])
    expect(await toldOf(key, alice)).toEqual([])
    expect(await toldOf(bob.peer.self.key, alice)).toEqual([])
  })
})

test('a message with a number far ahead and an age does not mute the peer that it names', async () => {
  const bob = await startPeer({ name: 'bob' })
  const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
  await knows(bob, 'general', ['alice'])
  const attacker = new Attacker()
  const bomb = {
    from: senderOf(alice),
    channel: 'general',
    message: '.',
    seq: Number.MAX_SAFE_INTEGER,
    age: 18_000,
  }
  expect(await attacker.inClear(bob, '/p2p/receive', { ...bomb, id: 'bomb1' })).toBe(200)
  expect(await attacker.proved(bob, '/p2p/receive', { ...bomb, id: 'bomb2', hops: 1 })).toBe(200)
  expect(await attacker.proved(bob, '/p2p/receive', { ...bomb, id: 'bomb3' })).toBe(403)
  expect(await fate(alice, alice.peer.say('general', 'FIRE'))).toBe('1/1')
  const last = kept(bob).at(-1)
  expect(last && textOf(last.message.content)).toBe('FIRE')
  expect(eventsOf(bob, 'message').at(-1)).toMatchObject({ late: false })
  await expect.poll(() => toldOf(alice.peer.self.key, bob)).toEqual(['FIRE'])
})
