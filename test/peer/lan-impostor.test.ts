/** A host on the LAN that announces the key of another peer gets nothing of what is said to that peer. */
import { expect, onTestFinished, test } from 'vitest'
import { Router, json } from '../../src/http/router.ts'
import { Server } from '../../src/http/server.ts'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { SecureDoor } from '../../src/secure/door.ts'
import { LsnpProgram, testLan } from './discovery/lan-support.ts'
import { get } from '../support/ask.ts'
import { newSelf, startPeer } from '../support/peers.ts'

const IMPOSTOR = '127.0.0.2'

test.for([
  ['answers in clear and proves a key of its own', true],
  ['answers in clear only', false],
] as const)('an impostor that came first hears nothing, whether it %s', async ([, hasDoor]) => {
  const [lan, bobsKey] = [await testLan(), newSelf()]
  const { id: key } = bobsKey.keys
  const told: string[] = []
  const hears = ({ path, body }: { readonly path: string; readonly body: Buffer }) => {
    told.push(`${path} ${body.toString()}`)
    return json(200, { status: 'ok' })
  }
  let described = {}
  const hello = () => json(200, described)
  const door = new SecureDoor({ self: newSelf(), clock: SYSTEM.clock })
  const server = await Server.listen(
    new Router({
      ...(hasDoor ? door.routes : {}),
      'GET /p2p/hello': hello,
      'POST /p2p/hello': hello,
      'POST /p2p/receive': hears,
      'POST /p2p/batch': hears,
    }).handle,
    { host: IMPOSTOR },
  )
  onTestFinished(() => server.close(0))
  const httpPort = server.address.port
  const claims = { app: 'parley/0.1', node: 'b0bb0bb0bb0bb0b0', key, httpPort, channels: ['general'] }
  described = { ...claims, app: 'parley', ip: IMPOSTOR, port: httpPort, name: 'bob' }

  const alice = await startPeer({ name: 'alice', lan: lan.options })
  const impostor = await LsnpProgram.start('bob', lan, { host: IMPOSTOR })
  await impostor.announce({ displayName: 'bob', ...claims })
  await expect.poll(() => impostor.knows('alice@127.0.0.1')).toBe(true)
  alice.peer.say('general', 'one')

  const bob = await startPeer({ name: 'bob', secure: bobsKey, lan: lan.options })
  await expect.poll(() => alice.peer.people.filter(({ ip }) => ip === '127.0.0.1')).toHaveLength(1)
  const { node } = (await get(bob.peer.address.port, '/p2p/hello')).json
  await impostor.announce({ displayName: 'bob', ...claims, node: String(node) })
  await expect.poll(() => bob.peer.members('general').map(({ name }) => name)).toEqual(['alice'])
  alice.peer.say('general', 'two')
  alice.peer.direct('bob', 'three')
  await expect.poll(() => bob.heard().toSorted()).toEqual(['alice: one', 'alice: three', 'alice: two'])
  expect(told).toEqual([])
})
