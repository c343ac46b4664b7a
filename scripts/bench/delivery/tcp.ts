/**
 * node:net, one JSON object a line: the yardstick. Alone, with the least that keeping each message can cost, and with the
 * encryption that others use: node:tls.
 */
import { openSync, writeSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { loadSqlite } from '../../../src/store/file/sqlite.ts'
import { ACKNOWLEDGED, messageOf, onLines, textOf, type Wire } from './wire.ts'

type Keep = (line: string) => unknown

/** What lines are sent over. */
interface Carrier {
  readonly listen: (onSocket: (socket: Socket) => void) => Server
  readonly connect: (port: number) => Socket
  readonly connected: 'connect' | 'secureConnect'
}

const PLAIN: Carrier = {
  listen: (onSocket) => createServer({ noDelay: true }, onSocket),
  connect: (port) => connect({ port, host: '127.0.0.1', noDelay: true }),
  connected: 'connect',
}

/** The fastest delivery on this machine. */
export const floor = wireThat(() => () => undefined)

/** Appends each message to a file before it is shown. */
export const appended = wireThat((folder) => {
  const file = openSync(join(folder, 'appended'), 'a')
  return (line) => writeSync(file, `${line}\n`)
})

/** Commits each message to a database before it is shown. */
export const kept = wireThat(async (folder) => {
  const database = (await loadSqlite())(join(folder, 'kept.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE message (text TEXT)')
  process.once('exit', () => {
    database.close()
  })
  // Alone, a statement is a transaction.
  const insert = database.prepare('INSERT INTO message VALUES (?)')
  return (line) => insert.run(textOf(line))
})

/**
 * A secret that both ends have instead of a certificate. What it costs to send a message is the same: the cipher is that of
 * Parley.
 */
const PSK = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const
const SECRET = Buffer.alloc(32, 7)

/** Encrypted by TLS. */
export const tls = wireThat(() => () => undefined, {
  listen: (onSocket) => createTlsServer({ ...PSK, noDelay: true, pskCallback: () => SECRET }, onSocket),
  connect: (port) => {
    const pskCallback = () => ({ psk: SECRET, identity: 'alice' })
    const at = { port, host: '127.0.0.1' }
    const socket = connectTls({ ...PSK, ...at, pskCallback, checkServerIdentity: () => undefined })
    return socket.setNoDelay()
  },
  connected: 'secureConnect',
})

/** `open` returns what keeps a line in a folder. */
function wireThat(open: (folder: string) => Keep | Promise<Keep>, carrier = PLAIN): Wire {
  return {
    async receive({ port, data = '' }, onText) {
      const keep = await open(data)
      const server = carrier.listen((socket) => {
        onLines(socket, (line) => {
          const text = textOf(line)
          keep(line)
          onText(text, () => socket.write(`${ACKNOWLEDGED}\n`))
        })
      })
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    },

    async connect({ port }, onAcknowledged) {
      const socket = carrier.connect(port)
      onLines(socket, (line) => {
        JSON.parse(line)
        onAcknowledged()
      })
      await new Promise((resolve) => socket.once(carrier.connected, resolve))
      return (text) => {
        socket.write(`${messageOf(text)}\n`)
      }
    },
  }
}
