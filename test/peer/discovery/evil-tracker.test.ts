/** Trackers that lie: whatever they say, a peer goes on, and connects to nothing that is no peer. */
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { post } from '../../support/ask.ts'
import { freePort } from '../../support/ports.ts'
import { until } from '../../support/wait.ts'
import { scriptedServer, type Asked, type Scripted } from '../../support/scripted-server.ts'
import { startPeer, type Watched } from '../../support/peers.ts'
import type { Clock } from '../../../src/chat/clock.ts'

/** Pauses are short. */
const hurried: Clock = { ...systemClock, after: (ms, task) => systemClock.after(ms / 20, task) }

/** Registers every peer, then says what the test wants. */
function evil(answer: (asked: Asked) => Scripted): (asked: Asked) => Scripted {
  return (asked) =>
    asked.target === '/submit-info' ? [200, { status: 'ok', ttl: 30, peer: asked.body }] : answer(asked)
}

/** A peer of this tracker that has heard what it has to say at least once. */
async function victim(answer: (asked: Asked) => Scripted, enough: (asked: readonly Asked[]) => boolean) {
  const scripted = await scriptedServer(answer)
  const watched = await startPeer({
    name: 'alice',
    clock: hurried,
    tracker: { host: '127.0.0.1', port: scripted.port },
  })
  await until(() => enough(scripted.asked), 'the tracker has said it')
  return watched
}

async function expectAlive(watched: Watched): Promise<void> {
  const from = { ip: '127.0.0.1', port: await freePort(), name: 'bob' }
  const answer = await post(watched.peer.address.port, '/p2p/receive', { from, message: 'alive?' })
  expect(answer.json['status']).toBe('ok')
  expect(watched.heard()).toEqual(['bob: alive?'])
}

const feedOf = (...events: [event: string, data: string][]): string =>
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n' +
  events.map(([event, data]) => `id: a-1\nevent: ${event}\ndata: ${data}\n\n`).join('')

