/** Peers that are listed because they came: how many of one host, and after which answer. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { Arrivals } from '../../../src/peer/discovery/arrivals.ts'
import { Discovery } from '../../../src/peer/discovery/discovery.ts'
import { FakeClient } from '../fake-client.ts'
import { emitting, keyless, membership } from '../parts.ts'
import { ManualClock } from '../../support/clock.ts'
import type { Peer } from '../../../src/chat/model.ts'

function start() {
  const clock = new ManualClock()
  const client = new FakeClient()
  const { presence, channels } = membership(['ops', 'tea'], ['closed'])
  const reached: number[] = []
  const discovery = new Discovery({ presence, channels, clock, events: emitting(), ...keyless() })
  const vetting = { passed: ({ port }: Pick<Peer, 'port'>) => reached.push(port) }
  const arrivals = new Arrivals({ ...keyless(), client, clock, presence, discovery, vetting })
  const names = (channel = 'general'): string[] => presence.members(channel).map(({ name }) => name)
  return { arrivals, clock, client, presence, reached, names }
}

function peerAt(ip: string, port: number, more: Partial<Peer> = {}): Peer {
  return { ip, port, name: `p${port}`, ...more }
}

const hello = (port: number, more: object = {}): object => ({
  app: 'parley',
  name: `p${port}`,
  port,
  ...more,
})

describe('a peer that came', () => {
  test('is listed when it has answered, in the channels that are open to it', async () => {
    const { arrivals, client, names, reached } = start()
    arrivals.arrived(peerAt('10.0.0.5', 8000), ['general', 'closed'])
    arrivals.arrived(peerAt('10.0.0.5', 8000), ['ops'])
    expect(names()).toEqual([])
    expect(client.asked.map(({ request }) => `${request.method} ${request.target}`)).toEqual([
      'GET /p2p/hello',
    ])
    await client.answer(0, hello(8000))
    expect([names(), names('ops'), names('closed'), reached]).toEqual([['p8000'], ['p8000'], [], [8000]])
    arrivals.arrived(peerAt('10.0.0.5', 8000), ['tea'])
    expect([names('tea'), client.asked.length]).toEqual([['p8000'], 1])
  })

  test.each<[name: string, body: object | string, status: number, isListed: boolean]>([
    ['as the same node', hello(8000, { node: 'a' }), 200, true],
    ['as another node', hello(8000, { node: 'b' }), 200, false],
    ['as another identity', hello(8000, { identity: 'b0b0b0b0b0b0b0b0' }), 200, false],
    ['as a legacy client: an unknown path as JSON', { error: 'not found' }, 404, true],
    ['as a legacy client: an unknown path as text', '404 Not Found', 404, true],
    ['as a legacy client that answers everything', { status: 'ok' }, 200, true],
    ['with a page', '<title>404 Not Found</title>', 404, false],
    ['with another program', { app: 'grafana' }, 200, false],
    ['with no permission', { error: 'unauthorized' }, 401, false],
    ['with an error', { error: 'broken' }, 500, false],
  ])('answers %s', async (_name, body, status, isListed) => {
    const { arrivals, client, names } = start()
    arrivals.arrived(peerAt('10.0.0.5', 8000, { identity: 'a1a1a1a1a1a1a1a1' }), ['general'], 'a')
    await client.answer(0, body, status)
    expect(names()).toEqual(isListed ? ['p8000'] : [])
  })

  test('has gone before its answer is read: it is not listed, until it comes again', async () => {
    const { arrivals, client, names } = start()
    arrivals.arrived(peerAt('10.0.0.5', 8000), ['general'])
    const peer = peerAt('10.0.0.5', 8000)
    arrivals.onPresence({ kind: 'parted', peer, channel: 'general', reason: 'left' })
    await client.answer(0, hello(8000))
    expect(names()).toEqual([])
    arrivals.arrived(peerAt('10.0.0.5', 8000), ['general'])
    await client.answer(1, hello(8000))
    expect(names()).toEqual(['p8000'])
  })

  test('does not answer, or only after the end: it is not listed', async () => {
    const { arrivals, client, names } = start()
    arrivals.arrived(peerAt('10.0.0.5', 8000), ['general'])
    arrivals.arrived(peerAt('10.0.0.5', 8001), ['general'])
    await client.refuse(0)
    arrivals.stop()
    await client.answer(1, hello(8001))
    expect(names()).toEqual([])
  })
})

describe('places of one host', () => {
  test.each([
    ['a host', '10.0.0.5', '10.0.0.6', LIMITS.greetingsPerHost],
    ['this machine', '127.0.0.1', '127.0.0.2', LIMITS.greetingsPerLoopback],
  ])('%s', async (_name, ip, other, most) => {
    const { arrivals, client, clock, names } = start()
    for (let count = 0; count <= most; count++) {
      arrivals.arrived(peerAt(ip, 8000 + count), ['general'])
      await clock.advance(1_000)
      if (count < most) await client.answer(count, hello(8000 + count))
    }
    expect(client.asked).toHaveLength(most)
    expect(names()).toHaveLength(most)
    arrivals.arrived(peerAt(other, 8000), ['general'])
    expect(client.asked).toHaveLength(most + 1)
  })

  test('that others vouch for as well do not count', async () => {
    const { arrivals, client, clock, presence } = start()
    for (let count = 0; count < LIMITS.greetingsPerHost; count++)
      presence.add('tracker:10.0.0.250:9001', peerAt('10.0.0.5', 8000 + count), 'general', Infinity)
    await clock.advance(1)
    arrivals.arrived(peerAt('10.0.0.5', 9000), ['general'])
    expect(client.asked).toHaveLength(1)
  })

  test('are looked at now and then only, whatever comes', async () => {
    const { arrivals, client, clock } = start()
    for (let port = 8000; port < 9000; port++) {
      arrivals.arrived(peerAt('10.0.0.5', port), ['general'])
      if (client.asked.length > port - 8000) await client.refuse(port - 8000)
    }
    expect(client.asked).toHaveLength(10)
    await clock.advance(1_000)
    arrivals.arrived(peerAt('10.0.0.5', 9000), ['general'])
    expect(client.asked).toHaveLength(11)
  })
})
