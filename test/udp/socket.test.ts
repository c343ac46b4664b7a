/** The sockets of discovery on loopback, on free ports. */
import { Socket } from 'node:dgram'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LanSockets, type LanPorts } from '../../src/udp/socket.ts'
import { until } from '../support/wait.ts'
import {
  EVERYBODY,
  freePorts,
  receives,
  lanPorts,
  LOCALHOST,
  occupy,
  openSockets,
  foreignSocket,
} from './node/double.ts'

const TOO_LONG = Buffer.alloc(65_508)

let ports: Required<LanPorts>

beforeEach(async () => {
  ports = await lanPorts()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('the own port', () => {
  test('is the preferred one when that is free', async () => {
    const { sockets } = await openSockets(ports)
    expect(sockets.ownPort).toBe(ports.ownPort)
    expect(sockets.problems).toEqual([])
  })

  test.each([
    ['to itself', false],
    ['and would share it', true],
  ])('is another one if a program has it %s', async (_name, shared) => {
    await occupy(ports.ownPort, { shared })
    const { sockets } = await openSockets(ports)
    expect(sockets.ownPort).toBe(ports.firstPort)
  })

  test('is the first free one of the range', async () => {
    const [first = 0, second = 0, third = 0] = await freePorts(3)
    await occupy(first)
    await occupy(second)
    const range = { discoveryPort: ports.discoveryPort, announcePort: ports.announcePort, firstPort: first }
    const { sockets } = await openSockets({ ...range, lastPort: third })
    expect(sockets.ownPort).toBe(third)
  })

  test('is not shared: two programs get different ones', async () => {
    const one = await openSockets(ports)
    const other = await openSockets(ports)
    expect([one.sockets.ownPort, other.sockets.ownPort]).toEqual([ports.ownPort, ports.firstPort])
    await expect(occupy(ports.ownPort, { shared: true })).rejects.toThrow('EADDRINUSE')
  })

  test('is none of the shared ones, even if they are in its range', async () => {
    const [discoveryPort = 0, announcePort = 0, free = 0] = await freePorts(3)
    const range = { ownPort: announcePort, firstPort: discoveryPort, lastPort: free }
    const { sockets } = await openSockets({ discoveryPort, announcePort, ...range })
    expect(sockets.ownPort).toBe(free)
    expect(sockets.problems).toEqual([])
  })

  test('must be had: otherwise nothing is kept', async () => {
    const [only = 0] = await freePorts(1)
    await occupy(only)
    const { discoveryPort, announcePort } = ports
    await expect(
      openSockets({ discoveryPort, announcePort, firstPort: only, lastPort: only }),
    ).rejects.toThrow(`None of the UDP ports ${only} to ${only} is free`)
    await occupy(discoveryPort)
    await occupy(announcePort)
  })

  test('what is wrong with every port is not tried with every port', async () => {
    const bind = vi.spyOn(Socket.prototype, 'bind').mockImplementation(function (this: Socket) {
      queueMicrotask(() => this.emit('error', Object.assign(new Error('bind EMFILE'), { code: 'EMFILE' })))
      return this
    })
    await expect(openSockets(ports)).rejects.toThrow('bind EMFILE')
    expect(bind).toHaveBeenCalledTimes(3)
  })
})

describe('a shared port that another program keeps to itself', () => {
  test.each([
    ['discoveryPort', 'announcePort', 'peers are not found automatically'],
    ['announcePort', 'discoveryPort', 'peers that announce themselves there are not found'],
  ] as const)('%s: a sentence says so, the rest works', async (taken, other, loss) => {
    await occupy(ports[taken])
    const opened = await openSockets(ports)
    expect(opened.sockets.problems).toEqual([
      `UDP port ${ports[taken]} is taken by a program that does not share it (EADDRINUSE): ${loss}; ` +
        'end that program and start again, or use a tracker: parley peer --tracker-ip ADDRESS',
    ])
    const bob = await foreignSocket()
    await bob.send('to you', { host: LOCALHOST, port: opened.sockets.ownPort })
    await bob.send('to all', { host: EVERYBODY, port: ports[other] })
    await receives(opened, 'to you')
    await receives(opened, 'to all')
    opened.sockets.send(bob.address, Buffer.from('hello'))
    await receives(bob, 'hello')
  })

  test('both', async () => {
    await occupy(ports.discoveryPort)
    await occupy(ports.announcePort)
    const { sockets } = await openSockets(ports)
    expect(sockets.problems).toHaveLength(2)
    expect(sockets.ownPort).toBe(ports.ownPort)
  })

  test('or that the system does not give: there is no program to end', async () => {
    const bind = vi.spyOn(Socket.prototype, 'bind').mockImplementationOnce(function (this: Socket) {
      queueMicrotask(() => this.emit('error', Object.assign(new Error('bind EACCES'), { code: 'EACCES' })))
      return this
    })
    const { sockets } = await openSockets(ports)
    expect(bind).toHaveBeenCalledTimes(3)
    expect(sockets.problems).toEqual([
      `UDP port ${ports.discoveryPort} is reserved by the system (EACCES): peers are not found automatically; use a tracker: parley peer --tracker-ip ADDRESS`,
    ])
  })
})

describe('datagrams', () => {
  test.each(['discoveryPort', 'announcePort'] as const)(
    'a broadcast to the %s reaches all on this machine',
    async (port) => {
      const alice = await openSockets(ports)
      const carol = await openSockets(ports)
      const bob = await foreignSocket()
      await bob.send('here I am', { host: EVERYBODY, port: ports[port] })
      for (const each of [alice, carol]) {
        await receives(each, 'here I am')
        expect(each.from).toEqual([bob.address])
      }
    },
  )

  test('what is meant for one of them reaches that one alone', async () => {
    const alice = await openSockets(ports)
    const carol = await openSockets(ports)
    const bob = await foreignSocket()
    await bob.send('alice?', { host: LOCALHOST, port: alice.sockets.ownPort })
    await receives(alice, 'alice?')
    await bob.send('end', { host: LOCALHOST, port: carol.sockets.ownPort })
    await receives(carol, 'end')
    expect(carol.received).toEqual(['end'])
  })

  test('come from the own port', async () => {
    const alice = await openSockets(ports)
    const carol = await openSockets(ports)
    alice.sockets.send({ host: EVERYBODY, port: ports.discoveryPort }, Buffer.from('to all'))
    alice.sockets.send({ host: LOCALHOST, port: carol.sockets.ownPort }, Buffer.from('to one'))
    await receives(carol, 'to all')
    await receives(carol, 'to one')
    const from = { host: LOCALHOST, port: alice.sockets.ownPort }
    expect(carol.from).toEqual([from, from])
  })

  test('own broadcasts are not received', async () => {
    const alice = await openSockets(ports)
    const carol = await openSockets(ports)
    alice.sockets.send({ host: EVERYBODY, port: ports.discoveryPort }, Buffer.from('from alice'))
    await receives(carol, 'from alice')
    carol.sockets.send({ host: EVERYBODY, port: ports.discoveryPort }, Buffer.from('end'))
    await receives(alice, 'end')
    expect(alice.received).toEqual(['end'])
    expect(alice.sockets.counts).toEqual({ sent: 1, failed: 0, received: 2, own: 1 })
  })

  test('datagrams from the own port number at another address are received', async () => {
    const alice = await openSockets(ports)
    alice.sockets.setOwnAddresses(['192.0.2.1'])
    alice.sockets.send({ host: EVERYBODY, port: ports.discoveryPort }, Buffer.from('from alice'))
    await receives(alice, 'from alice')
  })

  test.each([0, 1, 1_200, 65_507])('%i bytes', async (size) => {
    const sizes: number[] = []
    const { sockets } = await openSockets(ports, { onDatagram: ({ length }) => sizes.push(length) })
    const alice = await openSockets(ports)
    alice.sockets.send({ host: LOCALHOST, port: sockets.ownPort }, Buffer.alloc(size))
    await until(() => sizes.length > 0, `${size} bytes`)
    expect(sizes).toEqual([size])
  })

  test('an error of their listener is reported once, and the next one is received', async () => {
    const heard: string[] = []
    const { sockets, errors } = await openSockets(ports, {
      onDatagram: (bytes) => {
        heard.push(bytes.toString())
        throw new Error('oops')
      },
    })
    const bob = await foreignSocket()
    for (const text of ['one', 'two', 'three'])
      await bob.send(text, { host: LOCALHOST, port: sockets.ownPort })
    await receives({ received: heard }, 'three')
    expect(errors.map(({ message }) => message)).toEqual([
      'Internal error with a datagram of 127.0.0.1: oops',
    ])
    expect(errors[0]?.cause).toEqual(new Error('oops'))
  })
})

describe('what cannot be sent', () => {
  const nobody = { host: LOCALHOST, port: 9 }

  test.each([
    ['too long', nobody, TOO_LONG, '(EMSGSIZE): 65508 bytes are too many for one datagram'],
    ['port 0', { host: LOCALHOST, port: 0 }, Buffer.alloc(1), '(ERR_SOCKET_BAD_PORT): that is no address'],
    ['port 65536', { host: LOCALHOST, port: 65_536 }, Buffer.alloc(1), '(ERR_SOCKET_BAD_PORT)'],
    ['a name', { host: 'localhost', port: 9 }, Buffer.alloc(1), '(EINVAL): that is no address'],
    ['IPv6', { host: '::1', port: 9 }, Buffer.alloc(1), '(EINVAL)'],
    ['half an address', { host: '127.1', port: 9 }, Buffer.alloc(1), '(EINVAL)'],
    ['no address', { host: '', port: 9 }, Buffer.alloc(1), '(EINVAL)'],
  ])('%s: never thrown, told once, counted each time', async (_name, to, bytes, sentence) => {
    const { sockets, errors } = await openSockets(ports)
    for (let attempt = 0; attempt < 3; attempt++) sockets.send(to, bytes)
    await sockets.close()
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining(sentence)])
    expect(errors[0]?.message).toContain(`Nothing can be sent to ${to.host}:${to.port} by UDP`)
    expect(sockets.counts).toEqual({ sent: 0, failed: 3, received: 0, own: 0 })
  })

  test('an unreachable network: told once, and again after it was reachable', async () => {
    const { sockets, errors } = await openSockets(ports)
    const to = { host: '192.0.2.255', port: ports.discoveryPort }
    const answers: (string | null)[] = ['ENETUNREACH', 'ENETUNREACH', 'EPERM', null, 'ENETUNREACH']
    const send = vi.spyOn(Socket.prototype, 'send').mockImplementation((...parameters: unknown[]) => {
      const callback = parameters.at(-1) as (error: Error | null) => void
      const code = answers.shift()
      callback(typeof code === 'string' ? Object.assign(new Error(code), { code }) : null)
    })
    for (let attempt = 0; attempt < 5; attempt++) sockets.send(to, Buffer.alloc(1))
    expect(send).toHaveBeenCalledTimes(5)
    const unreachable = `Nothing can be sent to ${to.host}:${to.port} by UDP (ENETUNREACH): there is no way to it from here`
    expect(errors.map(({ message }) => message)).toEqual([
      unreachable,
      `Nothing can be sent to ${to.host}:${to.port} by UDP (EPERM): this machine does not allow it, perhaps a firewall`,
      unreachable,
    ])
    expect(sockets.counts).toEqual({ sent: 1, failed: 4, received: 0, own: 0 })
  })

  test('each destination for itself', async () => {
    const { sockets, errors } = await openSockets(ports)
    for (const port of [9, 10, 9, 10]) sockets.send({ host: LOCALHOST, port }, TOO_LONG)
    await sockets.close()
    expect(errors).toHaveLength(2)
  })

  test('of very many destinations not all are told and remembered', async () => {
    const { sockets, errors } = await openSockets(ports)
    for (let index = 0; index < 1_000; index++)
      sockets.send({ host: `host${index}`, port: 9 }, Buffer.alloc(1))
    expect(errors).toHaveLength(256)
    expect(sockets.counts.failed).toBe(1_000)
  })

  test('more at once than may wait', async () => {
    const { sockets, errors } = await openSockets(ports)
    const bob = await foreignSocket()
    for (let index = 0; index < 4_097; index++) sockets.send(bob.address, Buffer.alloc(1))
    await sockets.close()
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('(ENOBUFS): too much is waiting to be sent'),
    ])
    expect(sockets.counts).toEqual({ sent: 4_096, failed: 1, received: 0, own: 0 })
  })
})

