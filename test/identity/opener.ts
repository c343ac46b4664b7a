/** A process that opens a key file when its input ends, and prints the id: node --import tsx test/identity/opener.ts FILE */
import { randomBytes } from 'node:crypto'
import { openKeyFile } from '../../src/identity/key-file.ts'

const [path = ''] = process.argv.slice(2)
process.stdout.write('ready\n')
process.stdin.resume().once('end', () => {
  const { id } = openKeyFile({
    path,
    owner: 'peer',
    expected: undefined,
    random: randomBytes,
    warn: () => undefined,
  })
  process.stdout.write(`${id}\n`)
})
