/**
 * The page with scripted people and messages, to work on it without a chat.
 *
 *   npm run web:fake -- [MESSAGES]
 *
 * MESSAGES: the number of older ones in #general. Bob says something every few seconds. A message with FAIL is not
 * delivered, one with REFUSE is not accepted.
 */
import { ScriptedPeer } from './web/scripted-peer.ts'
import { BOB, LINES, manyLines } from './web/world.ts'

const OLDER_THAN_THE_REST = 4 * 24 * 60

const count = Number(process.argv[2] ?? 300)
const peer = await ScriptedPeer.start({
  lines: [...manyLines(count, OLDER_THAN_THE_REST), ...LINES],
  port: 8180,
})
console.log(peer.url)

let said = 0
setInterval(() => {
  peer.chat.hear({
    from: BOB,
    text: `still here, ${++said}`,
    ago: 0,
    conversation: said % 3 === 0 ? 'ops' : 'general',
  })
}, 7_000)