describe('what the system does to a socket', () => {
  test('an error of each of them is told once, and nothing ends', async () => {
    const bind = vi.spyOn(Socket.prototype, 'bind')
    const opened = await openSockets(ports)
    const error = Object.assign(new Error('recvmsg ENOMEM'), { code: 'ENOMEM' })
    const sockets = bind.mock.contexts.filter((socket) => socket instanceof Socket)
    for (const socket of [...sockets, ...sockets]) socket.emit('error', error)
    expect(opened.errors.map(({ message }) => message).sort()).toEqual(
      [ports.discoveryPort, ports.announcePort, ports.ownPort].map(
        (port) => `UDP port ${port} fails (ENOMEM)`,
      ),
    )
    const bob = await foreignSocket()
    await bob.send('still there?', { host: LOCALHOST, port: opened.sockets.ownPort })
    await receives(opened, 'still there?')
  })

  test('a large receive buffer is asked for, and a smaller one when that is refused', async () => {
    const grow = vi.spyOn(Socket.prototype, 'setRecvBufferSize').mockImplementation((size) => {
      if (size > 2_000_000) throw new Error('ENOBUFS')
    })
    await openSockets(ports)
    const sizes = [4 * 1024 * 1024, 1024 * 1024]
    expect(grow.mock.calls.map(([size]) => size)).toEqual([...sizes, ...sizes, ...sizes])
  })

  test('no larger receive buffer at all is no error', async () => {
    vi.spyOn(Socket.prototype, 'setRecvBufferSize').mockImplementation(() => {
      throw new Error('ENOBUFS')
    })
    const { sockets, errors } = await openSockets(ports)
    expect([...sockets.problems, ...errors]).toEqual([])
  })
})

