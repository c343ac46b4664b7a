/** node:net, one JSON object a line: the yardstick. Alone, and with the least that keeping each message can cost. */
import { openSync, writeSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { loadSqlite } from '../../../src/store/file/sqlite.ts'
import { ACKNOWLEDGED, messageOf, onLines, textOf, type Wire } from './wire.ts'

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

type Keep = (line: string) => unknown

/** `open` returns what keeps a line in a folder. */
function wireThat(open: (folder: string) => Keep | Promise<Keep>): Wire {
  return {
    async receive({ port, data = '' }, onText) {
      const keep = await open(data)
      const server = createServer({ noDelay: true }, (socket) => {
        onLines(socket, (line) => {
          const text = textOf(line)
          keep(line)
          onText(text, () => socket.write(`${ACKNOWLEDGED}\n`))
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
}
