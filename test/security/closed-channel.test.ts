/**
 * What strangers and removed members get of a closed channel: nothing. Each attack is made on real connections, whose
 * handshake the attacker makes itself.
 */
import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ClientError } from '../../src/http/client-connection.ts'
import { Client, type Entrance } from '../../src/http/client.ts'
import {
  firstEpoch,
  membershipProof,
  nextEpoch,
  removalOf,
  type Epoch,
} from '../../src/identity/closed-channel.ts'
import { isKeyId, type KeyId } from '../../src/identity/public-key.ts'
import { LIMITS } from '../../src/chat/limits.ts'
import { epochIn } from '../../src/chat/wire/closed.ts'
import { isObject } from '../../src/chat/wire/fields.ts'
import { anyJson } from '../../src/chat/wire/json.ts'
import { getRequest, postRequest } from '../../src/peer/self/requests.ts'
import { connectorOf } from '../../src/secure/initiator.ts'
import { eventsOf, memoryStore, newSelf, startPeer, type Watched } from '../support/peers.ts'
import { get, post } from '../support/ask.ts'
import { until } from '../support/wait.ts'
import type { SecureSelf } from '../../src/secure/self.ts'
import type { Store } from '../../src/store/store.ts'

interface Heard {
  readonly status: number
  readonly text: string
}

type Asking = (target: string, fields?: object) => Promise<Heard>

/** Does something on a new connection to a peer, on which both keys are proved, and ends it. */
async function onConnection<Result>(
  self: SecureSelf,
  to: Watched,
  work: (ask: Asking, binding: Buffer) => Promise<Result>,
): Promise<Result> {
  const { port, key } = to.peer.self
  let done: Promise<Result> | undefined
  const admit = async (_target: unknown, { binding, ask }: Entrance): Promise<void> => {
    const asking: Asking = async (target, fields) => {
      const request = fields === undefined ? getRequest(target) : postRequest(target, JSON.stringify(fields))
      const { status, body } = await ask(request)
      return { status, text: body.toString() }
    }
    done = work(asking, binding)
    await done
    throw new ClientError('closed', 'the work is done')
  }
  const client = new Client({ secure: connectorOf(self), admit })
  const target = { host: '127.0.0.1', port, ...(key === undefined ? {} : { key }), room: 'any' }
  await client.request(target, { method: 'GET', target: '/' }).catch(() => undefined)
  client.close()
  if (done === undefined) throw new Error('there was no connection')
  return done
}

const keyOf = ({ peer }: Watched): KeyId => {
  const { key = '' } = peer.self
  if (!isKeyId(key)) throw new Error('a peer without a key')
  return key
}

const PROVE = '/p2p/closed/prove'
const MEMBERS = '/p2p/closed/members'
const said = { message: 'let me in', kind: undefined, seq: 1 }

let alice: Watched
let bob: Watched
let stores: Map<string, Store>
let selves: Map<string, SecureSelf>

/** Alice's channel, as Bob has kept it. */
const epochOf = (name: string): Epoch => {
  const kept = stores.get(name)?.closed.all[0]
  const detail = anyJson(kept?.detail ?? '')
  const epoch = isObject(detail) ? epochIn(detail['epoch']) : undefined
  if (epoch === undefined) throw new Error('there is no channel')
  return epoch
}

async function start(name: string, others: readonly Watched[]): Promise<Watched> {
  const [store, secure] = [await memoryStore(), newSelf()]
  stores.set(name, store)
  selves.set(name, secure)
  const peers = others.map(({ peer }) => ({ host: '127.0.0.1', port: peer.self.port }))
  return startPeer({ name, store, secure, peers })
}

beforeEach(async () => {
  stores = new Map()
  selves = new Map()
  alice = await start('alice', [])
  bob = await start('bob', [alice])
  await until(() => alice.peer.members('general').length === 1, 'alice knows bob')
  alice.peer.createClosed('ops')
  alice.peer.invite('!ops', alice.peer.find('bob'))
  await until(() => bob.peer.closedChannels().length === 1, 'bob is invited')
  await bob.peer.join('!ops')
  await until(() => alice.peer.members('!ops').length === 1, 'bob is there')
  alice.peer.say('!ops', 'the plan is xyzzy')
  await until(() => bob.heard().length === 1, 'bob has heard it')
})

