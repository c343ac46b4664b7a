/** LAN discovery with real sockets on loopback, a machine that does what its test says, and a clock driven by hand. */
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ChatError } from '../../src/chat/errors.ts'
import { LanDiscovery, type LanDiscoveryOptions } from '../../src/udp/discovery.ts'
import { ManualClock } from '../support/clock.ts'
import { turn, until } from '../support/wait.ts'
import {
  EVERYBODY,
  receives,
  LanDouble,
  lanPorts,
  LOCALHOST,
  noticeEffect,
  occupy,
  sendEffect,
  foreignSocket,
} from './node/double.ts'
import type { LanCommand, LanEvent, Network } from '../../src/udp/node/model.ts'
import type { Interfaces } from '../../src/udp/networks.ts'
import type { LanPorts } from '../../src/udp/socket.ts'

const LO: Interfaces = {
  lo: [{ family: 'IPv4', address: LOCALHOST, netmask: '255.0.0.0', internal: true }],
}
const ETH0: Interfaces = {
  eth0: [{ family: 'IPv4', address: '192.0.2.7', netmask: '255.255.255.0', internal: false }],
}
const LO_NETWORK: Network = { name: 'lo', address: LOCALHOST, netmask: '255.0.0.0', broadcast: EVERYBODY }
const ETH0_NETWORK: Network = {
  name: 'eth0',
  address: '192.0.2.7',
  netmask: '255.255.255.0',
  broadcast: '192.0.2.255',
}
const REVOKE: LanCommand = { kind: 'revoke' }

let ports: Required<LanPorts>
let clock: ManualClock
let machine: LanDouble
let interfaces: Interfaces
let events: LanEvent[]
let problems: string[]

beforeEach(async () => {
  ports = await lanPorts()
  clock = new ManualClock()
  machine = new LanDouble()
  interfaces = LO
  events = []
  problems = []
})

/** Closed when the test is over. */
async function start(options: Partial<LanDiscoveryOptions> = {}): Promise<LanDiscovery> {
  const discovery = await LanDiscovery.start({
    ...ports,
    machine,
    clock,
    readInterfaces: () => interfaces,
    onEvent: (event) => events.push(event),
    onProblem: (sentence) => problems.push(sentence),
    ...options,
  })
  onTestFinished(() => discovery.close())
  return discovery
}

/** The notices among the events. */
function notices(): string[] {
  return events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []))
}

/** The kinds of all commands. */
function kinds(): string[] {
  return machine.commands.map(({ kind }) => kind)
}

describe('start', () => {
  test('tells the machine the port, then the networks, at the time of the clock', async () => {
    const discovery = await start()
    expect(discovery.port).toBe(ports.ownPort)
    expect(machine.calls).toEqual([
      { kind: 'command', command: { kind: 'start', port: ports.ownPort }, now: clock.now() },
      { kind: 'command', command: { kind: 'networks', networks: [LO_NETWORK] }, now: clock.now() },
    ])
    expect(problems).toEqual([])
  })

  test('without any interface the machine gets an empty list', async () => {
    interfaces = {}
    await start()
    expect(machine.commands[1]).toEqual({ kind: 'networks', networks: [] })
  })

  test('the interfaces are those of this machine unless a test gives others', async () => {
    const discovery = await LanDiscovery.start({
      ...ports,
      machine,
      clock,
      interfaces: ['lo'],
      onEvent: () => undefined,
      onProblem: (sentence) => problems.push(sentence),
    })
    onTestFinished(() => discovery.close())
    const [, networks] = machine.commands
    expect(networks).toMatchObject({ kind: 'networks', networks: [{ broadcast: EVERYBODY }] })
    expect(problems).toEqual([])
  })

  test('an error of the sockets is reported as a problem', async () => {
    await occupy(ports.discoveryPort)
    await start()
    expect(problems).toEqual([expect.stringContaining(`UDP port ${ports.discoveryPort} is taken`)])
    expect(kinds()).toEqual(['start', 'networks'])
  })

  test('without a port of our own it rejects, and the machine hears nothing', async () => {
    const { ownPort: only } = ports
    await occupy(only)
    await expect(start({ firstPort: only, lastPort: only })).rejects.toThrow('is free')
    expect(machine.calls).toEqual([])
    expect(clock.due).toEqual([])
  })
})

