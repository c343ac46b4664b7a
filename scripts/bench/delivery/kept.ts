/** As floor.ts, and the receiver keeps each message in a database before it shows it: what a promise like ours costs. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { loadSqlite } from '../../../src/store/file/sqlite.ts'
import { onLines } from '../lines.ts'
import { wire as floor } from './floor.ts'
import { ACKNOWLEDGED, textOf, type Wire } from './wire.ts'

export const wire: Wire = {
  async receive({ port, data }, onText) {
    const openDatabase = await loadSqlite()
    const database = openDatabase(join(data ?? '', 'kept.db'))
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE message (text TEXT)')
    process.once('exit', () => {
      database.close()
    })
    // Alone, a statement is a transaction.
    const insert = database.prepare('INSERT INTO message VALUES (?)')
    const server = createServer({ noDelay: true }, (socket) => {
      onLines(socket, (line) => {
        const text = textOf(line)
        insert.run(text)
        onText(text, () => socket.write(`${ACKNOWLEDGED}\n`))
      })
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  },

  connect: (place, onAcknowledged) => floor.connect(place, onAcknowledged),
}
