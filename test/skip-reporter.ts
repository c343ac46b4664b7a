/** Says at the end of a run which tests were skipped for which reason, so that none is missed in silence. */
import { relative } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const line of skipLines(modules.flatMap(skippedOf))) console.log(line)
  }
}

export interface Skipped {
  readonly file: string
  readonly reason: string | undefined
}

/** A line for each reason, with the number of its tests and their files. */
export function skipLines(skipped: readonly Skipped[]): string[] {
  const filesOf = new Map<string, string[]>()
  for (const { file, reason = 'no reason is given' } of skipped)
    filesOf.set(reason, [...(filesOf.get(reason) ?? []), file])
  return [...filesOf].map(([reason, files]) => {
    const tests = files.length === 1 ? '1 test' : `${files.length} tests`
    return `${tests} skipped in ${[...new Set(files)].join(', ')}: ${reason}`
  })
}

function skippedOf(module: TestModule): Skipped[] {
  const { root, testNamePattern } = module.project.config
  const file = relative(root, module.moduleId)
  return [...module.children.allTests()].flatMap((test: TestCase) => {
    const result = test.result()
    if (result.state !== 'skipped') return []
    // The command line named others.
    if (testNamePattern !== undefined && result.note === undefined) return []
    return [{ file, reason: result.note }]
  })
}
