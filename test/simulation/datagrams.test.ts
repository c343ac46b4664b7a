import { describe, expect, it } from 'vitest'
import { datagramsFor } from './datagrams.ts'
import { Rng } from './rng.ts'
import { Life } from './life.ts'
import { Machine } from './machine.ts'
import { VirtualTime } from './virtual-time.ts'
import { CALM, Wire, type NetworkConditions } from './wire.ts'

const EVERYBODY = { host: '192.168.1.255', port: 50_999 }

/** Two programs on the first machine, one on the second, one on a machine of another network. */
async function start(conditions: NetworkConditions = CALM) {
  const time = new VirtualTime()
  const wire = new Wire(time, new Rng(1))
  wire.conditions = conditions
  const machines = ['192.168.1.2', '192.168.1.3', '192.168.2.2'].map(
    (ip, index) => new Machine({ name: `pc${index}`, ip, time }),
  )
  const [first, second, other] = machines as [Machine, Machine, Machine]
  const heard: string[] = []
  const open = async (name: string, machine: Machine) => {
    const life = new Life(machine, () => undefined)
    const socket = await datagramsFor(life, machines, wire).openSockets({
      onDatagram: (bytes, from) => {
        heard.push(`${name}: ${bytes.toString()} from ${from.host}:${from.port}`)
      },
      onError: () => undefined,
    })
    return { life, socket }
  }
  const alice = await open('alice', first)
  const bob = await open('bob', first)
  const carol = await open('carol', second)
  await open('dave', other)
  return { time, alice, bob, carol, heard: () => heard.sort() }
}

describe('datagrams', () => {
  it('to everybody reach every program of the network but the own', async () => {
    const { time, alice, heard } = await start()
    alice.socket.send(EVERYBODY, Buffer.from('hi'))
    await time.runUntil(100)
    expect(heard()).toEqual(['bob: hi from 192.168.1.2:8000', 'carol: hi from 192.168.1.2:8000'])
  })

  it('to one reach that one', async () => {
    const { time, carol, heard } = await start()
    carol.socket.send({ host: '192.168.1.2', port: 8_001 }, Buffer.from('hi'))
    await time.runUntil(100)
    expect(heard()).toEqual(['bob: hi from 192.168.1.3:8000'])
  })

  it.each([
    ['are lost', { ...CALM, loss: 1 }, 0],
    ['come twice', { ...CALM, duplication: 1 }, 2],
  ])('%s, under such conditions', async (_, conditions, count) => {
    const { time, carol, heard } = await start(conditions)
    carol.socket.send({ host: '192.168.1.2', port: 8_001 }, Buffer.from('hi'))
    await time.runUntil(100)
    expect(heard()).toHaveLength(count)
  })

  it('do not come to a program that was killed', async () => {
    const { time, bob, carol, heard } = await start()
    carol.socket.send({ host: '192.168.1.2', port: 8_001 }, Buffer.from('hi'))
    bob.life.end()
    await time.runUntil(100)
    expect(heard()).toEqual([])
  })
})
