/** Simulated TCP: connecting, the order of bytes, and how an end learns that the other one is gone. */
import { describe, expect, it } from 'vitest'
import { Rng } from './rng.ts'
import { Life } from './life.ts'
import { Machine } from './machine.ts'
import { tcpFor } from './tcp.ts'
import { VirtualTime } from './virtual-time.ts'
import { CALM, Wire } from './wire.ts'
import type { Transport, TransportError } from '../../src/http/transport/transport.ts'

const PORT = 8_000

/** A program at one end, which notes the calls of its transport. */
class Holder {
  readonly transport: Transport
  readonly calls: string[] = []
  readonly chunks: Buffer[] = []

  constructor(transport: Transport) {
    this.transport = transport
    transport.attach(this)
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  connected(): void {
    this.calls.push('connected')
  }

  received(chunk: Buffer): void {
    this.chunks.push(chunk)
  }

  ended(): void {
    this.calls.push('ended')
  }

  drained(): void {
    this.calls.push('drained')
  }

  closed(error?: TransportError): void {
    this.calls.push(`closed ${error?.code ?? ''}`.trimEnd())
  }
}

function start(seed = 1) {
  const time = new VirtualTime()
  const wire = new Wire(time, new Rng(seed))
  const [here, there] = ['192.168.1.2', '192.168.1.3'].map(
    (ip, index) => new Machine({ name: `pc${index}`, ip, time }),
  ) as [Machine, Machine]
  const internet = { machines: [here, there], wire }
  const onError = (error: unknown): void => {
    throw error
  }
  const lives = { client: new Life(here, onError), server: new Life(there, onError) }
  const accepted: Holder[] = []
  const listen = () =>
    tcpFor(lives.server, internet).listen(
      { host: there.ip, port: PORT },
      { accept: (transport) => accepted.push(new Holder(transport)), failed: onError },
    )
  const connect = (port = PORT): Holder =>
    new Holder(tcpFor(lives.client, internet).connect({ host: there.ip, port }))
  return { time, wire, here, there, lives, listen, connect, accepted }
}

/** A connection that is open at both ends. */
async function pair(seed = 1) {
  const world = start(seed)
  await world.listen()
  const client = world.connect()
  await world.time.runUntil(100)
  const [server] = world.accepted
  if (server === undefined) throw new Error('not accepted')
  return { ...world, client, server }
}

describe('connecting', () => {
  it('opens both ends, which know each other', async () => {
    const { client, server, here } = await pair()
    expect([client.calls, server.calls]).toEqual([['connected'], []])
    expect(client.transport.remote).toEqual(server.transport.local)
    expect(server.transport.remote).toEqual({ host: here.ip, port: 40_000 })
  })

  it('is refused by a port where nothing listens, and by one whose program is gone', async () => {
    const { time, connect, lives, accepted } = await pair()
    const nothing = connect(PORT + 1)
    lives.server.end()
    const gone = connect()
    await time.runUntil(1_000)
    expect([nothing.calls, gone.calls]).toEqual([['closed ECONNREFUSED'], ['closed ECONNREFUSED']])
    expect(accepted).toHaveLength(1)
  })

  it('to a port that is taken fails as listen(2) does', async () => {
    const { listen } = await pair()
    await expect(listen()).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('sends what was written before as soon as it is open', async () => {
    const { time, listen, connect, accepted } = start()
    await listen()
    const client = connect()
    client.transport.write('early')
    expect(client.transport.unsent).toBe(5)
    await time.runUntil(100)
    expect([accepted[0]?.text, client.transport.unsent]).toEqual(['early', 0])
  })
})

describe('bytes', () => {
  it.each([1, 2, 3, 4, 5])(
    'arrive once and in order, whatever happens to their segments: %i',
    async (seed) => {
      const { time, wire, client, server } = await pair(seed)
      wire.conditions = { ...CALM, loss: 0.3, mostDelay: 1_000, maxSegment: 7 }
      let sent = ''
      for (let number = 0; number < 20; number++) {
        const text = `${number} `.repeat(number)
        sent += text
        client.transport.write(text)
      }
      await time.runUntil(200_000)
      expect(server.text).toBe(sent)
      expect(server.chunks.length).toBeGreaterThan(2)
    },
  )

  it('wait at the sender while the other program does not read', async () => {
    const { time, client, server } = await pair()
    const drains = (): number => client.calls.filter((what) => what === 'drained').length
    server.transport.pause()
    const piece = Buffer.alloc(16 * 1024)
    for (let count = 0; count < 10; count++) client.transport.write(piece)
    await time.runUntil(1_000)
    const [unsent, before] = [client.transport.unsent, drains()]
    server.transport.resume()
    await time.runUntil(2_000)
    expect([unsent, client.transport.unsent]).toEqual([6 * piece.length, 0])
    expect(drains()).toBe(before + 1)
    expect(server.text.length).toBe(10 * piece.length)
  })

  it('are held back by a cut, and come when it is mended', async () => {
    const { time, wire, here, there, client, server } = await pair()
    const mend = wire.cut([here], [there])
    client.transport.write('later')
    await time.runUntil(60_000)
    expect(server.text).toBe('')
    mend()
    await time.runUntil(70_000)
    expect(server.text).toBe('later')
  })
})

describe('the end', () => {
  it('of one direction leaves the other open', async () => {
    const { time, client, server } = await pair()
    client.transport.end()
    await time.runUntil(200)
    server.transport.write('last words')
    server.transport.end()
    await time.runUntil(300)
    expect([client.text, client.calls]).toEqual(['last words', ['connected', 'ended', 'closed']])
    expect(server.calls).toEqual(['ended', 'closed'])
  })

  it('is a FIN behind what was written when an end is destroyed, and a reset for what is written then', async () => {
    const { time, client, server } = await pair()
    client.transport.write('bye')
    client.transport.destroy()
    await time.runUntil(200)
    expect([server.text, server.calls]).toEqual(['bye', ['ended']])
    server.transport.write('too late')
    await time.runUntil(300)
    expect(server.calls).toEqual(['ended', 'closed ECONNRESET'])
    expect(client.calls).toEqual(['connected', 'closed'])
  })

  it.each<[string, (server: Holder) => void]>([
    [
      'reset',
      (server) => {
        server.transport.reset()
      },
    ],
    [
      'destroyed with unread input',
      (server) => {
        server.transport.destroy()
      },
    ],
  ])('is a reset when the other end is %s', async (_, finish) => {
    const { time, client, server } = await pair()
    server.transport.pause()
    client.transport.write('unread')
    await time.runUntil(200)
    finish(server)
    await time.runUntil(300)
    expect(client.calls).toEqual(['connected', 'closed ECONNRESET'])
  })

  it('is a FIN when the other program is killed', async () => {
    const { time, client, lives } = await pair()
    lives.server.end()
    await time.runUntil(200)
    expect(client.calls).toEqual(['connected', 'ended'])
  })

  it('is not noticed after a power cut, before something is sent to the machine that is back', async () => {
    const { time, client, lives, there } = await pair()
    there.switchOff()
    lives.server.end()
    await time.runUntil(10_000)
    there.switchOn()
    await time.runUntil(600_000)
    expect(client.calls).toEqual(['connected'])
    client.transport.write('anyone?')
    await time.runUntil(610_000)
    expect(client.calls).toEqual(['connected', 'closed ECONNRESET'])
  })

  it('comes to both when the connection breaks between them, behind some of the bytes', async () => {
    const lengths = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      const { time, wire, client, server } = await pair(seed)
      wire.conditions = { ...CALM, breaks: 1, maxSegment: 2 }
      client.transport.write('abcdef')
      await time.runUntil(1_000)
      expect([client.calls, server.calls]).toEqual([
        ['connected', 'closed ECONNRESET'],
        ['closed ECONNRESET'],
      ])
      expect('abcdef'.startsWith(server.text)).toBe(true)
      lengths.add(server.text.length)
    }
    expect(lengths.size).toBeGreaterThan(2)
  })

  it('is reported once, to a program that sleeps when it wakes', async () => {
    const { time, client, server, here } = await pair()
    here.sleep(10_000)
    server.transport.write('good night')
    server.transport.end()
    await time.runUntil(5_000)
    expect([client.text, client.calls]).toEqual(['', ['connected']])
    await time.runUntil(20_000)
    expect([client.text, client.calls]).toEqual(['good night', ['connected', 'ended']])
  })
})