describe('time', () => {
  test('the machine ticks every 100 ms', async () => {
    await start()
    const begin = clock.now()
    await clock.advance(350)
    expect(machine.ticks).toEqual([begin + 100, begin + 200, begin + 300])
    expect(clock.due).toEqual([50])
  })

  test('the machine gets the offset of Unix time when it changes by a second or more', async () => {
    await start()
    const offsets = (): number[] =>
      machine.calls.flatMap((call) =>
        call.kind === 'command' && call.command.kind === 'clock' ? [call.command.offset] : [],
      )
    for (const offset of [0, 999, 3_600_000, 3_600_999, -86_400_000, 0]) {
      clock.set(offset)
      await clock.advance(200)
    }
    expect(offsets()).toEqual([3_600_000, -86_400_000, 0])
  })

  test('what it wants by then is done', async () => {
    const bob = await foreignSocket()
    machine.wants = ({ kind }) => (kind === 'tick' ? [sendEffect('tick', bob.address)] : [])
    await start()
    await clock.advance(100)
    await receives(bob, 'tick')
  })
})

describe('interfaces', () => {
  test('are read every 5 s, and given to the machine only after a change', async () => {
    let reads = 0
    await start({
      readInterfaces: () => {
        reads++
        return interfaces
      },
    })
    await clock.advance(4_999)
    expect(reads).toBe(1)
    await clock.advance(1)
    expect(reads).toBe(2)
    interfaces = { ...LO, ...ETH0 }
    await clock.advance(4_900)
    expect(kinds()).toEqual(['start', 'networks'])
    await clock.advance(100)
    expect(machine.commands.at(-1)).toEqual({ kind: 'networks', networks: [ETH0_NETWORK, LO_NETWORK] })
    interfaces = {}
    await clock.advance(20_000)
    expect(kinds()).toEqual(['start', 'networks', 'networks', 'networks'])
    expect(machine.commands.at(-1)).toEqual({ kind: 'networks', networks: [] })
    expect(reads).toBe(7)
  })

  test('only those that were chosen', async () => {
    interfaces = { ...LO, ...ETH0 }
    await start({ interfaces: ['lo'] })
    expect(machine.commands[1]).toEqual({ kind: 'networks', networks: [LO_NETWORK] })
    interfaces = LO
    await clock.advance(5_000)
    expect(kinds()).toEqual(['start', 'networks'])
  })

  test('a missing one is reported once, is used when it comes, and is reported when it goes', async () => {
    const missing = 'There is no interface eth0 with an address: it is used as soon as there is'
    await start({ interfaces: ['lo', 'eth0'] })
    await clock.advance(15_000)
    expect(problems).toEqual([missing])
    interfaces = { ...LO, ...ETH0 }
    await clock.advance(5_000)
    expect(machine.commands.at(-1)).toEqual({ kind: 'networks', networks: [ETH0_NETWORK, LO_NETWORK] })
    interfaces = LO
    await clock.advance(5_000)
    expect(problems).toEqual([missing, missing])
  })

  test('that cannot be read stay as they were', async () => {
    let isReadable = true
    await start({
      readInterfaces: () => {
        if (!isReadable) throw new Error('permission denied')
        return interfaces
      },
    })
    isReadable = false
    await clock.advance(15_000)
    expect(problems).toEqual(['The interfaces of this machine cannot be read: permission denied'])
    expect(kinds()).toEqual(['start', 'networks'])
    expect(machine.ticks).toHaveLength(150)
    isReadable = true
    interfaces = ETH0
    await clock.advance(5_000)
    expect(machine.commands.at(-1)).toEqual({ kind: 'networks', networks: [ETH0_NETWORK] })
  })

  test('tell which broadcasts are our own, from when they have changed', async () => {
    const everybody = { host: EVERYBODY, port: ports.discoveryPort }
    machine.wants = (call) => {
      if (call.kind !== 'command' || call.command.kind !== 'ttl') return []
      return [sendEffect(`broadcast ${call.command.seconds}`, everybody)]
    }
    interfaces = ETH0
    const discovery = await start()
    discovery.command({ kind: 'ttl', seconds: 1 })
    await receives(machine, 'broadcast 1')
    interfaces = { ...LO, ...ETH0 }
    await clock.advance(5_000)
    discovery.command({ kind: 'ttl', seconds: 2 })
    await turn()
    await (await foreignSocket()).send('end', everybody)
    await receives(machine, 'end')
    expect(machine.received).toEqual(['broadcast 1', 'end'])
  })
})

