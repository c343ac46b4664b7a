/**
 * The other side of the memory benchmark, told by its first argument what to be:
 *
 * - `asker PORT CONNECTIONS REQUESTS`: opens connections, each of which has answered a request before it idles, and
 *   when told to go on asks on some of them;
 * - `listener DATA PORT TRACKER MESSAGES`: a peer with its history on disk, which tells what it uses with each tenth.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { used, type Used } from './heap.ts'
import { startPeer } from './peers.ts'

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly count: number }
  | { readonly kind: 'used'; readonly count: number; readonly used: Used }

const REQUEST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
const IN_FLIGHT = 64
const SHARES = 10

const [role, ...args] = process.argv.slice(2)
process.once('disconnect', () => {
  process.exit()
})
if (role === 'asker') await ask(Number(args[0]), Number(args[1]), Number(args[2]))
else await listen(args[0] ?? '', Number(args[1]), Number(args[2]), Number(args[3]))

function tell(report: Report): void {
  process.send?.(report)
}

async function listen(data: string, port: number, trackerPort: number, messages: number): Promise<void> {
  let count = 0
  await startPeer(
    {
      name: 'bob',
      port,
      tracker: { host: '127.0.0.1', port: trackerPort },
      onEvent: (event) => {
        if (event.kind === 'tracker' && event.state === 'registered') tell({ kind: 'ready' })
        if (event.kind !== 'message') return
        count++
        if (count % Math.ceil(messages / SHARES) === 0) tell({ kind: 'used', count, used: used() })
      },
    },
    data,
  )
}

async function ask(port: number, connections: number, requests: number): Promise<void> {
  const sockets: Socket[] = []
  while (sockets.length < connections) {
    const some = Math.min(100, connections - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => open(port)))))
  }
  tell({ kind: 'ready' })
  await once(process, 'message')
  const busy = sockets.slice(0, IN_FLIGHT)
  const share = Math.ceil(requests / SHARES / busy.length)
  for (let done = 0; done < requests;) {
    await Promise.all(busy.map((socket) => exchange(socket, share)))
    done += share * busy.length
    tell({ kind: 'done', count: Math.min(done, requests) })
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
