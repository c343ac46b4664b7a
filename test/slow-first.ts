/** The order of the test files: the slow ones first, so that none of them runs alone at the end. */
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Each takes ten seconds or more; vitest begins with large files where it knows no times, and some of these are small. */
export const SLOW: readonly string[] = [
  'test/e2e/demo.test.ts',
  'test/e2e/chaos.test.ts',
  'test/e2e/web-views.test.ts',
  'test/e2e/web-scenes.test.ts',
  'test/e2e/web.test.ts',
  'test/simulation/seeds-1.test.ts',
  'test/simulation/seeds-2.test.ts',
  'test/docs/commands.test.ts',
  'test/udp/node/abuse.test.ts',
]

export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return slowFirst(sorted, ({ moduleId }) => relative(this.ctx.config.root, moduleId))
  }
}

/** `pathOf`: below the root of the project. */
export function slowFirst<File>(files: readonly File[], pathOf: (file: File) => string): File[] {
  const place = (file: File): number => {
    const index = SLOW.indexOf(pathOf(file).replaceAll('\\', '/'))
    return index === -1 ? SLOW.length : index
  }
  return files.toSorted((one, other) => place(one) - place(other))
}