describe('datagrams', () => {
  test('come to the machine with their time, and it is answered', async () => {
    machine.wants = (call) => (call.kind === 'receive' ? [sendEffect('hello, bob', call.from)] : [])
    const discovery = await start()
    const bob = await foreignSocket()
    await clock.advance(30)
    await bob.send('hello', { host: LOCALHOST, port: discovery.port })
    await receives(bob, 'hello, bob')
    expect(machine.calls.at(-1)).toEqual({
      kind: 'receive',
      text: 'hello',
      from: bob.address,
      now: clock.now(),
    })
  })

  test.each([
    ['come from the chosen interface: taken', ['lo'], ['taken']],
    ['come from another interface: dropped', ['eth0'], ['DROP']],
    ['come while there is no such interface: dropped', ['eth1'], ['DROP']],
  ])('that %s', async (_name, chosen, outcome) => {
    interfaces = { ...LO, ...ETH0 }
    machine.wants = ({ kind }) => (kind === 'receive' ? [noticeEffect('taken')] : [])
    const heard: string[] = []
    const discovery = await start({
      interfaces: chosen,
      onEvent: (event) => {
        if (event.kind === 'trace') heard.push(event.way)
        if (event.kind === 'notice') heard.push(event.text)
      },
    })
    const bob = await foreignSocket()
    await bob.send('hello', { host: LOCALHOST, port: discovery.port })
    await until(() => heard.length > 0, 'it is taken or dropped')
    expect(heard).toEqual(outcome)
  })

  test('of one node reach another on the same machine', async () => {
    const everybody = { host: EVERYBODY, port: ports.discoveryPort }
    machine.wants = ({ kind }) => (kind === 'tick' ? [sendEffect('here I am', everybody)] : [])
    await start()
    const other = new LanDouble()
    const { port } = await start({ machine: other, clock: new ManualClock() })
    expect(port).toBe(ports.firstPort)
    await clock.advance(100)
    await receives(other, 'here I am')
    expect(machine.received).toEqual([])
  })

  test('that cannot be sent are a problem', async () => {
    machine.wants = ({ kind }) => (kind === 'tick' ? [sendEffect('x', { host: 'nowhere', port: 9 })] : [])
    await start()
    await clock.advance(300)
    expect(problems).toEqual([expect.stringContaining('Nothing can be sent to nowhere:9 by UDP')])
  })
})

describe('effects', () => {
  test('are performed in order', async () => {
    const bob = await foreignSocket()
    const wanted = [
      sendEffect('one', bob.address),
      noticeEffect('two'),
      sendEffect('three', bob.address),
      noticeEffect('four'),
    ]
    machine.wants = ({ kind }) => (kind === 'tick' ? wanted : [])
    await start()
    await clock.advance(100)
    await receives(bob, 'three')
    expect(bob.received).toEqual(['one', 'three'])
    expect(notices()).toEqual(['two', 'four'])
  })

  test('of a command that a listener gives come after those at hand', async () => {
    machine.wants = (call) => {
      if (call.kind === 'tick') return [noticeEffect('first'), noticeEffect('second')]
      return call.kind === 'command' && call.command.kind === 'revoke' ? [noticeEffect('third')] : []
    }
    const discovery = await start({
      onEvent: (event) => {
        if (event.kind === 'notice' && event.text === 'first') discovery.command(REVOKE)
        events.push(event)
      },
    })
    await clock.advance(100)
    expect(notices()).toEqual(['first', 'second', 'third'])
    await clock.advance(100)
    expect(notices()).toEqual(['first', 'second', 'third', 'first', 'second', 'third'])
  })

  test('are performed although a listener fails', async () => {
    machine.wants = ({ kind }) => (kind === 'tick' ? [noticeEffect('one'), noticeEffect('two')] : [])
    const heard: string[] = []
    await start({
      onEvent: (event) => {
        if (event.kind === 'notice') heard.push(event.text)
        throw new Error('oops')
      },
    })
    await clock.advance(200)
    expect(heard).toEqual(['one', 'two', 'one', 'two'])
    expect(problems).toEqual(['Internal error (event notice): oops'])
  })
})

describe('a machine that throws', () => {
  const thrown = [
    ['an error', new Error('oops')],
    ['a refusal without a command', new ChatError(400, 'oops', 'oops')],
  ] as const

  test.each(thrown)('%s at the start: it goes on', async (_name, error) => {
    machine.wants = ({ kind }) => {
      if (kind === 'command') throw error
      return []
    }
    await start()
    expect(problems).toEqual(['Internal error (start): oops', 'Internal error (networks): oops'])
    await clock.advance(100)
    expect(machine.ticks).toHaveLength(1)
  })

  test.each(thrown)('%s at every tick is reported once, and the ticks go on', async (_name, error) => {
    machine.wants = ({ kind }) => {
      if (kind === 'tick') throw error
      return []
    }
    await start()
    await clock.advance(500)
    expect(machine.ticks).toHaveLength(5)
    expect(problems).toEqual(['Internal error (tick): oops'])
  })

  test.each(thrown)(
    '%s at every datagram is reported once, and the next one is received',
    async (_name, error) => {
      machine.wants = ({ kind }) => {
        if (kind === 'receive') throw error
        return []
      }
      const discovery = await start()
      const bob = await foreignSocket()
      for (const text of ['one', 'two']) await bob.send(text, { host: LOCALHOST, port: discovery.port })
      await receives(machine, 'two')
      expect(problems).toEqual(['Internal error (receive): oops'])
    },
  )

  test('different errors are not reported without end', async () => {
    machine.wants = ({ kind }) => {
      if (kind === 'tick') throw new Error(`oops ${clock.now()}`)
      return []
    }
    await start()
    await clock.advance(10_000)
    expect(machine.ticks).toHaveLength(100)
    expect(problems).toHaveLength(64)
  })
})

