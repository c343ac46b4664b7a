/** A peer that was written from docs/protocol.md, in another language and with another library, proves its key and ours. */
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { Router, json } from '../../src/http/router.ts'
import { Server } from '../../src/http/server.ts'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { SecureDoor } from '../../src/secure/door.ts'
import { connectorOf, securedBy } from '../../src/secure/initiator.ts'
import { NetworkKey } from '../../src/identity/network-key.ts'
import { newSelf } from '../support/peers.ts'
import { NO_PYTHON, PYTHON, PythonPeer } from '../support/python.ts'

const own = newSelf()
const NETWORK = new NetworkKey(Buffer.alloc(32, 3))
const member = newSelf(NETWORK)

/** Everything that is said to this server, with the key of who said it. */
async function listening(self = own) {
  const heard: (readonly [key: string | undefined, message: unknown])[] = []
  const router = new Router({
    ...new SecureDoor({ self, clock: SYSTEM.clock }).routes,
    'POST /p2p/receive': ({ body }, { peer }) => {
      const { message } = JSON.parse(body.toString()) as { message: string }
      heard.push([peer?.id, message])
      return json(200, { status: 'ok' })
    },
  })
  const server = await Server.listen(router.handle)
  onTestFinished(() => server.close(0))
  return { heard, port: String(server.address.port) }
}

test.for([
  ['a word', 'psst'],
  ['other letters', 'Grüße 👋'],
  ['more than one record', 'x'.repeat(65_200)],
] as const)('says %s to a server, and its key is proved', async ([, text], { skip }) => {
  skip(PYTHON === undefined, NO_PYTHON)
  const { heard, port } = await listening()
  const peer = new PythonPeer('say', '127.0.0.1', port, own.keys.id, text)
  expect(await peer.ended, peer.all).toBe(0)
  expect(peer.out).toContain('HTTP/1.1 200 OK {"status":"ok"}')
  expect(heard).toEqual([[await peer.key(), text]])
})

test('says nothing to a server that proves another key', async ({ skip }) => {
  skip(PYTHON === undefined, NO_PYTHON)
  const { heard, port } = await listening()
  const peer = new PythonPeer('say', '127.0.0.1', port, newSelf().keys.id, 'psst')
  expect(await peer.ended).toBe(1)
  expect(peer.err).toContain('another key')
  expect(heard).toEqual([])
})

test('talks in a closed network both ways, and is a stranger with another network key', async ({ skip }) => {
  skip(PYTHON === undefined, NO_PYTHON)
  const { heard, port } = await listening(member)
  const peer = new PythonPeer('in', NETWORK.text, 'say', '127.0.0.1', port, member.keys.id, 'psst')
  expect(await peer.ended, peer.all).toBe(0)
  expect(heard).toEqual([[await peer.key(), 'psst']])
  const other = new NetworkKey(Buffer.alloc(32, 4)).text
  const stranger = new PythonPeer('in', other, 'say', '127.0.0.1', port, member.keys.id, 'psst')
  expect(await stranger.ended).toBe(1)
  expect(stranger.err).toContain('no secure connection: HTTP/1.1 403 Forbidden')

  const listener = new PythonPeer('in', NETWORK.text, 'listen', '0')
  const [key, at] = [await listener.key(), await listener.port()]
  const client = new Client(securedBy(member))
  onTestFinished(() => {
    client.close()
  })
  const said = { method: 'POST', target: '/p2p/receive', body: JSON.stringify({ message: 'hello', id: '1' }) }
  await client.request({ host: '127.0.0.1', port: at, key }, said)
  await listener.prints(`${member.keys.id}: hello\n`)
  expect(heard).toHaveLength(1)
})

test('hears what a client says, which proves its key and wants that of the peer', async ({ skip }) => {
  skip(PYTHON === undefined, NO_PYTHON)
  const peer = new PythonPeer('listen', '0')
  const [key, port] = [await peer.key(), await peer.port()]
  const client = new Client({ secure: connectorOf(own) })
  onTestFinished(() => {
    client.close()
  })
  for (const message of ['one', 'x'.repeat(70_000), 'Grüße 👋']) {
    const body = JSON.stringify({ message, id: 'c0ffee' })
    const answer = await client.request(
      { host: '127.0.0.1', port, key },
      { method: 'POST', target: '/p2p/receive', body },
    )
    expect(JSON.parse(answer.body.toString())).toEqual({ status: 'ok', id: 'c0ffee' })
    await peer.prints(`${own.keys.id}: ${message}\n`)
  }
})