describe('answers that are none', () => {
  test.each<[name: string, answer: Scripted]>([
    ['garbage', '\x00\xff\x1b]0;owned\x07'],
    ['an empty object', [200, {}]],
    ['a list', [200, []]],
    ['text', [200, 'hello']],
    ['wrong types', [200, { status: 7, peer: 'x', ttl: 'x', members: 7, peers: 'x', next: {} }]],
    ['2 MiB', [200, { members: 'x'.repeat(2 * 1024 * 1024) }]],
    ['an error with an escape sequence', [500, { error: '\x1b[2J', detail: '\x1b]52;c;x\x07' }]],
    ['a redirect', 'HTTP/1.1 301 X\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n'],
    ['lengths that differ', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
  ])('%s to everything', async (_name, answer) => {
    const watched = await victim(
      () => answer,
      (asked) => asked.length >= 2,
    )
    await expectAlive(watched)
  })

  test.each<[name: string, answer: Scripted]>([
    ['garbage', 'data: {\x00'],
    ['no feed', [200, { status: 'ok' }]],
    ['no JSON', feedOf(['members', 'hello'], ['joined', '{'])],
    ['wrong types', feedOf(['members', 'null'], ['members', '7'], ['joined', '[]'])],
    ['objects for texts', feedOf(['parted', '{"channel":{"toString":1},"peer":{},"reason":{"toString":1}}'])],
    ['an event without end', feedOf(['members', 'x'.repeat(300 * 1024)])],
  ])('%s as a feed', async (_name, feed) => {
    const answer = evil(({ target }) =>
      target.startsWith('/events') ? feed : [200, { status: 'ok', members: [], peers: [] }],
    )
    const watched = await victim(
      answer,
      (asked) => asked.filter(({ target }) => target.startsWith('/events')).length >= 2,
    )
    expect(watched.peer.peers).toEqual([])
    await expectAlive(watched)
  })
})

describe('addresses that are no peers', () => {
  /** Something on this machine that is no peer, on a port of services. */
  async function service(): Promise<{ port: number; connections: () => number }> {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    const port = await new Promise<number>((resolve, reject) => {
      const [...ports] = [6566, 11211, 27017, 9042, 6697]
      const next = (): void => {
        const port = ports.pop()
        if (port === undefined) reject(new Error('all ports of services are taken'))
        else
          server.listen(port, '127.0.0.1', () => {
            resolve(port)
          })
      }
      server.on('error', next)
      next()
    })
    onTestFinished(() => {
      server.close()
    })
    return { port, connections: () => connections }
  }

  const addresses: [ip: string, port: number][] = [
    ['127.0.0.1', 22],
    ['127.0.0.1', 1023],
    ['127.0.0.1', 6379],
    ['0.0.0.0', 8002],
    ['255.255.255.255', 8002],
    ['224.0.0.1', 8002],
    ['169.254.169.254', 8080],
    ['::', 8002],
    ['ff02::1', 8002],
    ['fe80::1', 8002],
    ['::ffff:169.254.169.254', 8080],
    ['127.1', 8002],
    ['2130706433', 8002],
    ['localhost', 8002],
    ['evil.example', 8002],
    ['127.0.0.1', 0],
    ['127.0.0.1', 65_536],
    ['127.0.0.1', -1],
    ['127.0.0.1', 80.5],
  ]

  test.each([
    ['lists', '/get-list'],
    ['answers to joining', '/add-list'],
    ['the feed', '/events'],
  ])('in %s: no peer is listed, and nothing is connected to', async (_name, where) => {
    const trap = await service()
    const list = [...addresses, ['127.0.0.1', trap.port] as const].map(([ip, port], index) => ({
      ip,
      port,
      name: `evil-${index}`,
    }))
    const joined = list.map((peer): [string, string] => [
      'joined',
      JSON.stringify({ channel: 'general', peer }),
    ])
    const members = JSON.stringify({ channel: 'general', members: list })
    const answer = evil(({ target }) => {
      if (target.startsWith('/events'))
        return where === '/events' ? feedOf(['members', members], ...joined) : [404, {}]
      if (target === '/connect-peer') return [200, { status: 'ok', peer: list.at(-1) }]
      return [200, { status: 'ok', members: target.startsWith(where) ? list : undefined, peers: list }]
    })
    const watched = await victim(
      answer,
      (asked) => asked.filter(({ target }) => target.startsWith('/events')).length >= 2,
    )
    expect(watched.peer.peers).toEqual([])
    expect(watched.peer.say('general', 'hello').recipients).toBe(0)
    await expect(watched.peer.locate('evil-19')).rejects.toMatchObject({ code: 'unknown_peer' })
    expect(trap.connections()).toBe(0)
    await expectAlive(watched)
  })

  test('this peer itself, under every name: it does not send to itself', async () => {
    let self: object = {}
    const answer = evil(({ target, body }) => {
      if (target === '/add-list') self = { ...(body['peer'] as object), name: 'not alice at all' }
      return target.startsWith('/events') ? [404, {}] : [200, { members: [self], peers: [self] }]
    })
    const watched = await victim(answer, (asked) => asked.some(({ target }) => target.startsWith('/events')))
    expect(watched.peer.say('general', 'hello').recipients).toBe(0)
  })
})

describe('more than there can be', () => {
  const peer = (index: number): object => ({ ip: '127.0.0.1', port: 10_000 + index, name: `p${index}` })
  const crowd = Array.from({ length: LIMITS.membersPerChannel * 2 }, (_, index) => peer(index))

  test('members of a list, and of a feed', async () => {
    const joined = crowd.map((peer): [string, string] => [
      'joined',
      JSON.stringify({ channel: 'general', peer }),
    ])
    const answer = evil(({ target }) =>
      target.startsWith('/events') ? feedOf(...joined) : [200, { members: crowd, peers: crowd }],
    )
    const watched = await victim(
      answer,
      (asked) => asked.filter(({ target }) => target.startsWith('/events')).length >= 2,
    )
    expect(watched.peer.members('general')).toHaveLength(LIMITS.membersPerChannel)
  })

  test('channels that this peer is not in', async () => {
    const events = crowd.flatMap((peer, index): [string, string][] => [
      ['members', JSON.stringify({ channel: `c${index}`, members: [peer] })],
      ['joined', JSON.stringify({ channel: `c${index}`, peer })],
    ])
    const answer = evil(({ target }) =>
      target.startsWith('/events') ? feedOf(...events) : [200, { members: [], peers: [] }],
    )
    const watched = await victim(
      answer,
      (asked) => asked.filter(({ target }) => target.startsWith('/events')).length >= 2,
    )
    expect(watched.peer.peers).toEqual([])
    expect(watched.events.filter(({ kind }) => kind === 'present')).toHaveLength(1)
  })
})