/** What this peer tells on this connection, all in one text. */
async function everything(ask: Asking, id: string): Promise<string> {
  const answers = [
    await ask(`/p2p/history?closed=${id}`),
    await ask('/p2p/history?channel=!ops'),
    await ask('/p2p/hello'),
    await ask(MEMBERS, {}),
    await ask('/p2p/receive', { ...said, closed: { id, epoch: 2 }, from: { ip: '127.0.0.1', port: 1 } }),
  ]
  return answers.map(({ status, text }) => `${status} ${text}`).join('\n')
}

/** Nothing of the channel is in it. `Alice` and her address are in every hello. */
function expectNothing(text: string, { id, secret, random }: Epoch): void {
  for (const word of ['xyzzy', 'ops', id, secret, random, keyOf(bob), '"people"'])
    expect(text).not.toContain(word)
  expect(text.split('\n').filter((line) => line.startsWith('200')).length).toBe(1)
}

describe('a stranger with a key', () => {
  test('gets nothing by asking, and is heard nowhere', async () => {
    const stranger = newSelf()
    const epoch = epochOf('alice')
    const text = await onConnection(stranger, alice, (ask) => everything(ask, epoch.id))
    expectNothing(text, epoch)
    expect(alice.heard()).toEqual([])
  })

  test('that knows the whole epoch, with its secret, proves nothing: it is not in it', async () => {
    const stranger = newSelf()
    const epoch = epochOf('bob')
    const text = await onConnection(stranger, alice, async (ask, hash) => {
      const proof = membershipProof(epoch, 'initiator', {
        hash,
        initiator: stranger.keys.id,
        responder: keyOf(alice),
      })
      const proved = await ask(PROVE, { proof: proof.toString('base64url') })
      const given = await ask('/p2p/closed/epoch', { epoch })
      expect([proved.status, given.status]).toEqual([404, 404])
      return `${await everything(ask, epoch.id)}\n${proved.text}\n${given.text}`
    })
    expectNothing(text, epoch)
  })

  test('that signs an epoch of its own for that channel changes nothing', async () => {
    const stranger = newSelf()
    const epoch = epochOf('bob')
    const mine = firstEpoch(stranger.keys, {
      name: 'ops',
      random: randomBytes(16),
      secret: randomBytes(32),
      at: 1,
    })
    const added = nextEpoch(
      stranger.keys,
      { ...epoch },
      { add: stranger.keys.id },
      { secret: randomBytes(32), at: 1, most: 64 },
    )
    const invites = nextEpoch(
      stranger.keys,
      mine,
      { add: keyOf(alice) },
      { secret: randomBytes(32), at: 1, most: 64 },
    )
    const statuses = await onConnection(stranger, alice, async (ask) => {
      const all = [added, { ...invites, id: epoch.id }, { ...added, creator: stranger.keys.id }]
      return Promise.all(all.map(async (each) => (await ask('/p2p/closed/epoch', { epoch: each })).status))
    })
    expect(statuses).toEqual([404, 404, 404])
    expect(alice.peer.closed('!ops').people).toHaveLength(2)
    expect(epochOf('alice')).toEqual(epoch)
  })
})

test('an ignored person is answered like everybody, and its invitation is dropped', async () => {
  const stranger = newSelf()
  const mine = firstEpoch(stranger.keys, {
    name: 'x',
    random: randomBytes(16),
    secret: randomBytes(32),
    at: 1,
  })
  const more = { secret: randomBytes(32), at: 1, most: 64 }
  const invitation = nextEpoch(stranger.keys, mine, { add: keyOf(alice) }, more)
  const invited = async (epoch: Epoch): Promise<Heard> =>
    onConnection(stranger, alice, (ask) => ask('/p2p/closed/epoch', { epoch }))
  alice.peer.hush(stranger.keys.id, 'ignore')
  const unheard = [await invited({ ...invitation, name: 'y' }), await invited(invitation)]
  expect(alice.peer.closedChannels()).toHaveLength(1)
  alice.peer.unhush(stranger.keys.id, 'ignore')
  expect(unheard).toEqual([await invited({ ...invitation, name: 'y' }), await invited(invitation)])
  expect(alice.peer.closedChannels()).toHaveLength(2)
})

