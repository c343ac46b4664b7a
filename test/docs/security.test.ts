/**
 * docs/security.md: each weakness that it names is shown here, so a fix of one fails a test and the page has to change.
 * Also the promises of the page that no other file tests.
 */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ask, get, post } from '../support/ask.ts'
import { startTracker } from '../support/trackers.ts'
import { LIMITS } from '../../src/chat/limits.ts'
import { peerId } from '../../src/chat/model.ts'
import { Presence } from '../../src/chat/presence.ts'
import { senderOf } from '../../src/peer/messages/sender.ts'
import { incomingMessage } from '../../src/chat/wire/messages.ts'
import { until } from '../support/wait.ts'
import { ManualClock } from '../support/clock.ts'
import { knows, startPeer, type Watched } from '../support/peers.ts'

const IDENTITY = 'aaaaaaaaaaaaaaaa'
const ALICE = { ip: '127.0.0.1', port: 8100, name: 'alice', identity: IDENTITY }
/** The Host of a browser whose page has rebound its own name to the address of this machine (DNS rebinding). */
const REBOUND = { Host: 'evil.example:8000' }

function portOf({ peer }: Watched): number {
  return peer.address.port
}

async function receives(peer: Watched, message: object): Promise<void> {
  expect(await post(portOf(peer), '/p2p/receive', message)).toMatchObject({ status: 200 })
}

test('a blocked person that does not say who it is learns what everybody learns', async () => {
  const alice = await startPeer({ name: 'alice' })
  const bob = await startPeer({ name: 'bob' })
  alice.peer.hush(peerId(bob.peer.self), 'block')
  expect((await get(portOf(alice), '/p2p/hello')).json).toMatchObject({
    name: 'alice',
    channels: ['general'],
  })
  expect(await get(portOf(alice), '/p2p/history?channel=general')).toMatchObject({ status: 200 })
})

describe('promises without another test', () => {
  test('a request with an Origin cannot read the history of a channel', async () => {
    const bob = await startPeer({ name: 'bob' })
    const origin = { Origin: 'http://evil.example' }
    expect(await get(portOf(bob), '/p2p/history?channel=general', origin)).toMatchObject({ status: 403 })
  })

  test('a sender that claims 127.0.0.1 is at the address that its message came from', () => {
    const said = incomingMessage(
      { from: { ip: '127.0.0.1', port: 8100, name: 'alice' }, message: 'x' },
      '192.168.1.9',
    )
    expect(senderOf(said, '192.168.1.9', new Presence(() => undefined), undefined).ip).toBe('192.168.1.9')
  })

  test.each<[name: string, from: (port: number, identity: unknown) => object]>([
    ['with its identity', (_port, identity) => ({ ...ALICE, identity })],
    ['with its address', (port) => ({ ip: '127.0.0.1', port, name: 'bob' })],
    ['with its address in IPv6', (port) => ({ ip: '::ffff:127.0.0.1', port, name: 'bob' })],
  ])('a peer refuses messages in its own name, alone and in a batch: %s', async (_name, from) => {
    const bob = await startPeer({ name: 'bob' })
    const { identity } = (await get(portOf(bob), '/p2p/hello')).json
    const message = {
      from: from(portOf(bob), identity),
      channel: 'general',
      message: 'I owe you 100',
      id: 'x',
    }
    const refused = { error: 'own_sender', field: 'from' }
    expect(await post(portOf(bob), '/p2p/receive', message)).toMatchObject({ status: 403, json: refused })
    const batch = await post(portOf(bob), '/p2p/batch', { messages: [message] })
    expect(batch.json).toMatchObject({ results: [{ code: 403, ...refused }] })
    const { text } = await get(portOf(bob), '/p2p/history?channel=general')
    expect(text).not.toContain('I owe you 100')
    expect(bob.heard()).toEqual([])
  })

  test('a peer that answers a request for history cannot put messages in the mouth of the asker', async () => {
    const bob = await startPeer({ name: 'bob' })
    const { identity } = (await get(portOf(bob), '/p2p/hello')).json
    const mallory = await startPeer({ name: 'mallory' })
    // Mallory keeps a message in the name of Bob, and gives it to Bob when he comes.
    await receives(mallory, {
      from: { ...ALICE, name: 'bob', identity },
      channel: 'general',
      message: 'I owe you 100',
      id: 'x',
    })
    await receives(mallory, { from: ALICE, channel: 'general', message: 'by alice', id: 'y' })
    await post(portOf(mallory), '/p2p/hello', { name: 'bob', port: portOf(bob), channels: ['general'] })
    await post(portOf(bob), '/p2p/hello', { name: 'mallory', port: portOf(mallory), channels: ['general'] })
    await knows(bob, 'general', ['mallory'])
    await until(() => bob.heard().includes('alice: by alice'), 'bob gets the message that it missed')
    expect(bob.heard().join()).not.toContain('I owe you 100')
  })
})

