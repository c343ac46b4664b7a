/** Changes of a profile at one time are printed once. */
import { expect, test } from 'vitest'
import { HeldProfiles } from '../../../src/cli/lan-guide/profiles.ts'
import { ManualClock } from '../../support/clock.ts'
import { BOB, CAROL } from '../fake-chat.ts'

function setUp() {
  const clock = new ManualClock()
  const told: string[] = []
  const profiles = new HeldProfiles(clock, ({ name }) => {
    told.push(name)
  })
  return { clock, told, profiles }
}

test('a name, then a status, then a picture: one telling, of the peer as it is by then', async () => {
  const { clock, told, profiles } = setUp()
  profiles.changed(BOB)
  await clock.advance(100)
  profiles.changed({ ...BOB, name: 'Bobby' })
  await clock.advance(49)
  expect(told).toEqual([])
  await clock.advance(1)
  expect(told).toEqual(['Bobby'])
  expect(clock.due).toEqual([])
})

test('later it is news again, and each peer has its own', async () => {
  const { clock, told, profiles } = setUp()
  profiles.changed(BOB)
  profiles.changed(CAROL)
  await clock.advance(150)
  profiles.changed(BOB)
  await clock.advance(150)
  expect(told).toEqual(['bob', 'carol', 'bob'])
})

test('flush() prints held profiles, once', async () => {
  const { clock, told, profiles } = setUp()
  profiles.changed(BOB)
  profiles.flush()
  profiles.flush()
  await clock.advance(1_000)
  expect(told).toEqual(['bob'])
})
