/**
 * A program that speaks LSNP: it announces itself, says one sentence to everybody who answers, and is gone. A solution
 * of the fourth exercise in docs/reading.md, in thirty lines and with nothing of Parley's in it.
 *
 *   npx tsx test/docs/lsnp-client.ts NAME SENTENCE [ADDRESS=127.0.0.1] [BROADCAST=127.255.255.255] [PORT=50999]
 */
import { createSocket } from 'node:dgram'

const [
  name = 'dora',
  sentence = 'hello',
  address = '127.0.0.1',
  broadcast = '127.255.255.255',
  port = '50999',
] = process.argv.slice(2)
const user = `${name}@${address}`
const token = `${user}|${Math.floor(Date.now() / 1000) + 3600}|broadcast`
const greeted = new Set<string>()

const socket = createSocket('udp4')

function send(fields: Record<string, string | number>, to: { port: number; address: string }): void {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`)
  socket.send(`${lines.join('')}\n`, to.port, to.address)
}

socket.on('message', (bytes, from) => {
  const other = /^TYPE: PROFILE\n(?:.*\n)*?USER_ID: (.+)$/m.exec(bytes.toString())?.[1]
  if (other === undefined || greeted.has(other)) return
  greeted.add(other)
  const id = greeted.size.toString(16).padStart(16, '0')
  send({ TYPE: 'POST', USER_ID: user, CONTENT: sentence, TTL: 3600, MESSAGE_ID: id, TOKEN: token }, from)
  console.log(`greeted ${other}`)
})

socket.bind(0, address, () => {
  socket.setBroadcast(true)
  const profile = {
    TYPE: 'PROFILE',
    USER_ID: user,
    DISPLAY_NAME: name,
    STATUS: 'learning to speak',
    PORT: socket.address().port,
  }
  send(profile, { port: Number(port), address: broadcast })
  setTimeout(() => socket.close(), 2_000)
})
