/** node:net, one JSON object a line, nothing else: as fast as it gets on this machine. */
import { connect, createServer } from 'node:net'
import { onLines } from '../lines.ts'
import { ACKNOWLEDGED, messageOf, textOf, type Wire } from './wire.ts'

export const wire: Wire = {
  async receive({ port }, onText) {
    const server = createServer({ noDelay: true }, (socket) => {
      onLines(socket, (line) => {
        onText(textOf(line), () => socket.write(`${ACKNOWLEDGED}\n`))
      })
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  },

  async connect({ port }, onAcknowledged) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    onLines(socket, (line) => {
      JSON.parse(line)
      onAcknowledged()
    })
    await new Promise((resolve) => socket.once('connect', resolve))
    return (text) => {
      socket.write(`${messageOf(text)}\n`)
    }
  },
}
