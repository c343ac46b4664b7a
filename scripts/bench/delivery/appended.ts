/** As floor.ts, and the receiver appends each message to a file before it shows it: the least that keeping can cost. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { onLines } from '../lines.ts'
import { wire as floor } from './floor.ts'
import { ACKNOWLEDGED, textOf, type Wire } from './wire.ts'

export const wire: Wire = {
  async receive({ port, data }, onText) {
    const file = openSync(join(data ?? '', 'appended'), 'a')
    process.once('exit', () => {
      closeSync(file)
    })
    const server = createServer({ noDelay: true }, (socket) => {
      onLines(socket, (line) => {
        const text = textOf(line)
        writeSync(file, `${line}\n`)
        onText(text, () => socket.write(`${ACKNOWLEDGED}\n`))
      })
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  },

  connect: (place, onAcknowledged) => floor.connect(place, onAcknowledged),
}
