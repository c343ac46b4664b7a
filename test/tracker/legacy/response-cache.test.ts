import { beforeEach, describe, expect, test } from 'vitest'
import { TIMES } from '../../../src/chat/limits.ts'
import { ResponseCache } from '../../../src/tracker/legacy/response-cache.ts'

let known: ResponseCache
let built: string[]

beforeEach(() => {
  known = new ResponseCache()
  built = []
})

function ask(question: string, revision: number, now: number): string {
  const build = () => {
    built.push(question)
    return { status: 200, body: `${question}, revision ${revision}` }
  }
  const { body } = known.answer(question, revision, now, build)
  return typeof body === 'string' ? body : ''
}

describe('an answer is built', () => {
  test.each<[string, [string, number, number], string[]]>([
    ['not again when nothing has changed', ['ops', 1, 0], ['ops']],
    ['not again a moment before it is a second old', ['ops', 1, TIMES.sweep - 1], ['ops']],
    ['again when it is a second old', ['ops', 1, TIMES.sweep], ['ops', 'ops']],
    ['again after a change', ['ops', 2, 0], ['ops', 'ops']],
    ['for each question', ['general', 1, 0], ['ops', 'general']],
  ])('%s', (_, then, expected) => {
    ask('ops', 1, 0)
    expect(ask(...then)).toBe(`${then[0]}, revision ${then[1]}`)
    expect(built).toEqual(expected)
  })
})

test('the oldest of many answers are forgotten, so memory is bounded', () => {
  for (let number = 0; number < 40; number++) ask(`c${number}`, 1, 0)
  built = []
  for (const number of [39, 8, 7]) ask(`c${number}`, 1, 0)
  expect(built).toEqual(['c7'])
})
