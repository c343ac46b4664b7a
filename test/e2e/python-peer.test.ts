/** A real Parley process, and a peer in Python that was written from docs/protocol.md. */
import { expect, test } from 'vitest'
import { Program } from './programs.ts'
import { freePort } from '../support/ports.ts'
import { NO_PYTHON, PYTHON, PythonPeer } from '../support/python.ts'

/** Alice, without a tracker and a LAN, and where she is. */
async function startAlice(...more: string[]): Promise<{ readonly alice: Program; readonly port: number }> {
  const port = await freePort()
  const at = ['--ip', '127.0.0.1', '--port', String(port), '--no-lan', '--no-tracker']
  const alice = new Program(['peer', '--name', 'alice', ...at, ...more])
  await alice.prints('alice')
  return { alice, port }
}

/** The key that the peer at this port says it has. */
async function keyAt(port: number): Promise<string> {
  const { key } = (await (await fetch(`http://127.0.0.1:${port}/p2p/hello`)).json()) as { key: string }
  return key
}

test('Parley shows what the peer in Python says over a secure connection', async ({ skip }) => {
  skip(PYTHON === undefined, NO_PYTHON)
  const { alice, port } = await startAlice()
  const python = new PythonPeer('say', '127.0.0.1', String(port), await keyAt(port), 'hello from Python')
  expect(await python.ended, python.all).toBe(0)
  expect(python.out).toContain('"status":"ok"')
  await alice.prints('<python> hello from Python\n')
})

test('the peer in Python hears what Parley says', async ({ skip }) => {
  skip(PYTHON === undefined, NO_PYTHON)
  const python = new PythonPeer('listen', '0')
  const { alice, port } = await startAlice('--peer', `127.0.0.1:${await python.port()}`)
  await alice.prints('python')
  alice.type('hello from Parley\n')
  await python.prints(`${await keyAt(port)}: hello from Parley\n`)
})
