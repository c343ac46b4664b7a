/** Many messages, and how long each takes. */
import { textOf } from '../../../chat/content.ts'
import type { Scenario } from '../act.ts'
import type { Name } from '../processes.ts'
import type { DemoRunner } from '../runner.ts'

const COUNT = 200
/** Between two of them, in milliseconds. */
const PACE = 10
const HEARERS: readonly Name[] = ['bob', 'carol']

const TEXTS = Array.from({ length: COUNT }, (_, index) => `message ${index + 1} of ${COUNT}`)

export const MANY: readonly Scenario[] = [
  {
    title: `${COUNT} messages`,
    wire:
      `alice says ${COUNT} lines, one every ${PACE} ms: ${COUNT * HEARERS.length} deliveries. What gathers while ` +
      'an answer is on its way goes in the next request: POST /p2p/batch.',
    run: async (stage) => {
      await stage.happens('bob and carol see all of them', sayAll(stage))
      for (const name of HEARERS) {
        const texts = stage.heard(name).map(({ content }) => textOf(content))
        const isSame = texts.length === COUNT && texts.every((text, index) => text === TEXTS[index])
        stage.holds(`${name} saw each once, in order`, isSame, texts.join('; ').slice(0, 200))
      }
    },
  },
]

async function sayAll(stage: DemoRunner): Promise<void> {
  const seen: Promise<unknown>[] = []
  for (const text of TEXTS) {
    const isSeen = stage.say('alice', text, HEARERS)
    // Whatever fails is told when all of it has been said.
    isSeen.catch(() => undefined)
    seen.push(isSeen)
    await stage.pace(PACE)
  }
  await Promise.all(seen)
}