describe('refused requests', () => {
  test('are counted per host: after enough of them its next request is not read', async () => {
    // The clock stands still: the budget does not refill.
    const bob = await startPeer({ name: 'bob', clock: new ManualClock() })
    const most = LIMITS.ownRefusals.burst
    const head =
      'POST /p2p/receive HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: x\r\nContent-Type: application/json\r\n'
    const statuses: number[] = []
    // Many on one connection, which ends with the last answer.
    for (let sent = 0; sent < most; sent += 100) {
      const socket = connect({ host: '127.0.0.1', port: portOf(bob) })
      socket.write(`${head}Content-Length: 1\r\n\r\n[`.repeat(99))
      socket.write(`${head}Connection: close\r\nContent-Length: 1\r\n\r\n[`)
      let text = ''
      for await (const chunk of socket) text += String(chunk)
      for (const [, status] of text.matchAll(/HTTP\/1\.1 ([0-9]{3})/g)) statuses.push(Number(status))
    }
    expect(statuses).toEqual(Array<number>(most).fill(400))
    expect(await get(portOf(bob), '/p2p/hello')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1' },
    })
  })
})

describe('a claimed identity', () => {
  test('is believed: any sender may use any identity', async () => {
    const bob = await startPeer({ name: 'bob' })
    await receives(bob, { from: ALICE, channel: 'general', message: 'not by alice' })
    await until(() => bob.heard().includes('alice: not by alice'), 'bob hears it')
  })

  test('an id that another sender used first in its name is refused to its owner (ids of Parley cannot be guessed)', async () => {
    const bob = await startPeer({ name: 'bob' })
    await receives(bob, { from: ALICE, channel: 'general', message: 'by mallory', id: 'next' })
    const owner = await post(portOf(bob), '/p2p/receive', {
      from: ALICE,
      channel: 'general',
      message: 'by alice',
      id: 'next',
    })
    expect(owner).toMatchObject({ status: 409, json: { error: 'id_conflict' } })
  })

  test('of a peer is public', async () => {
    const bob = await startPeer({ name: 'bob' })
    const { json } = await get(portOf(bob), '/p2p/hello')
    expect(json['identity']).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('a client that reaches the port of a peer', () => {
  test('reads the history of its channels without being in them', async () => {
    const bob = await startPeer({ name: 'bob' })
    await receives(bob, { from: ALICE, channel: 'general', message: 'among us', id: '1' })
    const { text } = await get(portOf(bob), '/p2p/history?channel=general&within=3600')
    expect(text).toContain('among us')
  })

  test('reads no direct messages', async () => {
    const bob = await startPeer({ name: 'bob' })
    await receives(bob, { from: ALICE, to: 'bob', message: 'psst', id: '1' })
    expect(await get(portOf(bob), '/p2p/history?channel=private&within=3600')).toMatchObject({ status: 404 })
  })
})

describe('another program or user of the machine', () => {
  test('reads the inbox without a token, including direct messages', async () => {
    const bob = await startPeer({ name: 'bob' })
    await receives(bob, { from: ALICE, to: 'bob', message: 'psst', id: '1' })
    expect((await get(portOf(bob), '/peer-inbox')).text).toContain('psst')
  })
})

describe('a web page in a browser of this machine', () => {
  test('cannot empty the inbox with an <img>', async () => {
    const bob = await startPeer({ name: 'bob' })
    await receives(bob, { from: ALICE, channel: 'general', message: 'hello', id: '1' })
    const picture = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }
    expect(await get(portOf(bob), '/peer-inbox', picture)).toMatchObject({ status: 403 })
    expect((await get(portOf(bob), '/peer-inbox')).text).toContain('hello')
  })

  test.each(['/p2p/history?channel=general&within=3600', '/peer-inbox'])(
    'cannot read %s by DNS rebinding, where a GET has no Origin',
    async (target) => {
      const bob = await startPeer({ name: 'bob' })
      await receives(bob, { from: ALICE, channel: 'general', message: 'among us', id: '1' })
      const answer = await get(portOf(bob), target, REBOUND)
      expect(answer).toMatchObject({ status: 421 })
      expect(answer.text).not.toContain('among us')
    },
  )

  test.each([
    ['GET', '/get-list?channel=general'],
    ['POST', '/get-list'],
    ['GET', '/events?channel=general'],
    ['POST', '/submit-info'],
    ['PUT', '/submit-info'],
    ['POST', '/heartbeat'],
    ['POST', '/leave'],
    ['POST', '/add-list'],
    ['POST', '/remove-list'],
    ['POST', '/connect-peer'],
    ['POST', '/broadcast-peer'],
    ['GET', '/healthz'],
    ['GET', '/stats'],
    ['GET', '/metrics'],
    ['OPTIONS', '/get-list'],
    ['GET', '/no-such-path'],
  ])('cannot use a tracker by DNS rebinding: %s %s', async (method, target) => {
    await using tracker = await startTracker({ allowHosts: ['chat.example'] })
    const body = {
      ip: '10.0.0.5',
      port: 8000,
      name: 'alice',
      channel: 'general',
      from: 'alice',
      message: 'x',
    }
    const asked = (host: string): ReturnType<typeof ask> =>
      ask(tracker.port, {
        method,
        target,
        headers: { Host: host },
        ...(method === 'GET' || method === 'OPTIONS' ? {} : { body }),
      })
    const rebound = await asked('evil.example:9001')
    expect(rebound).toMatchObject({ status: 421, json: { error: 'misdirected' } })
    expect(tracker.tracker.registry.size).toBe(0)
    if (target.startsWith('/events')) return
    expect((await asked('Chat.Example.:9001')).status).not.toBe(421)
  })

  test.each([
    ['GET', '/p2p/hello'],
    ['POST', '/p2p/hello'],
    ['POST', '/p2p/receive'],
    ['POST', '/p2p/batch'],
    ['POST', '/receive'],
    ['POST', '/receive-message'],
    ['POST', '/send-peer'],
    ['POST', '/p2p/check'],
    ['GET', '/p2p/check/00112233445566aa'],
    ['GET', '/p2p/avatar'],
    ['GET', '/healthz'],
    ['GET', '/stats'],
    ['GET', '/no-such-path'],
  ])('cannot use a peer by DNS rebinding: %s %s', async (method, target) => {
    const bob = await startPeer({ name: 'bob', allowHosts: ['chat.example'] })
    const body = { from: ALICE, channel: 'general', message: 'boo', name: 'alice', port: 8100 }
    const asked = (host: string): ReturnType<typeof ask> =>
      ask(portOf(bob), { method, target, headers: { Host: host }, ...(method === 'GET' ? {} : { body }) })
    expect(await asked('evil.example:8000')).toMatchObject({ status: 421, json: { error: 'misdirected' } })
    expect(bob.heard()).toEqual([])
    expect((await asked('Chat.Example.:8000')).status).not.toBe(421)
  })

  test.each(['cross-site', 'same-site'])(
    'cannot follow the events of a tracker with an <img> (%s)',
    async (site) => {
      await using tracker = await startTracker()
      const asked = await get(tracker.port, '/events?channel=general&port=8100', { 'Sec-Fetch-Site': site })
      expect(asked).toMatchObject({ status: 403, json: { error: 'forbidden_origin' } })
    },
  )

  test('cannot post a form to the tracker of this machine', async () => {
    await using tracker = await startTracker()
    const form = (target: string, body: string): ReturnType<typeof ask> => {
      const type = 'application/x-www-form-urlencoded'
      return ask(tracker.port, { target, body, type, headers: { Origin: 'http://evil.example' } })
    }
    const bob = await startPeer({ name: 'bob', tracker: { host: '127.0.0.1', port: tracker.port } })
    await until(() => tracker.tracker.registry.size === 1, 'bob is registered')
    expect(await form('/broadcast-peer', 'from=alice&channel=general&message=boo')).toMatchObject({
      status: 403,
    })
    expect(await form('/leave', `ip=127.0.0.1&port=${portOf(bob)}`)).toMatchObject({ status: 403 })
    expect(tracker.tracker.registry.size).toBe(1)
  })
})

describe('a tracker', () => {
  test('may list another peer under a name: direct messages go there', async () => {
    await using tracker = await startTracker()
    const mallory = await startPeer({ name: 'mallory' })
    const at = { host: '127.0.0.1', port: tracker.port }
    const alice = await startPeer({ name: 'alice', tracker: at })
    await post(tracker.port, '/submit-info', {
      ip: '127.0.0.1',
      port: portOf(mallory),
      name: 'bob',
      channels: ['general'],
    })
    await knows(alice, 'general', ['bob'])
    alice.peer.direct('bob', 'for bob alone')
    await until(() => mallory.heard().includes('alice: for bob alone'), 'mallory hears it')
  })
})
