/** A program without ACKs shows no line twice, whatever is sent again, and whenever it leaves and returns. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SimulatedLan } from './simulated-lan.ts'
import { Relative, RELATIVES } from './node/relatives.ts'
import type { LanCommand } from '../../src/udp/node/model.ts'

const REL = 'rel@10.77.0.12'
const GROUP = { id: 'f'.repeat(16), name: 'Trip', members: [REL] }
const SILENT = Object.entries(RELATIVES).filter(
  ([, { acknowledges, groups }]) => acknowledges.length === 0 && groups !== 'none',
)

const text = fc.record({
  kind: fc.constantFrom('dm' as const, 'post' as const, 'group-message' as const),
  line: fc.nat({ max: 5 }),
})
const step = fc.oneof(
  { weight: 6, arbitrary: text },
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(100, 1_900, 2_100, 9_000) }),
  fc.constantFrom(...(['leave', 'return', 'noise'] as const)).map((kind) => ({ kind })),
)

/** One text has one id, as in the outbox of a user. */
function commandFor({ kind, line }: { kind: 'dm' | 'post' | 'group-message'; line: number }): LanCommand {
  const id = `${['dm', 'post', 'group-message'].indexOf(kind)}${line}`.padStart(16, '0')
  const text = `${kind} ${line}`
  return kind === 'group-message' ? { kind, id, group: GROUP.id, text } : { kind, id, to: REL, text }
}

test.each(SILENT)('%s', (_name, habits) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const lan = new SimulatedLan({ seed: 7, duplication: 0 })
      const ada = lan.node('ada', '10.77.0.1')
      const rel = new Relative(REL, habits)
      lan.add(rel, '10.77.0.12', habits.port)
      rel.announce()
      lan.step(1_000)
      lan.command(ada, { kind: 'group-create', ...GROUP })
      for (const each of steps) {
        if (each.kind === 'pass') lan.step(each.ms)
        else if (each.kind === 'leave') rel.sendRaw(habits.write('REVOKE', { USER_ID: REL }))
        else if (each.kind === 'return') rel.announce()
        else if (each.kind === 'noise') rel.sendRaw(habits.write('PING', { USER_ID: REL }))
        else if ('line' in each && ada.program.peers.length > 0) lan.command(ada, commandFor(each))
      }
      lan.step(20_000)
      const lines = rel.screen.filter((line) => /(?:dm|post|group-message) \d$/.test(line))
      expect(lines).toEqual([...new Set(lines)])
      expect(rel.errors).toEqual([])
    }),
    { numRuns: 60 },
  )
})
