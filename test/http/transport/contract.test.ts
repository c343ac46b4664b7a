/** What transport.ts promises its holders, held by TCP of this machine and by that of the simulation. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { TCP } from '../../../src/http/transport/tcp.ts'
import { Life } from '../../simulation/life.ts'
import { Machine } from '../../simulation/machine.ts'
import { Rng } from '../../simulation/rng.ts'
import { tcpFor } from '../../simulation/tcp.ts'
import { VirtualTime } from '../../simulation/virtual-time.ts'
import { Wire } from '../../simulation/wire.ts'
import { turn, until } from '../../support/wait.ts'
import type { Transport, TransportHolder, TransportNetwork } from '../../../src/http/transport/transport.ts'

type Call = 'connected' | 'received' | 'ended' | 'drained' | 'closed'

/** Notes its calls, and fails for one that comes from inside a call to its transport. */
class Holder implements TransportHolder {
  readonly transport: Transport
  readonly calls: Call[] = []
  text = ''
  /** What it does at a call. */
  readonly reactions: Partial<Record<Call, () => void>> = {}
  #isInCall = false

  constructor(transport: Transport) {
    this.transport = transport
    this.do(() => {
      transport.attach(this)
    })
  }

  /** Calls the transport. */
  do<Result>(action: () => Result): Result {
    const before = this.#isInCall
    this.#isInCall = true
    try {
      return action()
    } finally {
      this.#isInCall = before
    }
  }

  has(call: Call): boolean {
    return this.calls.includes(call)
  }

  connected(): void {
    this.#note('connected')
  }

  received(chunk: Buffer): void {
    this.text += chunk.toString('latin1')
    this.#note('received')
  }

  ended(): void {
    this.#note('ended')
  }

  drained(): void {
    this.#note('drained')
  }

  closed(): void {
    this.#note('closed')
  }

  #note(call: Call): void {
    if (this.#isInCall) throw new Error(`${call} from inside a call to the transport`)
    if (this.has('closed')) throw new Error(`${call} after closed`)
    // Pieces of one stream count as one call.
    if (call !== 'received' || this.calls.at(-1) !== 'received') this.calls.push(call)
    const react = this.reactions[call]
    if (react !== undefined) this.do(react)
  }
}

interface Pair {
  readonly client: Holder
  readonly server: Holder
  /** Begins another connection to the same server. */
  readonly connect: () => Holder
  /** Waits until the condition holds, and for what else is on its way. */
  readonly until: (condition: () => boolean, what: string) => Promise<void>
  readonly rest: () => Promise<void>
}

async function connected(
  network: { readonly client: TransportNetwork; readonly server: TransportNetwork },
  host: string,
  waits: Pick<Pair, 'until' | 'rest'>,
): Promise<Pair> {
  const accepted: Holder[] = []
  const listener = await network.server.listen(
    { host, port: 0 },
    {
      accept: (transport) => accepted.push(new Holder(transport)),
      failed: (error) => {
        throw error
      },
    },
  )
  const connect = (): Holder => new Holder(network.client.connect(listener.address))
  const client = connect()
  onTestFinished(() => {
    for (const each of [client, ...accepted]) each.transport.destroy()
    listener.close()
  })
  await waits.until(() => accepted.length === 1 && client.has('connected'), 'connected')
  const [server] = accepted
  if (server === undefined) throw new Error('not accepted')
  return { client, server, connect, ...waits }
}

function realPair(): Promise<Pair> {
  const rest = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await turn()
  }
  const wait: Pair['until'] = async (condition, what) => {
    await until(condition, what)
    await rest()
  }
  return connected({ client: TCP, server: TCP }, '127.0.0.1', { until: wait, rest })
}

function simulatedPair(): Promise<Pair> {
  const time = new VirtualTime()
  const wire = new Wire(time, new Rng(1))
  const machines = ['192.168.1.2', '192.168.1.3'].map(
    (ip, index) => new Machine({ name: `pc${index}`, ip, time }),
  )
  const [here, there] = machines as [Machine, Machine]
  const onError = (error: unknown): void => {
    throw error
  }
  const of = (machine: Machine): TransportNetwork => tcpFor(new Life(machine, onError), { machines, wire })
  const rest = async (): Promise<void> => {
    await time.runUntil(time.now + 1_000)
  }
  const wait: Pair['until'] = async (condition, what) => {
    for (let seconds = 0; seconds < 60 && !condition(); seconds++) await rest()
    expect(condition(), what).toBe(true)
    await rest()
  }
  return connected({ client: of(here), server: of(there) }, there.ip, { until: wait, rest })
}

/** More than the system takes from a sender whose reader is paused. */
const LARGE = 16 * 1024 * 1024

