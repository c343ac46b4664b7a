/** Addresses that messages may be sent to: no peer aims this one at a service of another machine. */
import { describe, expect, test } from 'vitest'
import { Presence } from '../../../src/chat/presence.ts'
import { Vetting } from '../../../src/peer/discovery/vetting.ts'
import { startTracker } from '../../support/trackers.ts'
import { FakeClient } from '../fake-client.ts'
import { keyless } from '../parts.ts'
import { BOB, CAROL, knows, newSelf, startPeer } from '../../support/peers.ts'
import { until } from '../../support/wait.ts'
import { scriptedServer, type Scripted } from '../../support/scripted-server.ts'

describe('an address that nothing is known of', () => {
  test.each<[name: string, body: object | string, status: number, isFine: boolean]>([
    ['a peer', { app: 'parley', name: 'bob', port: 7002 }, 200, true],
    ['a legacy client', '404 Not Found', 404, true],
    ['a page', '<title>printer</title>', 200, false],
    ['another program', {}, 200, false],
    ['a server that refuses', {}, 403, false],
  ])('is asked once, and answered by %s', async (_name, body, status, isFine) => {
    const client = new FakeClient()
    const vetting = new Vetting(client, new Presence(() => undefined), keyless().contacts)
    const problem = vetting.problem(BOB)
    await client.answer(0, body, status)
    expect(await problem).toEqual(isFine ? undefined : 'no chat peer answers at 127.0.0.1:7002')
    expect(vetting.hasPassed(BOB)).toBe(isFine)
    if (isFine) expect([await vetting.problem(BOB), client.asked.length]).toEqual([undefined, 1])
  })

  test('without a listener gets nothing; when its peer is gone it is asked again', async () => {
    const client = new FakeClient()
    const vetting = new Vetting(client, new Presence(() => undefined), keyless().contacts)
    const problem = vetting.problem(BOB)
    await client.refuse(0)
    expect(await problem).toContain('refused')
    vetting.passed(BOB)
    expect(vetting.hasPassed(BOB)).toBe(true)
    vetting.onPresence({ kind: 'parted', peer: BOB, channel: 'general', reason: 'left' })
    expect(vetting.hasPassed(BOB)).toBe(false)
  })

  test('gets what waits for the answer before anything else', async () => {
    const client = new FakeClient()
    const vetting = new Vetting(client, new Presence(() => undefined), keyless().contacts)
    const sent: string[] = []
    const send = (): Promise<string> => {
      sent.push(vetting.isAsking(BOB) ? 'while asking' : 'in its turn')
      return Promise.resolve('sent')
    }
    const outcome = vetting.whenPassed(BOB, send, (reason) => reason)
    // Another caller finds out meanwhile.
    vetting.passed(BOB)
    expect([vetting.isAsking(BOB), sent]).toEqual([true, []])
    await client.answer(0, { app: 'parley', name: 'bob', port: 7002 })
    expect([await outcome, sent]).toEqual(['sent', ['in its turn']])
  })

  test.each(['10.0.0.66', '2001:4860::'])(
    'of a shy peer that wrote is used, however many addresses a stranger at %s names',
    async (ip) => {
      const client = new FakeClient()
      const vetting = new Vetting(client, new Presence(() => undefined), keyless().contacts)
      vetting.wrote(BOB)
      for (let number = 0; number < 5_000; number++)
        vetting.wrote(ip.includes(':') ? { ip: `${ip}${number}`, port: 8000 } : { ip, port: 8000 + number })
      const problem = vetting.problem(BOB)
      await client.refuse(0, 'closed')
      expect(await problem).toBeUndefined()
    },
  )

  test('where a peer with a key wrote gets nothing in clear', async () => {
    const client = new FakeClient()
    const vetting = new Vetting(client, new Presence(() => undefined), keyless().contacts)
    vetting.wrote(BOB)
    vetting.passed(BOB)
    vetting.wrote({ ...BOB, key: newSelf().keys.id })
    const problem = vetting.problem(BOB)
    await client.refuse(0, 'closed')
    expect([vetting.hasPassed(BOB), await problem]).toEqual([false, expect.stringContaining('closed')])
  })

  test('that the user gave is not asked', () => {
    const vetting = new Vetting(new FakeClient(), new Presence(() => undefined), keyless().contacts, [
      { host: BOB.ip, port: BOB.port },
    ])
    expect([BOB, CAROL].map((peer) => vetting.hasPassed(peer))).toEqual([true, false])
  })
})

describe('a service that a tracker lists as a peer', () => {
  test.each<[name: string, answer: Scripted, methods: string[]]>([
    ['a page', [200, '<title>printer</title>'], []],
    ['an error', [500, { error: 'broken' }], []],
    ['no HTTP', '220 mail ready\r\n', []],
    ['an unknown path, as legacy clients answer', [404, { error: 'not found' }], ['POST']],
  ])('answers with %s', async (_name, answer, methods) => {
    await using tracker = await startTracker()
    const service = await scriptedServer(() => answer)
    const alice = await startPeer({ name: 'alice', tracker: { host: '127.0.0.1', port: tracker.port } })
    await until(() => tracker.tracker.registry.size === 1, 'alice is registered')
    tracker.tracker.registry.register(
      { ip: '127.0.0.1', port: service.port, name: 'bob' },
      tracker.clock.now(),
    )
    tracker.tracker.registry.join(`127.0.0.1:${service.port}`, 'general')
    await knows(alice, 'general', ['bob'])
    alice.peer.say('general', 'hello')
    await expect.poll(() => service.asked.some(({ target }) => target === '/p2p/hello')).toBe(true)
    if (methods.length > 0)
      await expect.poll(() => service.asked.some(({ method }) => method === 'POST')).toBe(true)
    else expect(service.asked.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
