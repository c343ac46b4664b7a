/** Tasks one after the other. */
import { expect, test } from 'vitest'
import { TaskQueue } from '../../../src/cli/chat/task-queue.ts'
import { ManualClock } from '../../support/clock.ts'

test('the first task runs at once, the next when it is done', async () => {
  const queue = new TaskQueue()
  const done: string[] = []
  let finish = (): void => undefined
  const first = queue.add(async () => {
    done.push('first begins')
    await new Promise<void>((resolve) => (finish = resolve))
    done.push('first ends')
  })
  const second = queue.add(() => {
    done.push('second')
    return Promise.resolve()
  })
  expect(done).toEqual(['first begins'])
  expect(queue.isIdle).toBe(false)
  finish()
  await Promise.all([first, second])
  expect(done).toEqual(['first begins', 'first ends', 'second'])
  expect(queue.isIdle).toBe(true)
})

test('done() of an idle queue resolves at once and leaves no timer', async () => {
  const clock = new ManualClock()
  await new TaskQueue().done(1_000, clock)
  expect(clock.due).toEqual([])
})