test.each(['epochs and their end', 'more invitations than there is room for'])(
  'an ignored person is answered like everybody, whatever it brings: %s',
  async (what) => {
    const more = () => ({ secret: randomBytes(32), at: 1, most: 64 })
    const answersTo = async (stranger: SecureSelf): Promise<readonly string[]> => {
      const invitation = (): Epoch => {
        const mine = { name: 'x', random: randomBytes(16), secret: randomBytes(32), at: 1 }
        return nextEpoch(stranger.keys, firstEpoch(stranger.keys, mine), { add: keyOf(alice) }, more())
      }
      const [second, many] = [invitation(), Array.from({ length: LIMITS.closedInvitations + 1 }, invitation)]
      const third = nextEpoch(stranger.keys, second, { add: newSelf().keys.id }, more())
      const fourth = nextEpoch(stranger.keys, third, { remove: keyOf(alice) }, more())
      const fifth = nextEpoch(stranger.keys, fourth, { add: keyOf(alice) }, more())
      const removal = removalOf(fourth, keyOf(alice))
      return onConnection(stranger, alice, async (ask) => {
        const heard: string[] = []
        const note = async (target: string, fields: object): Promise<void> => {
          const { status, text } = await ask(target, fields)
          const { error, state } = JSON.parse(text) as Readonly<Record<string, unknown>>
          heard.push(`${status} ${String(state ?? error)}`)
        }
        const epochs = what.startsWith('more') ? many : [third, second, third]
        for (const epoch of epochs) await note('/p2p/closed/epoch', { epoch })
        if (what.startsWith('more')) return heard
        for (let times = 0; times < 2; times++) await note('/p2p/closed/removal', { removal })
        for (const epoch of [third, fifth, third]) await note('/p2p/closed/epoch', { epoch })
        return heard
      })
    }
    const ignored = newSelf()
    alice.peer.hush(ignored.keys.id, 'ignore')
    const before = eventsOf(alice, 'notice').length
    const answers = await answersTo(ignored)
    expect(eventsOf(alice, 'notice')).toHaveLength(before)
    expect(alice.peer.closedChannels()).toHaveLength(1)
    expect(answers).toEqual(await answersTo(newSelf()))
  },
)

describe('a proof', () => {
  /** A connection of Bob to Alice that Bob makes by hand, and what he proves there. */
  const asBob = async <Result>(
    work: (ask: Asking, proof: Buffer, hash: Buffer) => Promise<Result>,
  ): Promise<Result> => {
    const self = selves.get('bob')
    if (self === undefined) throw new Error('there is no bob')
    return onConnection(self, alice, (ask, hash) => {
      const bound = { hash, initiator: keyOf(bob), responder: keyOf(alice) }
      return work(ask, membershipProof(epochOf('bob'), 'initiator', bound), hash)
    })
  }
  const prove = async (ask: Asking, proof: Buffer): Promise<Heard> =>
    ask(PROVE, { proof: proof.toString('base64url') })

  test('of a member lets it in, and Alice proves herself in return', async () => {
    await asBob(async (ask, proof, hash) => {
      const { status, text } = await prove(ask, proof)
      const bound = { hash, initiator: keyOf(bob), responder: keyOf(alice) }
      expect(status).toBe(200)
      expect(JSON.parse(text)).toEqual({
        proof: membershipProof(epochOf('bob'), 'responder', bound).toString('base64url'),
      })
      expect((await ask(`/p2p/history?closed=${epochOf('bob').id}`)).text).toContain('xyzzy')
    })
  })

  test('replayed on another connection of the same member is refused', async () => {
    const seen = await asBob((_ask, proof) => Promise.resolve(proof))
    expect(await asBob(async (ask) => (await prove(ask, seen)).status)).toBe(404)
  })

  test('relayed on a connection of another key is refused', async () => {
    const seen = await asBob((_ask, proof) => Promise.resolve(proof))
    const status = await onConnection(newSelf(), alice, async (ask) => (await prove(ask, seen)).status)
    expect(status).toBe(404)
  })

  test('that Alice made in return, reflected, is refused', async () => {
    const statuses = await asBob(async (ask, proof) => {
      const { text } = await prove(ask, proof)
      const { proof: hers } = JSON.parse(text) as { readonly proof: string }
      return [(await ask(PROVE, { proof: hers })).status, (await prove(ask, Buffer.alloc(32))).status]
    })
    expect(statuses).toEqual([404, 404])
  })

  test('of one connection lets in no other connection', async () => {
    await asBob(async (ask, proof) => {
      await prove(ask, proof)
      const other = await asBob((again) => again(MEMBERS, {}))
      expect(other.status).toBe(403)
    })
  })

  test('lets in messages of its own author, channel and epoch only', async () => {
    const { id, number } = epochOf('bob')
    const from = { ip: '127.0.0.1', port: bob.peer.self.port, name: 'bob', key: keyOf(bob) }
    const [right, later, other] = [
      { id, epoch: number },
      { id, epoch: number + 1 },
      { id: randomBytes(32).toString('base64url'), epoch: number },
    ]
    const statuses = await asBob(async (ask, proof) => {
      await prove(ask, proof)
      const all = [
        { closed: later, from },
        { closed: other, from },
        { closed: right, from, hops: 1 },
        { closed: right, from: { ...from, key: newSelf().keys.id } },
        { closed: right, from },
      ]
      const results: number[] = []
      for (const each of all) results.push((await ask('/p2p/receive', { ...said, ...each })).status)
      return results
    })
    expect(statuses).toEqual([409, 403, 403, 403, 200])
    expect(alice.heard()).toEqual(['bob: let me in'])
  })
})

