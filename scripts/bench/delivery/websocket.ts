/** WebSocket frames, by `ws` on both sides, without compression. */
import { once } from 'node:events'
import { WebSocket, WebSocketServer, type RawData } from 'ws'
import { ACKNOWLEDGED, messageOf, textOf, type Wire } from './wire.ts'

export const wire: Wire = {
  async receive({ port }, onText) {
    const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false })
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        onText(textOf(asString(data)), () => {
          socket.send(ACKNOWLEDGED)
        })
      })
    })
    await once(server, 'listening')
  },

  async connect({ port }, onAcknowledged) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
    socket.on('message', (data) => {
      JSON.parse(asString(data))
      onAcknowledged()
    })
    await once(socket, 'open')
    return (text) => {
      socket.send(messageOf(text))
    }
  },
}

/** A message is one Buffer unless something else is asked for. */
function asString(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : ''
}
