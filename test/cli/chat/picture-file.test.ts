/** Files that are named as pictures. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { readPicture } from '../../../src/cli/chat/picture-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-'))
const file = (name: string, bytes: number): string => {
  writeFileSync(join(folder, name), Buffer.alloc(bytes, 1))
  return join(folder, name)
}

afterAll(() => {
  rmSync(folder, { recursive: true })
})

test.each([0, 1, LIMITS.avatarBytes])('%i bytes are read', async (bytes) => {
  expect(await readPicture(file(`${bytes}.png`, bytes))).toHaveLength(bytes)
})

test('one byte too many is not', async () => {
  const path = file('large.png', LIMITS.avatarBytes + 1)
  await expect(readPicture(path)).rejects.toThrow(
    `${path} has 20481 bytes; a picture must have at most 20480: make it smaller`,
  )
})

test.each([
  ['a file that there is not', join(folder, 'none.png'), 'none.png cannot be read: there is no such file'],
  ['a folder', folder, `${folder} is no file`],
  ['a device without an end', '/dev/zero', '/dev/zero is no file'],
  ['a path that cannot be one', 'a\0b', 'cannot be read'],
  ['a home without the file', '~/no such picture.png', 'there is no such file'],
])('%s is a sentence', async (_name, path, sentence) => {
  const refused = await readPicture(path).catch((error: unknown) => error)
  expect(refused).toMatchObject({ name: 'ChatError', message: expect.stringContaining(sentence) as string })
})
