/** A running beacon over stand-in sockets: when it speaks, on which networks, and what it makes of interfaces that change. */
import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { DatagramSeal } from '../../../src/identity/datagram-seal.ts'
import { NetworkKey } from '../../../src/identity/network-key.ts'
import { openBeacon, sealBeacon } from '../../../src/udp/closed/beacon.ts'
import { Beacons } from '../../../src/udp/closed/beacons.ts'
import { BEACON_PORT, BEACON_TIMES } from '../../../src/udp/closed/limits.ts'
import { ManualClock } from '../../support/clock.ts'
import type { Interfaces } from '../../../src/udp/networks.ts'
import type { LanSocketsOptions } from '../../../src/udp/socket.ts'

const seal = new DatagramSeal(new NetworkKey(randomBytes(32)).datagrams, randomBytes)
const on = (address: string): Interfaces => ({
  eth0: [{ family: 'IPv4', address, netmask: '255.255.255.0', internal: false }],
})

async function start() {
  const clock = new ManualClock()
  const sent: string[] = []
  const peers: string[] = []
  const problems: string[] = []
  const machine = { read: (): Interfaces => on('10.77.0.11') }
  let opened: LanSocketsOptions | undefined
  const beacons = await Beacons.start({
    ...{ seal, node: 'a11ce00000000000', tcpPort: 8000, clock },
    readInterfaces: () => machine.read(),
    openSockets: (options) => {
      opened = options
      return Promise.resolve({
        ownPort: 8001,
        problems: [],
        setOwnAddresses: () => undefined,
        send: ({ host, port }, bytes) => {
          const { kind, address } = openBeacon(seal, bytes) ?? {}
          sent.push(`${kind ?? 'rubbish'} of ${address?.host ?? 'nobody'} to ${host}:${port}`)
        },
        close: () => Promise.resolve(),
      })
    },
    onPeer: ({ address, isLeaving }) => peers.push(`${address.host}:${address.port} ${String(isLeaving)}`),
    onProblem: (sentence) => problems.push(sentence),
  })
  onTestFinished(() => beacons.close())
  const take = (): string[] => sent.splice(0)
  return { beacons, clock, take, peers, problems, machine, opened }
}

const ASK = `ask of 10.77.0.11 to 10.77.0.255:${BEACON_PORT}`
const HERE = `here of 10.77.0.11 to 10.77.0.255:${BEACON_PORT}`

test('it asks at the start, three times within a second, and then says at each interval that it is here', async () => {
  const { clock, take, opened } = await start()
  expect(opened?.shared?.map(({ port }) => port)).toEqual([BEACON_PORT])
  expect(take()).toEqual([ASK])
  await clock.advance(1_000)
  expect(take()).toEqual(BEACON_TIMES.repeats.map(() => ASK))
  await clock.advance(BEACON_TIMES.interval - 1_000)
  expect(take()).toEqual([HERE])
  await clock.advance(BEACON_TIMES.interval)
  expect(take()).toEqual([HERE])
})

test('a change is said at once, and twice more', async () => {
  const { beacons, clock, take } = await start()
  await clock.advance(1_000)
  take()
  beacons.announce()
  expect(take()).toEqual([HERE])
  await clock.advance(1_000)
  expect(take()).toEqual(BEACON_TIMES.repeats.map(() => HERE))
})

test('in another network it asks anew', async () => {
  const { clock, take, machine } = await start()
  await clock.advance(1_000)
  take()
  machine.read = () => on('10.88.0.11')
  await clock.advance(BEACON_TIMES.interfaces - 1_000)
  expect(take()).toEqual([`ask of 10.88.0.11 to 10.88.0.255:${BEACON_PORT}`])
})

test('interfaces that cannot be read are said once, and used when they can', async () => {
  const { clock, take, machine, problems } = await start()
  await clock.advance(1_000)
  take()
  machine.read = () => {
    throw new Error('EACCES')
  }
  await clock.advance(3 * BEACON_TIMES.interfaces)
  expect(problems).toEqual(['The interfaces of this machine cannot be read: Error: EACCES'])
  take()
  machine.read = () => on('10.77.0.11')
  await clock.advance(BEACON_TIMES.interfaces)
  expect(take()).toContain(ASK)
})

test('a member is reported and answered, and a datagram from outside of its networks is not read', async () => {
  const { opened, take, peers } = await start()
  take()
  const address = { host: '10.77.0.12', port: 8100 }
  const question = () => sealBeacon(seal, { kind: 'ask', address, udpPort: 8101, node: 'b0b0000000000000' })
  opened?.onDatagram(question(), { host: '10.99.0.1', port: 8101 })
  expect([take(), peers]).toEqual([[], []])
  opened?.onDatagram(question(), { host: '10.77.0.12', port: 8101 })
  expect([take(), peers]).toEqual([['here of 10.77.0.11 to 10.77.0.12:8101'], ['10.77.0.12:8100 false']])
})

test('it says goodbye, and nothing after it', async () => {
  const { beacons, clock, take } = await start()
  take()
  await beacons.close()
  expect(take()).toEqual([`bye of 10.77.0.11 to 10.77.0.255:${BEACON_PORT}`])
  beacons.announce()
  await clock.advance(60_000)
  expect(take()).toEqual([])
})
