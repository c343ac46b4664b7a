/** Questions over HTTP whether a program is where its datagrams say: one host takes none of them from the others. */
import { expect, onTestFinished, test } from 'vitest'
import { Discovery } from '../../../src/peer/discovery/discovery.ts'
import { HelloClient } from '../../../src/peer/discovery/hello-client.ts'
import { LanLink } from '../../../src/peer/discovery/lan.ts'
import { LanSource } from '../../../src/peer/discovery/lan-source.ts'
import { Profiles } from '../../../src/peer/profiles/profiles.ts'
import { FakeClient } from '../fake-client.ts'
import { emitting, keyless, membership, selfAt } from '../parts.ts'
import type { Clock } from '../../../src/chat/clock.ts'
import type { Address } from '../../../src/http/message.ts'
import type { LanSocketsOptions } from '../../../src/udp/socket.ts'

const ANNOUNCE_PORT = 9_002
const IGNORE = (): void => undefined

/** A source whose datagrams a test makes up, and the addresses that it asked. */
async function linked() {
  const asked: Address[] = []
  let now = 1_000_000
  let receive: LanSocketsOptions['onDatagram'] = IGNORE
  const clock: Clock = { now: () => now, wall: () => now, after: () => IGNORE }
  const eth0 = {
    ...({ address: '10.77.0.12', netmask: '255.255.255.0', family: 'IPv4', internal: false } as const),
    ...{ mac: '02:00:00:00:00:01', cidr: '10.77.0.12/24' },
  }
  const { presence, channels } = membership()
  const self = selfAt({ ip: '0.0.0.0', port: 8_000, name: 'zed' })
  const link = new LanLink({
    ...{ clock, random: () => 0.5, self, channels, presence },
    network: {
      readInterfaces: () => ({ eth0: [eth0] }),
      openSockets: ({ onDatagram }) => {
        receive = onDatagram
        const sockets = { ownPort: 8000, problems: [], send: IGNORE, setOwnAddresses: IGNORE }
        return Promise.resolve({ ...sockets, close: () => Promise.resolve() })
      },
    },
  })
  const client = new FakeClient()
  const events = emitting()
  const hello = new HelloClient({
    client,
    hello: { greeting: () => ({}) },
    self,
  })
  const source = new LanSource({
    ...{ link, clock, self, channels, events, hello },
    network: {
      accepts: (address) => {
        asked.push(address)
        return Promise.resolve(false)
      },
    },
    discovery: new Discovery({ presence, channels, clock, events, ...keyless() }),
    inbox: { receiveDatagram: IGNORE },
    profiles: new Profiles(client, keyless().routes, events),
  })
  await source.start()
  onTestFinished(() => source.stop())
  return {
    asked,
    pass: (ms: number) => {
      now += ms
    },
    announce: (host: string, port: number) => {
      receive(Buffer.from(JSON.stringify({ port, name: 'x' })), { host, port: ANNOUNCE_PORT })
    },
  }
}

test('a host that announces ever new ports keeps no other program from being asked', async () => {
  const { asked, announce, pass } = await linked()
  for (let time = 0; time < 120; time++) {
    announce('10.77.0.66', 8_000 + time)
    pass(250)
  }
  announce('10.77.0.16', 8_600)
  expect(asked.at(-1)).toEqual({ host: '10.77.0.16', port: 8_600 })
  expect(asked.filter(({ host }) => host === '10.77.0.66').length).toBeLessThanOrEqual(8 + 15)
})

test('probes of many hosts at once have a limit in all', async () => {
  const { asked, announce } = await linked()
  for (let host = 13; host < 213; host++) announce(`10.77.0.${host}`, 8_600)
  expect(asked).toHaveLength(64)
})
