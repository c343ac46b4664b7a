import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualTime } from './virtual-time.ts'

describe('virtual time', () => {
  it('lets things happen in the order of their times, and those of one time as they were planned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 100 }), async (delays) => {
        const time = new VirtualTime()
        const happened: { at: number; order: number }[] = []
        for (const [order, delay] of delays.entries())
          time.after(delay, () => happened.push({ at: time.now, order }))
        await time.runUntil(20)
        const wanted = delays.map((at, order) => ({ at, order }))
        expect(happened).toEqual(wanted.sort((one, other) => one.at - other.at || one.order - other.order))
      }),
      { numRuns: 50 },
    )
  })

  it('does what promises lead to before the next event', async () => {
    const time = new VirtualTime()
    const happened: string[] = []
    const later = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      happened.push('promises')
    }
    time.after(1, () => void later())
    time.after(1, () => happened.push('next event'))
    await time.runUntil(1)
    expect(happened).toEqual(['promises', 'next event'])
  })

  it('leaves out what was cancelled, and what is later than asked for', async () => {
    const time = new VirtualTime()
    const happened: number[] = []
    const cancelled = time.after(1, () => happened.push(1))
    time.after(2, () => happened.push(2))
    time.after(3, () => happened.push(3))
    cancelled.task = undefined
    await time.runUntil(2)
    expect([happened, time.now, time.happened]).toEqual([[2], 2, 1])
  })

  it('ends a run that has no end', async () => {
    const time = new VirtualTime()
    const again = (): void => void time.after(0, again)
    again()
    await expect(time.runUntil(1, 100)).rejects.toThrow('more than 100 events')
  })
})
