/** A peer for one command: it is used by its local API and leaves nothing behind. */
import { expect, onTestFinished, test } from 'vitest'
import { LOCAL_CLIENT } from '../../../src/cli/running/local-client.ts'
import { startTemporaryPeer } from '../../../src/cli/running/temporary-peer.ts'
import { Client } from '../../../src/http/client.ts'
import { startPeer } from '../../support/peers.ts'
import { until } from '../../support/wait.ts'
import type { StartFlags } from '../../../src/cli/running/start-peer.ts'

const FLAGS: StartFlags = {
  name: 'cron',
  isNamed: true,
  ip: '127.0.0.1',
  ipFallback: false,
  port: undefined,
  tracker: undefined,
  isTrackerOptional: false,
  lan: undefined,
  peers: [],
  allowHosts: [],
  storage: { data: undefined, history: true, ephemeral: true },
}

function client(): Client {
  const made = new Client(LOCAL_CLIENT)
  onTestFinished(() => {
    made.close()
  })
  return made
}

test('what it says arrives, and it ends when it is closed', async () => {
  const bob = await startPeer({ name: 'bob' })
  const problems: string[] = []
  const { host, port } = bob.peer.address
  const cron = await startTemporaryPeer(client(), { ...FLAGS, peers: [{ host, port }] }, (sentence) => {
    problems.push(sentence)
  })
  expect(cron.directory).toBeUndefined()
  await until(async () => (await cron.local.state()).people.length > 0, 'it knows bob')
  await cron.local.say('general', 'backup done')
  await until(() => bob.heard().includes('cron: backup done'), 'bob hears it')
  await cron.close()
  await expect(cron.local.state()).rejects.toThrow()
  expect(problems).toEqual([])
})

test('an address that this machine does not have is an ExitError', async () => {
  const starting = startTemporaryPeer(client(), { ...FLAGS, ip: '192.0.2.1' }, () => undefined)
  await expect(starting).rejects.toMatchObject({
    status: 4,
    message: 'cannot start the peer: this machine has no address 192.0.2.1',
  })
})