describe('a removed member', () => {
  test('gets nothing that is said afterwards: not on an old connection, nor by its old secret', async () => {
    const self = selves.get('bob')
    if (self === undefined) throw new Error('there is no bob')
    const old = epochOf('bob')
    let ended: Heard | undefined
    await onConnection(self, alice, async (ask, hash) => {
      const bound = { hash, initiator: keyOf(bob), responder: keyOf(alice) }
      const proof = membershipProof(old, 'initiator', bound)
      expect((await ask(PROVE, { proof: proof.toString('base64url') })).status).toBe(200)
      alice.peer.remove('!ops', alice.peer.find('bob'))
      alice.peer.say('!ops', 'bob must not know plugh')
      ended = await ask(`/p2p/history?closed=${old.id}`)
      await expect(ask(MEMBERS, {})).rejects.toThrow()
    })
    expect(ended?.status).toBe(409)
    expect(ended?.text).not.toContain('plugh')
    const text = await onConnection(self, alice, async (ask, hash) => {
      const bound = { hash, initiator: keyOf(bob), responder: keyOf(alice) }
      const proof = membershipProof(old, 'initiator', bound)
      const proved = await ask(PROVE, { proof: proof.toString('base64url') })
      const given = await ask('/p2p/closed/epoch', { epoch: old })
      expect([proved.status, given.status]).toEqual([404, 410])
      return `${await everything(ask, old.id)}\n${given.text}`
    })
    for (const word of ['plugh', 'xyzzy', epochOf('alice').secret, '"people"'])
      expect(text).not.toContain(word)
  })
})

describe('in clear', () => {
  test('nothing of a closed channel is said, nor taken', async () => {
    const { id } = epochOf('alice')
    const { port } = alice.peer.self
    const closed = { id, epoch: 2 }
    for (const path of [PROVE, MEMBERS, '/p2p/closed/epoch', '/p2p/closed/removal', '/p2p/closed/redeem'])
      expect(await post(port, path, {})).toMatchObject({ status: 403, json: { error: 'no_proof' } })
    expect((await post(port, '/p2p/receive', { ...said, closed, from: 'bob' })).status).toBe(403)
    expect((await post(port, '/p2p/receive', { ...said, channel: '!ops', from: 'bob' })).status).toBe(422)
    expect((await get(port, `/p2p/history?closed=${id}`)).status).toBe(403)
    const hello = JSON.stringify((await get(port, '/p2p/hello')).json)
    for (const word of ['ops', id]) expect(hello).not.toContain(word)
    onTestFinished(() => {
      expect(alice.heard()).toEqual([])
    })
  })
})
