/**
 * What connections cost in memory: bytes for each of N idle kept connections, and growth over M requests.
 *
 *   npm run bench:memory -- [--connections 10000] [--requests 1000000]
 *
 * The server runs in this process, the clients in another; each connection has answered a request before it idles.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { Server } from '../src/http/server.ts'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    requests: { type: 'string', default: '1000000' },
    client: { type: 'string' },
  },
})
const REQUEST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
const IN_FLIGHT = 64

if (values.client === undefined) await measure()
else await ask(Number(values.client), Number(values.connections), Number(values.requests))

async function measure(): Promise<void> {
  const connections = Number(values.connections)
  const many = {
    total: 2 * connections,
    perHost: 2 * connections,
    perLoopback: 2 * connections,
    silent: connections,
  }
  const long = { opening: 600_000, idle: 600_000 }
  const body = 'hello'
  const server = await Server.listen(() => ({ status: 200, body }), {
    caps: many,
    timeouts: long,
    maxRequests: Infinity,
  })
  const before = used()
  const args = [
    '--client',
    String(server.address.port),
    '--connections',
    values.connections,
    '--requests',
    values.requests,
  ]
  const client = fork(new URL(import.meta.url), args, { execArgv: ['--import', 'tsx'] })
  await once(client, 'message')
  const idle = used()
  const each = (idle.rss - before.rss) / connections
  const heap = (idle.heap - before.heap) / connections
  console.log(
    `${server.connections} idle connections: ${each.toFixed(0)} bytes each resident, ${heap.toFixed(0)} of it on the heap`,
  )
  client.send('go on')
  for (;;) {
    const [done] = (await once(client, 'message')) as [number]
    const now = used()
    console.log(
      `${String(done).padStart(9)} requests: heap ${mib(now.heap)} MiB, resident ${mib(now.rss)} MiB`,
    )
    if (done >= Number(values.requests)) break
  }
  client.disconnect()
  await server.close(100)
}

function used(): { heap: number; rss: number } {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, rss }
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

async function ask(port: number, connections: number, requests: number): Promise<void> {
  const sockets: Socket[] = []
  while (sockets.length < connections) {
    const batch = await Promise.all(
      Array.from({ length: Math.min(100, connections - sockets.length) }, () => open(port)),
    )
    sockets.push(...batch)
  }
  process.send?.(sockets.length)
  await once(process, 'message')
  const busy = sockets.slice(0, IN_FLIGHT)
  for (let done = 0; done < requests;) {
    const share = Math.ceil(requests / 10 / busy.length)
    await Promise.all(busy.map((socket) => exchange(socket, share)))
    done += share * busy.length
    process.send?.(Math.min(done, requests))
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', (error) => {
    throw error
  })
  await exchange(socket, 1)
  return socket
}

/** Sends `count` requests, each when the one before was answered. */
function exchange(socket: Socket, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    const answered = (): void => {
      if (--left > 0) {
        socket.write(REQUEST)
        return
      }
      socket.off('data', answered)
      resolve()
    }
    socket.on('data', answered)
    socket.write(REQUEST)
  })
}
