/** The start of a peer: what fails before anything is opened, and what the user is told. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PeerEvents } from '../../../src/cli/running/peer-events.ts'
import { goOnline, greet, leftBehind, openPeer } from '../../../src/cli/running/start-peer.ts'
import { temporaryDirectory } from '../../support/files.ts'
import { takenPort } from '../../support/ports.ts'
import type { StartFlags } from '../../../src/cli/running/start-peer.ts'

function flags(more: Partial<StartFlags> = {}): StartFlags {
  return {
    name: 'kim',
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
    ...more,
  }
}

async function opened(more: Partial<StartFlags> = {}) {
  const started = await openPeer(flags(more), new PeerEvents())
  onTestFinished(() => started.peer.close())
  return started
}

test('a taken port is found before the history is opened', async () => {
  const data = join(temporaryDirectory(), 'kept')
  const port = await takenPort()
  const storage = { data, history: true, ephemeral: false }
  await expect(opened({ port, storage })).rejects.toMatchObject({
    status: 4,
    message: `cannot start the peer: port ${port} on 127.0.0.1 is taken; choose another with --port`,
  })
  expect(existsSync(data)).toBe(false)
})

test('the port of a page that the peer must have is checked, too', async () => {
  const port = await takenPort()
  const web = { host: '127.0.0.1', port, qr: false, portFlag: '--web-port' }
  await expect(openPeer(flags(), new PeerEvents(), web)).rejects.toMatchObject({
    message: `cannot open the page: port ${port} on 127.0.0.1 is taken; choose another with --web-port`,
  })
})

test('a peer that is open but not online gets events, and goes online', async () => {
  const started = await opened()
  await goOnline(started, flags())
  expect(started.peer.self.name).toBe('kim')
  expect(started.directory).toBeUndefined()
})

describe('the greeting', () => {
  test.each<[name: string, more: Partial<StartFlags>, lines: string[]]>([
    [
      'no way to be found',
      {},
      ['-- LAN: off', '-- tracker none: nobody can find you; give one with --tracker-ip; Ctrl-C ends it'],
    ],
    [
      'peers by hand',
      { peers: [{ host: '127.0.0.1', port: 1 }] },
      ['-- LAN: off', '-- peers by hand: 127.0.0.1:1', '-- tracker none; Ctrl-C ends it'],
    ],
  ])('%s', async (_name, more, lines) => {
    const started = await opened(more)
    const printed: string[] = []
    greet(started, flags(more), (text) => printed.push(text), 'Ctrl-C ends it')
    expect(printed[0]).toMatch(/^-- you are kim \([0-9a-z]{4}-[0-9a-z]{4}\) at 127\.0\.0\.1:\d+$/)
    expect(printed.slice(1)).toEqual(lines)
  })
})

test('without waiting messages nothing is left behind', async () => {
  const { peer } = await opened()
  expect(leftBehind(peer, true)).toBeUndefined()
})
