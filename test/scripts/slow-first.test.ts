/** The order of the test files. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { SLOW, slowFirst } from '../slow-first.ts'

test.each<[name: string, files: string[], order: string[]]>([
  ['none', [], []],
  ['no slow one: as they were', ['b.test.ts', 'a.test.ts'], ['b.test.ts', 'a.test.ts']],
  [
    'slow ones in their own order, the others as they were',
    ['b.test.ts', 'test/docs/commands.test.ts', 'a.test.ts', 'test/e2e/demo.test.ts'],
    ['test/e2e/demo.test.ts', 'test/docs/commands.test.ts', 'b.test.ts', 'a.test.ts'],
  ],
  ['paths of Windows', ['a.test.ts', 'test\\e2e\\demo.test.ts'], ['test\\e2e\\demo.test.ts', 'a.test.ts']],
])('%s', (_name, files, order) => {
  expect(slowFirst(files, (file) => file)).toEqual(order)
})

test('each file that is named exists', () => {
  const isMissing = (path: string): boolean =>
    !existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))
  expect(SLOW.filter(isMissing)).toEqual([])
})