describe('close', () => {
  test('what was sent just before still arrives', async () => {
    const bob = await foreignSocket()
    const { sockets } = await openSockets(ports)
    const texts = Array.from({ length: 100 }, (_, index) => `goodbye ${index}`)
    for (const text of texts) sockets.send(bob.address, Buffer.from(text))
    await sockets.close()
    expect(sockets.counts.sent).toBe(100)
    await receives(bob, 'goodbye 99')
    expect(bob.received).toEqual(texts)
  })

  test('is idempotent, and gives back all ports', async () => {
    const { sockets } = await openSockets(ports)
    const closed = sockets.close()
    expect(sockets.close()).toBe(closed)
    await closed
    await sockets.close()
    for (const port of [ports.discoveryPort, ports.announcePort, ports.ownPort]) await occupy(port)
  })

  test('afterwards nothing is sent, and nothing is wrong with that', async () => {
    const { sockets, errors } = await openSockets(ports)
    const bob = await foreignSocket()
    await sockets.close()
    sockets.send(bob.address, Buffer.from('too late'))
    const other = await openSockets(ports)
    other.sockets.send(bob.address, Buffer.from('end'))
    await receives(bob, 'end')
    expect(bob.received).toEqual(['end'])
    expect(errors).toEqual([])
    expect(sockets.counts).toEqual({ sent: 0, failed: 0, received: 0, own: 0 })
  })

  test('does not wait for ever for a kernel that takes nothing', async () => {
    const { sockets } = await openSockets(ports)
    vi.spyOn(Socket.prototype, 'send').mockImplementation(() => undefined)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    sockets.send({ host: LOCALHOST, port: 9 }, Buffer.alloc(1))
    const closed = sockets.close()
    const close = vi.spyOn(Socket.prototype, 'close')
    await vi.advanceTimersByTimeAsync(999)
    expect(close).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await closed
    expect(close).toHaveBeenCalledTimes(3)
  })

  test('await using closes', async () => {
    {
      const ignore = (): void => undefined
      await using sockets = await LanSockets.open({ ...ports, onDatagram: ignore, onError: ignore })
      expect(sockets.ownPort).toBe(ports.ownPort)
    }
    await occupy(ports.ownPort)
  })
})
