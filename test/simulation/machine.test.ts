import { describe, expect, it } from 'vitest'
import { Life } from './life.ts'
import { Machine } from './machine.ts'
import { VirtualTime } from './virtual-time.ts'

function start({ offset = 0, rate = 1 } = {}) {
  const time = new VirtualTime()
  const machine = new Machine({ name: 'pc', ip: '192.168.1.2', time, offset, rate })
  const errors: unknown[] = []
  const life = new Life(machine, (error) => errors.push(error))
  const happened: number[] = []
  const note = (): void => void happened.push(time.now)
  return { time, machine, life, errors, happened, note }
}

describe('a clock', () => {
  it('that runs too fast rings too early', async () => {
    const { time, life, happened, note } = start({ rate: 2 })
    const before = life.clock.now()
    life.clock.after(1_000, note)
    await time.runUntil(1_000)
    expect([happened, life.clock.now() - before]).toEqual([[500], 2_000])
  })

  it('that is set is shown at once, and counted from by the next life only', () => {
    const { machine, life } = start()
    const before = life.clock.now()
    machine.setClock(-60_000)
    expect(life.clock.now()).toBe(before)
    expect(life.clock.wall()).toBe(before - 60_000)
    expect(new Life(machine, () => undefined).clock.now()).toBe(before - 60_000)
  })

  it('does not ring when that was cancelled, or when the life is over', async () => {
    const { time, life, happened, note } = start()
    life.clock.after(1, note)()
    life.clock.after(2, note)
    life.after(2, note)
    life.end()
    await time.runUntil(10)
    expect(happened).toEqual([])
  })

  it('reports what a task throws', async () => {
    const { time, life, errors } = start()
    life.clock.after(1, () => {
      throw new Error('oops')
    })
    await time.runUntil(1)
    expect(errors).toEqual([new Error('oops')])
  })
})

describe('a machine that sleeps', () => {
  it.each([
    ['jumps when it wakes', false, 100, 100],
    ['goes on where its clock stood still', true, 150, 0],
  ])('%s', async (_, clockStops, rings, jump) => {
    const { time, machine, life, happened, note } = start()
    const before = life.clock.now()
    life.clock.after(50, note)
    machine.sleep(100, { clockStops })
    await time.runUntil(100)
    expect(life.clock.now() - before).toBe(jump)
    await time.runUntil(1_000)
    expect(happened).toEqual([rings])
  })

  it('does nothing for a life that ended meanwhile', async () => {
    const { time, machine, life, happened, note } = start()
    machine.sleep(100)
    life.run(note)
    life.end()
    await time.runUntil(1_000)
    expect(happened).toEqual([])
  })

  it.each([
    ['takes no part in the network when that sleeps, too', true, false],
    ['takes what comes when only its programs stand still', false, true],
  ])('%s', (_, isDeaf, isOnline) => {
    const { machine } = start()
    machine.sleep(100, { isDeaf })
    expect(machine.isOnline).toBe(isOnline)
    machine.wake()
    expect(machine.isOnline).toBe(true)
  })
})
