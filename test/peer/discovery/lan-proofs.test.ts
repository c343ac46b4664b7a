/** Whether a program is where its datagrams say, and who is gone; one host takes no questions over HTTP from the others. */
import { expect, onTestFinished, test } from 'vitest'
import { Discovery } from '../../../src/peer/discovery/discovery.ts'
import { HelloClient } from '../../../src/peer/discovery/hello-client.ts'
import { LanLink } from '../../../src/peer/discovery/lan.ts'
import { LanSource } from '../../../src/peer/discovery/lan-source.ts'
import { Profiles } from '../../../src/peer/profiles/profiles.ts'
import { FakeClient } from '../fake-client.ts'
import { emitting, keyless, membership, selfAt } from '../parts.ts'
import { ManualClock } from '../../support/clock.ts'
import type { Peer } from '../../../src/chat/model.ts'
import type { Source } from '../../../src/chat/presence.ts'
import type { Address } from '../../../src/http/message.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { encode, type LsnpMessage, type LsnpMessages } from '../../../src/udp/lsnp/codec.ts'
import type { LanSocketsOptions } from '../../../src/udp/socket.ts'

const ANNOUNCE_PORT = 9_002
const IGNORE = (): void => undefined

/** A source whose datagrams a test makes up, and the addresses that it asked. */
async function linked() {
  const asked: Address[] = []
  let receive: LanSocketsOptions['onDatagram'] = IGNORE
  const sent: string[] = []
  const lost: Peer[] = []
  const clock = new ManualClock()
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
        const send = (_to: Address, bytes: Buffer) => void sent.push(bytes.toString())
        const sockets = { ownPort: 8000, problems: [], send, setOwnAddresses: IGNORE }
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
  class ObservedDiscovery extends Discovery {
    override lost(source: Source, peer: Peer, reason: string): void {
      lost.push(peer)
      super.lost(source, peer, reason)
    }
  }
  const source = new LanSource({
    ...{ link, clock, self, channels, events, hello },
    network: {
      accepts: (address) => {
        asked.push(address)
        return Promise.resolve(false)
      },
    },
    discovery: new ObservedDiscovery({ presence, channels, clock, events, ...keyless() }),
    inbox: { receiveDatagram: IGNORE },
    profiles: new Profiles(client, keyless().routes, events),
  })
  await source.start()
  onTestFinished(() => source.stop())
  const hear = (host: string, message: LsnpMessage): void => {
    receive(encode(message, 'rfc'), { host, port: 8_600 })
  }
  return {
    asked,
    lost,
    hear,
    /** A Parley peer announces itself from this host, and repeats the number that it is sent. */
    prove: (host: string, message: LsnpMessages['PROFILE']) => {
      hear(host, message)
      const [, echo] = /^NONCE: (.*)$/m.exec(sent.at(-1) ?? '') ?? []
      hear(host, { ...message, echo })
      return { ...message, echo }
    },
    pass: (ms: number) => {
      clock.advanceSync(ms)
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

test('a peer with a key is lost when it has left the last of its addresses', async () => {
  const { hear, pass, prove, lost } = await linked()
  const { id: key } = new KeyPair(Buffer.alloc(32, 7))
  const shown = { displayName: 'bob', status: '-', port: 8_600, app: 'parley/0.1', channels: ['general'] }
  const profileAt = (host: string) =>
    ({
      type: 'PROFILE',
      userId: `bob@${host}`,
      ...shown,
      node: 'b0bb0bb0bb0bb0b0',
      key,
      httpPort: 8_600,
    }) as const
  const [wired, wireless] = ['10.77.0.16', '10.77.0.17']
  const [first, second] = [prove(wired, profileAt(wired)), prove(wireless, profileAt(wireless))]
  hear(wired, { ...first, leaving: true })
  pass(1_000)
  expect(lost).toEqual([])
  hear(wireless, { ...second, leaving: true })
  pass(1_000)
  expect(lost).toMatchObject([{ ip: wireless, key }])
})
