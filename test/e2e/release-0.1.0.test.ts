/** Version 0.1.0, built from the history of this checkout, and this version exchange messages. */
import { expect, test } from 'vitest'
import { missingHistory, release010 } from '../../scripts/release/build.ts'
import { Program, heardFrom, peer, peerFlags, tracker } from './programs.ts'

const reason = await missingHistory()

test('a peer of 0.1.0 and one of today exchange messages through a tracker of today', async ({ skip }) => {
  if (reason !== undefined) skip(reason)
  const main = await release010()
  const { port } = await tracker()
  const today = await peer('today', port)
  const old = new Program(await peerFlags('old', port), {}, main)
  await old.prints(/today is here/)
  today.type('from today\n')
  await old.prints(/<today> from today\n/)
  old.type('from 0.1.0\n')
  await today.prints(/<old> from 0\.1\.0\n/)
  expect([heardFrom('today', old), heardFrom('old', today)]).toEqual([['from today'], ['from 0.1.0']])
}, 180_000)
