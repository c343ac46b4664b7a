/** Many messages, and how long each takes. */
import { textOf } from '../../../chat/content.ts'
import type { Name, Participants } from '../../participants/participants.ts'
import type { DemoRunner, Scenario } from '../runner.ts'

const COUNT = 200
/** Between two messages, in milliseconds. */
const PACE = 10
const RECIPIENTS: readonly Name[] = ['bob', 'carol']

const TEXTS = Array.from({ length: COUNT }, (_, index) => `message ${index + 1} of ${COUNT}`)

export const THROUGHPUT: readonly Scenario[] = [
  {
    title: `${COUNT} messages`,
    wire:
      `alice says ${COUNT} lines, one every ${PACE} ms: ${COUNT * RECIPIENTS.length} deliveries. What gathers while ` +
      'an answer is on its way goes in the next request: POST /p2p/batch.',
    run: async (demo, peers) => {
      await demo.expectEvent('bob and carol see all of them', sayAll(demo, peers))
      for (const name of RECIPIENTS) {
        const texts = peers.messages(name).map(({ content }) => textOf(content))
        const isSame = texts.length === COUNT && texts.every((text, index) => text === TEXTS[index])
        demo.expect(`${name} saw each once, in order`, isSame, texts.join('; ').slice(0, 200))
      }
    },
  },
]

async function sayAll(demo: DemoRunner, peers: Participants): Promise<void> {
  const seen: Promise<unknown>[] = []
  for (const text of TEXTS) {
    const isSeen = demo.say('alice', text, RECIPIENTS)
    // Failures are reported after the last message.
    isSeen.catch(() => undefined)
    seen.push(isSeen)
    await peers.pause(PACE)
  }
  await Promise.all(seen)
}