describe('command', () => {
  test('is given to the machine, and what it wants is done', async () => {
    machine.wants = (call) =>
      call.kind === 'command' && call.command.kind === 'revoke' ? [noticeEffect('revoked')] : []
    const discovery = await start()
    discovery.command(REVOKE)
    expect(machine.calls.at(-1)).toEqual({ kind: 'command', command: REVOKE, now: clock.now() })
    expect(notices()).toEqual(['revoked'])
  })

  test('that is refused throws at its caller', async () => {
    const refused = new ChatError(404, 'unknown_peer', 'there is no bob')
    const discovery = await start()
    machine.wants = () => {
      throw refused
    }
    expect(() => {
      discovery.command(REVOKE)
    }).toThrow(refused)
    expect(problems).toEqual([])
    machine.wants = () => [noticeEffect('fine')]
    discovery.command(REVOKE)
    expect(notices()).toEqual(['fine'])
  })

  test('that causes an internal error does not throw', async () => {
    const discovery = await start()
    machine.wants = () => {
      throw new Error('oops')
    }
    discovery.command(REVOKE)
    expect(problems).toEqual(['Internal error (revoke): oops'])
  })
})

describe('close', () => {
  test('says goodbye, which arrives', async () => {
    const bob = await foreignSocket()
    machine.wants = (call) =>
      call.kind === 'command' && call.command.kind === 'quit' ? [sendEffect('goodbye', bob.address)] : []
    const discovery = await start()
    await discovery.close()
    expect(kinds()).toEqual(['start', 'networks', 'quit'])
    await receives(bob, 'goodbye')
  })

  test('is idempotent, and gives back the ports', async () => {
    const discovery = await start()
    const closed = discovery.close()
    expect(discovery.close()).toBe(closed)
    await closed
    await discovery.close()
    expect(kinds()).toEqual(['start', 'networks', 'quit'])
    for (const port of [ports.discoveryPort, ports.announcePort, ports.ownPort]) await occupy(port)
  })

  test('afterwards nothing happens any more', async () => {
    const discovery = await start()
    await discovery.close()
    expect(clock.due).toEqual([])
    const before = machine.calls.length
    machine.wants = () => [noticeEffect('too late')]
    discovery.command(REVOKE)
    await clock.advance(10_000)
    expect(machine.calls).toHaveLength(before)
    expect(events).toEqual([])
  })

  test('not even when a timer fires that was cancelled', async () => {
    const stubborn = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (ms: number, task: () => void) => {
        clock.after(ms, task)
        return () => undefined
      },
    }
    const discovery = await start({ clock: stubborn })
    const closed = discovery.close()
    expect(clock.due).toEqual([100])
    await clock.advance(100)
    await closed
    expect(machine.ticks).toEqual([])
    expect(clock.due).toEqual([])
  })

  test('by a listener: what is at hand is done, then comes the goodbye, and no tick', async () => {
    machine.wants = (call) => {
      if (call.kind === 'tick') return [noticeEffect('first'), noticeEffect('second')]
      return call.kind === 'command' && call.command.kind === 'quit' ? [noticeEffect('goodbye')] : []
    }
    const discovery = await start({
      onEvent: (event) => {
        void discovery.close()
        events.push(event)
      },
    })
    await clock.advance(1_000)
    await discovery.close()
    expect(notices()).toEqual(['first', 'second', 'goodbye'])
    expect(machine.ticks).toHaveLength(1)
    expect(kinds()).toEqual(['start', 'networks', 'quit'])
    expect(clock.due).toEqual([])
  })

  test('although the machine fails', async () => {
    const discovery = await start()
    machine.wants = () => {
      throw new Error('oops')
    }
    await discovery.close()
    expect(problems).toEqual(['Internal error (quit): oops'])
    await occupy(ports.ownPort)
  })

  test('await using closes', async () => {
    {
      await using discovery = await start()
      expect(discovery.port).toBe(ports.ownPort)
    }
    expect(kinds()).toEqual(['start', 'networks', 'quit'])
  })
})