describe.each([
  ['TCP', realPair],
  ['the simulation', simulatedPair],
])('%s', (_name, pair) => {
  test('bytes come in order, and FIN after them; both sides close once', async () => {
    const { client, server, until: wait } = await pair()
    client.do(() => {
      for (const piece of ['a', 'b', 'c']) client.transport.write(piece)
      client.transport.end()
    })
    await wait(() => server.has('ended'), 'ended')
    expect([server.text, server.calls]).toEqual(['abc', ['received', 'ended']])
    expect(server.transport.isDestroyed).toBe(false)
    server.do(() => {
      server.transport.write('d')
      server.transport.end()
    })
    await wait(() => client.has('closed') && server.has('closed'), 'closed')
    expect([client.text, client.calls]).toEqual(['d', ['connected', 'received', 'ended', 'closed']])
    expect(server.calls).toEqual(['received', 'ended', 'closed'])
    expect([client.transport.isClosed, server.transport.isClosed]).toEqual([true, true])
  })

  test('write() and end() after end() and after destroy() send nothing and throw nothing', async () => {
    const { client, server, until: wait } = await pair()
    client.do(() => {
      client.transport.write('a')
      client.transport.end()
      client.transport.end()
      client.transport.write('late')
    })
    await wait(() => server.has('ended'), 'ended')
    client.do(() => {
      client.transport.write('later')
      client.transport.destroy()
      client.transport.destroy()
      client.transport.write('latest')
      client.transport.end()
      client.transport.pause()
      client.transport.resume()
      client.transport.reset()
    })
    await wait(() => client.has('closed'), 'closed')
    expect(server.text).toBe('a')
  })

  test.each<Call>(['received', 'ended'])('destroy() within %s: only closed follows', async (call) => {
    const { client, server, until: wait } = await pair()
    server.reactions[call] = () => {
      server.transport.destroy()
    }
    client.do(() => {
      client.transport.write('a')
      client.transport.write('b')
      client.transport.end()
    })
    await wait(() => server.has('closed'), 'closed')
    expect(server.calls.slice(server.calls.indexOf(call))).toEqual([call, 'closed'])
  })

  test('destroy() within drained: only closed follows', async () => {
    const { client, server, until: wait } = await pair()
    client.reactions.drained = () => {
      client.transport.destroy()
    }
    server.transport.pause()
    expect(client.do(() => client.transport.write(Buffer.alloc(LARGE)))).toBe(false)
    server.do(() => {
      server.transport.resume()
    })
    await wait(() => client.has('closed'), 'closed')
    expect(client.calls).toEqual(['connected', 'drained', 'closed'])
  })

  test('destroy() within closed changes nothing', async () => {
    const { client, server, until: wait } = await pair()
    server.reactions.closed = () => {
      server.transport.destroy()
      server.transport.write('a')
    }
    client.do(() => {
      client.transport.destroy()
    })
    await wait(() => server.has('ended'), 'ended')
    server.do(() => {
      server.transport.destroy()
    })
    await wait(() => server.has('closed'), 'closed')
    expect(server.calls).toEqual(['ended', 'closed'])
  })

  test('a paused transport reports neither bytes nor FIN until resume()', async () => {
    const { client, server, until: wait, rest } = await pair()
    server.do(() => {
      server.transport.pause()
    })
    client.do(() => {
      client.transport.write('a')
      client.transport.end()
    })
    await rest()
    expect([server.calls, server.transport.isPaused]).toEqual([[], true])
    server.do(() => {
      server.transport.resume()
    })
    await wait(() => server.has('ended'), 'ended')
    expect([server.text, server.calls]).toEqual(['a', ['received', 'ended']])
  })

  test('what is written while the other side does not read waits, and drained says that there is room', async () => {
    const { client, server, until: wait, rest } = await pair()
    server.do(() => {
      server.transport.pause()
    })
    let taken = 0
    expect(client.do(() => client.transport.write(Buffer.alloc(LARGE), () => taken++))).toBe(false)
    await rest()
    server.do(() => {
      server.transport.resume()
    })
    await wait(() => client.has('drained'), 'drained')
    expect([taken, client.transport.unsent]).toEqual([1, 0])
    await wait(() => server.text.length === LARGE, 'all is received')
    expect(client.calls).toEqual(['connected', 'drained'])
  })

  test('what was not taken when the transport is destroyed is not reported as taken', async () => {
    const { client, server, until: wait } = await pair()
    server.do(() => {
      server.transport.pause()
    })
    let taken = 0
    client.do(() => {
      // So much that the system takes a part of it at most; the simulation takes a write as a whole.
      for (let part = 0; part < 4; part++) client.transport.write(Buffer.alloc(LARGE), () => taken++)
      client.transport.end(() => taken++)
    })
    const before = taken
    client.do(() => {
      client.transport.destroy()
    })
    await wait(() => client.has('closed'), 'closed')
    expect([before, taken <= 1]).toEqual([0, true])
  })

  test('reset(): the other side is closed, and has no FIN', async () => {
    const { client, server, until: wait } = await pair()
    client.do(() => {
      client.transport.write('a')
    })
    await wait(() => server.has('received'), 'received')
    client.do(() => {
      client.transport.reset()
    })
    await wait(() => server.has('closed') && client.has('closed'), 'closed')
    expect([server.calls, client.calls]).toEqual([
      ['received', 'closed'],
      ['connected', 'closed'],
    ])
  })

  test('the second holder gets what follows, and the first hears nothing more', async () => {
    const { client, server, until: wait } = await pair()
    client.do(() => {
      client.transport.write('a')
    })
    await wait(() => server.has('received'), 'received')
    const second = server.do(() => new Holder(server.transport))
    client.do(() => {
      client.transport.write('b')
      client.transport.end()
    })
    await wait(() => second.has('ended'), 'ended')
    expect([server.text, second.text]).toEqual(['a', 'b'])
    second.do(() => {
      second.transport.destroy()
    })
    await wait(() => second.has('closed'), 'closed')
    expect([server.calls, second.calls]).toEqual([['received'], ['received', 'ended', 'closed']])
  })

  test('a transport that is destroyed before it is connected is closed, and never connected', async () => {
    const { connect, until: wait } = await pair()
    const late = connect()
    late.do(() => {
      late.transport.destroy()
    })
    await wait(() => late.has('closed'), 'closed')
    expect(late.calls).toEqual(['closed'])
  })
})
